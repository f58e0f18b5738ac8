/** What can be told of the parameters of an operation before it begins, whoever asks for it: a request, or a script. */
import type { Operation } from '../contract/operation.ts'
import { DomainError } from './errors.ts'
import { isId } from './ids.ts'

/** The parameters of its path that are ids. */
export const idParameters = ({ params }: Operation): readonly string[] =>
  Object.entries(params?.properties ?? {}).flatMap(([name, schema]) =>
    (schema as { format?: string }).format === 'objectId' ? [name] : [],
  )

/** What is not an id names nothing: the same answer as for an id that nobody has. */
export function checkIds(names: readonly string[], params: Readonly<Record<string, string>>): void {
  for (const name of names)
    if (!isId(params[name] ?? '')) throw new DomainError('not_found', `There is nothing with the id in ${name}.`, name)
}

/** PostgreSQL stores no U+0000 and compares with none, so nothing has it in its name. */
export function refuseNul(params: Readonly<Record<string, string>>, query: Readonly<Record<string, unknown>>): void {
  const inPath = Object.keys(params).find((name) => params[name]?.includes('\0'))
  if (inPath !== undefined) throw new DomainError('not_found', `There is nothing of that name in ${inPath}.`, inPath)
  const inQuery = Object.keys(query).find((name) => String(query[name]).includes('\0'))
  if (inQuery !== undefined)
    throw new DomainError('invalid_query_params', `The ${inQuery} query param may not hold the character U+0000.`, inQuery)
}
