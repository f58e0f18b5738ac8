/** What an open revision asks for in this environment: a connection, a stack or an EDI profile in place of one of the other side, and secrets. */
import { useQueryClient } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { refresh } from '../../api/queries.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { RefusalText } from '../../forms/form-dialog.tsx'
import { keyOfStep, listOpenSteps, listSteps, StepFields, toCompletion } from '../../forms/revision-steps.tsx'
import { useSavedForm } from '../../forms/use-form.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { notify } from '../../parts/notices.tsx'
import { Empty } from '../../parts/states.tsx'
import { useUnsaved } from '../../parts/unsaved.tsx'
import { useHeld } from '../../parts/use-held.ts'
import type { Revision } from './revision.tsx'
import { ofRevision } from './revision-queries.ts'

const words = lifecycleWords.choices

export function RevisionChoices({ revision, mayChoose }: { readonly revision: Revision; readonly mayChoose: boolean }) {
  const params = { _id: revision._integrationId, _revisionId: revision._id }
  const open = listOpenSteps(revision)
  const done = listSteps(revision).filter(({ completed }) => completed)
  const client = useQueryClient()
  const { register, setValue, submit, refusal, isBusy, isChanged, reset } = useSavedForm<Record<string, string>>({}, async (answers) => {
    try {
      for (const step of open) await call('completeRevisionInstallStep', { params, body: toCompletion(step, answers) })
      reset()
      notify(words.saved)
    } finally {
      // Those before one that was refused are done.
      await refresh(client, [...ofRevision, 'listConnections'])
    }
  })
  useUnsaved(isChanged && open.length > 0, { leftBy: ['step'] })
  const held = useHeld(isBusy)
  if (open.length + done.length === 0)
    return (
      <Empty icon="check" title={words.none}>
        {words.noneWhy}
      </Empty>
    )
  return (
    <form className="wizard-body" {...held} onSubmit={submit}>
      <p className="soft">{words.hint}</p>
      {done.length > 0 && (
        <ul className="map-rows">
          {done.map((step) => (
            <li key={keyOfStep(step)} className="map-row">
              <span>{step.name}</span>
              <span className="soft inline">
                <Icon name="check" /> {words.done[step.type]}
              </span>
            </li>
          ))}
        </ul>
      )}
      {open.map((step) => (
        <StepFields key={keyOfStep(step)} step={step} register={register} choose={setValue} />
      ))}
      <RefusalText text={refusal} />
      {open.length > 0 && mayChoose && (
        <div>
          <Button type="submit" kind="primary" busy={isBusy}>
            {words.act}
          </Button>
        </div>
      )}
    </form>
  )
}
