/** Forms: what is typed, checked, sent, and every refusal on its field. Nothing that was typed is lost. */
import { useState, type FormEvent } from 'react'
import { useForm, type DefaultValues, type FieldValues, type Path } from 'react-hook-form'
import { CallRefused, explain } from '../api/client.ts'

export function useSavedForm<Values extends FieldValues>(defaultValues: DefaultValues<Values>, save: (values: Values) => Promise<unknown>) {
  const form = useForm<Values>({ defaultValues })
  const [refusal, setRefusal] = useState<string>()
  const send = form.handleSubmit(async (values) => {
    setRefusal(undefined)
    try {
      await save(values)
    } catch (error) {
      setRefusal(placeProblems(error, Object.keys(values), (field, message) => form.setError(field as Path<Values>, { message })))
    }
  })
  const submit = (event: FormEvent): void => void send(event)
  const { isSubmitting: isBusy, isDirty: isChanged } = form.formState
  // `frame` is what the frame of a dialog wants to know of its form.
  return { ...form, submit, refusal, isBusy, isChanged, frame: { busy: isBusy, refusal, isChanged, onSubmit: submit } }
}

/** What belongs to no field of the form is answered. */
function placeProblems(error: unknown, fields: readonly string[], place: (field: string, message: string) => void): string | undefined {
  if (!(error instanceof CallRefused) || error.problems.length === 0) return explain(error)
  const left = error.problems.filter(({ field, message }) => {
    const root = field?.split(/[.[]/)[0] ?? ''
    if (!fields.includes(root)) return true
    place(root, message)
    return false
  })
  return left.length > 0 ? left.map(({ message }) => message).join(' ') : undefined
}
