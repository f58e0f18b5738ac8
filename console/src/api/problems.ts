/** What the server refused, in parts: each is about a field or about the whole. */
import { CallRefused, explain } from './client.ts'

export interface Problem {
  readonly field?: string
  readonly message: string
}

export const problemsOf = (error: unknown): readonly Problem[] =>
  error instanceof CallRefused && error.problems.length > 0 ? error.problems : [{ message: explain(error) }]

/** What is about a field of the form, or about a part of one, stands there; all else below it. */
export function placeProblems(problems: readonly Problem[], fields: ReadonlySet<string>, root: string) {
  const placed = new Map<string, string>()
  const left: Problem[] = []
  for (const problem of problems) {
    const field = (problem.field ?? '').replaceAll(/\[(\d+)\]/g, '.$1')
    const name = findField(field.startsWith(root) ? field.slice(root.length) : field, fields)
    if (name === undefined) left.push(problem)
    else placed.set(name, [...(placed.has(name) ? [placed.get(name)] : []), problem.message].join(' '))
  }
  return { placed, left }
}

/** The field itself, or the one that it is a part of. */
function findField(path: string, fields: ReadonlySet<string>): string | undefined {
  if (path === '' || fields.has(path)) return path === '' ? undefined : path
  return findField(path.slice(0, Math.max(path.lastIndexOf('.'), 0)), fields)
}
