/** Follows what happens in the environment: one stream a tab, from which all that is live on the page is brought up to date. */
import { useEffect } from 'react'
import { operations } from '../../../src/contract/operations/index.ts'
import { readScope, scopeHeaders, tellSessionEnd, type CallResult, type OperationName } from './client.ts'
import { isLive, setLiveState } from './live-state.ts'
import { queryClient, refresh } from './queries.ts'

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
  else if (event === 'ready' || event === 'resync') gather(live)
}

const ofErrors: readonly OperationName[] = [
  ...(['listFlowErrors', 'listIntegrationErrors', 'listTiles', 'listStepErrors', 'listResolvedErrors'] as const),
  ...(['searchFlowErrors', 'searchIntegrationErrors'] as const),
]

/** Everything that the stream tells of. */
const live: readonly OperationName[] = [
  ...ofErrors,
  'getJob',
  'listJobs',
  'listCurrentJobs',
  'listLatestFlowJobs',
  'listLatestIntegrationJobs',
  'listFlowRunStats',
]

/** Lists of jobs take the job as it stands by now; one that is in none of them makes them be asked for anew. */
function takeJob(job: Job): void {
  const isKnown = (jobs: readonly Job[]): boolean => jobs.some(({ _id }) => _id === job._id)
  const put = (jobs: readonly Job[]): readonly Job[] => jobs.map((each) => (each._id === job._id ? job : each))
  let found = false
  for (const [key, data] of queryClient.getQueriesData<readonly Job[]>({
    predicate: ({ queryKey: [name] }) => isJobList(name as OperationName),
  })) {
    if (!Array.isArray(data) || !isKnown(data)) continue
    found = true
    queryClient.setQueryData(key, put(data))
  }
  const hasEnded = job.endedAt !== undefined
  if (!found || hasEnded)
    gather([
      'listJobs',
      'listCurrentJobs',
      'listLatestFlowJobs',
      'listLatestIntegrationJobs',
      ...(hasEnded ? (['getJob', 'listFlowRunStats', 'getFlow'] as const) : []),
    ])
  queryClient.setQueriesData<Job>(
    { predicate: ({ queryKey: [name, input] }) => name === 'getJob' && (input as { params: { _id: string } }).params._id === job._id },
    job,
  )
}

const isJobList = (name: OperationName): boolean => ['listJobs', 'listLatestFlowJobs', 'listLatestIntegrationJobs'].includes(name)

const gathered = new Set<OperationName>()
let timer: ReturnType<typeof setTimeout> | undefined
function gather(names: readonly OperationName[]): void {
  for (const name of names) gathered.add(name)
  timer ??= setTimeout(() => {
    timer = undefined
    const asked = [...gathered]
    gathered.clear()
    void refresh(queryClient, asked)
  }, gatherMs)
}
