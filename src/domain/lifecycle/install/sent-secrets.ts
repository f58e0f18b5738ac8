/** Secrets that were sent for an open revision. They are sealed until it is applied, and nobody reads them. */
import type { Context } from '../../context.ts'
import type { Opened, RevisionDoc } from '../revision.ts'

/** Secrets by their paths, by the id of their resource. */
type Sent = Readonly<Record<string, Readonly<Record<string, string>>>>

/** They open with their revision alone. */
const placeOf = (envId: string, { doc }: Opened): string => `${envId}/revisions/${doc._id}`

export const sentSecrets = (ctx: Context, opened: Opened): ReadonlyMap<string, Readonly<Record<string, string>>> =>
  new Map(Object.entries(read(ctx, opened)))

const read = ({ vault, caller }: Context, opened: Opened): Sent =>
  opened.work.secrets === undefined ? {} : (JSON.parse(vault.open(opened.work.secrets, placeOf(caller.envId, opened))) as Sent)

export function withSecretsSent(ctx: Context, opened: Opened, id: string, values: Readonly<Record<string, string>>): Opened {
  const text = JSON.stringify({ ...read(ctx, opened), [id]: values })
  return { ...opened, work: { ...opened.work, secrets: ctx.vault.seal(text, placeOf(ctx.caller.envId, opened)) } }
}

/** As it ends: whatever became of them, it needs them no more. */
export function forgetting({ doc, work }: Opened, fields: Partial<RevisionDoc>): Opened {
  const { secrets: _secrets, ...rest } = work
  return { doc: { ...doc, ...fields }, work: rest }
}
