/** A form in a dialog: its fields, what was refused, and two buttons. */
import type { FormEventHandler, ReactNode } from 'react'
import { words } from '../words.ts'
import { Button, type ButtonKind } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'

interface FormFrameProps {
  readonly action: string
  readonly kind?: ButtonKind
  readonly busy: boolean
  readonly disabled?: boolean
  readonly refusal: string | undefined
  readonly onSubmit: FormEventHandler
  readonly onClose: () => void
  readonly children: ReactNode
}

export function FormDialog({ title, ...rest }: FormFrameProps & { readonly title: string }) {
  return (
    <Dialog title={title} onClose={rest.onClose}>
      <FormFrame {...rest} />
    </Dialog>
  )
}

/** The form within a dialog that has been opened already. */
export function FormFrame({ action, kind = 'primary', busy, disabled = false, refusal, onSubmit, onClose, children }: FormFrameProps) {
  return (
    <form onSubmit={onSubmit}>
      <div className="dialog-body">
        {children}
        <RefusalText text={refusal} />
      </div>
      <footer>
        <Button onClick={onClose}>{words.actions.cancel}</Button>
        <Button type="submit" kind={kind} busy={busy} disabled={disabled}>
          {action}
        </Button>
      </footer>
    </form>
  )
}

export const RefusalText = ({ text }: { readonly text: string | undefined }) =>
  text ? (
    <p className="refusal" role="alert">
      <Icon name="alert" />
      <span>{text}</span>
    </p>
  ) : null
