/** Writes audit entries for acts that change no document (runs, decisions, cache entries), in the transaction of the act where it has one. */
import { createHash } from 'node:crypto'
import type { Collection } from '../../contract/resources/index.ts'
import type { Change, FieldChange } from '../ports/audit.ts'
import type { Context } from '../context.ts'
import { maskTokens } from '../mask-tokens.ts'
import type { RowsOf } from '../ports/store.ts'

/** Whom the record names for what nobody did: the clock, a flow that follows another. */
export const platformUser = 'autopilot'

export interface AuditedAct {
  readonly event: Change['event']
  readonly collection: Collection | 'revisions' | 'users'
  readonly _id: string
  readonly name?: unknown
  /** What there is to say of it besides: ids, counts. No content of records. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** One entry for the act, whatever number of things it was done to. */
export const recordAct = (rows: RowsOf<'audit'>, ctx: Context, act: AuditedAct): Promise<void> =>
  rows.audit.add(ctx.caller.envId, [buildActChange(ctx, act, ctx.newId(), toFieldChanges(act.details))])

/** The same for what a script may do with every record that goes through it: within an hour, one entry says how often it did. */
export async function recordRepeatedAct(rows: RowsOf<'audit'>, ctx: Context, act: AuditedAct): Promise<void> {
  if (!ctx.scriptDepth) return recordAct(rows, ctx, act)
  const { accountId, envId, userId } = ctx.caller
  const hour = ctx.now().toISOString().slice(0, 13)
  const _id = hashId([accountId, envId, userId, act.event, act.collection, act._id, ...Object.keys(act.details ?? {}), hour])
  await rows.audit.addCounted(envId, [buildActChange(ctx, act, _id, [{ fieldPath: 'times', newValue: 1 }])])
}

/** The same entry for the same parts, whichever server writes it. */
export const hashId = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)

/** What the platform does by itself, in the environment. */
export async function recordPlatformAct(
  rows: RowsOf<'audit' | 'accounts'>,
  { now, newId }: Pick<Context, 'now' | 'newId'>,
  envId: string,
  act: AuditedAct,
): Promise<void> {
  const accountId = (await rows.accounts.findAccount(envId)) ?? envId
  const { event, collection, _id, name } = act
  const by = { accountId, time: now().toISOString(), userId: platformUser, source: 'system' } as const
  await rows.audit.add(envId, [
    { ...by, _id: newId(), event, collection, resourceId: _id, name: nameOf(name), fieldChanges: toFieldChanges(act.details) },
  ])
}

function buildActChange(
  ctx: Context,
  { event, collection, _id: resourceId, name }: AuditedAct,
  _id: string,
  fieldChanges: readonly FieldChange[],
): Change {
  const { accountId, userId } = ctx.caller
  const source = ctx.scriptDepth ? 'script' : 'api'
  return { _id, accountId, time: ctx.now().toISOString(), userId, source, event, collection, resourceId, name: nameOf(name), fieldChanges }
}

const nameOf = (name: unknown): string | undefined => (typeof name === 'string' ? maskTokens(name) : undefined)

const toFieldChanges = (fields: AuditedAct['details'] = {}): FieldChange[] =>
  Object.entries(fields).flatMap(([fieldPath, newValue]) =>
    newValue === undefined ? [] : [{ fieldPath, newValue: typeof newValue === 'string' ? maskTokens(newValue) : newValue }],
  )
