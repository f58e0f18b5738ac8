/** Licences: given by the publisher of an app to the account of a user, who finds them in a list of theirs. */
import type { ConnectorDocument } from '../../contract/document.ts'
import type { Static } from 'typebox'
import type { LicenseChange } from '../../contract/license.ts'
import type { Input } from '../../contract/operation.ts'
import type { licenses as operations } from '../../contract/operations/apps/licenses.ts'
import { JsonText, type JsonPage } from '../result.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import { computeEtag, checkIfMatch } from '../etag.ts'
import { environmentBound, isEnvironmentToken, accountTokenRequired, environmentFilter } from '../access/extent.ts'
import type { Context } from '../context.ts'
import type { License } from '../ports/licenses.ts'
import { listEditions } from '../app-rights/editions.ts'
import { toLicenseResponse } from '../app-code/license-answer.ts'
import { asTexts, readPage } from '../paging.ts'
import { recordLicense, canUseLicense } from '../app-code/license-use.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations

export async function listConnectorLicenses(ctx: Context, { params, query }: Input<Ops['listConnectorLicenses']>): Promise<JsonPage> {
  await readConnector(ctx, params._id)
  const { licenses } = ctx.store
  const read = (skip: number, limit: number) => licenses.listByConnector(ctx.caller.envId, params._id, environmentBound(ctx), skip, limit)
  return readPage(query, read, (found) => asTexts(found.map(toLicenseResponse)))
}

export async function listLicenses(ctx: Context, { query }: Input<Ops['listLicenses']>): Promise<JsonPage> {
  const { licenses } = ctx.store
  const read = (skip: number, limit: number) => licenses.listNamed(ctx.caller.accountId, environmentFilter(ctx), skip, limit)
  return readPage(query, read, (found) => asTexts(found.map(({ license, ...names }) => ({ ...toLicenseResponse(license), ...names }))))
}

export async function createConnectorLicense(ctx: Context, { params, body }: Input<Ops['createConnectorLicense']>): Promise<JsonText> {
  const connector = await readConnector(ctx, params._id)
  const terms = parseTerms(ctx, connector, body, undefined)
  const user = await ctx.store.accounts.findUserByEmail(body.user.email)
  if (!user) throw unknownUser()
  if (user._id === ctx.caller.accountId && isEnvironmentToken(ctx))
    throw accountTokenRequired('A licence for the account itself is of the account as a whole', 'user.email')
  const at = ctx.now().toISOString()
  const license: License = {
    _id: ctx.newId(),
    accountId: user._id,
    email: user.email,
    connectorEnvId: ctx.caller.envId,
    connectorId: params._id,
    ...terms,
    createdAt: at,
    lastModified: at,
  }
  return ctx.store.transaction(async (rows) => {
    await rows.licenses.add(license)
    await recordLicense(rows, ctx, { after: license })
    return readLicenseText(rows, ctx, license)
  })
}

export async function getConnectorLicense(ctx: Context, { params }: Input<Ops['getConnectorLicense']>): Promise<JsonText> {
  await readConnector(ctx, params._id)
  const license = await ctx.store.licenses.lock(ctx.caller.envId, params._id, params._licenseId)
  if (!license || !canUseLicense(ctx, license)) throw noLicense()
  return new JsonText(JSON.stringify(toLicenseResponse(license)))
}

export async function updateConnectorLicense(ctx: Context, { params, body }: Input<Ops['updateConnectorLicense']>): Promise<JsonText> {
  const connector = await readConnector(ctx, params._id)
  return ctx.store.transaction(async (rows) => {
    const before = await lock(rows, ctx, params)
    const { expires: _expires, trialEndDate: _trial, opts: _opts, editionId: _edition, ...kept } = before
    const after = { ...kept, ...parseTerms(ctx, connector, body, before), lastModified: ctx.now().toISOString() }
    await rows.licenses.replace(after)
    await recordLicense(rows, ctx, { before, after })
    return readLicenseText(rows, ctx, after)
  })
}

export async function deleteConnectorLicense(ctx: Context, { params }: Input<Ops['deleteConnectorLicense']>): Promise<undefined> {
  await readConnector(ctx, params._id)
  await ctx.store.transaction(async (rows) => {
    const license = await lock(rows, ctx, params)
    await rows.licenses.remove(license.accountId, license._id)
    await recordLicense(rows, ctx, { before: license })
  })
  return undefined
}

async function lock(rows: RowsOf<'licenses'>, ctx: Context, { _id, _licenseId }: { _id: string; _licenseId: string }): Promise<License> {
  const found = await rows.licenses.lock(ctx.caller.envId, _id, _licenseId)
  if (!found || !canUseLicense(ctx, found)) throw noLicense()
  checkIfMatch(ctx.ifMatch, computeEtag(JSON.stringify(toLicenseResponse(found))))
  return found
}

/** As it is read from now on, so that its tag is the same. */
async function readLicenseText(rows: RowsOf<'licenses'>, { caller }: Context, { connectorId, _id }: License): Promise<JsonText> {
  const stored = (await rows.licenses.lock(caller.envId, connectorId, _id)) as License
  return new JsonText(JSON.stringify(toLicenseResponse(stored)))
}

/** A connector of the caller's own. */
export async function readConnector(ctx: Context, id: string): Promise<ConnectorDocument> {
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'connectors', id)
  if (!entry) throw notFound('connectors')
  return entry.doc
}

function parseTerms(
  ctx: Context,
  connector: ConnectorDocument,
  body: Static<typeof LicenseChange>,
  before: License | undefined,
): Pick<License, 'expires' | 'trialEndDate' | 'opts' | 'editionId'> {
  const { _editionId: editionId, opts } = body
  const expires = body.expires === undefined ? undefined : new Date(body.expires).toISOString()
  const trialEndDate = parseTrialEnd(ctx, body.trialEndDate, expires, before)
  const editions = listEditions(connector)
  if (editions.length > 0 && editionId === undefined)
    throw new DomainError('missing_license_edition', 'License edition is missing.', '_editionId')
  if (editionId !== undefined && !editions.some(({ _id }) => _id === editionId))
    throw new DomainError('invalid_ref', `The connector has no edition ${editionId}.`, '_editionId')
  return {
    ...(expires !== undefined && { expires }),
    ...(trialEndDate !== undefined && { trialEndDate }),
    ...(opts !== undefined && { opts }),
    ...(editionId !== undefined && { editionId }),
  }
}

/** Set once, ahead of time, and not after the end of the licence. */
function parseTrialEnd(
  ctx: Context,
  sent: string | undefined,
  expires: string | undefined,
  before: License | undefined,
): string | undefined {
  const field = 'trialEndDate'
  const end = sent === undefined ? before?.trialEndDate : new Date(sent).toISOString()
  if (before?.trialEndDate !== undefined && end !== before.trialEndDate)
    throw new DomainError('cannot_modify_trialEndDate', 'The end of the trial is set already and stays as it is.', field)
  if (end === undefined || end === before?.trialEndDate) return end
  if (end <= ctx.now().toISOString()) throw new DomainError('invalid_trialEndDate', 'The end of the trial has to lie ahead.', field)
  if (expires !== undefined && end > expires)
    throw new DomainError('invalid_trialEndDate', 'The trial cannot end after the licence.', field)
  return end
}

const unknownUser = (): DomainError =>
  new DomainError(
    'invalid_user',
    'We were not able to find any user with the provided email address. Please ask the user to first create an integrator.io account.',
    'user.email',
  )

const noLicense = (): DomainError => new DomainError('not_found', 'License not found.', '_licenseId')
