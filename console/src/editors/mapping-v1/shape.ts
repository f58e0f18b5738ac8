/** Mapping 1.0 as rows: fields, and lists of fields. */
import type { Json } from '../editor.ts'
import { readAt, writeAt, type Path } from '../json-at.ts'
import { dateSettings, type MappingRow, type MappingShape, type RowSetting } from '../mapping/mapping-shape.ts'

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const conditions = ['record_created', 'record_updated', 'extract_not_empty', 'lookup_not_empty', 'lookup_empty', 'ignore_if_set']

function* fieldsOf(
  fields: readonly Json[],
  list: Path,
  depth: number,
  names: readonly string[],
  within: readonly string[],
): Generator<MappingRow> {
  for (const [i, node] of fields.entries()) {
    const path = [...list, i]
    const own = [...names, textOf(node['generate'])]
    yield {
      path,
      key: path.join('.'),
      kind: 'field',
      node,
      depth,
      names: own,
      within,
      hasChildren: false,
      place: i + 1,
      count: fields.length,
    }
  }
}

const settingsOf: readonly RowSetting[] = [
  { name: 'lookupName', kind: 'lookup', path: ['lookupName'] },
  { name: 'default', kind: 'default', path: ['default'] },
  { name: 'when', kind: 'select', options: conditions, path: ['conditional', 'when'] },
  { name: 'discardIfEmpty', kind: 'flag', path: ['discardIfEmpty'] },
  { name: 'immutable', kind: 'flag', path: ['immutable'] },
  ...dateSettings,
]

export const mappingV1Shape: MappingShape = {
  list(value, isClosed) {
    const fields = listOf(readAt(value, ['mapping', 'fields']))
    const lists = listOf(readAt(value, ['mapping', 'lists']))
    const rows = [...fieldsOf(fields, ['mapping', 'fields'], 1, [], [])]
    for (const [i, node] of lists.entries()) {
      const path = ['mapping', 'lists', i]
      const names = [textOf(node['generate'])]
      const below = listOf(node['fields'])
      const row: MappingRow = {
        path,
        key: path.join('.'),
        kind: 'list',
        node,
        depth: 1,
        names,
        within: [],
        hasChildren: below.length > 0,
        place: i + 1,
        count: lists.length,
      }
      rows.push(row)
      const within = node['jsonPath'] === undefined ? [] : [`${textOf(node['jsonPath']).replace(/\[\*]$/, '')}[*]`]
      if (!isClosed(row.key)) rows.push(...fieldsOf(below, [...path, 'fields'], 2, names, within))
    }
    return rows
  },
  types: ['string', 'number', 'boolean', 'stringarray', 'numberarray', 'json'],
  root: ['mapping', 'fields'],
  blank: { generate: '' },
  withType: (node, type) => ({ ...node, dataType: type }),
  below: ({ kind, path }) => (kind === 'list' ? [...path, 'fields'] : undefined),
  writePath: (path) => path.replace(/^\$\.?/, ''),
  addList: (value) =>
    writeAt(value, ['mapping', 'lists'], [...listOf(readAt(value, ['mapping', 'lists'])), { generate: '', fields: [{ generate: '' }] }]),
  settings({ kind, path }) {
    if (kind === 'list') return [{ name: 'jsonPath', kind: 'text', path: ['jsonPath'] }]
    const isInList = path[1] === 'lists'
    return [...settingsOf, ...(isInList ? ([{ name: 'isKey', kind: 'flag', path: ['isKey'] }] as const) : [])]
  },
}
