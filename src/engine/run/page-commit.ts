/** Commits what pages did (counts, errors, retry data, checkpoint) as a whole or not at all. */
import type { World } from '../../domain/context.ts'
import type { Counts, JobProgress, RunningJob, RunOwnership } from '../../domain/ports/jobs.ts'
import type { FileTarget } from '../../domain/ports/flows/gathered-files.ts'
import { isMeasured, measure } from '../../domain/observability/measurements.ts'
import { redactNothing, type Redact } from '../../domain/redaction/masker.ts'
import { RunLost } from './lease.ts'
import type { Engine } from '../plan/engine.ts'
import type { Plan, PageResult } from '../plan/plan.ts'
import { withDataURIs } from './error-addresses.ts'
import { sealRequests } from './failed-requests.ts'
import { PastErrors } from './past-errors.ts'
import { openPageResult, noCounts, sumResults } from './page-result.ts'
import type { RowsOf } from '../../domain/ports/store.ts'

/** Errors that a page sent again: they are resolved in the transaction that writes what became of them. */
interface Resolved {
  readonly stepId: string
  readonly errorIds: readonly string[]
}

type ProgressRows = RowsOf<'flowErrors' | 'jobs' | 'recordedRequests' | 'gatheredFiles'>

/** A page whose records are all done. */
export interface PageDone {
  readonly pageResult: PageResult
  /** Where the run goes on after it; absent where it stays where it is. */
  readonly checkpoint?: unknown
  readonly resolved?: Resolved
  /** Files that an earlier run gathered, which this one writes. */
  readonly adopted?: readonly Adopted[]
  /** Files that are written. */
  readonly written?: readonly string[]
  /** Files that could not be, and wait for somebody. */
  readonly held?: readonly string[]
}

interface Adopted {
  readonly key: string
  readonly target: FileTarget
  readonly retries: number
}

export interface PageCommit {
  /** An empty result, for the next page. `retries` is how often its records were sent again by themselves. */
  openPage(keepsRetryData?: boolean, retries?: number): PageResult
  /** Writes pages that follow each other, in one transaction. Answers whose the run is: nothing is written where it is lost. */
  commit(pages: readonly PageDone[]): Promise<RunOwnership>
  /** The same for one page, within a transaction of the caller's. */
  write(rows: ProgressRows, page: PageDone): Promise<RunOwnership>
}

/** `jobOfStep` is empty and `sources` too where a run could not even begin: only the run itself counts then. */
export function createPageCommit(
  world: World,
  envId: string,
  run: RunningJob,
  jobOfStep: ReadonlyMap<string, string> = new Map(),
  sources: ReadonlySet<string> = new Set(),
  redact: Redact = redactNothing,
  plan?: Pick<Plan, 'automaticRetries' | 'dataURIs' | 'steps' | 'redact'> & {
    readonly past: PastErrors | undefined
    readonly retryWaits: readonly number[]
  },
): PageCommit {
  const { job, epoch } = run
  const { past } = plan ?? {}
  const write = async (rows: ProgressRows, pages: readonly PageDone[]): Promise<RunOwnership> => {
    const at = world.now().toISOString()
    const { counts, errors } = sumResults(pages.map(({ pageResult }) => pageResult))
    const progress = toProgress(job._id, counts, errors, jobOfStep, sources)
    const standing = await rows.jobs.recordProgress(envId, job._id, epoch, pages.at(-1)?.checkpoint, progress, at)
    if (standing === 'lost') return standing
    for (const { resolved } of pages)
      if (resolved) await rows.flowErrors.resolve(envId, job._flowId, resolved.stepId, resolved.errorIds, job._userId ?? 'autopilot', at)
    if (!past && errors.length > 0) await rows.flowErrors.add(envId, job._flowId, errors)
    // Page by page: a record of a later page may be the one that puts an error of this one right.
    for (const { pageResult } of past ? pages : []) {
      await past?.resolve(rows, pageResult, at)
      if (pageResult.errors.length > 0) await rows.flowErrors.add(envId, job._flowId, pageResult.errors)
    }
    await keepFiles(rows, envId, { flowId: job._flowId, jobId: job._id }, pages, at)
    await rows.recordedRequests.add(envId, job._flowId, sealRequests(world, envId, job._flowId, errors))
    return standing
  }
  const isPlain = (page: PageDone): boolean => !writesMore(page) && !past?.concerns(page.pageResult)
  const addressed = async (page: PageDone): Promise<PageDone> => {
    const { pageResult } = page
    if (!plan || pageResult.errors.length === 0) return page
    return { ...page, pageResult: { ...pageResult, errors: await withDataURIs(pageResult.errors, plan) } }
  }
  return {
    openPage: (keepsRetryData = true, retries = 0) =>
      openPageResult(
        world,
        job._id,
        keepsRetryData,
        redact,
        plan && { most: plan.automaticRetries, waits: plan.retryWaits, retries },
        past !== undefined,
      ),
    write: (rows, page) => write(rows, [page]),
    async commit(pages) {
      const told = pages.every(isPlain) ? undefined : await Promise.all(pages.map(addressed))
      const standing = await (told ? world.store.transaction((rows) => write(rows, told)) : write(world.store, pages))
      if (standing !== 'lost' && isMeasured('records')) measureRecords(pages, sources)
      return standing
    },
  }
}

function measureRecords(pages: readonly PageDone[], sources: ReadonlySet<string>): void {
  const {
    numSuccess: success,
    numError: error,
    numIgnore: ignored,
  } = sumCounts(sumResults(pages.map(({ pageResult }) => pageResult)).counts, sources)
  measure('records', { success, error, ignored })
}

/** Than counts and where the run goes on. */
const writesMore = ({ pageResult: { errors, gathered }, resolved, adopted, written, held }: PageDone): boolean =>
  errors.length > 0 || gathered.length > 0 || [resolved, adopted, written, held].some(Boolean)

/** What pages gathered, and what became of files. */
async function keepFiles(
  { gatheredFiles }: ProgressRows,
  envId: string,
  owner: { readonly flowId: string; readonly jobId: string },
  pages: readonly PageDone[],
  at: string,
): Promise<void> {
  const gathered = Map.groupBy(
    pages.flatMap(({ pageResult }) => pageResult.gathered),
    ({ stepId }) => stepId,
  )
  for (const [stepId, found] of gathered) {
    const parts = found.map(({ part }) => part)
    await gatheredFiles.append(envId, owner, stepId, parts, at)
  }
  for (const { adopted = [], written = [], held = [] } of pages) {
    for (const { key, target, retries } of adopted) await gatheredFiles.adopt(envId, key, owner.jobId, target, retries)
    if (written.length > 0) await gatheredFiles.remove(envId, written, at)
    if (held.length > 0) await gatheredFiles.hold(envId, held)
  }
}

export async function openPageCommit(
  { world, retryWaits }: Pick<Engine, 'world' | 'retryWaits'>,
  envId: string,
  run: RunningJob,
  plan: Plan,
): Promise<PageCommit> {
  const jobOfStep = await createStepJobs(world, envId, run, plan)
  const sources = new Set(plan.generators.map(({ stepId }) => stepId))
  const past = plan.resolvesPastErrors ? await readPastErrors(world, envId, run) : undefined
  return createPageCommit(world, envId, run, jobOfStep, sources, plan.redact, { ...plan, past, retryWaits })
}

async function readPastErrors(world: World, envId: string, { job }: RunningJob): Promise<PastErrors> {
  const counts = await world.store.flowErrors.countByStep(envId, job._flowId)
  return new PastErrors(
    envId,
    job._flowId,
    counts.flatMap(({ id, numError }) => (numError > 0 ? [id] : [])),
  )
}

/** A job for each step of the flow, under the run: what users look at to see where records went. */
async function createStepJobs(world: World, envId: string, { job }: RunningJob, plan: Plan): Promise<ReadonlyMap<string, string>> {
  const createdAt = world.now().toISOString()
  const steps = plan.steps.map(({ stepId, kind }, oIndex) => ({
    _id: world.newId(),
    type: kind === 'import' ? ('import' as const) : ('export' as const),
    _flowId: job._flowId,
    ...(job._integrationId && { _integrationId: job._integrationId }),
    ...(kind === 'import' ? { _importId: stepId } : { _exportId: stepId }),
    _flowJobId: job._id,
    oIndex,
    createdAt,
    order: {},
  }))
  const written = await world.store.jobs.addSteps(envId, job._id, steps, createdAt)
  if (written.length === 0 && steps.length > 0) throw new RunLost()
  return new Map(written.map((each) => [each._importId ?? each._exportId ?? '', each._id]))
}

/** What pages did: to the run as a whole, and to each of its steps. */
function toProgress(
  runId: string,
  counts: PageResult['counts'],
  errors: PageResult['errors'],
  jobOfStep: ReadonlyMap<string, string>,
  sources: ReadonlySet<string>,
): JobProgress[] {
  const retriable = new Set(errors.flatMap(({ stepId, retry }) => (retry ? [stepId] : [])))
  const steps = [...counts].flatMap(([stepId, ofStep]): JobProgress[] => {
    const jobId = jobOfStep.get(stepId)
    return jobId === undefined ? [] : [{ jobId, counts: ofStep, retriable: retriable.has(stepId) }]
  })
  return [{ jobId: runId, counts: sumCounts(counts, sources), retriable: retriable.size > 0 }, ...steps]
}

/** What the run as a whole did: what its sources gave, and what became of it at the steps after them. */
function sumCounts(counts: ReadonlyMap<string, Counts>, sources: ReadonlySet<string>): Counts {
  const total = { ...noCounts } as { -readonly [K in keyof Counts]: Counts[K] }
  for (const [stepId, ofStep] of counts) {
    for (const field of Object.keys(total) as (keyof Counts)[]) {
      if (field === 'numSuccess' && sources.has(stepId)) continue
      total[field] += ofStep[field]
    }
  }
  return total
}
