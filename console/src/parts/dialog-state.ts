/** What a dialog knows of the forms within it: which of them would lose something if it closed. */
import { createContext } from 'react'
import { words } from '../words.ts'

interface Address {
  readonly pathname: string
  readonly search: Readonly<Record<string, unknown>>
}

/** Of a form that has something typed in it that is not saved. */
export interface Guard {
  /** Whether the form is gone at the other address. */
  isLeft: (from: Address, to: Address) => boolean
}

/** What is changed and not saved on the page as a whole. */
export const unsavedOnPage = new Set<Guard>()

export interface DialogState {
  readonly unsaved: Set<Guard>
  /** Closes the dialog, and asks first where something would be lost; whether it closed. */
  readonly close: () => boolean
}

export const DialogContext = createContext<DialogState | undefined>(undefined)

/** Whether a form would be lost if something else were shown by this part of the address. */
export const losesPlace = (key: string): boolean =>
  [...unsavedOnPage].some(({ isLeft }) => isLeft({ pathname: '', search: {} }, { pathname: '', search: { [key]: 'else' } }))

/** Asks where that is so; whether something else may be shown. */
export const mayTakePlace = (key: string): boolean => mayDiscard(losesPlace(key))

/** Asks where something is changed; whether it may be lost. */
export const mayDiscard = (isChanged: boolean): boolean => !isChanged || window.confirm(words.editor.discard)
