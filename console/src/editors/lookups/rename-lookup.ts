/** Gives a lookup another name wherever a document names it: in mappings, in conditions, in templates. */
import { isObject } from '../../../../src/contract/is-object.ts'

type Rename = readonly [from: string, to: string]

/** `lookupName`, `existingLookupName` and the like. */
const namesLookup = /^(?:\w+L|l)ookupName$/
const expressions = /\{\{[\s\S]*?\}\}/g
const lookupCalls = /(\blookup\s+)(?:"([^"]*)"|'([^']*)')/g

const quote = (name: string): string => (name.includes('"') ? `'${name}'` : `"${name}"`)

const renameInTemplate = (template: string, [from, to]: Rename): string =>
  template.replaceAll(expressions, (expression) =>
    expression.replaceAll(lookupCalls, (whole: string, before: string, double?: string, single?: string) =>
      (double ?? single) === from ? `${before}${quote(to)}` : whole,
    ),
  )

export function renameLookup<T>(value: T, rename: Rename): T {
  if (typeof value === 'string') return renameInTemplate(value, rename) as T
  if (Array.isArray(value)) return value.map((each: unknown) => renameLookup(each, rename)) as T
  if (!isObject(value)) return value
  const [from, to] = rename
  return Object.fromEntries(
    Object.entries(value).map(([field, each]) => [field, namesLookup.test(field) && each === from ? to : renameLookup(each, rename)]),
  ) as T
}

const namesOf = (lookups: unknown): readonly unknown[] =>
  Array.isArray(lookups) ? lookups.map((each: unknown) => (isObject(each) ? each['name'] : undefined)) : []

/** The one lookup that has another name in the second list; undefined where there is none, and where lookups came or went. */
export function findRenamed(before: unknown, after: unknown): Rename | undefined {
  const [old, now] = [namesOf(before), namesOf(after)]
  const changed = now.flatMap((name, i) => (name === old[i] ? [] : [[old[i], name] as const]))
  const [from, to] = changed[0] ?? []
  return old.length === now.length && changed.length === 1 && typeof from === 'string' && typeof to === 'string' ? [from, to] : undefined
}
