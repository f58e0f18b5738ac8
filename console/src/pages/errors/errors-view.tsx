/** Errors of a step, a flow or an integration: those that are open, those that are resolved, and what was sent again. */
import { Link } from '@tanstack/react-router'
import { Suspense } from 'react'
import { filterParameters, type ErrorScope } from '../../api/step-errors.ts'
import { words } from '../../words.ts'
import { errorWords } from '../../words/errors.ts'
import { paths } from '../../paths.ts'
import { PageHead, Switch } from '../../parts/page.tsx'
import { Loading } from '../../parts/states.tsx'
import { useSearchChange, useSearchParams, useUrlState } from '../../url-state.ts'
import { ErrorFilters } from './error-filters.tsx'
import { ErrorList } from './error-list.tsx'
import { JobProgress } from './job-progress.tsx'
import './errors.css'
import { Retries } from './retries.tsx'
import { useStepNames } from '../../api/step-names.ts'

export interface NamedFlow {
  readonly _id: string
  readonly name: string
}

interface ErrorsViewProps {
  readonly scope: ErrorScope
  readonly integrationId: string | undefined
  /** Whose errors may be among them. */
  readonly flows: readonly NamedFlow[]
  readonly title: string
}

export function ErrorsView({ scope, integrationId, flows, title }: ErrorsViewProps) {
  const [tab] = useUrlState('tab', 'open')
  const change = useSearchChange()
  const steps = useStepNames(integrationId)
  const [flow] = flows
  return (
    <div className="errors-page">
      <PageHead
        title={title}
        crumbs={[
          { label: words.home.title, to: paths.home() },
          ...(integrationId ? [{ label: words.home.integrations, to: paths.integrationFlows(integrationId) }] : []),
          ...(scope._flowId && flow ? [{ label: flow.name, to: paths.flow(flow._id) }] : []),
        ]}
      >
        <Scopes scope={scope} integrationId={integrationId} />
        <Switch
          label={errorWords.state}
          value={tab}
          onChange={(next) => change({ tab: next === 'open' ? undefined : next, error: undefined })}
          options={[
            { value: 'open', label: errorWords.open },
            { value: 'resolved', label: errorWords.resolved },
            { value: 'retries', label: errorWords.retries },
          ]}
        />
      </PageHead>
      <JobProgress />
      {tab === 'retries' ? (
        <Suspense fallback={<Loading />}>
          <Retries scope={scope} integrationId={integrationId} flows={flows} steps={steps} />
        </Suspense>
      ) : (
        <>
          <ErrorFilters />
          <Suspense fallback={<Loading />}>
            <ErrorList
              key={tab}
              scope={scope}
              integrationId={integrationId}
              isResolved={tab === 'resolved'}
              nameOfFlow={(id) => flows.find(({ _id }) => _id === id)?.name}
              nameOfStep={steps.nameOf}
            />
          </Suspense>
        </>
      )}
    </div>
  )
}

/** From the errors of a step to those of its flow and its integration, by the same filters. */
function Scopes({ scope, integrationId }: Pick<ErrorsViewProps, 'scope' | 'integrationId'>) {
  const search = useSearchParams()
  const kept = Object.fromEntries(['tab', ...filterParameters].flatMap((name) => (search[name] ? [[name, search[name]]] : [])))
  const { _flowId, _stepId } = scope
  const places = [
    ...(_flowId && _stepId ? [{ label: errorWords.ofStep, to: paths.stepErrors(_flowId, _stepId), isHere: true }] : []),
    ...(_flowId ? [{ label: errorWords.ofFlow, to: paths.flowErrors(_flowId), isHere: _stepId === undefined }] : []),
    ...(integrationId
      ? [{ label: errorWords.ofIntegration, to: paths.integrationErrors(integrationId), isHere: _flowId === undefined }]
      : []),
  ]
  if (places.length < 2) return null
  return (
    <nav className="switch" aria-label={errorWords.scope}>
      {places.map(({ label, to, isHere }) => (
        <Link key={to} to={to} {...({ search: kept } as object)} activeOptions={{ exact: true }} aria-current={isHere ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  )
}
