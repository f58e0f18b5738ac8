/** What the steps of a run did, as it goes on. */
import { Link } from '@tanstack/react-router'
import type { CallResult } from '../../api/client.ts'
import { useLater } from '../../api/queries.ts'
import { isGoingOn, useStepJobs } from '../../api/step-jobs.ts'
import { flowWords } from '../../words/flows.ts'
import { paths } from '../../paths.ts'
import { durationColumn, errorsColumn, ignoredColumn, statusColumn, successColumn } from '../../parts/run-columns.tsx'
import { RunStatus } from '../../parts/run-status.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { formatCount, Time } from '../../parts/time.tsx'

type Job = CallResult<'getJob'>

interface RunConsoleProps {
  readonly run: Job | undefined
  readonly flowId: string
  readonly names: ReadonlyMap<string, string>
  /** The errors that its numbers lead to: those of this run, where the flow may have run again since. */
  readonly errorsOfRun?: boolean
}

const stepOf = ({ _exportId, _importId }: Job): string => _exportId ?? _importId ?? ''

export function RunConsole({ run, flowId, names, errorsOfRun = false }: RunConsoleProps) {
  const jobs = useStepJobs(run)
  if (!run)
    return (
      <Empty icon="play" title={flowWords.never}>
        {flowWords.neverWhy}
      </Empty>
    )
  // A retry is of one step, and has no jobs of others.
  const shown = jobs.length === 0 && run.type !== 'flow' ? [run] : jobs
  const columns: readonly Column<Job>[] = [
    {
      id: 'step',
      heading: flowWords.step,
      cell: (job) => <span title={names.get(stepOf(job))}>{names.get(stepOf(job)) ?? stepOf(job)}</span>,
    },
    statusColumn,
    successColumn,
    ignoredColumn,
    errorsColumn((job) => paths.stepErrors(flowId, stepOf(job)), errorsOfRun ? { run: run._id } : undefined),
    {
      id: 'pages',
      heading: flowWords.pages,
      width: '90px',
      isNumber: true,
      cell: ({ numPagesProcessed, numPagesGenerated, type }) =>
        formatCount(type === 'export' ? Math.max(numPagesGenerated, numPagesProcessed) : numPagesProcessed),
    },
    durationColumn,
  ]
  return (
    <>
      <RunSummary run={run} />
      {run.errorMessage && (
        <p className="refusal" role="alert">
          {run.errorMessage}
        </p>
      )}
      <Table
        label={flowWords.stepsOfRun}
        columns={columns}
        rows={shown.toSorted((a, b) => (a.oIndex ?? 0) - (b.oIndex ?? 0))}
        keyOf={({ _id }) => _id}
      />
    </>
  )
}

function RunSummary({ run }: { readonly run: Job }) {
  const diagnostics = useLater('getJobDiagnostics', { params: { _id: run._id } }, !isGoingOn(run) && run.numError > 0).data
  return (
    <div className="run-summary">
      <RunStatus run={run} />
      <span className="soft">
        {flowWords.started} <Time at={run.startedAt ?? run.createdAt} />
      </span>
      <span className="soft">{durationColumn.cell(run)}</span>
      {run._afterJobId && <StartedBy jobId={run._afterJobId} />}
      {diagnostics?.errors.slice(0, 3).map(({ source, code, message, numError, _jobId }) => (
        <span key={`${_jobId} ${source} ${code}`} className="run-problem" title={message}>
          <strong>{formatCount(numError)}×</strong> {message}
        </span>
      ))}
    </div>
  )
}

/** By what the flow of that run says comes next. */
function StartedBy({ jobId }: { readonly jobId: string }) {
  const { data } = useLater('getJob', { params: { _id: jobId } })
  return (
    data?._flowId && (
      <Link to={paths.flow(data._flowId)} search={{ tab: 'history', run: jobId }}>
        {flowWords.startedByRun}
      </Link>
    )
  )
}
