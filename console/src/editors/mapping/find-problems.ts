/** Which row a problem is about: messages of mappings name the field in quotes, by the names that lead to it. */
import type { Outcomes } from '../editor.ts'
import type { MappingRow } from './mapping-shape.ts'

const named = /\bfield "((?:[^"\\]|\\.)*)"/

export interface RowProblem {
  readonly message: string
  /** The record that it is about, from 0; undefined where it is about all. */
  readonly record?: number
}

/** The first problem of each row, by its key. A problem that names no row is shown beside the result. */
export function findProblems(rows: readonly MappingRow[], { each, problems }: Outcomes): ReadonlyMap<string, RowProblem> {
  const byName = new Map(rows.filter(({ kind }) => kind !== 'source').map((row) => [row.names.join('.'), row.key]))
  const found = new Map<string, RowProblem>()
  const note = (message: string, record?: number) => {
    const name = named.exec(message)?.[1]
    const key = name === undefined ? undefined : byName.get(name)
    if (key !== undefined && !found.has(key)) found.set(key, { message, ...(record !== undefined && { record }) })
  }
  for (const problem of problems) note(problem)
  for (const [i, outcome] of each.entries()) for (const problem of outcome.problems) note(problem, i)
  return found
}

/** What a row made, in the result of a record; of a list its first entry. */
export function valueAt(result: unknown, names: readonly string[]): unknown {
  let found = result
  for (const name of names) {
    while (Array.isArray(found)) found = found[0]
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string, unknown>)[name]
  }
  return found
}
