/** Forms: what is typed, checked, sent, and every refusal on its field. Nothing that was typed is lost. */
import { useState, type FormEvent } from 'react'
import { useForm, type DefaultValues, type FieldValues, type Path } from 'react-hook-form'
import { placeProblems, problemsOf } from '../api/problems.ts'

export function useSavedForm<Values extends FieldValues>(defaultValues: DefaultValues<Values>, save: (values: Values) => Promise<unknown>) {
  const form = useForm<Values>({ defaultValues })
  const [refusal, setRefusal] = useState<string>()
  const send = form.handleSubmit(async (values) => {
    setRefusal(undefined)
    try {
      await save(values)
    } catch (error) {
      refuse(error)
    }
  })
  const refuse = (error: unknown): void => {
    const { placed, left } = placeProblems(problemsOf(error), new Set(Object.keys(form.getValues())), '')
    for (const [field, message] of placed) form.setError(field as Path<Values>, { message })
    setRefusal(left.length > 0 ? left.map(({ message }) => message).join(' ') : undefined)
  }
  const submit = (event: FormEvent): void => void send(event)
  const { isSubmitting: isBusy, isDirty: isChanged } = form.formState
  // `frame` is what the frame of a dialog wants to know of its form.
  return { ...form, submit, refuse, refusal, isBusy, isChanged, frame: { busy: isBusy, refusal, isChanged, onSubmit: submit } }
}
