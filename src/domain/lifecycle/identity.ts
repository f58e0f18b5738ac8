/** What tells the items of a list apart, so that two versions of it can be compared item by item: an item that moved is still the same one. */
import { isObject } from '../../contract/walk.ts'

/** Fields that identify an item, the surest first. Pairs stand for steps, which name an export or an import. */
const identifying = [
  ['_id'],
  ['id'],
  ['alias'],
  ['branchId'],
  ['_exportId', '_importId', '_toolId'],
  ['_connectionId'],
  ['generate'],
  ['key'],
  ['name'],
  ['extract'],
] as const

const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{24}$/.test(value)

/**
 * The identities of the items of each list, as the selectors that paths show: `name=Orders`. Undefined where the items of any of the lists have none that
 * tells them apart: such a list is compared as one value. Lists of ids are compared item by item, other lists of plain values are not: there the place counts.
 */
export function identitiesOf(lists: readonly (readonly unknown[])[]): readonly (readonly string[])[] | undefined {
  const items = lists.flat()
  if (items.length === 0) return lists.map(() => [])
  if (items.every(isId)) return distinct(lists.map((list) => list.map(String)))
  if (!items.every(isObject)) return undefined
  for (const fields of identifying) {
    const found = lists.map((list) => list.map((item) => selectorOf(item as Record<string, unknown>, fields)))
    if (found.flat().every((selector) => selector !== undefined)) {
      const all = distinct(found as string[][])
      if (all) return all
    }
  }
  return undefined
}

function selectorOf(item: Record<string, unknown>, fields: readonly string[]): string | undefined {
  const field = fields.find((name) => typeof item[name] === 'string' && item[name] !== '')
  return field === undefined ? undefined : `${field}=${item[field] as string}`
}

const distinct = (lists: readonly string[][]): readonly string[][] | undefined =>
  lists.every((list) => new Set(list).size === list.length) ? lists : undefined

/** The items of a list by their identities. */
export const itemsBy = (names: readonly string[], list: readonly unknown[]): ReadonlyMap<string, unknown> =>
  new Map(names.map((name, i) => [name, list[i]]))
