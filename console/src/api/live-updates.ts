/** Brings what is on the page up to date with what the stream of events tells of runs and errors. */
import type { Query } from '@tanstack/react-query'
import type { CallResult, OperationName } from './client.ts'
import { hasStatusChanged, isAbout, type Subject } from './live-lists.ts'
import { findLong, readAnew } from './paged-queries.ts'
import { queryClient } from './queries.ts'

export type Job = CallResult<'getJob'>

/** Lists of what happened are asked for anew at most so often. In milliseconds. */
const gatherMs = 1000

const jobLists: readonly OperationName[] = ['listJobs', 'listLatestJobs', 'listLatestFlowJobs', 'listLatestIntegrationJobs', 'listRuns']
export const sums: readonly OperationName[] = ['listFlowRunStats', 'listRunTimeSeries', 'getFlowStats']
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

export const askForAll = (): void => gather(live)

const isOfStep = ({ type }: Job): boolean => type === 'export' || type === 'import'

/**
 * Lists of jobs take the job as it stands by now. Those that could have it and have not are asked for anew, as are all once it has ended: when its status is
 * another one, and not as often as it goes on.
 */
export function takeJob(job: Job): void {
  const { _id, _flowId, _integrationId = 'none', _flowJobId } = job
  const subject: Subject = { flowId: _flowId, integrationId: _integrationId, ...(isOfStep(job) && _flowJobId && { runId: _flowJobId }) }
  let isMissing = false
  for (const [key, data] of queryClient.getQueriesData({ predicate: ({ queryKey: [name] }) => jobLists.includes(name as OperationName) })) {
    const changed = putJob(data, job)
    if (changed !== data) queryClient.setQueryData(key, changed)
    else isMissing ||= isAbout(key[0] as string, (key[1] ?? {}) as object, subject)
  }
  queryClient.setQueriesData<Job>(
    { predicate: ({ queryKey: [name, input] }) => name === 'getJob' && (input as { params: { _id: string } }).params._id === _id },
    job,
  )
  if (!hasStatusChanged(job)) return
  const hasEnded = job.endedAt !== undefined
  if (isMissing || hasEnded) gather(jobLists, subject)
  if (hasEnded && !isOfStep(job)) gather(['getFlow', ...sums], subject)
}

export interface StepErrors {
  readonly _flowId: string
  readonly _integrationId?: string
  readonly _expOrImpId: string
}

export const takeErrors = ({ _flowId, _integrationId = 'none', _expOrImpId }: StepErrors): void =>
  gather(ofErrors, { flowId: _flowId, integrationId: _integrationId, stepId: _expOrImpId })

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

interface Gathered {
  readonly subject: Subject | undefined
  /** Operations, with the documents that were changed; undefined where the event names none. */
  readonly names: Map<OperationName, Set<string | undefined>>
}
/** What is to be asked for anew: operations, and what the events were about; without that, whatever they were asked with. */
const gathered = new Map<string, Gathered>()
let timer: ReturnType<typeof setTimeout> | undefined
export function gather(names: readonly OperationName[], subject?: Subject, documentId?: string): void {
  const key = JSON.stringify(subject ?? null)
  const entry = gathered.get(key) ?? { subject, names: new Map() }
  for (const name of names) entry.names.set(name, (entry.names.get(name) ?? new Set()).add(documentId))
  gathered.set(key, entry)
  timer ??= setTimeout(() => {
    timer = undefined
    askAnew([...gathered.values()])
    gathered.clear()
  }, gatherMs)
}

function askAnew(entries: readonly Gathered[]): void {
  const documentsOf = ({ queryKey: [name, input] }: Pick<Query, 'queryKey'>): readonly (string | undefined)[] =>
    entries.flatMap(({ names, subject }) =>
      subject === undefined || isAbout(name as string, (input ?? {}) as object, subject)
        ? [...(names.get(name as OperationName) ?? [])]
        : [],
    )
  // What a form was opened with stays: somebody else's save is shown when this one is sent.
  const isMeant = (query: Pick<Query, 'queryKey'>): boolean => !query.queryKey.includes('versioned') && documentsOf(query).length > 0
  const long = findLong(isMeant)
  for (const query of long) void readAnew(query, new Set(documentsOf(query)))
  void queryClient.invalidateQueries({ predicate: (query) => isMeant(query) && !long.has(query) })
}
