/** Reads a stream of events as a page does: by what each is called, and with the id that a broken stream goes on from. */
import { onTestFinished } from 'vitest'
import { until } from './flows.ts'

export interface SentEvent {
  readonly event: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into events of every shape
  readonly data: any
}

export interface EventReader {
  readonly events: SentEvent[]
  lastId(): string | undefined
  isOver(): boolean
  /** It broke off and did not end. */
  isCutOff(): boolean
  /** The first event that fits, as soon as it is there. */
  find(fits: (event: SentEvent) => boolean): Promise<SentEvent>
  close(): Promise<void>
}

export async function followEvents(url: string, headers: Record<string, string>): Promise<EventReader> {
  const leaving = new AbortController()
  const response = await fetch(url, { headers, signal: leaving.signal })
  const events: SentEvent[] = []
  let lastId: string | undefined
  let over = false
  let cutOff = false
  const take = (block: string): void => {
    const lines = block.split('\n')
    const valueOf = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    lastId = valueOf('id') ?? lastId
    const event = valueOf('event')
    if (event !== undefined) events.push({ event, data: JSON.parse(valueOf('data') ?? 'null') })
  }
  const read = async (): Promise<void> => {
    let rest = ''
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const blocks = (rest + Buffer.from(chunk).toString()).split('\n\n')
      rest = blocks.pop() ?? ''
      blocks.forEach(take)
    }
  }
  const reading = read()
    .catch(() => (cutOff = true))
    .finally(() => (over = true))
  const close = async (): Promise<void> => {
    leaving.abort()
    await reading
  }
  onTestFinished(close)
  const reader: EventReader = {
    events,
    lastId: () => lastId,
    isOver: () => over,
    isCutOff: () => cutOff,
    find: (fits) => until(() => events.find(fits), 60_000),
    close,
  }
  if (!response.ok) throw new Error(`no stream: ${response.status}`)
  await reader.find(({ event }) => event === 'ready')
  return reader
}
