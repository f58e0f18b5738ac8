/** Mapper 1.0: flat fields whose dots nest, and lists of them. Extracts are dotted paths or templates with bare field names. */
import type { Static } from 'typebox'
import type { mapping as mappingSchema } from '../../contract/resources/import/mapping.ts'
import type { Lookup } from '../../contract/shared/lookup.ts'
import { type ErrorSource, type FlowRecord, StepFailure } from '../adaptor.ts'
import { nothingCollapsed } from './composite.ts'
import { convert, type DataType, ConversionError } from './convert.ts'
import { compileRead } from './copy-rule.ts'
import { isJsonPath, PathError } from '../values/json-path.ts'
import { type CompiledLookup, compileLookups, noSuchLookup } from './value-lookups.ts'
import { evaluateAll, evaluating, type Mapper, type MapperOptions } from './mapper.ts'
import { type Compiling, compileDate, conditionHolds, guarded, invalid, type Read, type Scope } from './mapper-value.ts'
import { isEmpty, isPlainObject } from '../values/plain-value.ts'
import { isTemplate, TemplateError } from '../template/template.ts'
import { compileWrite, isEach, mapEach, withoutPlaces, write } from './write-path.ts'

export type MappingV1 = Static<typeof mappingSchema>
type Field1 = NonNullable<MappingV1['fields']>[number]
type List1 = NonNullable<MappingV1['lists']>[number]

/** `root` is the record; within a list `entry` is the entry being mapped. */
interface Scope1 extends Scope {
  readonly entry?: unknown
}
type Write = (scope: Scope1, into: unknown, made: WeakSet<object>) => unknown

/** Throws `StepFailure` where the mapping can never work. Without fields and lists a record passes as it is. */
export function compileMapperV1(mapping: MappingV1, lookups: readonly Lookup[] = [], options: MapperOptions = {}): Mapper {
  const source: ErrorSource = options.source ?? 'mapping'
  const compiling: Compiling = {
    source,
    lookups: compileLookups(lookups, source, options.finds),
    collapsed: nothingCollapsed,
    field: '',
  }
  const writes = [
    ...(mapping.fields ?? []).map((field) => compileField(field, undefined, compiling)),
    ...(mapping.lists ?? []).map((list) => compileList(list, compiling)),
  ]
  const one = evaluating((root: FlowRecord, context, answers, failures) => {
    if (writes.length === 0) return root
    const made = new WeakSet<object>()
    const scope: Scope1 = { root, context, answers, failures }
    return writes.reduce<unknown>((into, put) => put(scope, into, made), undefined) ?? {}
  })
  return evaluateAll(one, options.caches, source)
}

function compileField(field: Field1, list: ListSource | undefined, outer: Compiling): Write {
  const compiling = { ...outer, field: outer.field === '' ? (field.generate ?? '') : `${outer.field}.${field.generate ?? ''}` }
  const steps = trying(compiling, () => compileWrite(field.generate ?? ''))
  // Entry by entry only into a list; anywhere else the values are one list.
  const inPlace = steps.some((step) => 'all' in step)
  const value = compileValue(field, compiling)
  const extracted = compileExtract1(field, list, compiling)
  const read = guarded(compiling, (scope) => {
    const found = extracted(scope)
    return inPlace ? mapEach(found, (entry) => value(entry, scope)) : value(valuesOf(found), scope)
  })
  return (scope, into, made) => write(into, steps, read(scope), made)
}

/** With `[*]` in the path the values themselves, without their places; undefined where there are none. */
function valuesOf(found: unknown): unknown {
  const values = withoutPlaces(found)
  return isEach(found) && isEmpty(values) ? undefined : values
}

function compileValue(field: Field1, compiling: Compiling): (value: unknown, scope: Scope) => unknown {
  const lookup = field.lookupName ? named(field.lookupName, compiling) : undefined
  const date = compileDate(field)
  const type = field.dataType === 'json' || !field.dataType ? undefined : (field.dataType as DataType | 'date')
  if (type && !types.has(type)) throw invalid(compiling, `There is no data type "${type}".`)
  const applies = compileCondition(field, compiling)
  return (value, scope) => {
    if (!applies(value, scope)) return undefined
    const looked = lookup ? lookup(value, scope.answers) : value
    // Only what is not there is left out; what is there and empty says so, unless it is to be discarded.
    if (isEmpty(looked)) return field.default !== undefined ? field.default : field.discardIfEmpty ? undefined : looked
    const dated = date ? date(looked) : looked
    return type === undefined || type === 'date' ? dated : convert(dated, type)
  }
}

const types: ReadonlySet<string> = new Set<DataType | 'date'>([
  'string',
  'number',
  'boolean',
  'object',
  'stringarray',
  'numberarray',
  'booleanarray',
  'objectarray',
  'arrayarray',
  'date',
])

function named(name: string, compiling: Compiling): CompiledLookup {
  const lookup = compiling.lookups.named(name)
  if (!lookup) throw invalid(compiling, noSuchLookup(name))
  return lookup
}

function compileCondition(field: Field1, compiling: Compiling): (value: unknown, scope: Scope) => boolean {
  const { when, lookupName } = field.conditional ?? {}
  const onLookup =
    when === 'lookup_empty' || when === 'lookup_not_empty' ? named(lookupName ?? field.lookupName ?? '', compiling) : undefined
  return (value, scope) => {
    if (field.immutable && scope.context.operation === 'update') return false
    if (onLookup) return finds(onLookup, value, scope) === (when === 'lookup_not_empty')
    // Whether a field is set already only the target knows; its adaptor decides that one.
    return when === 'ignore_if_set' || conditionHolds(when, value, scope)
  }
}

function finds(lookup: CompiledLookup, value: unknown, scope: Scope): boolean {
  try {
    return !isEmpty(lookup(value, scope.answers))
  } catch (error) {
    if (error instanceof ConversionError) return false
    throw error
  }
}

function compileExtract1(field: Field1, list: ListSource | undefined, compiling: Compiling): Read {
  const { hardCodedValue, extract } = field
  if (hardCodedValue !== undefined) return () => hardCodedValue
  if (!extract) return () => undefined
  return trying(compiling, () => {
    if (isTemplate(extract)) return compileTemplate1(extract)
    const read = compileRead(stripRoot(extract), noNames)
    if (!list) return (scope) => read(scope.root)
    const within = list.within(stripRoot(extract))
    if (within === '') return (scope: Scope1) => scope.entry
    if (within !== undefined) return ofEntry(compileRead(within, noNames))
    return (scope: Scope1) => read(scope.entry) ?? read(scope.root)
  })
}

const noNames = () => ({})
const ofEntry =
  (read: (value: unknown) => unknown): Read =>
  (scope: Scope1) =>
    read(scope.entry)

/** Bare names: of the entry of a list first, then of the record. */
function compileTemplate1(extract: string): Read {
  const fields = (value: unknown) => (isPlainObject(value) ? value : Array.isArray(value) && isPlainObject(value[0]) ? value[0] : undefined)
  const read = compileRead(extract, (from) => from as Record<string, unknown>)
  return (scope: Scope1) => read({ ...scope.context.surroundings, ...fields(scope.root), ...fields(scope.entry), record: scope.root })
}

interface ListSource {
  entries(root: unknown): readonly unknown[]
  /** The path from an entry on, where it leads through this list; empty for the entry itself. */
  within(extract: string): string | undefined
}

const stripRoot = (path: string): string => (isJsonPath(path) ? path.replace(/^\$\.?/, '') : path)

function compileList(list: List1, outer: Compiling): Write {
  const compiling = { ...outer, field: list.generate ?? '' }
  const source = trying(compiling, () => sourceOf(list))
  const writes = (list.fields ?? []).map((field) => compileField(field, source, compiling))
  const steps = trying(compiling, () => compileWrite(list.generate ?? ''))
  return (scope, into, made) => {
    const entries = source
      .entries(scope.root)
      .flatMap((entry) => writes.reduce<unknown>((below, put) => put({ ...scope, entry }, below, made), undefined) ?? [])
    return entries.length === 0 ? into : write(into, steps, entries, made)
  }
}

/** The list that is said, or else the one that the fields go through; with neither, the record is the only entry. */
function sourceOf(list: List1): ListSource {
  const said = list.jsonPath ? stripRoot(list.jsonPath).replace(/\[\*]$/, '') : undefined
  const through = (list.fields ?? [])
    .map((field) => /^(?!.*\{\{)(.*?)(\[\*]|(?<=^|\.)\*(?=\.))/.exec(stripRoot(field.extract ?? ''))?.[1])
    .find((path) => path !== undefined)
  const path = said ?? through?.replace(/\.$/, '')
  if (path === undefined) return { entries: (root) => (Array.isArray(root) ? root : [root]), within: () => undefined }
  const read = path === '' || path === '*' ? (root: unknown) => root : compileRead(path, noNames)
  const prefixes = [`${path}[*]`, path === '' ? '*' : path, '*']
  return {
    entries: (root) => {
      const found = withoutPlaces(read(root))
      return Array.isArray(found) ? found : found === undefined || found === null ? [] : [found]
    },
    within: (extract) => {
      const prefix = prefixes.find((start) => extract === start || extract.startsWith(`${start}.`))
      return prefix === undefined ? undefined : extract.slice(prefix.length + 1)
    },
  }
}

function trying<T>(compiling: Compiling, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof StepFailure) throw error
    if (error instanceof PathError || error instanceof TemplateError) throw invalid(compiling, error.message)
    throw error
  }
}
