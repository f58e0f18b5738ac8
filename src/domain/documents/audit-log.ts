/** Answers who changed what. */
import type { Static } from 'typebox'
import { maxAuditEntries, type AuditEntry } from '../../contract/audit.ts'
import type { Input } from '../../contract/operation.ts'
import type { audit as operations } from '../../contract/operations/accounts/audit.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isAdministrator } from '../access/access.ts'
import { exists, notFound } from './documents.ts'
import { isEnvironmentToken } from '../access/extent.ts'
import type { AuditQuery, RecordedChange } from '../ports/audit.ts'
import type { Context } from '../context.ts'
import { parseTime } from '../times.ts'

type Query = Input<(typeof operations)['listAudit']>['query']
type Answer = Static<typeof AuditEntry>[]

export async function listAudit(ctx: Context, { query }: { query: Query }): Promise<Answer> {
  const collection = query.resourceType === undefined ? undefined : toCollection(query.resourceType)
  const found = await readPage(ctx, {
    ...toAuditQuery(query),
    ...(collection !== undefined && { collection }),
    ...(query._resourceId !== undefined && { resourceId: query._resourceId }),
  })
  return found.map(toEntryResponse)
}

/** Of one document, deleted or not. */
export async function listDocumentAudit(ctx: Context, collection: Collection, id: string, query: Query): Promise<Answer> {
  const found = await readPage(ctx, { ...toAuditQuery(query), collection, resourceId: id })
  if (
    found.length === 0 &&
    !(await exists(ctx, collection, id)) &&
    (await readPage(ctx, { collection, resourceId: id, limit: 1, offset: 0 })).length === 0
  )
    throw notFound(collection)
  return found.map(toEntryResponse)
}

const readPage = (ctx: Context, query: AuditQuery): Promise<readonly RecordedChange[]> =>
  ctx.store.audit.page(ctx.caller.accountId, ctx.caller.envId, {
    ...query,
    ...(isEnvironmentToken(ctx) && { only: true }),
    ...(!isAdministrator(ctx) && { privateTo: ctx.caller.userId }),
  })

const toAuditQuery = ({ _byUserId, source, action, from, to, limit, offset }: Query): AuditQuery => ({
  limit: Math.min(limit ?? maxAuditEntries, maxAuditEntries),
  offset: offset ?? 0,
  ...(_byUserId !== undefined && { userId: _byUserId }),
  ...(source !== undefined && { source }),
  ...(action !== undefined && { event: action }),
  ...(from !== undefined && { from: parseTime(from, 'from') }),
  ...(to !== undefined && { to: parseTime(to, 'to') }),
})

/** A type goes by its name or its collection, in any case; one that nobody knows has no entries. */
function toCollection(type: string): string {
  const wanted = type.toLowerCase()
  const known = Object.values(resources).find(({ name, collection }) => name.toLowerCase() === wanted || collection === wanted)
  return known?.collection ?? Object.keys(others).find((collection) => [collection, others[collection]].includes(wanted)) ?? type
}

/** What is on record and is no document. */
const others: Readonly<Record<string, string | undefined>> = {
  ashares: 'ashare',
  accesstokens: 'accesstoken',
  licenses: 'license',
  revisions: 'revision',
  users: 'user',
}

const toEntryResponse = ({
  collection,
  resourceId,
  userId,
  email,
  userName,
  name,
  fieldChanges,
  ...entry
}: RecordedChange): Answer[number] => ({
  ...entry,
  resourceType:
    (resources as Readonly<Record<string, { name: string } | undefined>>)[collection]?.name.toLowerCase() ??
    others[collection] ??
    collection,
  _resourceId: resourceId,
  ...(name != null && { name }),
  byUser: { _id: userId, ...(email != null && { email }), ...(userName != null && { name: userName }) },
  fieldChanges: [...fieldChanges],
})
