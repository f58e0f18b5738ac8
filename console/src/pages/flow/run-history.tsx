/** The runs of a flow, newest first: by status and time, with what each did. */
import { useData } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { durationOf, isGoingOn } from '../../api/step-jobs.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { useCancelRun } from '../../forms/cancel-run.ts'
import { useRunAgain } from '../../forms/run-again.ts'
import { Choice } from '../../parts/audit-table.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { ErrorCount, RunStatus } from '../../parts/status.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { formatCount, formatDuration, Time } from '../../parts/time.tsx'
import { useSearchChange, useUrlState } from '../../url-state.ts'

type Job = CallResult<'getJob'>
const statuses = ['queued', 'running', 'completed', 'failed', 'canceled']

export function RunHistory({ flow }: { readonly flow: { readonly _id: string; readonly name: string; readonly _integrationId?: string } }) {
  const [status] = useUrlState('status')
  const [from] = useUrlState('from')
  const [to] = useUrlState('to')
  const change = useSearchChange()
  const may = useMay(flow._integrationId)
  const cancel = useCancelRun()
  const again = useRunAgain(flow)
  const runs = useData('listJobs', {
    query: {
      _flowId: flow._id,
      ...(status && { status }),
      ...(from && { createdAt_gte: from }),
      ...(to && { createdAt_lte: `${to}T23:59:59.999Z` }),
    },
  })
  const isFiltered = Boolean(status || from || to)
  const set = (key: string) => (event: React.ChangeEvent<HTMLInputElement | HTMLSelectElement>) => change({ [key]: event.target.value })
  const columns: readonly Column<Job>[] = [
    { id: 'when', heading: words.flow.started, cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'type', heading: words.flow.kind, width: '120px', cell: ({ type }) => words.flow.types[type] },
    { id: 'status', heading: words.flow.status, width: '190px', cell: (run) => <RunStatus run={run} /> },
    { id: 'success', heading: words.flow.success, width: '100px', isNumber: true, cell: ({ numSuccess }) => formatCount(numSuccess) },
    { id: 'ignored', heading: words.flow.ignored, width: '100px', isNumber: true, cell: ({ numIgnore }) => formatCount(numIgnore) },
    { id: 'errors', heading: words.flow.failed, width: '100px', isNumber: true, cell: ({ numError }) => <ErrorCount count={numError} /> },
    { id: 'duration', heading: words.flow.duration, width: '120px', isNumber: true, cell: (run) => formatDuration(durationOf(run) ?? 0) },
    {
      id: 'acts',
      heading: words.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: (run) => (
        <MoreMenu
          label={words.actions.more}
          items={[
            ...(may('runFlow') && run.type === 'flow' ? [{ label: words.flow.again, icon: 'play' as const, onSelect: again }] : []),
            ...(may('cancelJob') && isGoingOn(run)
              ? [{ label: words.flow.cancel, icon: 'stop' as const, onSelect: () => cancel(run) }]
              : []),
          ]}
        />
      ),
    },
  ]
  return (
    <>
      <div className="toolbar">
        <Choice label={words.flow.status} any={words.flow.anyStatus} value={status} options={statuses} onChange={set('status')} />
        <label className="inline">
          <span className="soft">{words.audit.from}</span>
          <input type="date" className="input" value={from} onChange={set('from')} />
        </label>
        <label className="inline">
          <span className="soft">{words.audit.to}</span>
          <input type="date" className="input" value={to} onChange={set('to')} />
        </label>
      </div>
      {runs.length === 0 ? (
        <Empty icon="clock" title={isFiltered ? words.states.noMatch : words.flow.never}>
          {isFiltered ? words.states.noMatchWhy : words.flow.neverWhy}
        </Empty>
      ) : (
        <Table label={words.flow.tabs.history} columns={columns} rows={runs} keyOf={({ _id }) => _id} />
      )}
    </>
  )
}
