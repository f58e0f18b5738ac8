/** Formats licences for responses and for functions of an Integration App. */
import type { License as Answered } from '../../contract/license.ts'
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
