/** Compiles the entries of a mapping tree (Mapper 2.0): single fields, objects and lists, each to a function of a record. */
import type { ArrayBuilder, Mapping } from '../../contract/shared/mapping.ts'
import { iterate, pathWithin } from './composite.ts'
import { convert, convertEntry, type DataType, isListType } from './convert.ts'
import { isJsonPath, PathError } from '../values/json-path.ts'
import { noSuchLookup, type CompiledLookup } from './value-lookups.ts'
import { type Compiling, compileDate, compileExtract, conditionHolds, guarded, invalid, type Read, type Scope } from './mapper-value.ts'
import { isEmpty, isForbiddenName, isPlainObject, type PlainObject } from '../values/plain-value.ts'

/** Writes its fields into an object. */
export type Fill = (scope: Scope, into: PlainObject) => void

/** Entries within entries: deeper trees are mistakes, and compiling recurses. */
const deepest = 50

/** Throws `StepFailure` where the tree cannot work. */
export function compileEntries(mappings: readonly Mapping[], compiling: Compiling, depth = 0): Fill {
  if (depth > deepest) throw invalid(compiling, `Mappings are nested deeper than ${deepest} levels.`)
  const fields = mappings.flatMap((mapping) => {
    const name = mapping.generate ?? ''
    const own = { ...compiling, field: compiling.field === '' ? name : name === '' ? compiling.field : `${compiling.field}.${name}` }
    if (!isActive(mapping, own)) return []
    if (name === '') throw invalid(own, 'A mapping must name the field it generates.')
    if (isForbiddenName(name)) throw invalid(own, `"${name}" cannot be the name of a field.`)
    return [{ name, read: compileEntry(mapping, own, depth) }]
  })
  return (scope, into) => {
    for (const { name, read } of fields) {
      const value = read(scope)
      if (value !== undefined) into[name] = value
    }
  }
}

function isActive(mapping: Mapping, compiling: Compiling): boolean {
  if (mapping.status === undefined || mapping.status === null)
    throw invalid({ ...compiling, field: '' }, 'Mapping object must have status field present.')
  return mapping.status === 'Active'
}

function compileEntry(mapping: Mapping, compiling: Compiling, depth: number): Read {
  const type = mapping.dataType ?? 'string'
  const plain =
    isListType(type) && mapping.buildArrayHelper?.length
      ? compileList(mapping.buildArrayHelper, type, compiling, depth)
      : type === 'object' && mapping.mappings?.length
        ? compileObject(mapping, compiling, depth)
        : undefined
  const value = plain ? withDefault(plain, mapping, type) : compileSingle(mapping, type, compiling)
  const when = mapping.conditional?.when
  return guarded(
    compiling,
    when === 'record_created' || when === 'record_updated'
      ? (scope) => (conditionHolds(when, undefined, scope) ? value(scope) : undefined)
      : value,
  )
}

/** One extracted value. Empty is absent, unless there is a default: then null means null, and the empty text itself. */
function compileSingle(mapping: Mapping, type: DataType, compiling: Compiling): Read {
  const { hardCodedValue } = mapping
  const read =
    hardCodedValue !== undefined
      ? () => hardCodedValue
      : mapping.extract === undefined
        ? () => undefined
        : compileExtract(mapping.extract, compiling)
  const lookup = mapping.lookupName ? compiling.lookups.named(mapping.lookupName) : undefined
  if (mapping.lookupName && !lookup) throw invalid(compiling, noSuchLookup(mapping.lookupName))
  const date = compileDate(mapping)
  const onlyNotEmpty = mapping.conditional?.when === 'extract_not_empty'
  const otherwise = onlyNotEmpty ? undefined : defaultOf(mapping.default, type)
  return (scope) => {
    const extracted = read(scope)
    let value = lookup ? look(lookup, extracted, scope) : extracted
    // A lookup that answers null or the empty text means it.
    if (isEmpty(value)) return otherwise ? otherwise() : isEmpty(extracted) || onlyNotEmpty ? undefined : value
    if (date) value = each(value, date)
    return convert(value, type)
  }
}

/** Of the record, or of each value of a list. */
const look = (lookup: CompiledLookup, value: unknown, { answers }: Scope): unknown =>
  lookup.isOfRecord ? lookup(value, answers) : each(value, (entry) => lookup(entry, answers))

const each = (value: unknown, act: (entry: unknown) => unknown): unknown => (Array.isArray(value) ? value.map(act) : act(value))

function defaultOf(value: string | null | undefined, type: DataType): (() => unknown) | undefined {
  if (value === undefined) return undefined
  return value === null || value === '' ? () => value : () => convert(value, type)
}

function withDefault(read: Read, mapping: Mapping, type: DataType): Read {
  const otherwise = mapping.conditional?.when === 'extract_not_empty' ? undefined : defaultOf(mapping.default, type)
  return otherwise ? (scope) => read(scope) ?? otherwise() : read
}

/** With an extract beside its mappings, the extracted object comes first and the mappings write over it. An object without fields is absent. */
function compileObject(mapping: Mapping, compiling: Compiling, depth: number): Read {
  const fill = compileEntries(mapping.mappings ?? [], compiling, depth + 1)
  const base = mapping.extract ? compileExtract(mapping.extract, compiling) : undefined
  return (scope) => {
    const extracted = base && convert(base(scope), 'object')
    if (base && mapping.conditional?.when === 'extract_not_empty' && isEmpty(extracted)) return undefined
    const into: PlainObject = isPlainObject(extracted) ? { ...extracted } : {}
    fill(scope, into)
    return Object.keys(into).length === 0 ? undefined : into
  }
}

/** The entries of all builders, in their order. A list without entries is absent. */
function compileList(builders: readonly ArrayBuilder[], type: DataType, compiling: Compiling, depth: number): Read {
  const parts = builders.flatMap((builder) => {
    const sources = builder.extract ? extractsOf(builder.extract) : [undefined]
    return sources.map((extract) => compileBuilder(builder, extract, type, compiling, depth))
  })
  return (scope) => {
    const list = parts.flatMap((part) => part(scope))
    return list.length === 0 ? undefined : list
  }
}

/** Several JSON paths may stand in one extract, with commas between them. Any other extract is one. */
function extractsOf(extract: string): string[] {
  const parts = extract.split(/,\s*(?=\$(?:\.|\[|,|$))/).map((part) => part.trim())
  return isJsonPath(parts[0] ?? '') ? parts : [extract]
}

type Entries = (scope: Scope) => readonly unknown[]

function compileBuilder(builder: ArrayBuilder, extract: string | undefined, type: DataType, compiling: Compiling, depth: number): Entries {
  const otherwise =
    builder.conditional?.when === 'extract_not_empty' || builder.default === undefined || builder.default === null ? [] : [builder.default]
  if (!builder.mappings?.length)
    return extract === undefined ? () => toEntries(otherwise, type) : compileCopies(extract, otherwise, type, compiling)
  if (extract === undefined) return compileMade(builder.mappings, type, compiling, depth)
  if (!isJsonPath(extract)) throw invalid(compiling, 'The extract of an array with mappings must be a JSON path.')
  try {
    const iteration = iterate(pathWithin(extract, compiling.collapsed), compiling.collapsed)
    const make = compileMade(builder.mappings, type, { ...compiling, collapsed: iteration.collapsed }, depth)
    return (scope) => {
      const records = iteration.records(scope.root)
      return records.length === 0 ? toEntries(otherwise, type) : records.flatMap((root) => make({ ...scope, root }))
    }
  } catch (error) {
    if (error instanceof PathError) throw invalid(compiling, error.message)
    throw error
  }
}

/** Values as they are in the source, made the type of the list. */
function compileCopies(extract: string, otherwise: readonly unknown[], type: DataType, compiling: Compiling): Entries {
  const read = compileExtract(extract, compiling)
  return (scope) => {
    const value = read(scope)
    return toEntries(
      isEmpty(value) ? otherwise : Array.isArray(value) ? (type === 'arrayarray' ? rows(value) : value.flat()) : [value],
      type,
    )
  }
}

const rows = (value: readonly unknown[]): readonly unknown[] => (value.every(Array.isArray) ? value : [value])

const toEntries = (values: readonly unknown[], type: DataType): unknown[] =>
  values.flatMap((value) => {
    if (!isListType(type) || value === '') return []
    const entry = convertEntry(value, type)
    return entry === undefined ? [] : [entry]
  })

/** One entry from mappings: an object, or for `arrayarray` the list that its nameless entry makes. */
function compileMade(mappings: readonly Mapping[], type: DataType, compiling: Compiling, depth: number): Entries {
  if (type !== 'arrayarray') {
    const fill = compileEntries(mappings, compiling, depth + 1)
    return (scope) => {
      const into: PlainObject = {}
      fill(scope, into)
      return Object.keys(into).length === 0 ? [] : [into]
    }
  }
  const lists = mappings.filter((mapping) => isActive(mapping, compiling)).map((mapping) => compileEntry(mapping, compiling, depth + 1))
  return (scope) => lists.map((read) => read(scope)).filter((list) => list !== undefined)
}
