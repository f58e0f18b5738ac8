/** A field of a form with its label, its hint, and the server's message about it. */
import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from 'react'

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly children: (props: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

/** A hint that says its label over again is none. */
const isLabel = (hint: ReactNode, label: string): boolean =>
  typeof hint === 'string' &&
  typeof label === 'string' &&
  hint.replace(/\.$/, '').toLowerCase() === label.replace(/ \(.*\)$/, '').toLowerCase()

export function Field({ label, hint: text, error, children }: FieldProps) {
  const hint = isLabel(text, label) ? undefined : text
  const id = useId()
  const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, ...(about && { 'aria-describedby': about }), ...(error && { 'aria-invalid': true }) })}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly ref?: Ref<HTMLInputElement>
}

export function TextField({ label, hint, error, ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(props) => <input className="input" {...rest} {...props} />}
    </Field>
  )
}
