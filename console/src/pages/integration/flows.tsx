/** The flows of an integration by their groups: when they run, how their last run went, what failed. */
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useAct, useData, useLater, useWatched } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { isGoingOn } from '../../api/step-jobs.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { integrationWords } from '../../words/integrations.ts'
import { noIntegration, paths } from '../../paths.ts'
import { useEnableFlow } from '../../forms/enable-flow.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { notify } from '../../parts/notices.tsx'
import { ScheduleWithRuns, useWebhooks } from '../../parts/next-runs.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { explain } from '../../api/client.ts'
import { RunStatus } from '../../parts/run-status.tsx'
import { ErrorCount } from '../../parts/status.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { useParam, useUrlState } from '../../url-state.ts'

const CreateFlowForm = lazy(async () => ({ default: (await import('../../forms/create-flow.tsx')).CreateFlowForm }))

type Flow = CallResult<'getFlow'>
type Job = CallResult<'getJob'>

interface Row {
  readonly flow: Flow
  readonly job: Job | undefined
  readonly errors: number
}

export function IntegrationFlowsPage() {
  const id = useParam('integrationId')
  return id === noIntegration ? <StandaloneFlows /> : <FlowsOf id={id} />
}

function StandaloneFlows() {
  const flows = useData('listFlows', { query: { limit: 1000 } }).filter(({ _integrationId }) => _integrationId === undefined)
  const running = useLater('listCurrentJobs', { body: { _integrationIds: [noIntegration] } }).data?.jobs ?? []
  const tile = useLater('listFlowRunStats', { body: { _integrationIds: [noIntegration] } }).data?.stats ?? []
  const errors = new Map(tile.map(({ _flowId, numOpenError }) => [_flowId, numOpenError]))
  return <FlowGroups rows={rowsOf(flows, running, errors)} groups={[]} />
}

function FlowsOf({ id }: { readonly id: string }) {
  const params = { _id: id }
  const { flowGroupings = [] } = useData('getIntegration', { params })
  const flows = useData('listIntegrationFlows', { params })
  const jobs = useWatched('listLatestIntegrationJobs', { params }, (latest) => latest.some(isGoingOn)).data ?? []
  const errors = useLater('listIntegrationErrors', { params }).data ?? []
  return (
    <FlowGroups
      rows={rowsOf(flows, jobs, new Map(errors.map(({ _flowId, numError }) => [_flowId, numError])))}
      groups={flowGroupings}
      integrationId={id}
    />
  )
}

/** The newest run of each flow comes first. */
function rowsOf(flows: readonly Flow[], jobs: readonly Job[], errors: ReadonlyMap<string, number>): readonly Row[] {
  const latest = new Map(jobs.toReversed().map((job) => [job._flowId, job]))
  return flows.map((flow) => ({ flow, job: latest.get(flow._id), errors: errors.get(flow._id) ?? 0 }))
}

interface GroupsProps {
  readonly rows: readonly Row[]
  readonly groups: readonly { readonly _id?: string; readonly name: string }[]
  readonly integrationId?: string
}

function FlowGroups({ rows, groups, integrationId }: GroupsProps) {
  const [search, setSearch] = useUrlState('q')
  if (rows.length === 0)
    return (
      <Empty icon="branch" title={integrationWords.flows.none} action={<CreateFlow integrationId={integrationId} />}>
        {integrationWords.flows.noneWhy}
      </Empty>
    )
  const found = rows.filter(({ flow }) => flow.name.toLowerCase().includes(search.toLowerCase()))
  const known = new Set(groups.map(({ _id }) => _id))
  const sections = [
    ...groups.map(({ _id, name }) => ({ name, rows: found.filter(({ flow }) => flow._flowGroupingId === _id) })),
    { name: groups.length > 0 ? integrationWords.flows.ungrouped : '', rows: found.filter(({ flow }) => !known.has(flow._flowGroupingId)) },
  ].filter((section) => section.rows.length > 0)
  return (
    <>
      <div className="toolbar">
        <SearchBox label={integrationWords.flows.search} value={search} onChange={setSearch} />
        <CreateFlow integrationId={integrationId} />
      </div>
      {sections.map((section) => (
        <section key={section.name} className="section">
          {section.name && <h2>{section.name}</h2>}
          <FlowTable label={section.name || integrationWords.flows.label} rows={section.rows} integrationId={integrationId} />
        </section>
      ))}
      {sections.length === 0 && (
        <Empty icon="search" title={words.states.noMatch}>
          {words.states.noMatchWhy}
        </Empty>
      )}
    </>
  )
}

function CreateFlow({ integrationId }: { readonly integrationId: string | undefined }) {
  const may = useMay(integrationId)
  const [isOpen, setOpen] = useState(false)
  if (!may('createFlow')) return null
  return (
    <>
      <Button kind="primary" icon="plus" onClick={() => setOpen(true)}>
        {integrationWords.flows.create}
      </Button>
      <Suspense>{isOpen && <CreateFlowForm integrationId={integrationId ?? ''} onClose={() => setOpen(false)} />}</Suspense>
    </>
  )
}

function FlowTable({
  label,
  rows,
  integrationId,
}: {
  readonly label: string
  readonly rows: readonly Row[]
  readonly integrationId: string | undefined
}) {
  const navigate = useNavigate()
  const act = useFlowActs(integrationId)
  const webhooks = useWebhooks()
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      heading: integrationWords.flows.name,
      cell: ({ flow }) => (
        <Link to={paths.flow(flow._id)} className="main-link" title={flow.name}>
          {flow.name}
        </Link>
      ),
    },
    {
      id: 'lastRun',
      heading: integrationWords.flows.lastRun,
      width: '270px',
      cell: ({ job }) =>
        job ? (
          <span className="run-cell">
            <RunStatus run={job} />
            <span className="soft">
              <Time at={job.endedAt ?? job.startedAt ?? job.createdAt} />
            </span>
          </span>
        ) : (
          <span className="soft">{integrationWords.flows.never}</span>
        ),
    },
    {
      id: 'schedule',
      heading: integrationWords.flows.schedule,
      width: '200px',
      cell: ({ flow }) => <ScheduleWithRuns flow={flow} webhooks={webhooks} />,
    },
    {
      id: 'errors',
      heading: integrationWords.flows.errors,
      width: '90px',
      isNumber: true,
      cell: ({ flow, errors }) => <ErrorCount count={errors} to={paths.flowErrors(flow._id)} />,
    },
    {
      id: 'enabled',
      heading: integrationWords.flows.enabled,
      width: '80px',
      cell: ({ flow }) => (
        <Toggle
          label={integrationWords.flows.enable(flow.name)}
          checked={flow.disabled !== true}
          disabled={!act.mayChange}
          onChange={(on) => act.enable(flow, on)}
        />
      ),
    },
    {
      id: 'run',
      heading: words.actions.run,
      hidesHeading: true,
      width: '48px',
      cell: ({ flow }) =>
        act.mayRun && (
          <IconButton
            icon="play"
            label={integrationWords.flows.run(flow.name)}
            disabled={flow.disabled === true}
            onClick={() => act.run(flow)}
          />
        ),
    },
  ]
  return (
    <Table
      label={label}
      columns={columns}
      rows={rows}
      keyOf={({ flow }) => flow._id}
      onOpen={({ flow }) => void navigate({ to: paths.flow(flow._id) })}
    />
  )
}

function useFlowActs(integrationId: string | undefined) {
  const may = useMay(integrationId)
  const runFlow = useAct('runFlow', 'listLatestIntegrationJobs', 'listCurrentJobs', 'listLatestFlowJobs')
  const enable = useEnableFlow()
  const failed = (error: unknown) => notify(explain(error), true)
  return {
    mayRun: may('runFlow'),
    mayChange: may('patchFlow'),
    run: ({ _id, name }: Flow) =>
      runFlow.mutate({ params: { _id } }, { onSuccess: () => notify(integrationWords.flows.started(name)), onError: failed }),
    enable,
  }
}
