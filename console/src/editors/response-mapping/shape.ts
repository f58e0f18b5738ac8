/** A response mapping as rows: a path in what the step answered, and a path in the record that goes on. */
import { toInputText, type Json } from '../editor.ts'
import { insertAt, readAt, type Path } from '../json-at.ts'
import { mappingV1Shape } from '../mapping-v1/shape.ts'
import type { MappingShape, MappingValue } from '../mapping/mapping-shape.ts'

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : [])

/** Fields and lists stand where those of an older mapping do. */
export const toResponseRows = (mapping: Json | undefined): MappingValue => ({ mapping: mapping ?? {} })

/** Undefined where nothing is copied. */
export function toResponseMapping(rows: MappingValue | undefined): Json | undefined {
  const mapping = readAt(rows, ['mapping']) as Json | undefined
  return listOf(mapping?.['fields']).length + listOf(mapping?.['lists']).length > 0 ? mapping : undefined
}

/** The same as rules of a transform: each entry of a list is a path of its own. */
export function toCopyRules(rows: MappingValue): readonly { readonly extract: string; readonly generate: string }[] {
  const mapping = toResponseMapping(rows)
  const ofLists = listOf(mapping?.['lists']).flatMap((list) =>
    listOf(list['fields']).map(
      (field) => ({ ...field, generate: `${toInputText(list['generate'])}[*].${toInputText(field['generate'])}` }) as Json,
    ),
  )
  return [...listOf(mapping?.['fields']), ...ofLists].map(({ extract, generate }) => ({
    extract: toInputText(extract),
    generate: toInputText(generate),
  }))
}

const lists: Path = ['mapping', 'lists']
const blank: Json = { extract: '', generate: '' }

export const responseMappingShape: MappingShape = {
  ...mappingV1Shape,
  list: (value, isClosed) =>
    mappingV1Shape.list(value, isClosed).map((row) => ({ ...row, names: row.names.flatMap((name) => name.split('.')) })),
  types: [],
  takesPathsOnly: true,
  blank,
  addList: (value) => insertAt(value, lists, listOf(readAt(value, lists)).length, { generate: '', fields: [blank] }),
  withType: (node) => node,
  settings: () => [],
}
