/** Fields that several types answer with and no client sets. */
import { Type } from 'typebox'
import { dateTime, objectId, ref } from '../kit.ts'
import { flag, anyObject, list, optional } from '../shared/schema-helpers.ts'

export const deletedAt = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  format: 'date-time',
  readOnly: true,
  description: 'When the document went into the recycle bin, in UTC; null or absent while it is in use.',
})

export const appStamps = optional({
  _integrationId: ref('integrations', { readOnly: true, description: 'Installation of an Integration App that the document belongs to.' }),
  _connectorId: ref('connectors', { readOnly: true, description: 'Integration App that the document comes from.' }),
})

export const lineage = optional({
  _sourceId: objectId({ readOnly: true, description: 'Document that this one was cloned from. It may be gone.' }),
  _templateId: objectId({ readOnly: true, description: 'Template that this document was made from. It may be gone.' }),
})

/** What both ends of a flow answer with: exports and imports. */
export const stepStamps = optional({
  deletedAt,
  apiIdentifier: Type.String({ readOnly: true, description: 'Names the document in addresses that invoke it.' }),
  aiDescription: anyObject('Summary written by a language model, where one was asked for.', { readOnly: true }),
  apim: list(anyObject('An API product.'), 'API products that the document is published in.', { readOnly: true }),
  draft: flag('True for a document that is still being built and not used yet.', { readOnly: true }),
  draftExpiresAt: dateTime({ readOnly: true, description: 'When an unused draft is removed, in UTC.' }),
  debugUntil: dateTime({ readOnly: true, description: 'Requests and answers are recorded until this time, in UTC. Set by a patch.' }),
  sandbox: flag('True for a document of the sandbox environment. Out of use.', { readOnly: true, deprecated: true }),
  __linkedLookupCacheIds: list(ref('lookupcaches', { readOnly: true }), 'Lookup caches that the document uses.', { readOnly: true }),
})
