/** Asks for what files never hold (connections, stacks, EDI profiles, secrets), and then makes what they say. */
import { useState } from 'react'
import { call } from '../api/client.ts'
import { words } from '../words.ts'
import { beginningWords } from '../words/beginnings.ts'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import type { OpenRevision } from './restore-files.tsx'
import { keyOfStep, listOpenSteps, StepFields, toCompletion } from './revision-steps.tsx'
import { useSavedForm } from './use-form.ts'

interface CompleteRestoreProps {
  readonly revision: OpenRevision
  readonly onDone: () => Promise<void>
  readonly onClose: () => void
}

export function CompleteRestoreForm({ revision, onDone, onClose }: CompleteRestoreProps) {
  const steps = listOpenSteps(revision)
  const [warnings, setWarnings] = useState(revision.warnings ?? [])
  const params = { _id: revision._integrationId, _revisionId: revision._id }
  const { register, setValue, frame } = useSavedForm<Record<string, string>>({}, async (answers) => {
    // Once more after a refusal: those that are done stay done.
    let now: OpenRevision = await call('getIntegrationRevision', { params })
    for (const step of listOpenSteps(now)) now = await call('completeRevisionInstallStep', { params, body: toCompletion(step, answers) })
    const confirm = (now.warnings ?? []).map(({ id }) => id)
    // What was not shown yet is not confirmed.
    if (confirm.some((id) => warnings.every((shown) => shown.id !== id))) {
      setWarnings(now.warnings ?? [])
      throw new Error(beginningWords.begin.warned)
    }
    await call('applyRevision', { params, body: { confirm } })
    notify(beginningWords.begin.restoredHere)
    await onDone()
  })
  return (
    <FormDialog title={words.begin.files} action={beginningWords.begin.restore} {...frame} onClose={onClose}>
      <p className="soft">{beginningWords.begin.asks}</p>
      {steps.map((step) => (
        <StepFields key={keyOfStep(step)} step={step} register={register} choose={setValue} />
      ))}
      {warnings.map(({ id, message }) => (
        <p key={id} className="refusal">
          {message}
        </p>
      ))}
    </FormDialog>
  )
}
