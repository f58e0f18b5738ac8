/** Licences, as the publisher of an app gives them and as an account has them. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import { AccountLicense, License, LicenseChange, LicenseRequest } from '../../license.ts'
import type { Operation } from '../../operation.ts'
import { pagingQuery } from '../../paging.ts'
import { connectorParams } from './connectors.ts'

const tag = 'licenses'
const params = Type.Object({ ...connectorParams.properties, _licenseId: objectId({ description: 'Id of the licence.' }) })
const of = { tag, path: '/v1/connectors/:_id/licenses', params: connectorParams } as const
const one = { tag, path: '/v1/connectors/:_id/licenses/:_licenseId', params } as const
const termErrors = ['missing_required_field', 'invalid_field', 'invalid_ref', 'missing_license_edition', 'invalid_trialEndDate'] as const
const list = {
  method: 'GET',
  access: 'monitor',
  extent: 'own',
  query: pagingQuery,
  status: 200,
  result: Type.Array(License),
  paged: true,
} as const

export const licenses = {
  listConnectorLicenses: {
    ...of,
    ...list,
    summary: 'List the licences of a connector',
    empty: 'The connector has no licence.',
    errors: ['not_found', 'invalid_query_params'],
  },
  createConnectorLicense: {
    ...of,
    method: 'POST',
    summary: 'Give an account a licence',
    description: 'The account is that of the user with the address. It may install the app with it once, in one of its environments.',
    access: 'manage',
    extent: 'own',
    body: LicenseRequest,
    status: 201,
    result: License,
    errors: ['not_found', 'invalid_user', ...termErrors],
  },
  getConnectorLicense: {
    ...one,
    method: 'GET',
    summary: 'Get a licence of a connector',
    access: 'monitor',
    extent: 'own',
    status: 200,
    result: License,
    errors: ['not_found'],
  },
  updateConnectorLicense: {
    ...one,
    method: 'PUT',
    summary: 'Change the terms of a licence',
    description:
      'Another edition comes into force when the account changes to it, with `POST /v1/integrations/{_id}/changeEdition`. The end of a trial is set once.',
    access: 'manage',
    extent: 'own',
    body: LicenseChange,
    known: License,
    status: 200,
    result: License,
    errors: ['not_found', 'precondition_failed', 'cannot_modify_trialEndDate', ...termErrors],
  },
  deleteConnectorLicense: {
    ...one,
    method: 'DELETE',
    summary: 'Take a licence back',
    description: 'The flows of the installation that used it pause within a minute.',
    access: 'manage',
    extent: 'own',
    status: 204,
    errors: ['not_found', 'precondition_failed'],
  },
  listLicenses: {
    tag,
    path: '/v1/licenses',
    ...list,
    result: Type.Array(AccountLicense),
    summary: 'List the licences of the account',
    description: 'Those that publishers of Integration Apps gave it, whether used or free.',
    empty: 'The account has no licence.',
    errors: ['invalid_query_params'],
  },
} as const satisfies Record<string, Operation>
