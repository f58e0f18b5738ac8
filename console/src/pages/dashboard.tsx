/** How the flows of the environment do: what runs now, what failed most, which connections are offline. */
import { Link } from '@tanstack/react-router'
import type { CallResult } from '../api/client.ts'
import { useData, useLater, useWatched } from '../api/queries.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { PageHead, Switch } from '../parts/page.tsx'
import { ErrorCount, OnlineStatus, RunStatus } from '../parts/status.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { formatCount, formatDuration, Time } from '../parts/time.tsx'
import { useUrlState } from '../url-state.ts'

type Job = CallResult<'getJob'>
type Stats = CallResult<'listFlowRunStats'>['stats'][number]
type Connection = CallResult<'listConnections'>[number]

const dayMs = 24 * 60 * 60_000
const ranges = ['1', '7', '30'] as const
/** Flows that are shown of those with errors. */
const worst = 10

export function DashboardPage() {
  const [days, setDays] = useUrlState('days', '7')
  const flows = useData('listFlows', { query: { include: 'name', limit: 1000 } })
  const running = useWatched('listCurrentJobs', {}, () => true).data?.jobs ?? []
  const offline = useData('listConnections', { query: { offline: true, limit: 1000 } })
  const names = new Map(flows.map(({ _id, name }) => [_id, name]))
  return (
    <>
      <PageHead title={words.dashboard.title}>
        <Switch
          label={words.dashboard.range}
          value={days}
          onChange={setDays}
          options={ranges.map((each) => ({ value: each, label: words.dashboard.days(Number(each)) }))}
        />
      </PageHead>
      <Section title={words.dashboard.running} none={words.dashboard.noneRunning} count={running.length}>
        <Table label={words.dashboard.running} columns={runningColumns(names)} rows={running} keyOf={({ _id }) => _id} />
      </Section>
      <Ended days={Number(days) || 7} names={names} />
      <Section title={words.dashboard.offline} none={words.dashboard.noneOffline} count={offline.length}>
        <Table label={words.dashboard.offline} columns={offlineColumns} rows={offline} keyOf={({ _id }) => _id} />
      </Section>
    </>
  )
}

interface SectionProps {
  readonly title: string
  readonly none: string
  readonly count: number
  readonly children: React.ReactNode
}

const Section = ({ title, none, count, children }: SectionProps) => (
  <section className="section">
    <h2>{title}</h2>
    {count === 0 ? <p className="card soft">{none}</p> : children}
  </section>
)

type Names = ReadonlyMap<string, string>

const FlowLink = ({ id, names }: { readonly id: string; readonly names: Names }) => (
  <Link to={paths.flow(id)} className="main-link" title={names.get(id)}>
    {names.get(id) ?? id}
  </Link>
)

const runningColumns = (names: Names): readonly Column<Job>[] => [
  { id: 'flow', heading: words.flows.name, cell: ({ _flowId }) => <FlowLink id={_flowId} names={names} /> },
  { id: 'status', heading: words.flow.status, width: '150px', cell: (run) => <RunStatus run={run} /> },
  { id: 'success', heading: words.flow.success, width: '110px', isNumber: true, cell: ({ numSuccess }) => formatCount(numSuccess) },
  { id: 'errors', heading: words.flow.failed, width: '110px', isNumber: true, cell: ({ numError }) => <ErrorCount count={numError} /> },
  { id: 'since', heading: words.flow.started, width: '150px', cell: ({ startedAt, createdAt }) => <Time at={startedAt ?? createdAt} /> },
]

/** Sums of the runs that ended, by the minute: the same question is asked once. */
function Ended({ days, names }: { readonly days: number; readonly names: Names }) {
  const now = Math.floor(Date.now() / 60_000) * 60_000
  const { stats = [] } = useLater('listFlowRunStats', { body: { createdOnAndAfter: now - days * dayMs + 60_000 } }).data ?? {}
  const sum = (of: (each: Stats) => number): string => formatCount(stats.reduce((total, each) => total + of(each), 0))
  const failing = stats.filter(({ numError }) => numError > 0).toSorted((a, b) => b.numError - a.numError)
  return (
    <>
      <dl className="sums">
        <Sum name={words.dashboard.runs} value={sum(({ numRuns }) => numRuns)} />
        <Sum name={words.dashboard.records} value={sum(({ numSuccess }) => numSuccess)} />
        <Sum name={words.dashboard.ignored} value={sum(({ numIgnore }) => numIgnore)} />
        <Sum name={words.dashboard.errors} value={sum(({ numError }) => numError)} />
      </dl>
      <Section title={words.dashboard.worst} none={words.dashboard.noneFailed} count={failing.length}>
        <Table
          label={words.dashboard.worst}
          columns={endedColumns(names)}
          rows={failing.slice(0, worst)}
          keyOf={({ _flowId }) => _flowId}
        />
      </Section>
    </>
  )
}

const Sum = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)

const endedColumns = (names: Names): readonly Column<Stats>[] => [
  { id: 'flow', heading: words.flows.name, cell: ({ _flowId }) => <FlowLink id={_flowId} names={names} /> },
  {
    id: 'errors',
    heading: words.dashboard.errors,
    width: '110px',
    isNumber: true,
    cell: ({ numError }) => <ErrorCount count={numError} />,
  },
  {
    id: 'open',
    heading: words.dashboard.open,
    width: '110px',
    isNumber: true,
    cell: ({ numOpenError }) => <ErrorCount count={numOpenError} />,
  },
  { id: 'success', heading: words.flow.success, width: '110px', isNumber: true, cell: ({ numSuccess }) => formatCount(numSuccess) },
  { id: 'runs', heading: words.dashboard.runs, width: '90px', isNumber: true, cell: ({ numRuns }) => formatCount(numRuns) },
  { id: 'average', heading: words.dashboard.average, width: '120px', isNumber: true, cell: ({ avgRuntime }) => formatDuration(avgRuntime) },
  { id: 'last', heading: words.flows.lastRun, width: '140px', cell: ({ lastExecutedAt }) => <Time at={lastExecutedAt} /> },
]

const offlineColumns: readonly Column<Connection>[] = [
  {
    id: 'name',
    heading: words.connections.name,
    cell: ({ _id, name }) => (
      <Link to={paths.resource('connections', _id)} className="main-link" title={name}>
        {name}
      </Link>
    ),
  },
  { id: 'type', heading: words.connections.type, width: '160px', cell: ({ type }) => <span className="soft">{type}</span> },
  { id: 'state', heading: words.connections.state, width: '130px', cell: ({ offline }) => <OnlineStatus offline={offline} /> },
  { id: 'changed', heading: words.connections.changed, width: '150px', cell: ({ lastModified }) => <Time at={lastModified} /> },
]
