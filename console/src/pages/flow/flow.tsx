/** A flow, to look at and to run: its graph with what is going on, its runs below. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useData, useLater, useWatched } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { isGoingOn, useErrorsAfterRun, useStepJobs } from '../../api/step-jobs.ts'
import { useMay } from '../../api/session.ts'
import { namedSteps, type NamedStep } from '../../api/step-names.ts'
import { words } from '../../words.ts'
import { integrationWords } from '../../words/integrations.ts'
import { flowWords } from '../../words/flows.ts'
import { noIntegration, paths } from '../../paths.ts'
import { useCancelRun } from '../../forms/cancel-run.ts'
import { useEnableFlow } from '../../forms/enable-flow.ts'
import { RunFlowForm } from '../../forms/run-flow.tsx'
import { FlowCanvas } from '../../graph/flow-canvas.tsx'
import type { StepState } from '../../graph/step-node.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Schedule } from '../../parts/schedule.tsx'
import { Loading } from '../../parts/states.tsx'
import { RunStatus } from '../../parts/run-status.tsx'
import { ErrorCount } from '../../parts/status.tsx'
import { Time } from '../../parts/time.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { useParam, useUrlState } from '../../url-state.ts'
import { RunConsole } from './run-console.tsx'
import { RunHistory } from './run-history.tsx'

const OpenedRun = lazy(async () => ({ default: (await import('./opened-run.tsx')).OpenedRun }))
const FlowBuilder = lazy(async () => ({ default: (await import('../../builder/flow-builder.tsx')).FlowBuilder }))

type Flow = CallResult<'getFlow'>
type Job = CallResult<'getJob'>

export function FlowPage() {
  const _id = useParam('flowId')
  const flow = useData('getFlow', { params: { _id } })
  const steps = useSteps(flow)
  const latest = useWatched('listLatestFlowJobs', { params: { _id } }, (jobs) => jobs.some(isGoingOn)).data ?? []
  const run = latest.find(isGoingOn) ?? latest[0]
  useErrorsAfterRun(run)
  const [tab, setTab] = useUrlState('tab', 'console')
  const [openId, setOpenId] = useUrlState('run')
  const opened = tab === 'history' && openId !== '' ? openId : undefined
  const older = useWatched('getJob', { params: { _id: opened ?? '' } }, isGoingOn, opened !== undefined)
  const states = useStepStates(flow, steps, opened === undefined ? run : older.data)
  const may = useMay(flow._integrationId)
  const numError = [...states.values()].reduce((sum, { openErrors }) => sum + openErrors, 0)
  const names = new Map([...steps].map(([id, { name }]) => [id, name]))
  return (
    <>
      <FlowHead flow={flow} run={run} steps={steps} numError={numError} />
      {isBuiltHere(flow) && may('updateFlow') ? (
        <Suspense fallback={<Loading />}>
          <FlowBuilder key={_id} flowId={_id} steps={states} />
        </Suspense>
      ) : (
        <FlowCanvas flow={flow} steps={states} />
      )}
      <div className="tabs below" role="tablist" aria-label={flowWords.runs}>
        {(['console', 'history'] as const).map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            aria-selected={tab === each}
            className={tab === each ? 'tab active' : 'tab'}
            onClick={() => setTab(each)}
          >
            {flowWords.tabs[each]}
          </button>
        ))}
      </div>
      {opened !== undefined && (
        <Suspense fallback={<Loading />}>
          <OpenedRun run={older} flowId={_id} names={names} onClose={() => setOpenId('')} />
        </Suspense>
      )}
      {tab === 'history' && opened === undefined && <RunHistory flow={flow} onOpen={(each) => setOpenId(each._id)} />}
      {tab !== 'history' && <RunConsole run={run} names={names} flowId={_id} />}
    </>
  )
}

/** Flows of an Integration App are its publisher's, and those of a pattern have the steps of that. */
const isBuiltHere = ({ _connectorId, _abstractFlowId }: Flow): boolean => _connectorId === undefined && _abstractFlowId === undefined

interface Step {
  readonly _id: string
  readonly name: string
  readonly collection: 'exports' | 'imports'
  readonly isDelta: boolean
  readonly isWebhook: boolean
}

/** The exports and imports of the flow, by their ids. */
function useSteps({ _integrationId }: Flow): ReadonlyMap<string, Step> {
  const exports: readonly NamedStep[] = useSuspenseQuery(namedSteps('exports', _integrationId)).data
  const imports: readonly NamedStep[] = useSuspenseQuery(namedSteps('imports', _integrationId)).data
  return new Map<string, Step>([
    ...exports.map(
      ({ _id, name, type }) =>
        [_id, { _id, name, collection: 'exports' as const, isDelta: type === 'delta', isWebhook: type === 'webhook' }] as const,
    ),
    ...imports.map(({ _id, name }) => [_id, { _id, name, collection: 'imports' as const, isDelta: false, isWebhook: false }] as const),
  ])
}

function useStepStates(flow: Flow, steps: ReadonlyMap<string, Step>, run: Job | undefined): ReadonlyMap<string, StepState> {
  const { flowErrors = [] } = useLater('listFlowErrors', { params: { _id: flow._id } }).data ?? {}
  const jobs = useStepJobs(run)
  const errors = new Map(flowErrors.map(({ _expOrImpId, numError }) => [_expOrImpId, numError]))
  const byStep = new Map(jobs.map((job) => [job._exportId ?? job._importId, job]))
  return new Map(
    [...steps.values()].map(({ _id, name, collection }) => {
      const job = byStep.get(_id)
      const state: StepState = {
        name,
        to: paths.resource(collection, _id),
        errorsTo: paths.stepErrors(flow._id, _id),
        openErrors: errors.get(_id) ?? 0,
        isRunning: job !== undefined && isGoingOn(job),
        ...(job && { run: job }),
      }
      return [_id, state]
    }),
  )
}

interface FlowHeadProps {
  readonly flow: Flow
  readonly run: Job | undefined
  readonly steps: ReadonlyMap<string, Step>
  /** Open errors of all its steps. */
  readonly numError: number
}

function FlowHead({ flow, run, steps, numError }: FlowHeadProps) {
  const may = useMay(flow._integrationId)
  const integration = useLater('getIntegration', { params: { _id: flow._integrationId ?? '' } }, flow._integrationId !== undefined).data
  const [isRunning, setRunning] = useState(false)
  const enable = useEnableFlow()
  const cancel = useCancelRun()
  const home = { label: words.home.title, to: paths.home() }
  const parent = flow._integrationId
    ? { label: integration?.name ?? '…', to: paths.integrationFlows(flow._integrationId) }
    : { label: integrationWords.integration.standalone, to: paths.integrationFlows(noIntegration) }
  const sources = (flow.pageGenerators ?? []).flatMap(({ _exportId }) => steps.get(_exportId) ?? [])
  return (
    <PageHead
      title={flow.name}
      crumbs={[home, parent]}
      detail={
        <span className="facts">
          {run && <RunStatus run={run} />}
          {run && <Time at={run.endedAt ?? run.startedAt ?? run.createdAt} />}
          <Schedule flow={flow} isCalled={sources.some(({ isWebhook }) => isWebhook)} />
          {numError > 0 && <ErrorCount count={numError} words={words.home.errors(numError)} to={paths.flowErrors(flow._id)} />}
          {flow.description && <span>{flow.description}</span>}
        </span>
      }
    >
      {may('patchFlow') && (
        <Toggle label={integrationWords.flows.enable(flow.name)} checked={flow.disabled !== true} onChange={(on) => enable(flow, on)} />
      )}
      {run && isGoingOn(run) && may('cancelJob') && (
        <Button icon="stop" onClick={() => cancel(run)}>
          {flowWords.cancel}
        </Button>
      )}
      {may('runFlow') && (
        <Button icon="play" disabled={flow.disabled === true || (flow.pageGenerators ?? []).length === 0} onClick={() => setRunning(true)}>
          {flowWords.run}
        </Button>
      )}
      <LinkButton to={paths.resource('flows', flow._id)} icon="code">
        {flowWords.definition}
      </LinkButton>
      {isRunning && <RunFlowForm flow={flow} sources={sources} onClose={() => setRunning(false)} />}
    </PageHead>
  )
}
