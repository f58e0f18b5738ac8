/** Fields of documents by their paths: names with dots between them, where a number is a place in a list. */
import { isObject } from '../../../src/contract/is-object.ts'

type Values = Readonly<Record<string, unknown>>

/** The value at a path; a text where a list is meant is its first. */
export function readPath(values: Values, path: string): unknown {
  let value: unknown = values
  for (const name of path.split('.')) {
    if (/^\d+$/.test(name)) value = Array.isArray(value) ? (value as unknown[])[Number(name)] : name === '0' ? value : undefined
    else value = isObject(value) ? value[name] : undefined
  }
  return value
}

/** The same document with another value at a path. What is emptied is taken away, with the list that it was alone in. */
export function writePath(values: Values, path: string, value: unknown): Values {
  const [name = '', ...rest] = path.split('.')
  const next = rest.length === 0 ? emptied(value) : writeBelow(values[name], rest, value)
  const { [name]: _before, ...others } = values
  return next === undefined ? others : { ...values, [name]: next }
}

function writeBelow(value: unknown, path: readonly string[], to: unknown): unknown {
  const [place = ''] = path
  if (!/^\d+$/.test(place)) return writePath(isObject(value) ? value : {}, path.join('.'), to)
  const list: unknown[] = Array.isArray(value) ? [...(value as unknown[])] : typeof value === 'string' ? [value] : []
  const index = Number(place)
  while (list.length <= index) list.push('')
  // What stands after it keeps its place.
  list[index] = emptied(to) ?? ''
  while (list.at(-1) === '') list.pop()
  return list.length > 0 ? list : undefined
}

const emptied = (value: unknown): unknown => (value === '' ? undefined : value)
