/** `include` and `exclude` of a list: which fields of each record a caller gets. */
import { isObject } from '../contract/walk.ts'
import { DomainError } from './errors.ts'

export interface Projection {
  /** `include` answers these paths and nothing else, `exclude` everything but these, `all` everything. */
  readonly kind: 'include' | 'exclude' | 'all'
  readonly paths: readonly (readonly string[])[]
}

interface Facts {
  readonly identity: readonly string[]
  readonly listOmits: readonly string[]
  readonly projection: boolean
}

const allowed = /^[A-Za-z0-9._,]*$/

/** Reads the two parameters by the documented rules: either one, letters, digits, dots, underscores and commas only, empty means absent. */
export function parseProjection(query: { include?: string; exclude?: string }, spelled: string, facts: Facts): Projection {
  const [include, exclude] = [query.include ?? '', query.exclude ?? '']
  if (!facts.projection && (include || exclude))
    throw new DomainError('invalid_query_params', `Include or exclude query params are not applicable for ${spelled} resource.`)
  if (include && exclude)
    throw new DomainError('invalid_query_params', 'Please provide either include or exclude param in the request query and not both.')
  for (const [name, value] of Object.entries({ include, exclude })) {
    if (!allowed.test(value))
      throw new DomainError(
        'invalid_query_params',
        `The ${name} query param may hold only letters, digits, dots and underscores, separated by commas.`,
        name,
      )
  }
  if (include) return { kind: 'include', paths: split([...facts.identity, ...include.split(',')].join(',')) }
  const stripped = [
    ...facts.listOmits.map((field) => [field]),
    ...split(exclude).filter((path) => !facts.identity.includes(path.join('.'))),
  ]
  return stripped.length > 0 ? { kind: 'exclude', paths: stripped } : { kind: 'all', paths: [] }
}

const split = (list: string): string[][] =>
  list
    .split(',')
    .map((path) => path.split('.').filter(Boolean))
    .filter((path) => path.length > 0)

/** The top-level fields that the store is asked for (or to leave out), so that large fields nobody wants are not even read. */
export const toTopLevel = ({ kind, paths }: Projection): { only?: string[]; without?: string[] } => {
  if (kind === 'include') return { only: [...new Set(paths.map(([field]) => field as string))] }
  if (kind === 'exclude') return { without: paths.filter((path) => path.length === 1).map(([field]) => field as string) }
  return {}
}

/** What the store cannot do: dotted paths, which also reach into each element of a list. */
export function projectRecords(records: readonly string[], projection: Projection): readonly string[] {
  const nested = projection.paths.filter((path) => path.length > 1)
  if (nested.length === 0) return records
  const cut =
    projection.kind === 'include' ? (record: unknown) => keep(record, projection.paths) : (record: unknown) => nested.reduce(strip, record)
  return records.map((text) => JSON.stringify(cut(JSON.parse(text))))
}

/** The text of a record of which nothing has been cut yet. */
export function projectRecord(record: object, { kind, paths }: Projection): string {
  return JSON.stringify(kind === 'include' ? keep(record, paths) : paths.reduce<unknown>(strip, record))
}

function keep(record: unknown, paths: readonly (readonly string[])[]): unknown {
  return keepOf(record, paths) ?? {}
}

/** Undefined where nothing of it is wanted: a field that the record does not carry leaves no empty shell. */
function keepOf(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => keepOf(item, paths))
    return items.every((item) => item === undefined) ? undefined : items.map((item) => item ?? {})
  }
  if (!isObject(value)) return undefined
  const kept: Record<string, unknown> = {}
  for (const [field, ways] of Map.groupBy(paths, ([first]) => first as string)) {
    const below = Object.hasOwn(value, field)
      ? keepOf(
          value[field],
          ways.map((path) => path.slice(1)),
        )
      : undefined
    if (below !== undefined) kept[field] = below
  }
  return Object.keys(kept).length > 0 ? kept : undefined
}

function strip(value: unknown, [field, ...below]: readonly string[]): unknown {
  if (field === undefined) return value
  if (Array.isArray(value)) return value.map((item) => strip(item, [field, ...below]))
  if (!isObject(value) || !Object.hasOwn(value, field)) return value
  const { [field]: at, ...rest } = value
  return below.length === 0 ? rest : { ...rest, [field]: strip(at, below) }
}
