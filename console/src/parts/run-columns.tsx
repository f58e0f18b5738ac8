/** What tables of runs and of the steps of runs show, by the names that runs are sorted by. */
import { Link } from '@tanstack/react-router'
import type { CallResult } from '../api/client.ts'
import { durationOf } from '../api/step-jobs.ts'
import { paths } from '../paths.ts'
import { integrationWords } from '../words/integrations.ts'
import { flowWords } from '../words/flows.ts'
import { RunStatus } from './run-status.tsx'
import { Badge, ErrorCount } from './status.tsx'
import type { Column } from './table.tsx'
import { formatDuration } from './duration.ts'
import { formatCount, Time } from './time.tsx'

type Job = CallResult<'getJob'>
type Counts = Pick<Job, 'numSuccess' | 'numError'>

export const statusColumn: Column<Job> = {
  id: 'status',
  heading: flowWords.status,
  width: '210px',
  cell: (run) => <RunStatus run={run} />,
}
export const successColumn: Column<Counts> = {
  id: 'numSuccess',
  heading: flowWords.success,
  width: '90px',
  isNumber: true,
  sorts: true,
  cell: ({ numSuccess }) => formatCount(numSuccess),
}
export const ignoredColumn: Column<Job> = {
  id: 'numIgnore',
  heading: flowWords.ignored,
  width: '90px',
  isNumber: true,
  sorts: true,
  cell: ({ numIgnore }) => formatCount(numIgnore),
}
export const errorsColumn = <Row extends Counts>(to?: (row: Row) => string, search?: Readonly<Record<string, string>>): Column<Row> => ({
  id: 'numError',
  heading: flowWords.failed,
  width: '90px',
  isNumber: true,
  sorts: true,
  cell: (row) => <ErrorCount count={row.numError} {...(to && { to: to(row) })} {...(search && { search })} />,
})
export const durationColumn: Column<Job> = {
  id: 'duration',
  heading: flowWords.duration,
  width: '110px',
  isNumber: true,
  sorts: true,
  cell: (run) => {
    const ms = durationOf(run)
    return ms === undefined ? <span className="soft">–</span> : formatDuration(ms)
  },
}
export const startedColumn: Column<Job> = {
  id: 'createdAt',
  heading: flowWords.started,
  width: '130px',
  sorts: true,
  cell: ({ createdAt }) => <Time at={createdAt} />,
}
export const kindColumn: Column<Job> = {
  id: 'kind',
  heading: flowWords.kind,
  width: '110px',
  cell: ({ type }) => flowWords.types[type],
}
interface OfFlow {
  readonly _flowId: string
  readonly flowName?: string
  readonly type?: Job['type']
}
/** With what the run is, where it is no run of the whole flow. */
export const flowColumn: Column<OfFlow> = {
  id: 'flow',
  heading: integrationWords.flows.name,
  cell: ({ _flowId, flowName = _flowId, type = 'flow' }) => (
    <span className="with-marks">
      <Link to={paths.flow(_flowId)} className="main-link" title={flowName}>
        {flowName}
      </Link>
      {type !== 'flow' && <Badge>{flowWords.types[type]}</Badge>}
    </span>
  ),
}
