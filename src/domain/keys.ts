/** Keys of documents as texts, and lists of documents compared by them. */
import type { Key } from './ports/document.ts'

export const formatKey = ({ collection, id }: Key): string => `${collection}/${id}`

/** Those of the first that are among the others. */
export function keepKeys<K extends Key>(keys: readonly K[], others: readonly Key[]): K[] {
  const known = new Set(others.map(formatKey))
  return keys.filter((key) => known.has(formatKey(key)))
}

/** Those of the first that are not among the others. */
export function excludeKeys<K extends Key>(keys: readonly K[], others: readonly Key[]): K[] {
  const known = new Set(others.map(formatKey))
  return keys.filter((key) => !known.has(formatKey(key)))
}

/** Each document once, and nothing but its key. */
export const uniqueKeys = (keys: readonly Key[]): Key[] => [
  ...new Map(keys.map(({ collection, id }) => [formatKey({ collection, id }), { collection, id }])).values(),
]
