/** Writes values at dotted paths (`lines[*].sku`, `address.city`), making the objects and lists on the way. What it did not make itself it copies first. */
import { isExact } from '../../domain/limits/exact-number.ts'
import { dottedSteps, PathError, type Step } from '../values/json-path.ts'
import { isForbiddenName, isPlainObject, type PlainObject } from '../values/plain-value.ts'

/** Values of the entries of a list, in their order and with its gaps: what `[*]` reads, and what `[*]` writes entry by entry. */
export interface Each {
  readonly each: readonly unknown[]
}
const eaches = new WeakSet<object>()
export const isEach = (value: unknown): value is Each => typeof value === 'object' && value !== null && eaches.has(value)
const eachOf = (values: readonly unknown[]): Each => {
  const made = { each: values }
  eaches.add(made)
  return made
}

/** The same places with other values. */
export const mapEach = (value: unknown, act: (entry: unknown) => unknown): unknown =>
  isEach(value) ? eachOf(value.each.map((entry) => mapEach(entry, act))) : act(value)
/** The values without their places, where they have any. */
export const withoutPlaces = (value: unknown): unknown => (isEach(value) ? flat(value) : value)

/** Entries that an explicit index may make: `a[1000000]` must not fill the memory. */
const highestIndex = 10_000

/** Throws `PathError` on a path that cannot be written. */
export function compileWrite(generate: string): readonly Step[] {
  const steps = dottedSteps(generate)
  if (steps.length === 0) throw new PathError('The path to write to is empty.')
  for (const step of steps) {
    if ('name' in step && isForbiddenName(step.name)) throw new PathError(`"${step.name}" cannot be the name of a field.`)
    if ('index' in step && (step.index < 0 || step.index > highestIndex))
      throw new PathError(`The index ${step.index} of "${generate}" is not between 0 and ${highestIndex}.`)
  }
  return steps
}

/** Reads so that `write` can still tell which entry a value came from. */
export function readEach(value: unknown, steps: readonly Step[], at = 0): unknown {
  const step = steps[at]
  if (!step) return value
  if (value === undefined || value === null) return undefined
  if ('all' in step) return eachOf((Array.isArray(value) ? value : [value]).map((entry: unknown) => readEach(entry, steps, at + 1)))
  if (typeof value !== 'object' || isExact(value)) return undefined
  if ('index' in step) return Array.isArray(value) ? readEach(value.at(step.index), steps, at + 1) : undefined
  return Object.hasOwn(value, step.name) ? readEach((value as PlainObject)[step.name], steps, at + 1) : undefined
}

/** Puts `value` at the path and answers what stands there now. Nothing is written for `undefined`. `made` holds what belongs to the caller already. */
export function write(current: unknown, steps: readonly Step[], value: unknown, made: WeakSet<object>, at = 0): unknown {
  const step = steps[at]
  if (!step) return isEach(value) ? flat(value) : value
  if (value === undefined || (isEach(value) && flat(value).length === 0)) return current
  if ('all' in step) return writeEach(own(current, made, true), steps, value, made, at)
  if ('index' in step) {
    const list = own(current, made, true)
    while (list.length < step.index) list.push({})
    list[step.index] = write(list[step.index], steps, value, made, at + 1)
    return list
  }
  const object = own(current, made, false)
  object[step.name] = write(Object.hasOwn(object, step.name) ? object[step.name] : undefined, steps, value, made, at + 1)
  return object
}

/** One value for all entries goes into each of them, or into a first one where there is none. */
function writeEach(list: unknown[], steps: readonly Step[], value: unknown, made: WeakSet<object>, at: number): unknown[] {
  const count = isEach(value) ? value.each.length : Math.max(1, list.length)
  for (let i = 0; i < count; i++) {
    const entry = isEach(value) ? value.each[i] : value
    const written = write(list[i], steps, entry, made, at + 1)
    // An entry that has nothing to say still keeps its place, so that the next rule finds the same entries.
    list[i] = written === undefined && at + 1 < steps.length ? own(undefined, made, false) : written
  }
  return list
}

function own(current: unknown, made: WeakSet<object>, list: true): unknown[]
function own(current: unknown, made: WeakSet<object>, list: false): PlainObject
function own(current: unknown, made: WeakSet<object>, list: boolean): unknown[] | PlainObject {
  if (typeof current === 'object' && current !== null && made.has(current) && Array.isArray(current) === list) return current as PlainObject
  const copy = list ? (Array.isArray(current) ? [...(current as unknown[])] : []) : isPlainObject(current) ? { ...current } : {}
  made.add(copy)
  return copy
}

const flat = (value: Each): unknown[] => value.each.flatMap((entry) => (isEach(entry) ? flat(entry) : entry === undefined ? [] : [entry]))
