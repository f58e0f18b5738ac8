/** Finds out whether an account may install an app: its own, one that it has a licence for, or one with a trial. */
import type { ConnectorDocument } from '../../contract/document.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { License } from '../ports/licenses.ts'
import { isLicenseValid } from '../app-code/installation.ts'
import { isEnvironmentToken, accountTokenRequired } from '../access/extent.ts'
import { listEditions } from '../app-rights/editions.ts'
import { recordLicense } from '../app-code/license-use.ts'
import type { RowsOf } from '../ports/store.ts'

/** Licences of one account for one app that are looked through. */
const maxLicenses = 1000
/** Days of a trial where the connector does not say. */
const defaultTrial = 30
/** Ten years; more is no trial. */
const maxTrial = 3650
const dayMs = 86_400_000

export interface Offer {
  readonly connectorEnvId: string
  readonly connector: ConnectorDocument
  /** Absent for an app of the account's own, and for one that is to be tried. */
  readonly license: License | undefined
  readonly isTrial?: boolean
}

interface Asked {
  readonly licenseId?: string | undefined
  /** Nothing is made: a licence that is in use will do. */
  readonly toShow?: boolean
}

/** To everybody else there is no such connector. */
export async function findOffer(
  rows: RowsOf<'apps' | 'documents' | 'licenses'>,
  ctx: Context,
  id: string,
  { licenseId, toShow = false }: Asked = {},
): Promise<Offer> {
  const { envId, accountId } = ctx.caller
  const home = isEnvironmentToken(ctx) ? envId : ((await rows.apps.findConnectorHome(accountId, id)) ?? envId)
  const own = await rows.documents.find(home, 'connectors', id)
  if (isEnvironmentToken(ctx)) {
    if (own && licenseId === undefined) return { connectorEnvId: envId, connector: own.doc, license: undefined }
    throw accountTokenRequired('What an account may install by licence or try is of the account as a whole', '_id')
  }
  const all = await rows.licenses.listByAccount(accountId, id, undefined, 0, maxLicenses)
  const licenses = all.filter(({ _id }) => licenseId === undefined || _id === licenseId)
  const valid = licenses.filter((each) => isLicenseValid(each, ctx.now()))
  const free = valid.find((each) => each.integrationId === undefined) ?? (toShow ? valid[0] : undefined)
  if (own && licenseId === undefined) return { connectorEnvId: home, connector: own.doc, license: free }
  const [first] = licenses
  if (!first && all.length === 0 && licenseId === undefined) return findTrialOffer(rows, id)
  const theirs = first && (await rows.documents.find(first.connectorEnvId, 'connectors', id))
  if (!first || !theirs || (!theirs.doc.published && !own)) throw notFound('connectors')
  if (free) return { connectorEnvId: first.connectorEnvId, connector: theirs.doc, license: free }
  throw licenses.some((each) => each.integrationId === undefined)
    ? new DomainError('license_expired', 'The licence has expired.', '_licenseId')
    : new DomainError('license_in_use', 'Every licence of the account for the app is in use.', '_licenseId')
}

async function findTrialOffer(rows: RowsOf<'documents' | 'licenses'>, id: string): Promise<Offer> {
  const connectorEnvId = await rows.licenses.findTrialOffer(id)
  const entry = connectorEnvId === undefined ? undefined : await rows.documents.find(connectorEnvId, 'connectors', id)
  if (connectorEnvId === undefined || !entry?.doc.published || !entry.doc.trialEnabled) throw notFound('connectors')
  return { connectorEnvId, connector: entry.doc, license: undefined, isTrial: true }
}

/** The licence of a trial, which the account gets once: a copy of the connector's template, or one for its first edition. */
export async function createTrialLicense(
  rows: RowsOf<'accounts' | 'audit' | 'licenses'>,
  ctx: Context,
  { connectorEnvId, connector }: Offer,
): Promise<License> {
  const { accountId } = ctx.caller
  const user = await rows.accounts.findUser(accountId)
  const { trialPeriod, _trialLicenseTemplateId: templateId } = connector
  const template = typeof templateId === 'string' ? await rows.licenses.lock(connectorEnvId, connector._id, templateId) : undefined
  const [lowest] = listEditions(connector).toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))
  const editionId = template?.editionId ?? lowest?._id
  const days = Math.min(typeof trialPeriod === 'number' ? trialPeriod : defaultTrial, maxTrial)
  const at = ctx.now()
  const license: License = {
    _id: ctx.newId(),
    accountId,
    email: user?.email ?? '',
    connectorEnvId,
    connectorId: connector._id,
    isTrial: true,
    trialEndDate: new Date(at.getTime() + days * dayMs).toISOString(),
    ...(template?.opts && { opts: template.opts }),
    ...(editionId !== undefined && { editionId }),
    createdAt: at.toISOString(),
    lastModified: at.toISOString(),
  }
  if (!(await rows.licenses.add(license))) throw new DomainError('license_in_use', 'The account is trying the app already.', '_licenseId')
  await recordLicense(rows, ctx, { after: license })
  return license
}
