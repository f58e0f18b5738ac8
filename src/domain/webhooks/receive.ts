/** A request to a webhook: read, kept for each flow that begins with it, and answered. What is answered with success is in the database. */
import type { Document } from '../../contract/document.ts'
import type { World } from '../context.ts'
import type { NewEvent, QueueKey } from '../ports/flows/webhooks.ts'
import type { WebhookAnswer, UnreadableCode, WebhookReader, WebhookRequest } from '../ports/flows/webhook-reader.ts'
import { revealSecrets } from '../secrets.ts'
import { boundedMemory } from '../limits/bounded-memory.ts'
import { EventGatherer } from './gather-events.ts'
import { startWebhookRun } from './start-runs.ts'

/** How long a server goes by what it knows of a webhook: a change shows in a moment, and not every request asks. Milliseconds. */
const knownMs = 1000
const maxKnown = 1000

export type RefusalCode = UnreadableCode | 'webhook_unknown' | 'webhook_flow_off' | 'webhook_full'

interface Refusal {
  readonly kind: 'refused'
  readonly code: RefusalCode
  readonly message: string
}

export type Receive = (
  exportId: string,
  request: WebhookRequest,
) => Promise<Refusal | { readonly kind: 'answered'; readonly answer: WebhookAnswer }>

interface OpenListener {
  readonly envId: string
  readonly accountId: string
  readonly doc: Document<'exports'>
  readonly flowIds: readonly string[]
}

export function createReceive(world: World, reader: WebhookReader): Receive {
  const gatherer = new EventGatherer((events) => world.store.webhookEvents.receive(events, world.now().toISOString()))
  const listeners = boundedMemory(knownMs, maxKnown, (exportId) => findListener(world, exportId))
  const start = createStart(world)
  return async (exportId, request) => {
    const listener = await listeners(exportId)
    if (!listener) return refuse('webhook_unknown', `There is no webhook with the id ${exportId}.`)
    const reading = await reader.read(listener.accountId, listener.doc, request)
    if (reading.kind === 'refused') return refuse(reading.code, `Webhook ${exportId}: ${reading.message}${remedies[reading.code] ?? ''}`)
    if (reading.kind === 'challenge') return { kind: 'answered', answer: reading.answer }
    if (listener.flowIds.length === 0)
      return refuse('webhook_flow_off', `No flow that begins with webhook ${exportId} is on. Nothing was kept: send it again when one is.`)
    const received = await gatherer.add(toEvents(exportId, listener, reading.records))
    const own = received.filter((queue) => queue.exportId === exportId)
    if (own.length === 0) return refuse('webhook_full', `As many events of webhook ${exportId} wait as are kept. Send it again later.`)
    for (const queue of own) if (!queue.hasRun) start(queue)
    return { kind: 'answered', answer: reading.answer }
  }
}

/** What to do, where the sentence itself does not say it. Nothing in it helps a stranger. */
const remedies: Readonly<Partial<Record<UnreadableCode, string>>> = {
  webhook_unverified: ' Compare what the sender sends with webhook.verify and the fields that go with it.',
  webhook_unreadable: ' Correct the sender, or set webhook.requestMediaType to what it sends.',
}

const refuse = (code: RefusalCode, message: string): Refusal => ({ kind: 'refused', code, message })

function toEvents(exportId: string, { envId, flowIds }: OpenListener, records: string): NewEvent[] {
  const bytes = Buffer.byteLength(records)
  return flowIds.map((flowId) => ({ envId, flowId, exportId, records, bytes }))
}

async function findListener({ store, vault }: World, exportId: string): Promise<OpenListener | undefined> {
  const found = await store.webhookEvents.findListener(exportId)
  if (!found) return undefined
  const { envId, entry, flowIds } = found
  const accountId = (await store.accounts.findAccount(envId)) ?? envId
  return { envId, accountId, doc: revealSecrets(vault, envId, entry), flowIds }
}

/** How long a queue is left alone after a run of it was to be started: of many requests that find none, as while a connection is offline, few try. Milliseconds. */
const restMs = 250

/** One at a time for a queue. A worker looks for what is left, so a failure here loses nothing, and neither does the rest. */
function createStart(world: World): (queue: QueueKey) => void {
  const starting = new Set<string>()
  return (queue) => {
    const name = [queue.envId, queue.flowId, queue.exportId].join('/')
    if (starting.has(name)) return
    starting.add(name)
    startWebhookRun(world, queue)
      .catch((error: unknown) =>
        world.log.warn({ err: error, flowId: queue.flowId }, 'a run of what a webhook received could not be started; a worker will'),
      )
      .finally(() => setTimeout(() => starting.delete(name), restMs).unref())
  }
}
