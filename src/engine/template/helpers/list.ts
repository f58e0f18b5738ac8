/** Lists: parts of them, their order, one field of each entry. */
import { extract } from '../../values/json-path.ts'
import { isPlainObject, toText } from '../../values/plain-value.ts'
import { rendering } from '../template-run.ts'
import { countOf, inline, inlineNamed, listOf, numberOf, type TemplateHelper } from './template-helper.ts'

/** Entries of the lists handled here; the index of an entry never needs to be larger. */
const longest = 1_000_000

/** `number="true"` and `reverse="true"`, as texts or as booleans. */
const said = (value: unknown): boolean => value === true || value === 'true'

function sort({ number, reverse }: Readonly<Record<string, unknown>>, value: unknown): unknown[] {
  const byNumber = (a: unknown, b: unknown): number => (numberOf(a, 'sort') ?? 0) - (numberOf(b, 'sort') ?? 0)
  const byText = (a: unknown, b: unknown): number => (toText(a) < toText(b) ? -1 : toText(a) > toText(b) ? 1 : 0)
  const sorted = listOf(value).toSorted(said(number) ? byNumber : byText)
  return said(reverse) ? sorted.reverse() : sorted
}

export const listHelpers: readonly TemplateHelper[] = [
  inline('join', (delimiter, ...values) =>
    values
      .flat()
      .filter((value) => value !== undefined && value !== null)
      .map(toText)
      .join(toText(delimiter)),
  ),
  inline('reverse', (value) => (Array.isArray(value) ? value.toReversed() : Array.from(toText(value)).toReversed().join(''))),
  inlineNamed('sort', sort),
  inline('after', (list, n) => listOf(list).slice(Math.max(0, countOf(n, 'after', 0, longest)))),
  inline('before', (list, n) => listOf(list).slice(0, Math.max(0, listOf(list).length - countOf(n, 'before', 0, longest)))),
  inline('first', (list, n) => (n === undefined ? listOf(list)[0] : listOf(list).slice(0, countOf(n, 'first', 1, longest)))),
  inline('last', (list, n) => (n === undefined ? listOf(list).at(-1) : listOf(list).slice(-countOf(n, 'last', 1, longest)))),
  inline('arrayify', (value) => listOf(value)),
  inline('unique', (list) => [...new Set(listOf(list))]),
  inline('pluck', (list, path) => listOf(list).map((entry) => extract(entry, toText(path)))),
  inline('hasNoItems', (value) => (isPlainObject(value) ? Object.keys(value).length === 0 : listOf(value).length === 0)),
  inline('hasOwn', (object, key) => typeof object === 'object' && object !== null && Object.hasOwn(object, toText(key))),
  // In a loop `this` is the entry; the path is tried there first and from the root after that.
  {
    name: 'getValue',
    run(path, ...rest) {
      const found =
        extract(this, toText(path)) ?? extract(rendering().root, toText(path)) ?? extract(rendering().root, `record.${toText(path)}`)
      return found ?? (rest.length > 1 ? rest[0] : '')
    },
  },
  inline('lookup', (name, value) => {
    // Handlebars' own `lookup` picks a field of an object; integrator.io's takes the name of a lookup.
    if (typeof name === 'object' && name !== null)
      return Object.hasOwn(name, toText(value)) ? (name as Record<string, unknown>)[toText(value)] : undefined
    return rendering().options.lookup?.(toText(name), value)
  }),
]
