/** Hands `_PARENT` over once for all children of one record (`oneToMany`), however many they are. */
import { isPlainObject } from '../values/plain-value.ts'

type Change = (parent: unknown) => unknown

export interface Packed {
  readonly inputs: readonly unknown[]
  readonly parents: readonly unknown[]
}

export function packParents(inputs: readonly unknown[]): Packed {
  const places = new Map<unknown, number>()
  const packed = inputs.map((input) =>
    changed(input, (parent) => {
      const place = places.get(parent) ?? places.size
      places.set(parent, place)
      return place
    }),
  )
  return { inputs: packed, parents: [...places.keys()] }
}

export const unpackParents = ({ inputs, parents }: Packed): readonly unknown[] =>
  parents.length === 0 ? inputs : inputs.map((input) => changed(input, (place) => parents[Number(place)]))

/** A record, or what is asked of one: the records of a request, and a record with what was answered. */
function changed(input: unknown, change: Change): unknown {
  if (!isPlainObject(input)) return input
  const own = ofRecord(input, change)
  const lists = (['records', 'data'] as const).filter((name) => Array.isArray(own[name]))
  if (lists.length === 0 && !hasParent(own['record'])) return own
  const below = lists.map((name) => [name, (own[name] as unknown[]).map((record) => ofRecord(record, change))] as const)
  return { ...own, ...Object.fromEntries(below), ...(hasParent(own['record']) && { record: ofRecord(own['record'], change) }) }
}

const hasParent = (value: unknown): value is Record<string, unknown> => isPlainObject(value) && Object.hasOwn(value, '_PARENT')

function ofRecord<T>(record: T, change: Change): T & Record<string, unknown> {
  return (hasParent(record) ? { ...record, _PARENT: change(record['_PARENT']) } : record) as T & Record<string, unknown>
}
