/** Who uses a licence, and the record of what becomes of it: of its terms in the publisher's environment, of its use where the app is installed. */
import { changeOf } from '../audit/audited-changes.ts'
import { DomainError } from '../errors.ts'
import { isOfOneEnvironment, ofAccount } from '../access/extent.ts'
import type { Context } from '../context.ts'
import type { License } from '../ports/licenses.ts'
import { answeredLicense } from './license-answer.ts'
import type { Doc } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'
import type { Root } from '../ports/apps.ts'

/** `source` where it is not whoever asks that does it. */
export async function recordLicense(
  rows: Rows,
  ctx: Context,
  change: { readonly before?: License | undefined; readonly after?: License | undefined },
  source: 'api' | 'system' = 'api',
): Promise<void> {
  const { before, after } = change
  const event = before === undefined ? 'create' : after === undefined ? 'delete' : 'update'
  const docs = { before: before && docOf(before), after: after && docOf(after) }
  await rows.audit.add(ctx.caller.envId, [{ ...changeOf(ctx, { event, collection: 'licenses', ...docs }), source }])
}

const docOf = (license: License): Doc => ({ ...answeredLicense(license) }) as Doc

/** Licences are the account's as a whole; an environment has those that its installations use. */
export const reachesLicense = (ctx: Context, { accountId, envId }: License): boolean =>
  accountId !== ctx.caller.accountId || !isOfOneEnvironment(ctx) || envId === ctx.caller.envId

/** One licence serves one installation. */
export async function useLicense(rows: Rows, ctx: Context, license: License, { envId, rootId }: Root): Promise<void> {
  if (!reachesLicense(ctx, license)) throw ofAccount('A licence is of the account as a whole', '_licenseId')
  if (!(await rows.licenses.attach(license.accountId, license._id, envId, rootId)))
    throw new DomainError('license_in_use', 'Another installation uses the licence.', '_licenseId')
  await recordLicense(rows, ctx, { before: license, after: { ...license, envId, integrationId: rootId } })
}

/** As it is where no installation has it. */
export const unused = ({ envId: _env, integrationId: _integration, ...license }: License): License => license

/** Whatever licence the installation has is free again. */
export async function freeLicense(rows: Rows, ctx: Context, { envId, rootId }: Root): Promise<void> {
  const before = await rows.licenses.ofInstallation(envId, rootId)
  if (!before) return
  await rows.licenses.detach(envId, rootId)
  await recordLicense(rows, ctx, { before, after: unused(before) })
}
