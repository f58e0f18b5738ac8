/** What was sent again: each retry with how far it is, what became of its records, and what failed again. */
import { useWatched } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import type { ErrorScope } from '../../api/step-errors.ts'
import { durationOf, isGoingOn } from '../../api/step-jobs.ts'
import { useMay, useSession } from '../../api/session.ts'
import { words } from '../../words.ts'
import { accountWords } from '../../words/account.ts'
import { flowWords } from '../../words/flows.ts'
import { errorWords } from '../../words/errors.ts'
import { useCancelRun } from '../../forms/cancel-run.ts'
import { MoreMenu } from '../../parts/menu.tsx'
import { Empty, Loading, Refusal } from '../../parts/states.tsx'
import { RunStatus } from '../../parts/run-status.tsx'
import { ErrorCount } from '../../parts/status.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { formatDuration } from '../../parts/duration.ts'
import { formatCount, Time } from '../../parts/time.tsx'
import { useSearchChange } from '../../url-state.ts'
import type { NamedFlow } from './errors-view.tsx'
import { useIsPhone, useRoom } from './phone.ts'
import type { useStepNames } from '../../api/step-names.ts'

type Job = CallResult<'getJob'>

/** Of one answer. */
const mostListed = 1000
/** Where the list is narrower, it tells neither who asked for a retry nor how long it took. Pixels. */
const roomForAll = 1180

interface RetriesProps {
  readonly scope: ErrorScope
  readonly integrationId: string | undefined
  readonly flows: readonly NamedFlow[]
  readonly steps: ReturnType<typeof useStepNames>
}

export function Retries({ scope, integrationId, flows, steps }: RetriesProps) {
  const query = {
    type_in: 'retry,bulk_retry',
    ...(scope._flowId ? { _flowId: scope._flowId } : { _integrationId: scope._integrationId ?? '' }),
    ...(scope._stepId && (steps.isExport(scope._stepId) ? { _exportId: scope._stepId } : { _importId: scope._stepId })),
  }
  const { data: jobs, error } = useWatched('listJobs', { query }, (all) => all.some(isGoingOn))
  const { user } = useSession()
  const cancel = useCancelRun()
  const may = useMay(integrationId)
  const change = useSearchChange()
  const isPhone = useIsPhone()
  const isWide = useRoom() >= roomForAll
  if (error) return <Refusal error={error} />
  if (!jobs) return <Loading />
  if (jobs.length === 0)
    return (
      <Empty icon="refresh" title={errorWords.noRetries}>
        {errorWords.noRetriesWhy}
      </Empty>
    )
  const nameOf = (job: Job): string => steps.nameOf(stepOf(job)) ?? flows.find(({ _id }) => _id === job._flowId)?.name ?? stepOf(job)
  const seeErrors = ({ _id }: Job) => change({ tab: undefined, run: _id, error: undefined })
  const wide: readonly (Column<Job> | false)[] = [
    ...(scope._stepId
      ? []
      : [{ id: 'step', heading: errorWords.step, cell: (job: Job) => <span title={nameOf(job)}>{nameOf(job)}</span> }]),
    isWide && {
      id: 'who',
      heading: accountWords.audit.who,
      width: '170px',
      cell: ({ _userId }) => (
        <span className="soft">{_userId === undefined ? errorWords.byItself : _userId === user._id ? user.email : _userId}</span>
      ),
    },
    { id: 'success', heading: errorWords.succeeded, width: '110px', isNumber: true, cell: ({ numSuccess }) => formatCount(numSuccess) },
    isWide && {
      id: 'duration',
      heading: flowWords.duration,
      width: '110px',
      isNumber: true,
      cell: (job) => formatDuration(durationOf(job) ?? 0),
    },
    {
      id: 'failed',
      heading: errorWords.failedAgain,
      width: '110px',
      isNumber: true,
      cell: ({ numError }) => <ErrorCount count={numError} />,
    },
  ]
  const columns: readonly Column<Job>[] = [
    { id: 'when', heading: errorWords.started, width: isPhone ? '92px' : '120px', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'status', heading: errorWords.status, ...(isPhone ? {} : { width: '190px' }), cell: (job) => <RunStatus run={job} /> },
    {
      id: 'progress',
      heading: errorWords.retries,
      width: isPhone ? '84px' : '190px',
      cell: (job) => <Progress job={job} name={nameOf(job)} />,
    },
    ...(isPhone ? [] : wide.filter((column) => column !== false)),
    {
      id: 'acts',
      heading: words.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: (job) => (
        <MoreMenu
          label={words.actions.more}
          items={[
            ...(job.numError > 0 ? [{ label: errorWords.seeErrors, icon: 'alert' as const, onSelect: () => seeErrors(job) }] : []),
            ...(may('cancelJob') && isGoingOn(job)
              ? [{ label: flowWords.cancel, icon: 'stop' as const, onSelect: () => cancel(job) }]
              : []),
          ]}
        />
      ),
    },
  ]
  return (
    <>
      <Table label={errorWords.retries} columns={columns} rows={jobs} keyOf={({ _id }) => _id} />
      {jobs.length >= mostListed && <p className="soft">{errorWords.retriesFull(jobs.length)}</p>}
    </>
  )
}

const stepOf = ({ _exportId, _importId }: Job): string => _exportId ?? _importId ?? ''

function Progress({ job, name }: { readonly job: Job; readonly name: string }) {
  const done = job.numSuccess + job.numError + job.numIgnore
  const total = Math.max(job.numRetry ?? 0, done)
  return (
    <span className="progress">
      {isGoingOn(job) && (
        <progress aria-label={errorWords.progressOf(name)} {...(job.numRetry !== undefined && { max: Math.max(1, total), value: done })} />
      )}
      {errorWords.retriedOf(formatCount(done), formatCount(total))}
    </span>
  )
}
