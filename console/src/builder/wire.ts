/** What goes over the wire of a connection while something is tried: recorded by the server for a minute. */
import { call } from '../api/client.ts'

/** How long is recorded: longer than anything that is tried here takes. In milliseconds. */
const recordMs = 60_000
/** What was recorded is there after a moment, on a busy server after some: asked for so often, so far apart. In milliseconds. */
const tries = 100
const apartMs = 250
/** Clocks of the browser and the server differ by less than that. In milliseconds. */
const clocksMs = 2000

export interface Recorder {
  readonly read: () => Promise<string>
}

/** Undefined where the user may not record. */
export async function startRecording(connectionId: string): Promise<Recorder | undefined> {
  const params = { _id: connectionId }
  const before = await call('getConnectionDebug', { params }).catch(() => undefined)
  if (before === undefined) return undefined
  try {
    await recordUntil(connectionId, new Date(Date.now() + recordMs + clocksMs).toISOString())
  } catch {
    return undefined
  }
  return {
    async read() {
      for (let i = 0; i < tries; i++) {
        // A busy server may leave one question without an answer.
        const text: string = await call('getConnectionDebug', { params }).catch(() => before)
        // Newest first: what was there before is its end.
        if (text.length > before.length && text.endsWith(before)) return text.slice(0, text.length - before.length)
        if (text !== before && !text.endsWith(before)) return text
        await new Promise((resolve) => setTimeout(resolve, apartMs))
      }
      return ''
    },
  }
}

/** One that records for longer already goes on doing so. */
async function recordUntil(_id: string, value: string): Promise<void> {
  const { debugDate = '' } = await call('getConnection', { params: { _id } })
  if (debugDate < value) await call('patchConnection', { params: { _id }, body: [{ op: 'replace', path: '/debugDate', value }] })
}
