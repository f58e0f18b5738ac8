/** What is done with the errors that are chosen. */
import { useState } from 'react'
import type { Chosen, StepParams } from '../../api/step-errors.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { AssignErrorsForm } from '../../forms/assign-errors.tsx'
import { TagErrorsForm } from '../../forms/tag-errors.tsx'
import { useErrorActs } from '../../forms/error-acts.ts'
import { Button } from '../../parts/button.tsx'
import { formatCount } from '../../parts/time.tsx'

interface ChosenBarProps {
  readonly params: StepParams
  readonly integrationId: string | undefined
  readonly chosen: Chosen
  readonly onDone: () => void
}

export function ChosenBar({ params, integrationId, chosen, onDone }: ChosenBarProps) {
  const may = useMay(integrationId)
  const acts = useErrorActs(params, onDone)
  const [form, setForm] = useState<'assign' | 'tag'>()
  const close = () => setForm(undefined)
  return (
    <div className="chosen" role="group" aria-label={words.errors.act}>
      <span>{'filter' in chosen ? words.errors.allThatMatch : words.errors.chosen(formatCount(chosen.errors.length))}</span>
      {may('retryErrors') && (
        <Button icon="refresh" busy={acts.isBusy} onClick={() => acts.retry(chosen)}>
          {words.errors.retry}
        </Button>
      )}
      <Button icon="check" busy={acts.isBusy} onClick={() => acts.resolve(chosen)}>
        {words.errors.resolve}
      </Button>
      <Button onClick={() => setForm('assign')}>{words.errors.assign}</Button>
      <Button onClick={() => setForm('tag')}>{words.errors.tag}</Button>
      <Button onClick={() => acts.download(chosen)}>{words.errors.download}</Button>
      {acts.done > 0 && acts.isBusy && (
        <span className="soft" role="status">
          {words.errors.progress(formatCount(acts.done))}
        </span>
      )}
      {form === 'assign' && <AssignErrorsForm onAssign={(email) => acts.assign(chosen, email)} onClose={close} />}
      {form === 'tag' && <TagErrorsForm onTag={(tagIds) => acts.tag(chosen, tagIds)} onClose={close} />}
    </div>
  )
}
