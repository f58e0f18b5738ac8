/** What the server refused, in parts: each is about a field or about the whole. */
import { CallRefused, explain } from './client.ts'

export interface Problem {
  readonly field?: string
  readonly message: string
}

export const problemsOf = (error: unknown): readonly Problem[] =>
  error instanceof CallRefused && error.problems.length > 0 ? error.problems : [{ message: explain(error) }]

/** What is about a field of the form stands there, all else below it. */
export function placeProblems(problems: readonly Problem[], fields: ReadonlySet<string>, root: string) {
  const placed = new Map<string, string>()
  const left: Problem[] = []
  for (const problem of problems) {
    const field = (problem.field ?? '').replaceAll(/\[(\d+)\]/g, '.$1')
    const name = field.startsWith(root) ? field.slice(root.length) : field
    if (fields.has(name)) placed.set(name, problem.message)
    else left.push(problem)
  }
  return { placed, left }
}
