/** Mapping 2.0 as rows: fields, the fields of objects, and the sources of lists with the fields of their entries. */
import type { Json } from '../editor.ts'
import type { Path } from '../json-at.ts'
import { pathTo } from '../sample-paths.ts'
import { dateSettings, isListType, type MappingRow, type MappingShape, type RowSetting } from './mapping-shape.ts'

const types = ['string', 'number', 'boolean', 'object', 'stringarray', 'numberarray', 'booleanarray', 'objectarray', 'arrayarray']
const madeOfFields = new Set(['objectarray', 'arrayarray'])

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

interface Place {
  readonly depth: number
  readonly names: readonly string[]
  readonly within: readonly string[]
}

function* walk(fields: readonly Json[], list: Path, place: Place, isClosed: (key: string) => boolean): Generator<MappingRow> {
  for (const [i, node] of fields.entries()) {
    const path = [...list, i]
    const names = node['generate'] === undefined ? place.names : [...place.names, textOf(node['generate'])]
    const below = isListType(node['dataType'])
      ? listOf(node['buildArrayHelper'])
      : node['dataType'] === 'object'
        ? listOf(node['mappings'])
        : []
    const row = toRow(path, 'field', node, { ...place, names }, below.length > 0, i, fields.length)
    yield row
    if (below.length === 0 || isClosed(row.key)) continue
    const inner = { depth: place.depth + 1, names, within: place.within }
    if (isListType(node['dataType'])) yield* sources(below, [...path, 'buildArrayHelper'], inner, isClosed)
    else yield* walk(below, [...path, 'mappings'], inner, isClosed)
  }
}

function* sources(builders: readonly Json[], list: Path, place: Place, isClosed: (key: string) => boolean): Generator<MappingRow> {
  for (const [i, node] of builders.entries()) {
    const path = [...list, i]
    const below = listOf(node['mappings'])
    const row = toRow(path, 'source', node, place, below.length > 0, i, builders.length)
    yield row
    if (isClosed(row.key)) continue
    const within = [...place.within, ...textOf(node['extract']).split(/,\s*/)]
    yield* walk(below, [...path, 'mappings'], { depth: place.depth + 1, names: place.names, within }, isClosed)
  }
}

const toRow = (
  path: Path,
  kind: MappingRow['kind'],
  node: Json,
  { depth, names, within }: Place,
  hasChildren: boolean,
  i: number,
  count: number,
): MappingRow => ({ path, key: path.join('.'), kind, node, depth, names, within, hasChildren, place: i + 1, count })

const blank: Json = { generate: '', dataType: 'string', status: 'Active' }

/** What a field of one type has and one of another type has not. */
function withType(node: Json, type: string): Json {
  const { mappings, buildArrayHelper, extract, hardCodedValue, lookupName, ...kept } = node
  const [builder] = listOf(buildArrayHelper)
  const source = textOf(extract) || textOf(builder?.['extract'])
  const next = { ...kept, dataType: type, status: 'Active' }
  if (isListType(type)) {
    const list = listOf(buildArrayHelper).map(({ mappings: below, ...each }) =>
      madeOfFields.has(type) ? { ...each, mappings: below ?? mappings ?? [] } : each,
    )
    const made = { ...(source && { extract: source }), ...(madeOfFields.has(type) && { mappings: mappings ?? [] }) }
    return { ...next, buildArrayHelper: list.length > 0 ? list : [made] }
  }
  if (type === 'object') return { ...next, ...(source && { extract: source }), mappings: mappings ?? builder?.['mappings'] ?? [] }
  return {
    ...next,
    ...(source && { extract: source }),
    ...(hardCodedValue !== undefined && { hardCodedValue }),
    ...(lookupName !== undefined && { lookupName }),
  }
}

/** Each field of a record as it is: a name of the application's can be given to it then. */
function copyFields(record: unknown): readonly Json[] {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return []
  return Object.entries(record).map(([generate, value]) => {
    const extract = `$${pathTo(generate)}`
    const dataType = typeFor(value)
    return isListType(dataType)
      ? { generate, dataType, buildArrayHelper: [{ extract: `${extract}[*]` }], status: 'Active' }
      : { generate, dataType, extract, status: 'Active' }
  })
}

function typeFor(value: unknown): string {
  if (Array.isArray(value)) {
    const of = typeFor(value[0])
    return types.includes(`${of}array`) ? `${of}array` : 'arrayarray'
  }
  return value !== null && types.includes(typeof value) ? typeof value : 'string'
}

const sourceDataType: RowSetting = { name: 'sourceDataType', kind: 'select', options: types, path: ['sourceDataType'], isMore: true }

function settings({ kind, node }: MappingRow): readonly RowSetting[] {
  const whenNotEmpty: RowSetting = { name: 'when', kind: 'select', options: ['extract_not_empty'], path: ['conditional', 'when'] }
  if (kind === 'source') return [{ name: 'default', kind: 'default', path: ['default'] }, whenNotEmpty, sourceDataType]
  const isPlain = !isListType(node['dataType']) && node['dataType'] !== 'object'
  return [
    ...(isPlain ? ([{ name: 'lookupName', kind: 'lookup', path: ['lookupName'] }] as const) : []),
    { name: 'default', kind: 'default', path: ['default'] },
    { ...whenNotEmpty, options: ['record_created', 'record_updated', 'extract_not_empty'] },
    { name: 'description', kind: 'text', path: ['description'] },
    ...(isPlain ? dateSettings : []),
    sourceDataType,
  ]
}

export const mappingShape: MappingShape = {
  list: (value, isClosed) => [...walk(listOf(value['mappings']), ['mappings'], { depth: 1, names: [], within: [] }, isClosed)],
  types,
  root: ['mappings'],
  blank,
  withType,
  below({ kind, node, path }) {
    if (kind === 'source') return [...path, 'mappings']
    if (node['dataType'] === 'object') return [...path, 'mappings']
    return madeOfFields.has(textOf(node['dataType'])) ? [...path, 'buildArrayHelper', 0, 'mappings'] : undefined
  },
  addSource: ({ kind, node, path }) =>
    kind === 'field' && isListType(node['dataType'])
      ? { list: [...path, 'buildArrayHelper'], node: madeOfFields.has(textOf(node['dataType'])) ? { mappings: [] } : {} }
      : undefined,
  writePath: (path) => path,
  copyFields,
  settings,
}
