/** Follows what happens in the environment: one stream a tab, from which all that is live on the page is brought up to date. */
import { operations } from '../../../src/contract/operations/index.ts'
import { collections, isCollection } from '../collections.ts'
import { scopeHeaders, tellSessionEnd, type OperationName } from './client.ts'
import { isLive, setLiveState } from './live-state.ts'
import { askForAll, gather, sums, takeErrors, takeJob, type Job, type StepErrors } from './live-updates.ts'

/** Before a stream that broke off is opened again: longer each time that it fails at once. In milliseconds. */
const firstWaitMs = 500
const longestWaitMs = 5_000
/** Nothing for so long, not even a heartbeat (every 15 s), and the stream is dead. In milliseconds. */
const silenceMs = 40_000

/** Keeps the stream open until the signal; with `flowId`, events of the steps of that flow's runs are included. */
export async function follow(flowId: string | undefined, signal: AbortSignal): Promise<void> {
  const at: Position = {}
  for (let wait = firstWaitMs; !signal.aborted;) {
    const began = Date.now()
    try {
      await readStream(flowId, at, signal)
    } catch {
      // It broke off: it is opened again below.
    }
    if (signal.aborted) return
    setLiveState('lost')
    wait = Date.now() - began > silenceMs ? firstWaitMs : Math.min(wait * 2, longestWaitMs)
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

/** The last event that was read, and whether the server asked for another sign-in since. */
interface Position {
  lastId?: string
  isRefused?: boolean
}

async function readStream(flowId: string | undefined, at: Position, outer: AbortSignal): Promise<void> {
  const silent = new AbortController()
  const signal = AbortSignal.any([outer, silent.signal])
  let timer = setTimeout(() => silent.abort(), silenceMs)
  try {
    const answer = await fetch(`${operations['streamEvents']?.path}${flowId ? `?steps=${flowId}` : ''}`, {
      headers: { accept: 'text/event-stream', ...scopeHeaders(), ...(at.lastId !== undefined && { 'last-event-id': at.lastId }) },
      signal,
    })
    // The session has ended: said once, and not each time that the stream is tried again.
    if (answer.status === 401 && !at.isRefused) tellSessionEnd()
    at.isRefused = answer.status === 401
    if (!answer.ok || !answer.body) return
    let rest = ''
    // A stream that goes on where it broke off may have nothing to tell.
    if (at.lastId !== undefined) setLiveState('live')
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      clearTimeout(timer)
      timer = setTimeout(() => silent.abort(), silenceMs)
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) take(block, at)
    }
  } finally {
    clearTimeout(timer)
  }
}

function take(block: string, at: Position): void {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
  const id = fields.get('id')
  if (id !== undefined) at.lastId = id
  const event = fields.get('event')
  if (event === undefined) return
  if (!isLive()) setLiveState('live')
  const data = JSON.parse(fields.get('data') || '{}') as unknown
  if (event === 'job') takeJob(data as Job)
  else if (event === 'errors') takeErrors(data as StepErrors)
  else if (event === 'document') takeDocument(data as DocumentEvent)
  else if (event === 'ready' || event === 'resync') askForAll()
}

/** Lists besides its own that show a document. */
const alsoListedBy: Readonly<Record<string, readonly OperationName[]>> = {
  integrations: ['listTiles'],
  flows: ['listTiles', 'listIntegrationFlows', ...sums],
  connections: ['listTiles', 'listIntegrationConnections'],
  exports: ['listIntegrationExports'],
  imports: ['listIntegrationImports'],
}

interface DocumentEvent {
  readonly collection: string
  readonly _id: string
}

function takeDocument({ collection, _id }: DocumentEvent): void {
  if (!isCollection(collection)) return
  const { list, read } = collections[collection]
  gather([list, read, ...(alsoListedBy[collection] ?? []), 'listRecycleBin', 'listAudit'], undefined, _id)
}
