/** What an editor of one part of a step gets: of its mapping, its filter, its hooks. */
import type { EditorContext } from '../editors/editor.ts'

export const partNames = [
  'mappings',
  'mapping',
  'filter',
  'inputFilter',
  'transform',
  'responseTransform',
  'responseMapping',
  'hooks',
  'postResponseMap',
  'branchFilter',
  'branchScript',
  'template',
] as const
export type PartName = (typeof partNames)[number]

export interface PartContext {
  readonly collection: 'exports' | 'imports' | 'flows'
  readonly kind: 'export' | 'lookup' | 'import'
  /** The document that the part belongs to, as it is being edited. */
  readonly document: Readonly<Record<string, unknown>>
  readonly connectionId: string | undefined
  readonly flowId: string | undefined
  readonly integrationId: string | undefined
  readonly owner?: EditorContext['owner']
  readonly isReadOnly: boolean
  /** Sets fields of the same document beside the part, by their names at its top; undefined takes one away. */
  readonly setBeside: (fields: Readonly<Record<string, unknown>>) => void
}

export interface PartEditorProps {
  /** As the document has it; undefined where there is none. */
  readonly value: unknown
  /** Undefined takes the part away. */
  readonly onChange: (value: unknown) => void
  /** Records as they arrive at the step, of the last preview; undefined where nobody has looked yet. */
  readonly sample: readonly unknown[] | undefined
  readonly context: PartContext
}
