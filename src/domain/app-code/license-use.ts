/** Assigns licences to installations and frees them, and records each change in the audit log. */
import { buildChange } from '../audit/audited-changes.ts'
import { DomainError } from '../errors.ts'
import { isEnvironmentToken, accountTokenRequired } from '../access/extent.ts'
import type { Context } from '../context.ts'
import type { License } from '../ports/licenses.ts'
import { toLicenseResponse } from './license-answer.ts'
import type { Doc } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import type { InstallationRoot } from '../ports/apps.ts'

/** `source` where it is not whoever asks that does it. */
export async function recordLicense(
  rows: RowsOf<'audit'>,
  ctx: Context,
  change: { readonly before?: License | undefined; readonly after?: License | undefined },
  source: 'api' | 'system' = 'api',
): Promise<void> {
  const { before, after } = change
  const event = before === undefined ? 'create' : after === undefined ? 'delete' : 'update'
  const docs = { before: before && toLicenseDoc(before), after: after && toLicenseDoc(after) }
  await rows.audit.add(ctx.caller.envId, [{ ...buildChange(ctx, { event, collection: 'licenses', ...docs }), source }])
}

const toLicenseDoc = (license: License): Doc => ({ ...toLicenseResponse(license) }) as Doc

/** Licences are the account's as a whole; an environment has those that its installations use. */
export const canUseLicense = (ctx: Context, { accountId, envId }: License): boolean =>
  accountId !== ctx.caller.accountId || !isEnvironmentToken(ctx) || envId === ctx.caller.envId

/** One licence serves one installation. */
export async function useLicense(
  rows: RowsOf<'audit' | 'licenses'>,
  ctx: Context,
  license: License,
  { envId, rootId }: InstallationRoot,
): Promise<void> {
  if (!canUseLicense(ctx, license)) throw accountTokenRequired('A licence is of the account as a whole', '_licenseId')
  if (!(await rows.licenses.attach(license.accountId, license._id, envId, rootId)))
    throw new DomainError('license_in_use', 'Another installation uses the licence.', '_licenseId')
  await recordLicense(rows, ctx, { before: license, after: { ...license, envId, integrationId: rootId } })
}

/** As it is where no installation has it. */
export const withoutInstallation = ({ envId: _env, integrationId: _integration, ...license }: License): License => license

/** Whatever licence the installation has is free again. */
export async function freeLicense(rows: RowsOf<'audit' | 'licenses'>, ctx: Context, { envId, rootId }: InstallationRoot): Promise<void> {
  const before = await rows.licenses.findByInstallation(envId, rootId)
  if (!before) return
  await rows.licenses.detach(envId, rootId)
  await recordLicense(rows, ctx, { before, after: withoutInstallation(before) })
}
