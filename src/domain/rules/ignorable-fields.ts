/** The catalogue of fields that pulls and reverts can leave alone: said by each type beside its schema. */
import { isDeepStrictEqual } from 'node:util'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import { DomainError, type Problem } from '../errors.ts'

/** Dotted paths, by type in the singular and in small letters: `flow`, `lookupcache`. */
export const ignorableFields = (): Record<string, string[]> =>
  Object.fromEntries(
    Object.values(resources).flatMap(({ name, ignorable }) => (ignorable.length > 0 ? [[name.toLowerCase(), [...ignorable]]] : [])),
  )

/** Problems named in one answer at the most. */
const maxProblems = 20

/** Refuses types and fields that are not in the catalogue: they would be ignored without a word. What is stored already can be sent again. */
export function refuseNotIgnorable(iLMIgnore: unknown, before: unknown): void {
  if (!isObject(iLMIgnore)) return
  const stored = isObject(before) ? before : {}
  const problems = Object.entries(iLMIgnore).flatMap(([type, paths]) =>
    isDeepStrictEqual(paths, stored[type]) ? [] : problemsOf(type, paths, stored[type]),
  )
  const [first, ...more] = problems.slice(0, maxProblems)
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

function problemsOf(type: string, paths: unknown, stored: unknown): Problem[] {
  const at = `iLMIgnore.${type}`
  const fields = fieldsOf(type)
  if (!fields) return [{ code: 'invalid_field', message: `${at} is no type with fields to ignore: ${typesText()}.`, field: at }]
  if (!Array.isArray(paths)) return [{ code: 'invalid_field', message: `${at} must be a list of dotted field paths.`, field: at }]
  const known: readonly unknown[] = Array.isArray(stored) ? stored : []
  return paths.flatMap((path: unknown, i) => {
    if (known.includes(path) || (typeof path === 'string' && fields.some((field) => isAtOrIn(field, plain(path))))) return []
    const message = `${at}.${i} is none of the fields to ignore: ${fields.join(', ')}.`
    return [{ code: 'invalid_field', message, field: `${at}.${i}` } as const satisfies Problem]
  })
}

/** By the type's name in either number and any case, as pulls read it. */
function fieldsOf(type: string): readonly string[] | undefined {
  const wanted = type.toLowerCase()
  const collection = (Object.keys(resources) as Collection[]).find((each) => [each, resources[each].name.toLowerCase()].includes(wanted))
  return collection && resources[collection].ignorable.length > 0 ? resources[collection].ignorable : undefined
}

const typesText = (): string => Object.keys(ignorableFields()).join(', ')
const isAtOrIn = (field: string, path: string): boolean => path === field || path.startsWith(`${field}.`)
/** `pageGenerators[*].schedule` and `pageGenerators.*.schedule` are `pageGenerators.schedule`. */
const plain = (path: string): string =>
  path
    .replaceAll(/\[[^\]]*\]/g, '')
    .split('.')
    .filter((part) => part !== '*')
    .join('.')
