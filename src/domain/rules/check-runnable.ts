/** Whether what is saved could be run: it is looked through as a run does before its first request. What never can be is refused, the rest is told. */
import type { Collection } from '../../contract/resources/index.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Obstacle, RunnableKind } from '../ports/applications.ts'
import type { Doc } from '../ports/document.ts'

type Body = Readonly<Record<string, unknown>>

const kinds: readonly string[] = ['connections', 'exports', 'imports', 'flows', 'apis'] satisfies readonly RunnableKind[]
export const isRunnable = (collection: string): collection is RunnableKind => kinds.includes(collection)
/** Nonsense wherever it is run; everything else another server, or a later version of this one, may be able to carry out. */
const never: ReadonlySet<string> = new Set(['invalid_filter'])
/** Problems named in one answer at the most. */
const maxProblems = 20

/** `old` is the document that is replaced. What belongs to an app is its publisher's to mend. */
export async function checkRunnable(ctx: Context, collection: Collection, body: Body, old: Doc | undefined): Promise<void> {
  if (!isRunnable(collection) || (old?._connectorId !== undefined && !ctx.app)) return
  const found = await ctx.applications.findObstacles(ctx, collection, { ...body, _id: old?._id ?? '' })
  const advice = found.filter(({ isAdvice }) => isAdvice)
  const obstacles = found.filter(({ isAdvice }) => !isAdvice)
  const refused = (ctx.strict ? obstacles : obstacles.filter(({ code }) => never.has(code))).slice(0, maxProblems)
  const [first, ...more] = refused.map(({ message, field }) => ({ code: 'invalid_field' as const, message, field }))
  if (first) throw new DomainError(first.code, first.message, first.field, more)
  if (obstacles.length > 0)
    ctx.warn?.(`Saved, but runs of this server cannot use it. ${obstacles.slice(0, maxProblems).map(formatObstacle).join(' ')}`)
  for (const each of advice) ctx.warn?.(formatObstacle(each))
}

const formatObstacle = ({ field, message }: Obstacle): string => `${field}: ${message}`
