/** Dialogs: the browser's own, which keep the focus inside, close on Escape, ask before something typed is lost, and give the focus back. */
import { useContext, useEffect, useMemo, useRef, useState, type ReactNode, type SyntheticEvent } from 'react'
import { words } from '../words.ts'
import { Button, IconButton, type ButtonKind } from './button.tsx'
import { Refusal } from './states.tsx'
import { DialogContext, mayDiscard, type DialogState } from './dialog-state.ts'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
  readonly wide?: boolean
}

/** It is open for as long as it is drawn. Where a form within it has changes (`useUnsaved`), it asks before it closes. */
export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  useFocusBack(ref)
  const latest = useRef(onClose)
  latest.current = onClose
  const state = useMemo(() => {
    const unsaved: DialogState['unsaved'] = new Set()
    const close = (): boolean => {
      const isClosed = mayDiscard(unsaved.size > 0)
      if (isClosed) latest.current()
      return isClosed
    }
    return { unsaved, close }
  }, [])
  const isOwn = ({ target, currentTarget }: SyntheticEvent): boolean => target === currentTarget
  return (
    <dialog
      ref={ref}
      className={wide ? 'dialog wide' : 'dialog'}
      aria-label={title}
      onCancel={(event) => {
        if (!isOwn(event)) return
        event.preventDefault()
        state.close()
      }}
      onClose={(event) => {
        // The browser lets nobody prevent a second Escape in a row.
        if (isOwn(event) && !state.close()) event.currentTarget.showModal()
      }}
    >
      <DialogContext value={state}>
        <header>
          <h2>{title}</h2>
          <IconButton icon="cross" label={words.actions.close} onClick={state.close} />
        </header>
        {children}
      </DialogContext>
    </dialog>
  )
}

/** Opens the dialog, and returns the focus to what opened it. */
function useFocusBack(ref: { readonly current: HTMLDialogElement | null }): void {
  // Before it is drawn: an item of a menu is gone afterwards, and its button is what stays.
  const [opener] = useState(() => findStaying(document.activeElement))
  useEffect(() => {
    const before = opener?.isConnected ? opener : document.activeElement
    if (!ref.current?.open) ref.current?.showModal()
    return () => {
      const target = before?.isConnected && before !== document.body ? before : document.querySelector('main')
      if (target instanceof HTMLElement) target.focus()
    }
  }, [opener, ref])
}

function findStaying(focused: Element | null): Element | null {
  const menu = focused?.closest('[role=menu]')
  return menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : focused
}

/** Closes the dialog that it stands in. */
export const CancelButton = () => <Button onClick={useContext(DialogContext)?.close}>{words.actions.cancel}</Button>

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
        <CancelButton />
        <Button kind={kind} busy={busy} onClick={onConfirm} autoFocus>
          {action}
        </Button>
      </footer>
    </Dialog>
  )
}
