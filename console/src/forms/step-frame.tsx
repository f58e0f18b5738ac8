/** What the form of every step of an Integration App has: what it asks for, what was refused, and a button. */
import type { FormEvent, ReactNode } from 'react'
import type { Problem } from '../api/problems.ts'
import { appWords } from '../words/apps.ts'
import { Button } from '../parts/button.tsx'
import { Problems } from '../parts/problems.tsx'

interface StepFrameProps {
  readonly problems: readonly Problem[]
  readonly isBusy: boolean
  readonly isReady?: boolean
  readonly action?: string
  readonly onSubmit: () => void
  readonly children?: ReactNode
}

export function StepFrame({ problems, isBusy, isReady = true, action = appWords.setup.take, onSubmit, children }: StepFrameProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  return (
    <form className="step-form" onSubmit={submit}>
      {children}
      <Problems problems={problems} />
      <div className="editor-foot">
        <Button type="submit" kind="primary" busy={isBusy} disabled={!isReady}>
          {action}
        </Button>
      </div>
    </form>
  )
}
