/** Checks and resolves the connection map of a clone before anything is written. */
import type { Context } from '../context.ts'
import { DomainError, type Problem } from '../errors.ts'
import { accountTokenRequired, canReachEnvironment } from '../access/extent.ts'
import type { RowsOf } from '../ports/store.ts'
import { isMemberOf, type Closure } from '../ports/clones.ts'

/** Every entry that cannot be is named. `envId` is where the clone will be. */
export async function resolveConnectionMap(
  rows: RowsOf<'clones'>,
  closure: Closure,
  map: Readonly<Record<string, string>>,
  envId: string,
): Promise<ReadonlyMap<string, string>> {
  const entries = Object.entries(map).map(([source, target]) => [source.toLowerCase(), target.toLowerCase()] as const)
  const sources = new Map(
    closure.members.flatMap((member) =>
      isMemberOf(member, 'connections') ? [[member.entry.doc._id, member.entry.doc.type] as const] : [],
    ),
  )
  const targets =
    entries.length > 0
      ? await rows.clones.readConnectionTypes(envId, [...new Set(entries.map(([, target]) => target))])
      : new Map<string, string>()
  const problems = entries.flatMap(([source, target]) => {
    const message = bindingProblem(sources.get(source), target, targets.get(target))
    return message === undefined ? [] : [{ code: 'invalid_ref', message, field: `connectionMap.${source}` } as const satisfies Problem]
  })
  const [first, ...more] = problems
  if (first) throw new DomainError(first.code, first.message, first.field, more)
  return new Map(entries)
}

function bindingProblem(sourceType: string | undefined, target: string, targetType: string | undefined): string | undefined {
  if (sourceType === undefined) return 'No connection with this id is among what is cloned.'
  if (targetType === undefined) return `There is no connection ${target} in the environment of the clone.`
  if (targetType !== sourceType)
    return `The connection ${target} is of type ${targetType}, and the one that it would replace of type ${sourceType}.`
  return undefined
}

/** The environment that a clone or an installation is made in: one of the caller's account. */
export async function resolveTargetEnvironment(ctx: Context, envId: string | undefined): Promise<string> {
  if (envId === undefined || envId === ctx.caller.envId) return ctx.caller.envId
  if (!canReachEnvironment(ctx, envId))
    throw accountTokenRequired('What is made in another environment concerns the account as a whole', '_envId')
  if ((await ctx.store.documents.readText(ctx.caller.accountId, 'environments', envId)) === undefined)
    throw new DomainError('not_found', 'Environment not found.', '_envId')
  return envId
}
