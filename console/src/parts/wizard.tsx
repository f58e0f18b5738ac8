/** What is done in steps: which there are, where one is, back and forth. The step stands in the address. */
import type { ReactNode } from 'react'
import { lifecycleWords } from '../words/lifecycle.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import './wizard.css'

export interface WizardStep<Name extends string> {
  readonly name: Name
  readonly label: string
  /** What is left to do in it. */
  readonly open?: number | undefined
  readonly isDone?: boolean
}

interface WizardProps<Name extends string> {
  readonly label: string
  readonly steps: readonly WizardStep<Name>[]
  readonly current: Name
  /** Undefined where no other step can be gone to. */
  readonly onGo: ((name: Name) => void) | undefined
}

export function WizardSteps<Name extends string>({ label, steps, current, onGo }: WizardProps<Name>) {
  return (
    <ol className="wizard-steps" aria-label={label}>
      {steps.map(({ name, label: text, open = 0, isDone = false }, i) => (
        <li key={name}>
          <button
            type="button"
            aria-current={name === current ? 'step' : undefined}
            disabled={!onGo && name !== current}
            onClick={() => onGo?.(name)}
          >
            <span className={isDone ? 'wizard-number done' : 'wizard-number'} aria-hidden="true">
              {isDone ? <Icon name="check" size={12} /> : i + 1}
            </span>
            {text}
            {open > 0 && <span className="tab-count">{open}</span>}
          </button>
        </li>
      ))}
    </ol>
  )
}

interface WizardFootProps<Name extends string> {
  readonly steps: readonly WizardStep<Name>[]
  readonly current: Name
  readonly onGo: (name: Name) => void
  /** The step in sight has something to do first, with a button of its own. */
  readonly isWaiting?: boolean
  /** What the last step ends with. */
  readonly children?: ReactNode
}

export function WizardFoot<Name extends string>({ steps, current, onGo, isWaiting = false, children }: WizardFootProps<Name>) {
  const place = steps.findIndex(({ name }) => name === current)
  const [before, after] = [steps[place - 1], steps[place + 1]]
  return (
    <div className="wizard-foot">
      {before && <Button onClick={() => onGo(before.name)}>{lifecycleWords.back}</Button>}
      {after && (
        <Button kind={isWaiting ? 'plain' : 'primary'} onClick={() => onGo(after.name)}>
          {lifecycleWords.next}
        </Button>
      )}
      {!after && children}
    </div>
  )
}
