/** What the two kinds of mappings have in common for their editor: rows in a tree, each with a name, a type and a source. */
import type { Json } from '../editor.ts'
import type { Path } from '../json-at.ts'

/** `mappings` or `mapping`, with the `lookups` that they name. */
export type MappingValue = Json & { readonly lookups?: readonly Json[] }

export interface MappingRow {
  readonly path: Path
  /** Its path as text, which identifies the row. */
  readonly key: string
  readonly depth: number
  /** A field, a source of a list, or a list of the older kind. */
  readonly kind: 'field' | 'source' | 'list'
  readonly node: Json
  /** Names on the way to the field, as results and messages have them. */
  readonly names: readonly string[]
  readonly hasChildren: boolean
  /** The lists that it is made within, as paths of their sources. */
  readonly within: readonly string[]
  /** Its place among those that it stands with, from 1, and how many these are. */
  readonly place: number
  readonly count: number
}

export interface MappingShape {
  /** The rows in order, without those below a row that is closed. */
  readonly list: (value: MappingValue, isClosed: (key: string) => boolean) => readonly MappingRow[]
  readonly types: readonly string[]
  /** Where new fields go that stand below none. */
  readonly root: Path
  readonly blank: Json
  /** The node with another type, and what goes with it. */
  readonly withType: (node: Json, type: string) => Json
  /** Where fields below a row are kept; undefined where it has none. */
  readonly below: (row: MappingRow) => Path | undefined
  /** A source that is added to a list; undefined where there is none. */
  readonly addSource?: (row: MappingRow) => { readonly list: Path; readonly node: Json } | undefined
  /** How the source of a row is written: as a path from the root of the record, or by bare names. */
  readonly writePath: (path: string) => string
  /** The fields of a record as they are, to begin with; absent where they are not begun so. */
  readonly copyFields?: (record: unknown) => readonly Json[]
  /** Older mappings say which lists they write beside the fields. */
  readonly addList?: (value: MappingValue) => MappingValue
  /** Sources are paths, and neither templates nor fixed values: a row has nothing to set besides. */
  readonly takesPathsOnly?: true
  /** Settings of a row, as fields of its node. */
  readonly settings: (row: MappingRow) => readonly RowSetting[]
}

export interface RowSetting {
  readonly name: string
  readonly kind: 'text' | 'select' | 'flag' | 'default' | 'lookup'
  readonly options?: readonly string[]
  /** Path within the node. */
  readonly path: Path
  /** Kept closed until somebody wants it: dates, and what few rows have. */
  readonly isMore?: true
}

export const isListType = (type: unknown): boolean => typeof type === 'string' && type.endsWith('array')

/** The source of a row, as its input shows it. */
export const sourceOf = ({ extract, hardCodedValue }: Json): string =>
  typeof hardCodedValue === 'string' ? hardCodedValue : typeof extract === 'string' ? extract : ''

export const isFixed = ({ hardCodedValue }: Json): boolean => hardCodedValue !== undefined

export const dateSettings: readonly RowSetting[] = [
  'extractDateFormat',
  'extractDateTimezone',
  'generateDateFormat',
  'generateDateTimezone',
].map((name) => ({ name, kind: 'text', path: [name], isMore: true }))
