/** Formats licences for responses and for functions of an Integration App. */
import type { License as Answered } from '../../contract/license.ts'
import { JsonPage } from '../result.ts'
import type { License } from '../ports/licenses.ts'

export const toLicenseResponse = (license: License): Answered => ({
  _id: license._id,
  createdAt: license.createdAt,
  created: license.createdAt,
  lastModified: license.lastModified,
  _connectorId: license.connectorId,
  ...(license.integrationId !== undefined && { _integrationId: license.integrationId }),
  user: { email: license.email },
  type: license.expires === undefined && license.trialEndDate !== undefined ? 'trial' : 'paid',
  ...(license.expires !== undefined && { expires: license.expires }),
  ...(license.trialEndDate !== undefined && { trialEndDate: license.trialEndDate }),
  ...(license.opts !== undefined && { opts: { ...license.opts } }),
  ...(license.editionId !== undefined && { _editionId: license.editionId }),
})

/** `found` is one longer than the page where another one follows. */
export function toJsonPage(found: readonly object[], skip: number, limit: number): JsonPage {
  const records = found.slice(0, limit).map((each) => JSON.stringify(each))
  return new JsonPage(records, found.length > limit ? { skip: skip + limit, limit } : undefined)
}
