/** An Integration App being installed, changed to another edition, or removed: its steps, one after the other. */
import type { ReactNode } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { appWords } from '../../words/apps.ts'
import { findOpenSteps, takeOperations } from '../../api/app-steps.ts'
import { TakeStepForm } from '../../forms/take-step.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Empty } from '../../parts/states.tsx'
import { Badge } from '../../parts/status.tsx'
import { useParam } from '../../url-state.ts'
import '../../parts/form-fields.css'

type Step = NonNullable<CallResult<'getIntegration'>['installSteps']>[number]
const words = appWords.setup

export function IntegrationSetupPage() {
  const id = useParam('integrationId')
  const integration = useData('getIntegration', { params: { _id: id } })
  const may = useMay(id)
  const open = findOpenSteps(integration)
  if (!open)
    return (
      <Empty icon="check" title={words.nothing}>
        {words.nothingWhy}
      </Empty>
    )
  const mayTake = may(takeOperations[open.list].take)
  return (
    <section className="section narrow">
      <h2>{words.lists[open.list]}</h2>
      {!mayTake && <p className="soft lead">{words.notYours}</p>}
      <ol className="steps" aria-label={words.steps}>
        {open.steps.map((step, place) => (
          <StepItem
            // oxlint-disable-next-line react/no-array-index-key -- a step is its place: the API takes it by that
            key={place}
            step={step}
            number={place + 1}
            state={step.completed ? 'done' : place === open.current ? 'current' : 'later'}
          >
            {place === open.current && mayTake && (
              <TakeStepForm key={`${open.list} ${place}`} integration={integration} list={open.list} index={place} />
            )}
          </StepItem>
        ))}
      </ol>
    </section>
  )
}

interface StepItemProps {
  readonly step: Step
  readonly number: number
  readonly state: 'done' | 'current' | 'later'
  readonly children: ReactNode
}

function StepItem({ step: { name, description, type }, number, state, children }: StepItemProps) {
  return (
    <li className={`step ${state}`} aria-current={state === 'current' ? 'step' : undefined}>
      <span className="step-number" aria-hidden="true">
        {state === 'done' ? <Icon name="check" /> : number}
      </span>
      <div className="step-body">
        <h3>
          <span className="hidden">{words.step(number)}: </span>
          {name} <Badge>{words.types[type]}</Badge>
          {state === 'done' && <span className="hidden"> {words.done}</span>}
        </h3>
        {description && <p className="soft">{description}</p>}
        {children}
      </div>
    </li>
  )
}
