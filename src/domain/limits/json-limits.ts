/** What can be stored as JSON: bounded in depth and number of values, and nothing that PostgreSQL could not take. */
import { DomainError } from '../errors.ts'

/** Objects and lists inside each other. Real documents stay below 20. */
export const maxDepth = 64
/** Values and objects of one body: 6 bytes each of the largest one. Beyond that a body is made to be slow, for every other request as well. */
const maxValues = 1_000_000

/** Goes through the value level by level and without recursion: its depth is what is in question. */
export function findStorageProblem(root: unknown): DomainError | undefined {
  const refusal = checkValue(root)
  if (refusal) return refusal
  let values = 0
  let level = isContainer(root) ? [root] : []
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= maxDepth) return tooDeep()
    const below: object[] = []
    for (const container of level) {
      const names = Array.isArray(container) ? undefined : Object.keys(container)
      if (names?.some((name) => !isStorable(name))) return new DomainError('invalid_field', unstorableName)
      const inside: readonly unknown[] = names ? Object.values(container) : (container as unknown[])
      values += inside.length
      if (values > maxValues)
        return new DomainError('request_too_large', `A body may hold at most ${maxValues.toLocaleString('en')} values.`)
      for (const value of inside) {
        const problem = checkValue(value)
        if (problem) return problem
        if (isContainer(value)) below.push(value)
      }
    }
    level = below
  }
  return undefined
}

export const tooDeep = (): DomainError => new DomainError('invalid_field', `Objects and lists may be at most ${maxDepth} levels deep.`)

const unstorableName = 'Names of fields may hold neither the character U+0000 nor half of a surrogate pair.'

function checkValue(value: unknown): DomainError | undefined {
  if (typeof value === 'string' && !isStorable(value))
    return new DomainError('invalid_field', 'Texts may hold neither the character U+0000 nor half of a surrogate pair.')
  if (typeof value === 'number' && !Number.isFinite(value)) return new DomainError('invalid_field', 'Numbers must fit a double.')
  return undefined
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
