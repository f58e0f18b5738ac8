/** Follows what happens in the environment: one stream a tab, from which all that is live on the page is brought up to date. */
import { useEffect } from 'react'
import { operations } from '../../../src/contract/operations/index.ts'
import { collections, isCollection } from '../collections.ts'
import { readScope, scopeHeaders, tellSessionEnd, type CallResult, type OperationName } from './client.ts'
import { isLive, setLiveState } from './live-state.ts'
import { queryClient } from './queries.ts'

type Job = CallResult<'getJob'>

/** Before a stream that broke off is opened again: longer each time that it fails at once. In milliseconds. */
const firstWaitMs = 500
const longestWaitMs = 5_000
/** Nothing for so long, not even a heartbeat (every 15 s), and the stream is dead. In milliseconds. */
const silenceMs = 40_000
/** Lists of what happened are asked for anew at most so often. In milliseconds. */
const gatherMs = 1000

/** Keeps the stream open while the page is; With `flowId`, events of the steps of that flow's runs are included. */
export function useEvents(flowId: string | undefined): void {
  const { account, env } = readScope()
  useEffect(() => {
    const ended = new AbortController()
    void follow(flowId, ended.signal)
    return () => ended.abort()
  }, [flowId, account, env])
}

async function follow(flowId: string | undefined, signal: AbortSignal): Promise<void> {
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
  if (event === 'job') takeJob(JSON.parse(fields.get('data') ?? '{}') as Job)
  else if (event === 'errors') gather(ofErrors)
  else if (event === 'document') takeDocument(JSON.parse(fields.get('data') ?? '{}') as { readonly collection: string })
  else if (event === 'ready' || event === 'resync') gather(live)
}

const jobLists: readonly OperationName[] = ['listJobs', 'listCurrentJobs', 'listLatestFlowJobs', 'listLatestIntegrationJobs', 'listRuns']
const sums: readonly OperationName[] = ['listFlowRunStats', 'listRunTimeSeries', 'getFlowStats']
const ofErrors: readonly OperationName[] = [
  ...(['listFlowErrors', 'listIntegrationErrors', 'listTiles', 'listStepErrors', 'listResolvedErrors'] as const),
  ...(['searchFlowErrors', 'searchIntegrationErrors', 'listFlowRunStats'] as const),
]

/** Everything that the stream tells of, where nobody knows what was missed. */
const live: readonly OperationName[] = [
  ...ofErrors,
  'getJob',
  ...jobLists,
  ...sums,
  ...(['listConnections', 'listIntegrationConnections'] as const),
]

/** Lists of jobs take the job as it stands by now; one that is in none of them makes them be asked for anew. */
function takeJob(job: Job): void {
  let found = false
  for (const [key, data] of queryClient.getQueriesData({ predicate: ({ queryKey: [name] }) => jobLists.includes(name as OperationName) })) {
    const changed = putJob(data, job)
    if (changed === data) continue
    found = true
    queryClient.setQueryData(key, changed)
  }
  const hasEnded = job.endedAt !== undefined
  if (!found || hasEnded) gather([...jobLists, ...(hasEnded ? (['getJob', 'getFlow', ...sums] as const) : [])])
  queryClient.setQueriesData<Job>(
    { predicate: ({ queryKey: [name, input] }) => name === 'getJob' && (input as { params: { _id: string } }).params._id === job._id },
    job,
  )
}

/** The same answer with the job as it is by now, wherever in it jobs are listed; the answer itself where it is not in it. */
function putJob(data: unknown, job: Job): unknown {
  if (Array.isArray(data)) {
    const at = data.findIndex((each: Partial<Job> | undefined) => each?._id === job._id)
    return at < 0 ? putInto(data, job) : data.with(at, { ...data[at], ...job })
  }
  if (typeof data !== 'object' || data === null) return data
  const name = (['jobs', 'runs', 'pages'] as const).find((key) => key in data)
  if (name === undefined) return data
  const before = (data as Readonly<Record<string, unknown>>)[name]
  const after = putJob(before, job)
  return after === before ? data : { ...data, [name]: after }
}

/** Pages of a list that is read as it is scrolled to. */
function putInto(pages: readonly unknown[], job: Job): readonly unknown[] {
  const changed = pages.map((page) => (typeof page === 'object' && page !== null && 'runs' in page ? putJob(page, job) : page))
  return changed.some((page, i) => page !== pages[i]) ? changed : pages
}

/** Lists besides its own that show a document. */
const alsoListedBy: Readonly<Record<string, readonly OperationName[]>> = {
  integrations: ['listTiles'],
  flows: ['listTiles', 'listIntegrationFlows', ...sums],
  connections: ['listTiles', 'listIntegrationConnections'],
  exports: ['listIntegrationExports'],
  imports: ['listIntegrationImports'],
}

function takeDocument({ collection }: { readonly collection: string }): void {
  if (!isCollection(collection)) return
  const { list, read } = collections[collection]
  gather([list, read, ...(alsoListedBy[collection] ?? []), 'listRecycleBin', 'listAudit'])
}

const gathered = new Set<OperationName>()
let timer: ReturnType<typeof setTimeout> | undefined
function gather(names: readonly OperationName[]): void {
  for (const name of names) gathered.add(name)
  timer ??= setTimeout(() => {
    timer = undefined
    const asked = [...gathered]
    gathered.clear()
    // What a form was opened with stays: somebody else's save is shown when this one is sent.
    void queryClient.invalidateQueries({
      predicate: ({ queryKey }) => asked.includes(queryKey[0] as OperationName) && !queryKey.includes('versioned'),
    })
  }, gatherMs)
}
