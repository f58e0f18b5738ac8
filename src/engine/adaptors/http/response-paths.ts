/** What an answer says at the paths that a step is configured with: JSON paths in JSON, XPaths in XML. */
import type { Evaluate } from '../../evaluation/evaluator.ts'
import type { Failure } from '../../adaptor.ts'
import type { ResponseBody } from './response-body.ts'
import { valueAt } from '../../values/value-at.ts'

/** The value at a path. */
export type ReadPath = (path: string) => unknown

export interface PathValues {
  readonly at: ReadPath
  /** Of XML: the same as seen from each part at the resource path, for those paths that do not begin at the root. */
  readonly parts: readonly ReadPath[]
}

export const readInBody =
  (body: unknown): ReadPath =>
  (path) =>
    valueAt(body, path)

/** Why the answer cannot be read, where it is XML and cannot. Without paths nothing is read. */
export async function readPaths(
  evaluate: Evaluate,
  read: ResponseBody,
  paths: readonly (string | undefined)[],
  resourcePath?: string,
): Promise<PathValues | Failure> {
  const asked = [...new Set(paths.filter((path) => path !== undefined && path !== ''))] as string[]
  if (!read.isXml || asked.length === 0) return { at: readInBody(read.isXml ? read.text : read.body), parts: [] }
  const input = { text: read.text, paths: asked, ...(resourcePath && { resourcePath }) }
  const evaluated = await evaluate({ kind: 'xml', source: 'application' }).one(input)
  const result = 'stopped' in evaluated ? evaluated.stopped : evaluated.value
  if ('message' in result) return result
  const reading =
    (values: Readonly<Record<string, unknown>>): ReadPath =>
    (path) =>
      Object.hasOwn(values, path) ? values[path] : undefined
  return { at: reading(result.whole), parts: result.parts.map(reading) }
}

export const isUnreadable = (said: PathValues | Failure): said is Failure => 'message' in said
