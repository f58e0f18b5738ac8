/** Asks before something is lost that was changed and is not saved: when a dialog closes over it, and when the page is left. */
import { useBlocker } from '@tanstack/react-router'
import { useContext, useEffect, useRef } from 'react'
import { DialogContext, mayDiscard, unsavedOnPage, type Guard } from './dialog-state.ts'

interface UnsavedOptions {
  /** Parts of the address that show something else in place of the form. What else stands there, such as form or JSON, leaves it as it is. */
  readonly leftBy?: readonly string[]
  /** Of a form that leads to another page once it is saved. */
  readonly isSaving?: boolean
}

/** Guards a form for as long as it has changes. */
export function useUnsaved(isChanged: boolean, { leftBy = [], isSaving = false }: UnsavedOptions = {}): void {
  const dialog = useContext(DialogContext)
  const own = useRef<Guard>({ isLeft: () => false }).current
  own.isLeft = (from, to) => !isSaving && (from.pathname !== to.pathname || leftBy.some((key) => from.search[key] !== to.search[key]))
  useEffect(() => {
    if (!isChanged) return
    const sets = [unsavedOnPage, ...(dialog ? [dialog.unsaved] : [])]
    for (const set of sets) set.add(own)
    return () => {
      for (const set of sets) set.delete(own)
    }
  }, [isChanged, dialog, own])
  useBlocker({
    disabled: !isChanged,
    enableBeforeUnload: true,
    // Where several forms would be lost, the first one asks for all.
    shouldBlockFn: ({ current, next }) => [...unsavedOnPage].find(({ isLeft }) => isLeft(current, next)) === own && !mayDiscard(true),
  })
}

/** The same for what stands in a dialog beside it. */
export function Unsaved({ isChanged, ...options }: UnsavedOptions & { readonly isChanged: boolean }) {
  useUnsaved(isChanged, options)
  return null
}
