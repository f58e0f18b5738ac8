/** Dialogs: the browser's own, which keep the focus inside, close on Escape and give the focus back. */
import { useEffect, useRef, type ReactNode } from 'react'
import { words } from '../words.ts'
import { Button, IconButton, type ButtonKind } from './button.tsx'
import { Refusal } from './states.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
  readonly wide?: boolean
}

export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (!ref.current?.open) ref.current?.showModal()
  }, [])
  return (
    <dialog ref={ref} className={wide ? 'dialog wide' : 'dialog'} aria-label={title} onClose={onClose}>
      <header>
        <h2>{title}</h2>
        <IconButton icon="cross" label={words.actions.close} onClick={() => ref.current?.close()} />
      </header>
      {children}
    </dialog>
  )
}

interface ConfirmProps {
  readonly title: string
  readonly action: string
  readonly kind?: ButtonKind
  readonly busy?: boolean
  readonly error?: unknown
  readonly onConfirm: () => void
  readonly onClose: () => void
  readonly children?: ReactNode
}

/** Asks before something is done that is felt. */
export function Confirm({ title, action, kind = 'primary', busy = false, error, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="dialog-body">
        {children}
        <Refusal error={error} />
      </div>
      <footer>
        <Button onClick={onClose}>{words.actions.cancel}</Button>
        <Button kind={kind} busy={busy} onClick={onConfirm} autoFocus>
          {action}
        </Button>
      </footer>
    </Dialog>
  )
}
