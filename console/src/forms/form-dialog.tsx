/** A form in a dialog: its fields, what was refused, and two buttons. */
import type { FormEventHandler, ReactNode } from 'react'
import { Button, type ButtonKind } from '../parts/button.tsx'
import { CancelButton, Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { useHeld } from '../parts/use-held.ts'

interface FormFrameProps {
  readonly busy: boolean
  readonly refusal: string | undefined
  readonly isChanged: boolean
  readonly onSubmit: FormEventHandler
  readonly action: string
  readonly kind?: ButtonKind
  readonly disabled?: boolean
  readonly children: ReactNode
}

interface FormDialogProps extends FormFrameProps {
  readonly title: string
  readonly onClose: () => void
}

export function FormDialog({ title, onClose, ...rest }: FormDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <FormFrame {...rest} />
    </Dialog>
  )
}

/** The form within a dialog that has been opened already. */
export function FormFrame({ action, kind = 'primary', busy, disabled = false, refusal, isChanged, onSubmit, children }: FormFrameProps) {
  useUnsaved(isChanged, { isSaving: busy })
  return (
    <form onSubmit={onSubmit}>
      <div className="dialog-body" {...useHeld(busy)}>
        {children}
        <RefusalText text={refusal} />
      </div>
      <footer>
        <CancelButton />
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
