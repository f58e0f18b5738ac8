/** Fills in the form of a step of an Integration App. */
import { useState } from 'react'
import { listFormFields, settingNameOf, type FormFields } from '../../../src/contract/settings-form.ts'
import { placeProblems } from '../api/problems.ts'
import { SettingsForm, withDefaults } from '../parts/settings-form.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { StepFrame } from './step-frame.tsx'
import type { StepFormProps } from './take-step.tsx'

export function TakeFormStepForm({ step, problems, isBusy, send }: StepFormProps) {
  const form = (typeof step.form === 'object' && step.form !== null ? step.form : {}) as FormFields
  const [begun] = useState(() => withDefaults(form, {}))
  const [values, setValues] = useState(begun)
  useUnsaved(values !== begun, { isSaving: isBusy })
  const names = new Set(listFormFields(form).map(([key, field]) => settingNameOf(key, field)))
  const { placed, left } = placeProblems(problems, names, 'formSubmission.')
  return (
    <StepFrame problems={left} isBusy={isBusy} onSubmit={() => send({ formSubmission: values })}>
      <SettingsForm form={form} values={values} problems={placed} isReadOnly={isBusy} onChange={setValues} />
    </StepFrame>
  )
}
