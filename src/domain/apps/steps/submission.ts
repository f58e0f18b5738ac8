/** Checks what was filled into the form of a step. */
import { isObject } from '../../../contract/walk.ts'
import type { FormField, FormFields } from '../../../contract/settings-form.ts'
import { DomainError, type Problem } from '../../errors.ts'
import { findSettingsProblems } from '../../documents/settings-check.ts'

/** Every field at fault is named. Values that the form has no field for are refused: a function would take them for checked. */
export function checkSubmission(form: unknown, submission: Readonly<Record<string, unknown>>): void {
  const checked: FormFields = isObject(form) ? form : {}
  const fields = isObject(checked.fieldMap) ? Object.entries(checked.fieldMap) : []
  const known = new Set(fields.flatMap(([key, field]) => (isObject(field) ? namesOf(key, field) : [key])))
  const unknown = Object.keys(submission).filter((name) => !known.has(name))
  const [first, ...more] = [...findSettingsProblems(checked, submission, 'formSubmission'), ...unknown.map(unknownFormField)]
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

const namesOf = (key: string, { id, name }: FormField): unknown[] => [key, id, name]

const unknownFormField = (name: string): Problem => ({
  code: 'invalid_field',
  message: `The form has no field ${name}.`,
  field: `formSubmission.${name}`,
})
