/** Sends messages that are due: each is claimed by one program, and tried again later where it is not taken. A program that dies at it leaves it to another. */
import type { World } from '../context.ts'
import { StoreUnavailable } from '../errors.ts'
import type { Message } from '../ports/notifications/outbox.ts'
import { deliver } from './deliver.ts'

/** Messages that one program sends at a time, and that each of these lanes sends before it looks for anything else. */
const [lanes, perLane] = [5, 20] as const
/** A program that dies at a message leaves it to another one after this: longer than a mail server or a webhook may take. Milliseconds. */
const claimedMs = 180_000
/** Before each try after the first, in milliseconds: some 25 hours in all. */
const minute = 60_000
export const waitsOfMessages = [1, 5, 15, 60, 180, 360, 360, 540].map((minutes) => minutes * minute)
/** Characters that are kept of why a message was not taken. */
const maxReason = 500

export async function sendMessages(world: World, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: lanes }, () => sendSome(world, signal)))
}

async function sendSome(world: World, signal: AbortSignal): Promise<void> {
  for (let sent = 0; sent < perLane && !signal.aborted; sent++) {
    const now = world.now()
    const message = await world.store.outbox.claim(now.toISOString(), new Date(now.getTime() + claimedMs).toISOString())
    if (!message) return
    await sendOne(world, message, signal)
  }
}

async function sendOne(world: World, message: Message, signal: AbortSignal): Promise<void> {
  const { store, now, log } = world
  const { _id, attempts, channel } = message
  const delivery = await tryToDeliver(world, message, signal)
  const at = now()
  if (delivery.kind === 'taken') return store.outbox.end(_id, 'sent', at.toISOString(), undefined)
  const reason = delivery.message.slice(0, maxReason)
  if (delivery.kind === 'dropped') return store.outbox.end(_id, 'dropped', at.toISOString(), reason)
  const wait = waitsOfMessages[attempts - 1]
  log.warn({ messageId: _id, channel, attempts, isFinal: delivery.isFinal || wait === undefined }, 'a message to a user was not taken')
  if (delivery.isFinal || wait === undefined) return store.outbox.end(_id, 'failed', at.toISOString(), reason)
  // Up to a tenth later than said: those that failed together do not all come back together.
  return store.outbox.postpone(_id, new Date(at.getTime() + wait * (1 + Math.random() / 10)).toISOString(), reason)
}

/** What goes wrong here counts as a try too: a message that nothing can write is not claimed for ever. */
async function tryToDeliver(world: World, message: Message, signal: AbortSignal): ReturnType<typeof deliver> {
  try {
    return await deliver(world, message, signal)
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error
    if (signal.aborted) return { kind: 'refused', message: 'The program ended meanwhile.', isFinal: false }
    world.log.error({ err: error, messageId: message._id }, 'a message to a user could not be sent')
    return { kind: 'refused', message: 'The server could not send it; its log says why.', isFinal: false }
  }
}
