/** How flows do, of the environment or of one integration: what runs now, how runs went over a time, what fails most, which connections are offline. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { queryOf, useData, useWatched } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { isGoingOn } from '../../api/step-jobs.ts'
import { integrationWords } from '../../words/integrations.ts'
import { dashboardWords } from '../../words/dashboard.ts'
import { connectionColumns } from '../../parts/connection-columns.tsx'
import { Icon } from '../../parts/icon.tsx'
import { PageHead, Switch } from '../../parts/page.tsx'
import { durationColumn, errorsColumn, flowColumn, startedColumn, statusColumn, successColumn } from '../../parts/run-columns.tsx'
import { RunList } from '../../parts/run-list.tsx'
import { Refusal } from '../../parts/states.tsx'
import { ErrorCount } from '../../parts/status.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { formatDuration } from '../../parts/duration.ts'
import { formatCount, Time } from '../../parts/time.tsx'
import { useParam, useUrlState } from '../../url-state.ts'
import { RunsOverTime } from './runs-over-time.tsx'
import { isRange, rangeNames, spanOf, type RangeName } from './range.ts'
import './dashboard.css'

type Run = CallResult<'listRuns'>['runs'][number]
type Stats = CallResult<'listFlowRunStats'>['stats'][number]
type Connection = CallResult<'listConnections'>[number]

/** Flows that are shown of those with errors. */
const worst = 10
/** Runs that are shown of those that are going on: the newest. */
const mostRunning = 100

export function DashboardPage() {
  const offline = useData('listConnections', { query: { offline: true, limit: 1000 } })
  const [range, switches] = useSwitches()
  return (
    <>
      <PageHead title={dashboardWords.title}>{switches}</PageHead>
      <Dashboard range={range} offline={offline} />
    </>
  )
}

export function IntegrationDashboardPage() {
  const id = useParam('integrationId')
  const connections = useData('listIntegrationConnections', { params: { _id: id } })
  const [range, switches] = useSwitches()
  return (
    <>
      <div className="toolbar dashboard-switches">{switches}</div>
      <Dashboard range={range} integrationId={id} offline={connections.filter(({ offline }) => offline === true)} />
    </>
  )
}

/** The time that is looked at and the part of the dashboard, as the address says. */
function useSwitches(): readonly [RangeName, React.ReactNode] {
  const [tab, setTab] = useUrlState('tab', 'overview')
  const [days, setDays] = useUrlState('days', '7')
  const range = isRange(days) ? days : '7'
  const parts = (['overview', 'ended'] as const).map((value) => ({ value, label: dashboardWords[value] }))
  return [
    range,
    <>
      <Switch label={dashboardWords.parts} value={tab === 'ended' ? tab : 'overview'} onChange={setTab} options={parts} />
      <Switch
        label={dashboardWords.range}
        value={range}
        onChange={setDays}
        options={rangeNames.map((value) => ({ value, label: dashboardWords.ranges[value] }))}
      />
    </>,
  ]
}

interface DashboardProps {
  readonly range: RangeName
  readonly integrationId?: string | undefined
  readonly offline: readonly Connection[]
}

function Dashboard({ range, integrationId, offline }: DashboardProps) {
  const [tab] = useUrlState('tab', 'overview')
  const { from } = spanOf(range)
  const ofIntegration = integrationId === undefined ? {} : { _integrationId: integrationId }
  if (tab === 'ended')
    return (
      <RunList
        label={dashboardWords.ended}
        of={{ ...ofIntegration, status: 'completed,failed,canceled', createdAt_gte: new Date(from).toISOString() }}
        statuses={['completed', 'partial', 'failed', 'canceled']}
        none={{ title: dashboardWords.noneEnded, why: dashboardWords.noneEndedWhy }}
      />
    )
  return (
    <div className="dashboard">
      {offline.length > 0 && <Offline connections={offline} />}
      <RunsOverTime range={range} integrationId={integrationId} />
      <Running of={ofIntegration} />
      <WorstFlows range={range} integrationId={integrationId} />
      {offline.length === 0 && <Quiet>{dashboardWords.noneOffline}</Quiet>}
    </div>
  )
}

/** Nothing to look at, which is good. */
const Quiet = ({ children }: { readonly children: string }) => (
  <p className="quiet">
    <Icon name="check" />
    {children}
  </p>
)

const Offline = ({ connections }: { readonly connections: readonly Connection[] }) => (
  <section className="section" aria-label={dashboardWords.offline}>
    <h2>
      {dashboardWords.offline}
      <span className="soft">{dashboardWords.offlineWhy}</span>
    </h2>
    <Table label={dashboardWords.offline} columns={connectionColumns} rows={connections} keyOf={({ _id }) => _id} />
  </section>
)

function Running({ of }: { readonly of: { readonly _integrationId?: string } }) {
  const query = { ...of, status: 'queued,running,retrying', limit: mostRunning }
  const { data, error } = useWatched('listRuns', { query }, () => true)
  const runs = data?.runs.filter(isGoingOn) ?? []
  return (
    <section className="section" aria-label={dashboardWords.running}>
      <h2>
        {dashboardWords.running}
        {data && (
          <span className="soft" role="status">
            {dashboardWords.runningNow(runs.length)}
          </span>
        )}
      </h2>
      <Refusal error={error} />
      {runs.length > 0 && <Table label={dashboardWords.running} columns={runningColumns} rows={runs} keyOf={({ _id }) => _id} />}
    </section>
  )
}

const runningColumns: readonly Column<Run>[] = [flowColumn, statusColumn, successColumn, errorsColumn(), durationColumn, startedColumn]

function WorstFlows({ range, integrationId }: Omit<DashboardProps, 'offline'>) {
  const { from } = spanOf(range)
  const body = { createdOnAndAfter: from, ...(integrationId !== undefined && { _integrationIds: [integrationId] }) }
  const { data, error } = useQuery({
    ...queryOf('listFlowRunStats', { query: { sort: 'numError', limit: worst }, body }),
    placeholderData: keepPreviousData,
  })
  const failing = data?.stats.filter(({ numError }) => numError > 0) ?? []
  if (data && failing.length === 0) return <Quiet>{dashboardWords.noneFailed}</Quiet>
  return (
    <section className="section" aria-label={dashboardWords.worst}>
      <h2>{dashboardWords.worst}</h2>
      <Refusal error={error} />
      {data && <Table label={dashboardWords.worst} columns={worstColumns} rows={failing} keyOf={({ _flowId }) => _flowId} />}
    </section>
  )
}

const worstColumns: readonly Column<Stats>[] = [
  flowColumn,
  { ...errorsColumn<Stats>(), heading: dashboardWords.errors },
  {
    id: 'open',
    heading: dashboardWords.open,
    width: '110px',
    isNumber: true,
    cell: ({ numOpenError }) => <ErrorCount count={numOpenError} />,
  },
  successColumn,
  { id: 'runs', heading: dashboardWords.runs, width: '90px', isNumber: true, cell: ({ numRuns }) => formatCount(numRuns) },
  {
    id: 'average',
    heading: dashboardWords.duration,
    width: '150px',
    isNumber: true,
    cell: ({ avgRuntime }) => formatDuration(avgRuntime),
  },
  { id: 'last', heading: integrationWords.flows.lastRun, width: '140px', cell: ({ lastExecutedAt }) => <Time at={lastExecutedAt} /> },
]
