/** What lifecycle management asks of an integration: its relatives, and which fields a pull may leave alone. Both within a shared account only. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { integrationParams } from './integration-errors.ts'

/** Relatives in one answer at the most. */
export const maxFamily = 10_000

export const ashareHeader = objectId({
  description:
    "Id of the share through which the account is the caller's to work in: one of `GET /v1/shared/ashares`, accepted and in force.",
})
const common = {
  tag: 'integrations',
  method: 'GET',
  access: 'monitor',
  extent: 'own',
  params: integrationParams,
  headers: Type.Object({ 'integrator-ashareid': ashareHeader }),
  withoutShare: 'get_not_allowed',
  status: 200,
  errors: ['not_found', 'get_not_allowed'],
} as const
const shared =
  'Works within an account that is shared with the caller: without the header it is refused, as integrator.io does. `Prefer: handling=strict` or `SLUICE_STRICT=1` answers the owner too.'

export const CloneFamilyResponse = Type.Array(
  Type.Object({
    _id: objectId({ description: 'Id of the integration.' }),
    name: Type.Optional(Type.String({ description: 'Its name.' })),
    _envId: Type.Optional(objectId({ description: 'Environment that it lies in.' })),
    _sourceId: Type.Optional(objectId({ description: 'Integration that it was cloned from.', 'x-sluice-extension': true })),
  }),
  { description: 'The integration itself, what it was cloned from, and every clone of these, oldest first.' },
)

export const ILMIgnoreResponse = Type.Record(Type.String(), Type.Array(Type.String(), { description: 'Dotted paths of fields.' }), {
  description: 'Fields that pulls and reverts can leave alone, by type in the singular.',
})

export const cloneFamily = {
  listIntegrationCloneFamily: {
    ...common,
    path: '/v1/integrations/:_id/clonefamily',
    summary: "List an integration's clone family",
    description: `The original and every clone of it, also of clones, in all environments of the account. ${shared}`,
    result: CloneFamilyResponse,
  },
  getIntegrationILMIgnoreFields: {
    ...common,
    path: '/v1/integrations/:_id/iLMIgnore',
    summary: 'List the fields that a pull can leave alone',
    description: `The choice there is. What an integration has chosen of it is its field \`iLMIgnore\`. ${shared}`,
    result: ILMIgnoreResponse,
  },
} as const satisfies Record<string, Operation>
