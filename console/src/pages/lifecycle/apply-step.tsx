/** The last step of an open revision: what stands against it, what it does beyond its integration, and the buttons that end it. */
import { useState } from 'react'
import { CallRefused } from '../../api/client.ts'
import { queryClient, useAct } from '../../api/queries.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Button } from '../../parts/button.tsx'
import { nameOfType } from '../../parts/diff/resource-type.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { notify } from '../../parts/notices.tsx'
import { Refusal } from '../../parts/states.tsx'
import type { Revision } from './revision.tsx'
import { ofRevision } from './revision-queries.ts'

const words = lifecycleWords.apply

interface ApplyStepProps {
  readonly revision: Revision
  readonly undecided: number
  readonly open: number
  readonly mayApply: boolean
}

export function ApplyStep({ revision, undecided, open, mayApply }: ApplyStepProps) {
  const { _id: _revisionId, _integrationId: _id, problems = [], warnings = [], kept = [], notes = [] } = revision
  const params = { _id, _revisionId }
  const [confirmed, setConfirmed] = useState<ReadonlySet<string>>(new Set())
  const [isCanceling, setCanceling] = useState(false)
  const apply = useAct('applyRevision', ...ofRevision)
  const refreshIt = useAct('refreshRevision', ...ofRevision)
  const cancel = useAct('cancelRevision', ...ofRevision)
  const stopped = [
    ...(undecided > 0 ? [words.undecided(undecided)] : []),
    ...(open > 0 ? [words.open(open)] : []),
    ...problems.map(({ type, _id: of, path, message }) => `${nameOfType(type)} ${of}${path ? `, ${path}` : ''}: ${message}`),
  ]
  // The refresh after the act shows the completed revision in place of this component, and `mutate` drops the callbacks of one that is gone.
  const send = () =>
    void apply.mutateAsync({ params, body: { confirm: [...confirmed] } }).then(
      () => {
        notify(words.applied)
        // Anything of the integration may be another one now.
        void queryClient.invalidateQueries()
      },
      () => undefined,
    )
  const isOutdated = apply.error instanceof CallRefused && apply.error.problems.some(({ code }) => code === 'integration_changed')
  const toggle = (id: string, on: boolean) => setConfirmed(new Set(on ? [...confirmed, id] : [...confirmed].filter((each) => each !== id)))
  return (
    <div className="wizard-body">
      {stopped.length > 0 && (
        <div className="card" role="status">
          <div>
            <strong>{words.stopped}</strong>
            <ul>
              {stopped.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {warnings.length > 0 && (
        <fieldset className="field fieldset">
          <legend>{words.warnings}</legend>
          {warnings.map(({ id, name, message }) => (
            <label key={id} className="choice tall">
              <input type="checkbox" checked={confirmed.has(id)} onChange={(event) => toggle(id, event.target.checked)} />
              <span>
                <strong>{name}</strong>: {message}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <Sentences title={words.kept} sentences={kept.map(({ name, message }) => `${name}: ${message}`)} />
      <Sentences
        title={words.notes}
        sentences={notes.map(({ file, name, message }) => [file ?? name, message].filter(Boolean).join(': '))}
      />
      {stopped.length === 0 && <p className="soft">{words.hint}</p>}
      <Refusal error={apply.error ?? refreshIt.error} />
      {isOutdated && <p>{words.outdated}</p>}
      {mayApply && (
        <div className="wizard-foot">
          <Button
            kind="primary"
            busy={apply.isPending}
            disabled={stopped.length > 0 || warnings.some(({ id }) => !confirmed.has(id))}
            onClick={send}
          >
            {words.act}
          </Button>
          <Button
            icon="refresh"
            busy={refreshIt.isPending}
            onClick={() => refreshIt.mutate({ params }, { onSuccess: () => notify(words.refreshed) })}
          >
            {words.refresh}
          </Button>
          <Button onClick={() => setCanceling(true)}>{words.cancel}</Button>
        </div>
      )}
      {isCanceling && (
        <Confirm
          title={words.cancelAsk}
          action={words.cancel}
          kind="danger"
          busy={cancel.isPending}
          error={cancel.error}
          onClose={() => setCanceling(false)}
          onConfirm={() => cancel.mutate({ params }, { onSuccess: () => setCanceling(false) })}
        >
          <p>{words.cancelHint}</p>
        </Confirm>
      )}
    </div>
  )
}

function Sentences({ title, sentences }: { readonly title: string; readonly sentences: readonly string[] }) {
  if (sentences.length === 0) return null
  return (
    <details className="diff-type">
      <summary>
        {title} <span className="soft">{sentences.length}</span>
      </summary>
      <ul className="plain-list">
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </details>
  )
}
