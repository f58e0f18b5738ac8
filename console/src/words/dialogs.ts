/** Words of dialogs that edit a document, and of the lists in them. They load with the first one. */

export const dialogWords = {
  noObject: 'This is no JSON object: it begins with { and ends with }.',
  search: (list: string) => `Search: ${list}`,
  moreFound: (shown: number, found: number) => `${shown} of ${found} are shown: search for the others.`,
} as const
