/** The entries of lookup caches: write, read, delete. The caches themselves are documents like any other. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

const mb = 1024 * 1024
/** Bytes of all keys and values of one cache at the most. */
export const maxCacheBytes = 50 * mb
/** Bytes of keys and values that one request may write, or one answer hold. */
export const maxBatchBytes = 5 * mb
/** Entries or keys of one request, and entries of one answer, at the most. */
export const maxEntries = 1000
/** Characters of a key: with 4 bytes each still within what an index of PostgreSQL takes. */
const maxKey = 500

const params = Type.Object({ _id: objectId({ description: 'Id of the lookup cache.' }) })
const key = Type.String({ minLength: 1, maxLength: maxKey, description: `Key of the entry, at most ${maxKey} characters. Case matters.` })
const keys = Type.Array(key, { minItems: 1, maxItems: maxEntries, description: 'Keys of the entries.' })
const entry = Type.Object({ key, value: Type.Unknown({ description: 'Its value: any JSON.' }) }, { description: 'An entry.' })
const common = { tag: 'lookupcaches', params } as const

export const lookupCaches = {
  upsertLookupCacheData: {
    ...common,
    method: 'POST',
    path: '/v1/lookupcaches/:_id/data',
    summary: 'Write entries of a lookup cache',
    description: `Adds the entries and replaces those whose keys are there already, all of them or none: at most ${maxEntries} and 5 MB at once, 50 MB in a cache. Of entries with the same key the last one counts.`,
    access: 'manage',
    extent: 'environment',
    body: Type.Object({ data: Type.Array(entry, { minItems: 1, maxItems: maxEntries, description: 'The entries.' }) }),
    status: 200,
    result: Type.Object({ numUpserted: Type.Integer({ minimum: 0, description: 'Entries that were written.' }) }),
    errors: ['not_found', 'missing_required_field', 'invalid_field', 'lookup_cache_limit'],
  },
  getLookupCacheData: {
    reads: true,
    ...common,
    method: 'POST',
    path: '/v1/lookupcaches/:_id/getData',
    summary: 'Read entries of a lookup cache',
    description: `Without a body all entries, with \`keys\` or \`startsWith\` those that fit: in the order of their keys, at most ${maxEntries} or 5 MB. Where more follow, \`nextPageURL\` says where: post the same body there. Entries asked for by \`keys\` come in one answer or are refused.`,
    access: 'monitor',
    extent: 'environment',
    query: Type.Object({
      startAfterKey: Type.Optional(Type.String({ description: 'Only entries whose keys come after this one.' })),
    }),
    body: Type.Object({
      keys: Type.Optional(keys),
      startsWith: Type.Optional(Type.String({ maxLength: maxKey, description: 'How the keys begin. Not together with `keys`.' })),
    }),
    optionalBody: true,
    status: 200,
    result: Type.Object({
      data: Type.Array(entry, { description: 'The entries. A key that has none is not among them.' }),
      nextPageURL: Type.Optional(Type.String({ description: 'Path of the next page; absent on the last one.' })),
    }),
    errors: ['not_found', 'invalid_query_params', 'invalid_field', 'lookup_cache_limit'],
  },
  deleteLookupCacheData: {
    ...common,
    method: 'DELETE',
    path: '/v1/lookupcaches/:_id/data',
    summary: 'Delete entries of a lookup cache',
    description: 'Keys without an entry are passed over.',
    access: 'manage',
    extent: 'environment',
    body: Type.Object({ keys }),
    status: 200,
    result: Type.Object({ numDeleted: Type.Integer({ minimum: 0, description: 'Entries that were deleted.' }) }),
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
  },
  purgeLookupCacheData: {
    ...common,
    method: 'DELETE',
    path: '/v1/lookupcaches/:_id/data/purge',
    summary: 'Delete all entries of a lookup cache',
    description: 'The cache stays, and so do the mappings that look in it.',
    access: 'manage',
    extent: 'environment',
    status: 204,
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
