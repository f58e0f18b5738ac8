/** What is done with the errors that are chosen. */
import { useState } from 'react'
import type { Chosen, ErrorScope } from '../../api/step-errors.ts'
import { useMay } from '../../api/session.ts'
import { errorWords } from '../../words/errors.ts'
import { AssignErrorsForm } from '../../forms/assign-errors.tsx'
import { ResolveAllForm } from '../../forms/resolve-all.tsx'
import { TagErrorsForm } from '../../forms/tag-errors.tsx'
import { useErrorActs } from '../../forms/error-acts.ts'
import { Button } from '../../parts/button.tsx'
import { formatCount } from '../../parts/time.tsx'

interface ChosenBarProps {
  readonly scope: ErrorScope
  readonly integrationId: string | undefined
  readonly chosen: Chosen
  readonly onDone: () => void
}

export function ChosenBar({ scope, integrationId, chosen, onDone }: ChosenBarProps) {
  const may = useMay(integrationId)
  const acts = useErrorActs(scope, onDone)
  const [form, setForm] = useState<'assign' | 'tag' | 'resolve'>()
  const close = () => setForm(undefined)
  return (
    <div className="chosen" role="group" aria-label={errorWords.act}>
      <span>{'filter' in chosen ? errorWords.allThatMatch : errorWords.chosen(formatCount(chosen.errors.length))}</span>
      {may('retryErrors') && (
        <Button icon="refresh" busy={acts.isBusy} onClick={() => acts.retry(chosen)}>
          {errorWords.retry}
        </Button>
      )}
      <Button icon="check" busy={acts.isBusy} onClick={() => ('filter' in chosen ? setForm('resolve') : acts.resolve(chosen))}>
        {errorWords.resolve}
      </Button>
      <Button onClick={() => setForm('assign')}>{errorWords.assign}</Button>
      <Button onClick={() => setForm('tag')}>{errorWords.tag}</Button>
      <Button busy={acts.isBusy} onClick={() => acts.download(chosen)}>
        {errorWords.download}
      </Button>
      {form === 'resolve' && 'filter' in chosen && (
        <ResolveAllForm scope={scope} filter={chosen.filter} onResolve={() => acts.resolve(chosen)} onClose={close} />
      )}
      {form === 'assign' && <AssignErrorsForm onAssign={(email) => acts.assign(chosen, email)} onClose={close} />}
      {form === 'tag' && <TagErrorsForm onTag={(tagIds) => acts.tag(chosen, tagIds)} onClose={close} />}
    </div>
  )
}
