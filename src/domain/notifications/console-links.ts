/** Where the console shows what a message tells of. */
import type { NotificationEvent } from '../ports/notifications/notification-event.ts'

export interface ConsoleScope {
  /** Absent where the settings do not say where users reach the console. */
  readonly publicURL: string | undefined
  readonly envId: string
  readonly accountId: string
  /** The share through which the user works in the account. */
  readonly ashareId: string | undefined
}

/** Addresses of pages, as the console's own paths.ts has them. */
export const pages = {
  flow: (id: string) => `/flows/${id}`,
  flowErrors: (id: string) => `/flows/${id}/errors`,
  stepErrors: (flowId: string, stepId: string) => `/flows/${flowId}/errors/${stepId}`,
  integrationErrors: (id: string) => `/integrations/${id}/errors`,
  integration: (id: string) => `/integrations/${id}`,
  connection: (id: string) => `/resources/connections/${id}`,
  resource: (collection: string, id: string) => `/resources/${collection}/${id}`,
  profile: () => '/profile',
} as const

export function linkTo({ publicURL, envId, accountId, ashareId }: ConsoleScope, page: string): string | undefined {
  if (publicURL === undefined) return undefined
  const search = new URLSearchParams({ ...(ashareId !== undefined && { account: ashareId }), ...(envId !== accountId && { env: envId }) })
  return `${publicURL}${page}${search.size > 0 ? `?${search.toString()}` : ''}`
}

/** `collection` is that of the document which the event is about: errors of APIs and tools show with these. */
export function pageOfEvent({ type, flow, step, connection, integration }: NotificationEvent, collection: string): string | undefined {
  if (connection) return pages.connection(connection._id)
  if (flow && collection !== 'flows') return pages.resource(collection, flow._id)
  if (flow && type === 'flow.errors') return step ? pages.stepErrors(flow._id, step._id) : pages.flowErrors(flow._id)
  if (flow) return type === 'errors.assigned' ? pages.flowErrors(flow._id) : pages.flow(flow._id)
  if (integration) return type === 'errors.assigned' ? pages.integrationErrors(integration._id) : pages.integration(integration._id)
  return undefined
}
