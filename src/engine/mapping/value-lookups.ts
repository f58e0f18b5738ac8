/** Lookups of mappings and templates: a table written down, or a lookup cache. Evaluating is synchronous; keys that a cache must be asked for are noted and asked together. */
import { parseBounded } from '../../domain/limits/parse-json.ts'
import type { Lookup } from '../../contract/shared/lookup.ts'
import { type ErrorSource, type Found, StepFailure } from '../adaptor.ts'
import { ConversionError } from './convert.ts'
import { compileJsonPath, extract, isJsonPath, PathError } from '../values/json-path.ts'
import { isEmpty, formatValue, toText } from '../values/plain-value.ts'
import { isTemplate } from '../template/template.ts'

/** Asked once for all keys of a page. A key without an entry is absent from the answer. */
export interface LookupCaches {
  get(cacheId: string, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>
}

/** What caches answered so far, and what still has to be asked. Keys asked for and not found are kept as `undefined`. */
export interface LookupAnswers {
  readonly known: Map<string, Map<string, unknown>>
  readonly asked: Map<string, Set<string>>
  /** What lookups found at the target about the record that is being mapped. */
  readonly found?: Found['found']
}

/** Thrown while a record is evaluated and caught by who evaluates it: the answer is not here yet. */
class LookupPending extends Error {}
/** Through a template it arrives as that template's failure. */
export const isLookupPending = (error: unknown): boolean =>
  error instanceof LookupPending || (error instanceof Error && error.cause instanceof LookupPending)

export interface CompiledLookup {
  (value: unknown, answers: LookupAnswers): unknown
  /** What it answers is about the record, whatever the value is. */
  readonly isOfRecord?: true
}
export interface CompiledLookups {
  /** Undefined where there is none of that name. */
  named(name: string): CompiledLookup | undefined
}

/** Lookups that ask the target have asked it before: what they found comes with the record, where `finds` says so. Throws `StepFailure` on one that cannot work. */
export function compileLookups(lookups: readonly Lookup[], source: ErrorSource, finds = false): CompiledLookups {
  const isTable = ({ map, _lookupCacheId }: Lookup): boolean => map !== undefined || _lookupCacheId !== undefined
  const ours = lookups.filter((lookup) => isTable(lookup) || (finds && lookup.relativeURI !== undefined))
  const byName = new Map(
    ours.flatMap((lookup) =>
      lookup.name === undefined
        ? []
        : [[lookup.name, isTable(lookup) ? compile(lookup, lookup.name, source) : readFound(lookup.name)] as const],
    ),
  )
  return { named: (name) => byName.get(name) }
}

export const noSuchLookup = (name: string): string => `There is no lookup "${name}" that has a map or a lookup cache.`

function readFound(name: string): CompiledLookup {
  const read = (_value: unknown, { found = {} }: LookupAnswers): unknown => {
    const each = Object.hasOwn(found, name) ? found[name] : undefined
    if (each && 'failure' in each) throw new ConversionError(each.failure.message.replace(/\.$/, ''))
    return each?.value ?? undefined
  }
  return Object.assign(read, { isOfRecord: true as const })
}

/** The value for an entry, or the default where failures are allowed; otherwise throws `ConversionError`, and the record fails. */
function compile(lookup: Lookup, name: string, source: ErrorSource): CompiledLookup {
  const find = finder(lookup, name, source)
  return (value, answers) => {
    if (isEmpty(value)) return undefined
    const found = find(toText(value), answers)
    if (found !== undefined) return found
    if (lookup.allowFailures === true) return lookup.default
    throw new ConversionError(`the lookup "${name}" has no entry for ${formatValue(value)}`)
  }
}

function finder(lookup: Lookup, name: string, source: ErrorSource): (key: string, answers: LookupAnswers) => unknown {
  const { map, _lookupCacheId: cacheId } = lookup
  if (map) return (key) => (Object.hasOwn(map, key) ? map[key] : undefined)
  if (cacheId === undefined) return () => undefined
  const within = reader(lookup.extract, name, source)
  return (key, answers) => {
    const known = answers.known.get(cacheId)
    if (known?.has(key)) return within(known.get(key))
    const keys = answers.asked.get(cacheId) ?? new Set<string>()
    answers.asked.set(cacheId, keys.add(key))
    throw new LookupPending()
  }
}

/** The part of a cached value that is meant; all of it where no path is given. */
function reader(path: string | undefined, name: string, source: ErrorSource): (value: unknown) => unknown {
  if (!path) return (value) => value
  if (isTemplate(path))
    throw new StepFailure({
      source,
      code: 'invalid_lookup',
      message: `The lookup "${name}": its extract is a path in the cached value, not a template.`,
    })
  try {
    if (isJsonPath(path)) {
      const { read } = compileJsonPath(path)
      return (value) => read(opened(value))
    }
    extract({}, path)
    return (value) => extract(opened(value), path)
  } catch (error) {
    if (error instanceof PathError)
      throw new StepFailure({ source, code: 'invalid_lookup', message: `The lookup "${name}": ${error.message}` })
    throw error
  }
}

/** An object may be kept as JSON text; a path means what is in it. */
function opened(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return parseBounded(value)
  } catch {
    return value
  }
}

export const createAnswers = (): LookupAnswers => ({ known: new Map(), asked: new Map() })

/** Asks for everything that was noted, one request a cache. */
export async function fetchAnswers(answers: LookupAnswers, caches: LookupCaches | undefined, source: ErrorSource): Promise<void> {
  if (!caches) throw new StepFailure({ source, code: 'invalid_lookup', message: 'Lookup caches cannot be read here.' })
  const asked = [...answers.asked]
  answers.asked.clear()
  for (const [cacheId, keys] of asked) {
    const found = await caches.get(cacheId, [...keys])
    const known = answers.known.get(cacheId) ?? new Map<string, unknown>()
    for (const key of keys) known.set(key, found.get(key))
    answers.known.set(cacheId, known)
  }
}
