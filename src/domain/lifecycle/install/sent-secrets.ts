/** Secrets that were sent for an open revision. They are sealed until it is applied, and nobody reads them. */
import type { Context } from '../../context.ts'
import type { StoredRevision, RevisionDoc } from '../revision.ts'

/** Secrets by their paths, by the id of their resource. */
type Sent = Readonly<Record<string, Readonly<Record<string, string>>>>

/** They open with their revision alone. */
const vaultContext = (envId: string, { doc }: StoredRevision): string => `${envId}/revisions/${doc._id}`

export const openSentSecrets = (ctx: Context, opened: StoredRevision): ReadonlyMap<string, Readonly<Record<string, string>>> =>
  new Map(Object.entries(openSecrets(ctx, opened)))

const openSecrets = ({ vault, caller }: Context, opened: StoredRevision): Sent =>
  opened.work.secrets === undefined ? {} : (JSON.parse(vault.open(opened.work.secrets, vaultContext(caller.envId, opened))) as Sent)

export function sealSentSecrets(
  ctx: Context,
  opened: StoredRevision,
  id: string,
  values: Readonly<Record<string, string>>,
): StoredRevision {
  const text = JSON.stringify({ ...openSecrets(ctx, opened), [id]: values })
  return { ...opened, work: { ...opened.work, secrets: ctx.vault.seal(text, vaultContext(ctx.caller.envId, opened)) } }
}

/** As it ends: whatever became of them, it needs them no more. */
export function withoutSecrets({ doc, work }: StoredRevision, fields: Partial<RevisionDoc>): StoredRevision {
  const { secrets: _secrets, ...rest } = work
  return { doc: { ...doc, ...fields }, work: rest }
}
