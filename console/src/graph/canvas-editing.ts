/** What the nodes and edges of a flow that is edited can do: handed to them past the library that draws them. */
import { createContext } from 'react'
import type { Place } from '../builder/flow-edits.ts'

export type Addable = 'source' | 'lookup' | 'import' | 'router'

export interface CanvasEditing {
  /** The node whose panel is open. */
  readonly selected: string
  readonly onAdd: (what: Addable, place: Place | undefined) => void
  readonly onMove: (place: Place, to: number) => void
  readonly onRemove: (place: Place) => void
}

export const CanvasEditingContext = createContext<CanvasEditing | undefined>(undefined)
