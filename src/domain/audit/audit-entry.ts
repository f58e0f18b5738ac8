/** What goes on record of acts that write no document: runs, decisions, entries of caches. By the transaction of the act, where it has one. */
import { createHash } from 'node:crypto'
import type { Collection } from '../../contract/resources/index.ts'
import type { Change, FieldChange } from '../ports/audit.ts'
import type { Context } from '../context.ts'
import { withoutTokens } from '../token-mask.ts'
import type { Rows } from '../ports/store.ts'

/** Whom the record names for what nobody did: the clock, a flow that follows another. */
export const nobody = 'autopilot'

export interface Act {
  readonly event: Change['event']
  readonly collection: Collection | 'revisions' | 'users'
  readonly _id: string
  readonly name?: unknown
  /** What there is to say of it besides: ids, counts. No content of records. */
  readonly told?: Readonly<Record<string, unknown>>
}

type Written = Pick<Rows, 'audit'>

/** One entry for the act, whatever number of things it was done to. */
export const note = (rows: Written, ctx: Context, act: Act): Promise<void> =>
  rows.audit.add(ctx.caller.envId, [changeFor(ctx, act, ctx.newId(), told(act.told))])

/** The same for what a script may do with every record that goes through it: within an hour, one entry says how often it did. */
export async function noteOften(rows: Written, ctx: Context, act: Act): Promise<void> {
  if (!ctx.scriptDepth) return note(rows, ctx, act)
  const { accountId, envId, userId } = ctx.caller
  const hour = ctx.now().toISOString().slice(0, 13)
  const _id = idOf([accountId, envId, userId, act.event, act.collection, act._id, ...Object.keys(act.told ?? {}), hour])
  await rows.audit.count(envId, [changeFor(ctx, act, _id, [{ fieldPath: 'times', newValue: 1 }])])
}

/** The same entry for the same parts, whichever server writes it. */
export const idOf = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)

/** What the platform does by itself, in the environment. */
export async function noteOfPlatform(
  rows: Pick<Rows, 'audit' | 'accounts'>,
  { now, newId }: Pick<Context, 'now' | 'newId'>,
  envId: string,
  act: Act,
): Promise<void> {
  const accountId = (await rows.accounts.ofEnvironment(envId)) ?? envId
  const { event, collection, _id, name } = act
  const by = { accountId, time: now().toISOString(), userId: nobody, source: 'system' } as const
  await rows.audit.add(envId, [
    { ...by, _id: newId(), event, collection, resourceId: _id, name: nameOf(name), fieldChanges: told(act.told) },
  ])
}

function changeFor(
  ctx: Context,
  { event, collection, _id: resourceId, name }: Act,
  _id: string,
  fieldChanges: readonly FieldChange[],
): Change {
  const { accountId, userId } = ctx.caller
  const source = ctx.scriptDepth ? 'script' : 'api'
  return { _id, accountId, time: ctx.now().toISOString(), userId, source, event, collection, resourceId, name: nameOf(name), fieldChanges }
}

const nameOf = (name: unknown): string | undefined => (typeof name === 'string' ? withoutTokens(name) : undefined)

const told = (fields: Act['told'] = {}): FieldChange[] =>
  Object.entries(fields).flatMap(([fieldPath, newValue]) =>
    newValue === undefined ? [] : [{ fieldPath, newValue: typeof newValue === 'string' ? withoutTokens(newValue) : newValue }],
  )
