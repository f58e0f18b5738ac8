/** The flows of an integration by their groups: when they run, how their last run went, what failed. */
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useQueries } from '@tanstack/react-query'
import { useDocumentPages } from '../../api/document-pages.ts'
import { queryOf, useAct, useData, useLater, useWatched } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { isGoingOn } from '../../api/step-jobs.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { groupWords } from '../../words/flow-groups.ts'
import { integrationWords } from '../../words/integrations.ts'
import { noIntegration, paths } from '../../paths.ts'
import { useEnableFlow } from '../../forms/enable-flow.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { notify } from '../../parts/notices.tsx'
import { ScheduleWithRuns, useWebhooks } from '../../parts/next-runs.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { RunStatus } from '../../parts/run-status.tsx'
import { ErrorCount } from '../../parts/status.tsx'
import { Empty, Loading } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { useParam, useUrlState } from '../../url-state.ts'
import { GroupDialog, GroupMenu, type FlowGroup, type OpenGroupAct } from './flow-group-acts.tsx'

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
  const [search] = useUrlState('q')
  const query = { _integrationId: noIntegration, sort: 'name', ...(search && { search }) }
  const { rows: flows, isLoading, hasMore, readMore } = useDocumentPages<Flow>('listFlows', query)
  const latest = useLatestJobs(flows.map(({ _id }) => _id))
  const tile = useLater('listFlowRunStats', { body: { _integrationIds: [noIntegration] } }).data?.stats ?? []
  const errors = new Map(tile.map(({ _flowId, numOpenError }) => [_flowId, numOpenError]))
  if (isLoading) return <Loading />
  return (
    <>
      <FlowGroups rows={rowsOf(flows, latest, errors)} groups={[]} />
      {hasMore && (
        <div className="pager">
          <Button onClick={readMore}>{words.actions.loadMore}</Button>
        </div>
      )}
    </>
  )
}

/** Flows of one question for their latest runs. */
const askedAtOnce = 200

function useLatestJobs(flowIds: readonly string[]): readonly Job[] {
  const parts = Array.from({ length: Math.ceil(flowIds.length / askedAtOnce) }, (_, n) =>
    flowIds.slice(n * askedAtOnce, (n + 1) * askedAtOnce),
  )
  const found = useQueries({ queries: parts.map((_flowIds) => queryOf('listLatestJobs', { body: { _flowIds } })) })
  return found.flatMap(({ data }) => data ?? [])
}

function FlowsOf({ id }: { readonly id: string }) {
  const params = { _id: id }
  const { flowGroupings = [], _connectorId } = useData('getIntegration', { params })
  const flows = useData('listIntegrationFlows', { params })
  const jobs = useWatched('listLatestIntegrationJobs', { params }, (latest) => latest.some(isGoingOn)).data ?? []
  const errors = useLater('listIntegrationErrors', { params }).data ?? []
  return (
    <FlowGroups
      rows={rowsOf(flows, jobs, new Map(errors.map(({ _flowId, numError }) => [_flowId, numError])))}
      groups={flowGroupings}
      integrationId={id}
      isApp={_connectorId !== undefined}
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
  readonly groups: readonly FlowGroup[]
  readonly integrationId?: string
  /** Groups of an Integration App are its publisher's. */
  readonly isApp?: boolean
}

interface Section {
  /** Undefined for the flows of no group. */
  readonly group: FlowGroup | undefined
  readonly name: string
  readonly rows: readonly Row[]
}

function FlowGroups({ rows, groups, integrationId, isApp = false }: GroupsProps) {
  const [search, setSearch] = useUrlState('q')
  const [open, setOpen] = useState<OpenGroupAct>()
  const may = useMay(integrationId)
  const isChangeable = integrationId !== undefined && !isApp
  const mayGroup = isChangeable && may('patchIntegration')
  if (rows.length === 0 && groups.length === 0 && search === '')
    return (
      <Empty icon="branch" title={integrationWords.flows.none} action={<CreateFlow integrationId={integrationId} />}>
        {integrationWords.flows.noneWhy}
      </Empty>
    )
  const found = rows.filter(({ flow }) => flow.name.toLowerCase().includes(search.toLowerCase()))
  const known = new Set(groups.map(({ _id }) => _id))
  const all: readonly Section[] = [
    ...groups.map((group) => ({ group, name: group.name, rows: found.filter(({ flow }) => flow._flowGroupingId === group._id) })),
    {
      group: undefined,
      name: groups.length > 0 ? integrationWords.flows.ungrouped : '',
      rows: found.filter(({ flow }) => !known.has(flow._flowGroupingId)),
    },
  ]
  // A group without flows is there to be filled, and is nothing that a search found.
  const sections = all.filter((section) => section.rows.length > 0 || (section.group && search === ''))
  return (
    <>
      <div className="toolbar">
        <SearchBox label={integrationWords.flows.search} value={search} onChange={setSearch} />
        {mayGroup && (
          <Button icon="plus" onClick={() => setOpen({ act: 'add' })}>
            {groupWords.add}
          </Button>
        )}
        <CreateFlow integrationId={integrationId} />
      </div>
      {sections.map(({ group, name, rows: shown }) => (
        <section key={group?._id ?? name} className="section">
          {name && (
            <div className="section-head">
              <h2>{name}</h2>
              {mayGroup && group?._id !== undefined && (
                <GroupMenu integrationId={integrationId} group={{ ...group, _id: group._id }} groups={groups} onOpen={setOpen} />
              )}
            </div>
          )}
          {shown.length === 0 && <p className="soft">{groupWords.empty}</p>}
          {shown.length > 0 && (
            <FlowTable
              label={name || integrationWords.flows.label}
              rows={shown}
              integrationId={integrationId}
              {...(isChangeable && groups.length > 0 && may('updateFlow') && { onMove: (flow: Flow) => setOpen({ act: 'move', flow }) })}
            />
          )}
        </section>
      ))}
      {integrationId !== undefined && (
        <GroupDialog integrationId={integrationId} open={open} groups={groups} onClose={() => setOpen(undefined)} />
      )}
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

interface FlowTableProps {
  readonly label: string
  readonly rows: readonly Row[]
  readonly integrationId: string | undefined
  /** Puts a flow into another group. */
  readonly onMove?: (flow: Flow) => void
}

function FlowTable({ label, rows, integrationId, onMove }: FlowTableProps) {
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
  const acts: Column<Row> = {
    id: 'acts',
    heading: words.actions.more,
    hidesHeading: true,
    width: '56px',
    cell: ({ flow }) =>
      onMove && (
        <MoreMenu
          label={`${words.actions.more}: ${flow.name}`}
          items={[{ label: groupWords.move, icon: 'list', onSelect: () => onMove(flow) }]}
        />
      ),
  }
  return (
    <Table
      label={label}
      columns={onMove ? [...columns, acts] : columns}
      rows={rows}
      keyOf={({ flow }) => flow._id}
      onOpen={({ flow }) => void navigate({ to: paths.flow(flow._id) })}
    />
  )
}

function useFlowActs(integrationId: string | undefined) {
  const may = useMay(integrationId)
  const runFlow = useAct('runFlow', 'listLatestIntegrationJobs', 'listLatestJobs', 'listLatestFlowJobs')
  const enable = useEnableFlow()
  return {
    mayRun: may('runFlow'),
    mayChange: may('patchFlow'),
    run: ({ _id, name }: Flow) => runFlow.mutate({ params: { _id } }, { onSuccess: () => notify(integrationWords.flows.started(name)) }),
    enable,
  }
}
