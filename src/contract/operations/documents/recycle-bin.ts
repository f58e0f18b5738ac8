/** The recycle bin: deleted documents can be brought back for 30 days. */
import { Type } from 'typebox'
import { objectId, open } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { defaultLimit, maxLimit, maxSkip } from '../../paging.ts'
import { optional, text } from '../../shared/schema-helpers.ts'

/** How long a deleted document can be brought back. */
export const binDays = 30

const tag = 'recycleBinTTL'
const params = Type.Object({
  resourceType: Type.String({ description: 'Type of the document, as its paths spell it: `flows`.' }),
  _id: objectId({ description: 'Id of the document.' }),
})
const model = text('Type of the document: `Flow`, `Integration`.')

export const recycleBin = {
  listRecycleBin: {
    tag,
    method: 'GET',
    path: '/v1/recycleBinTTL',
    summary: 'List deleted documents',
    description: `Those deleted in the last ${binDays} days, the latest first, of the environment of the token. After that they are gone for good.`,
    access: 'monitor',
    extent: 'environment',
    partialAccess: 'account',
    query: Type.Object(
      optional({
        type: text('Only documents of this type, in upper or lower case, in the singular or the plural: `flow`, `Exports`.'),
        limit: Type.Integer({
          minimum: 1,
          description: `Records of one page, ${defaultLimit} by default; more than ${maxLimit} reads as ${maxLimit}.`,
        }),
        skip: Type.Integer({ minimum: 0, maximum: maxSkip, description: 'Records to pass over before the page begins.' }),
      }),
    ),
    status: 200,
    result: Type.Array(Type.Object({ model, doc: open({}, { description: 'The document as it was, with `deletedAt`.' }) })),
    empty: 'The bin is empty, or holds nothing of this type.',
    paged: true,
    errors: ['invalid_query_params'],
  },
  restoreFromRecycleBin: {
    tag,
    method: 'POST',
    path: '/v1/recycleBinTTL/:resourceType/:_id/doCascadeRestore',
    summary: 'Restore a deleted document',
    description:
      'Brings back the document, everything that was deleted with it, and what these need and is in the bin too: a flow comes back with its integration, its steps and their connections. What they refer to and is gone for good stays a reference to nowhere, and the answer names it. Flows run by schedule again as they did.',
    access: 'manage',
    extent: 'environment',
    partialAccess: 'account',
    params,
    status: 200,
    result: Type.Array(
      Type.Object({
        model,
        _id: objectId({ description: 'Its id, which is the old one.' }),
        name: Type.Optional(text('Its name.')),
        missing: Type.Optional(
          Type.Array(
            Type.Object({
              field: text('Where it is named: `hooks.preMap._scriptId`.'),
              model,
              _id: objectId({ description: 'Its id.' }),
            }),
            {
              description:
                'What it refers to and is not there: gone for good, or still in the bin where it does without. Absent where nothing is missing.',
            },
          ),
        ),
      }),
      {
        description: 'What was restored.',
      },
    ),
    errors: ['not_found', 'app_resource_locked'],
  },
  purgeFromRecycleBin: {
    tag,
    method: 'DELETE',
    path: '/v1/recycleBinTTL/:resourceType/:_id',
    summary: 'Purge a deleted document',
    description:
      'Removes the document and everything that was deleted with it for good, with runs, errors, retry data and entries of lookup caches.',
    access: 'manage',
    extent: 'environment',
    partialAccess: 'account',
    params,
    status: 204,
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
