/** Writes the body of a webhook (docs/notifications.md). */
import type { Payload } from '../ports/notifications/outbox.ts'
import type { WebhookCall } from '../ports/notifications/messengers.ts'
import { linkTo, pageOfEvent, type ConsoleScope } from './console-links.ts'

export interface WebhookPlace extends ConsoleScope {
  readonly account: string
  readonly environment: string
}

export const webhookTypes = { notifications: 'notifications', test: 'test' } as const

export function composeWebhook(payload: Payload | undefined, place: WebhookPlace, at: Date): WebhookCall['body'] {
  const data = {
    account: { _id: place.accountId, name: place.account },
    environment: { _id: place.envId, name: place.environment },
    ...(payload && { events: payload.events.map((each) => toEvent(each, place)), omitted: payload.omitted }),
  }
  return JSON.stringify({ type: payload ? webhookTypes.notifications : webhookTypes.test, timestamp: at.toISOString(), data })
}

function toEvent({ event, key }: Payload['events'][number], place: ConsoleScope): object {
  const page = pageOfEvent(event, key.collection)
  const link = page === undefined ? undefined : linkTo(place, page)
  return { ...event, ...(link !== undefined && { link }) }
}
