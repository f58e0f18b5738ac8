/** Reads values out of records: by JSON paths (`$.items[*].sku`, RFC 9535) and by dotted paths (`data[0].x`, `data.0.x`). Own fields only, never the prototype. */
import type * as JsonP3 from 'json-p3'
import type { JSONPathNodeList, JSONPathQuery, JSONValue } from 'json-p3'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { isExact } from '../../domain/limits/exact-number.ts'
import { boundedCache } from './bounded-cache.ts'
import { isPlainObject, formatValue } from './plain-value.ts'
import { timeLimit } from './time-limit.ts'

/** One step down: a field, an entry, or all of them. */
export type Step = { readonly name: string } | { readonly index: number } | { readonly all: true }

/** Of compiled paths, each some hundred bytes; a large flow has a few hundred. Bytes. */
const keptBytes = 4 * 1024 * 1024
const bytesPerCharacter = 60
/** Characters of one path: longer ones are mistakes, and parsing them costs time. */
const maxPath = 2_000
/** `[*]` of one path. Each goes over every value that the one before it found. */
const maxSpreads = 20

export class PathError extends Error {}

export interface JsonPath {
  /** Whether it can only ever name one value; then `read` gives that value, else the list of matches. */
  readonly singular: boolean
  read(root: unknown): unknown
  /** Every place it matches, as the fields and entries that lead there. */
  locate(root: unknown): readonly (readonly (string | number)[])[]
  /** The steps, where it is made of nothing but fields, entries and `[*]`; filters, slices and `..` have none. */
  readonly steps: readonly Step[] | undefined
  /** The same with filters and slices as `[*]`; none with `..`. */
  readonly outline: readonly Step[] | undefined
}

const jsonP3 = lazyLoad<typeof JsonP3>('json-p3')
const jsonPaths = boundedCache<JsonPath>(keptBytes, bytesPerCharacter)
const dottedPaths = boundedCache<readonly Step[]>(keptBytes, bytesPerCharacter)

/** Whether an extract is a JSON path: `$` alone, or `$` followed by `.` or `[`. `$5.00` is not. */
export const isJsonPath = (text: string): boolean => text.startsWith('$') && (text.length === 1 || text[1] === '.' || text[1] === '[')

/** Throws `PathError` with a sentence for whoever wrote the path. */
export const compileJsonPath = (text: string): JsonPath => jsonPaths.of(text, readJsonPath)

/** A path of plain steps needs no parser; the mapper builds such from others. */
export function pathOfSteps(steps: readonly Step[]): JsonPath {
  const singular = steps.every((step) => !('all' in step))
  const places = (root: unknown) => locateSteps(root, steps)
  return {
    singular,
    steps,
    outline: steps,
    locate: places,
    read: singular ? (root) => walkOne(root, steps) : (root) => walkAll([root], steps, strictly),
  }
}

/** Values at a dotted path: one value, or with a `*` in it the list of those that exist. A list of rows answers a name with its first row. */
export function extract(value: unknown, path: string): unknown {
  const steps = dottedSteps(path)
  const first = steps[0]
  const from = Array.isArray(value) && first && 'name' in first && !/^(\d+|length)$/.test(first.name) ? value[0] : value
  return steps.some((step) => 'all' in step) ? walkAll([from], steps, leniently) : walkOne(from, steps)
}

/** `a.b[0].c`, `a[*].b`, `*.[Internal ID]`, `a['b.c']`. Throws `PathError`. */
export const dottedSteps = (path: string): readonly Step[] => dottedPaths.of(path, readDotted)

function readJsonPath(text: string): JsonPath {
  if (text.length > maxPath) throw new PathError(`The path is longer than ${maxPath} characters.`)
  let query: JSONPathQuery
  try {
    query = jsonP3().compile(text)
  } catch (error) {
    throw new PathError(`"${text}" is not a JSON path: ${error instanceof Error ? error.message : 'it cannot be read'}.`, { cause: error })
  }
  const outline = text.includes('..') ? undefined : outlineOf(query)
  if (outline?.every((step) => !('some' in step))) return pathOfSteps(withFewSpreads(text, outline))
  const run = bounded(text, query)
  return { singular: false, steps: undefined, outline, read: (root) => run(root).values(), locate: (root) => run(root).locations() }
}

/** Runs the query so that no path can hold up the process. Throws `PathError`, also on records that are nested deeper than the library goes. */
function bounded(text: string, query: JSONPathQuery): (root: unknown) => JSONPathNodeList {
  const tooLong = (): PathError => new PathError(`The path "${text}" takes too long on this record.`)
  const inTime = isOneWalk(text) ? <T>(act: () => T): T => act() : timeLimit(tooLong)
  return (root) => {
    try {
      return inTime(() => query.query(root as JSONValue))
    } catch (error) {
      if (error instanceof PathError) throw error
      const reason = error instanceof Error ? error.message : 'it cannot be used'
      throw new PathError(`The path "${text}" cannot be used on this record: ${reason}.`, { cause: error })
    }
  }
}

/** Whether a query sees each value about once. Two `..` multiply, and so do lists of selectors, looks from a filter back to the root, and patterns. */
const isOneWalk = (text: string): boolean =>
  text.indexOf('..') === text.lastIndexOf('..') && text.lastIndexOf('$') === 0 && !/,|\b(?:match|search)\s*\(/.test(text)

/** `some` marks what is only an outline. Undefined where a place cannot be told from the path. */
function outlineOf(query: JSONPathQuery): (Step & { some?: true })[] | undefined {
  const { NameSelector, IndexSelector, WildcardSelector } = jsonP3().jsonpath.selectors
  const steps: (Step & { some?: true })[] = []
  for (const { selectors } of query.segments) {
    const selector = selectors[0]
    if (selectors.length !== 1) return undefined
    if (selector instanceof NameSelector) steps.push({ name: selector.name })
    else if (selector instanceof IndexSelector) steps.push({ index: selector.index })
    else if (selector instanceof WildcardSelector) steps.push({ all: true })
    else steps.push({ all: true, some: true })
  }
  return steps
}

/** Dots part names, brackets hold a number, `*` or a name, quoted or not. */
const token = /\.?\[\s*(?:"([^"]*)"|'([^']*)'|(\*)|(-?\d+)|([^\]]*?))\s*\]|\.?([^.[\]]+)/gy

function readDotted(path: string): readonly Step[] {
  if (path.length > maxPath) throw new PathError(`The path is longer than ${maxPath} characters.`)
  const text = path.startsWith('$') && isJsonPath(path) ? path.slice(path[1] === '.' ? 2 : 1) : path
  const steps: Step[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const at = token.lastIndex
    const found = token.exec(text)
    if (!found) throw new PathError(`"${path}" is not a path: it cannot be read from character ${at + 1}.`)
    const [, doubly, singly, star, index, bare, name] = found
    if (index !== undefined) steps.push({ index: Number(index) })
    else if (star ?? (name === '*' ? name : undefined)) steps.push({ all: true })
    else steps.push({ name: doubly ?? singly ?? bare ?? name ?? '' })
  }
  return withFewSpreads(path, steps)
}

function withFewSpreads<S extends Step>(path: string, steps: readonly S[]): readonly S[] {
  if (steps.filter((step) => 'all' in step).length > maxSpreads)
    throw new PathError(`The path ${formatValue(path)} goes over lists more than ${maxSpreads} times.`)
  return steps
}

function walkOne(root: unknown, steps: readonly Step[]): unknown {
  let at = root
  for (const step of steps) {
    at = down(at, step)
    if (at === undefined) return undefined
  }
  return at
}

/** A name that is a number finds an entry of a list, as `data.0.x` does. */
function down(value: unknown, step: Step): unknown {
  if (typeof value !== 'object' || value === null || isExact(value) || 'all' in step) return undefined
  if ('index' in step) return Array.isArray(value) ? value.at(step.index) : ownValue(value, String(step.index))
  return ownValue(value, step.name)
}

const ownValue = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined

type Spread = (value: unknown) => readonly unknown[]
const strictly: Spread = (value) => (Array.isArray(value) ? value : isPlainObject(value) ? Object.values(value) : [])
/** Dotted paths are written for sources (XML above all) in which one entry comes without its list. */
const leniently: Spread = (value) => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value])

function walkAll(values: readonly unknown[], steps: readonly Step[], spread: Spread): unknown[] {
  let at = values
  for (const step of steps) at = 'all' in step ? at.flatMap(spread) : at.map((value) => down(value, step))
  return at.filter((value) => value !== undefined)
}

function locateSteps(root: unknown, steps: readonly Step[]): (string | number)[][] {
  let at: { value: unknown; place: (string | number)[] }[] = [{ value: root, place: [] }]
  for (const step of steps) {
    at = at.flatMap(({ value, place }) => {
      if (!('all' in step)) {
        const below = down(value, step)
        return below === undefined ? [] : [{ value: below, place: [...place, 'name' in step ? step.name : step.index] }]
      }
      if (Array.isArray(value)) return value.map((below, i) => ({ value: below as unknown, place: [...place, i] }))
      return isPlainObject(value) ? Object.entries(value).map(([name, below]) => ({ value: below, place: [...place, name] })) : []
    })
  }
  return at.map(({ place }) => place)
}
