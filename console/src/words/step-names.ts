/** Words that steps are called by until somebody calls them otherwise. */

export const stepNameWords = {
  does: {
    source: (subject: string) => `Get ${subject} from`,
    lookup: (subject: string) => `Look up ${subject} in`,
    import: (subject: string) => `Send ${subject} to`,
  },
  records: 'records',
  /** What a step without a connection is with. */
  withoutConnection: { WebhookExport: 'a webhook', SimpleExport: 'a data loader', ToolImport: 'a tool' } as Readonly<
    Record<string, string>
  >,
  application: 'an application',
} as const
