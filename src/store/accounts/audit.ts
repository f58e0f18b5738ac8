/** The record of changes. */
import type { Audit, Change, RecordedChange } from '../../domain/ports/audit.ts'
import type { Client } from '../database/pool.ts'

/** The columns of a change but the environment, in the order of `valuesOf`. */
export const auditColumns = 'account_id, _id, at, user_id, source, event, collection, resource_id, name, field_changes, call_id'
export const valuesOf = (change: Change): unknown[] => [
  change.accountId,
  change._id,
  change.time,
  change.userId,
  change.source,
  change.event,
  change.collection,
  change.resourceId,
  change.name ?? null,
  JSON.stringify(change.fieldChanges),
  change.callId ?? null,
]

/** What lies in the account's own partition and is told with each environment of it; and of that, what is about the environment itself. */
const ofAccount = `a.collection = any(array['environments', 'ashares', 'accesstokens'])`
/** What everybody sees who sees the account: not who works in it, with which tokens, and from where. */
const isPublic = `a.collection <> all(array['ashares', 'accesstokens', 'users'])`
const ofItself = `(a.collection = 'environments' and a.resource_id = $2)`

const insertion = `insert into sluice.audit (env_id, ${auditColumns})
  select $1, * from unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::text[])`

function valuesFor(envId: string, changes: readonly Change[]): unknown[] {
  const rows = changes.map(valuesOf)
  return [envId, ...Array.from({ length: 11 }, (_, position) => rows.map((values) => values[position]))]
}

export const auditRows = (db: Client): Audit => ({
  async add(envId, changes) {
    if (changes.length > 0) await db.query({ name: 'audit-add', text: insertion, values: valuesFor(envId, changes) })
  },

  async addCounted(envId, changes) {
    const text = `${insertion} on conflict (account_id, _id) do update set field_changes = jsonb_set(audit.field_changes, '{0,newValue}',
      to_jsonb((audit.field_changes #>> '{0,newValue}')::bigint + (excluded.field_changes #>> '{0,newValue}')::bigint))`
    if (changes.length > 0) await db.query({ name: 'audit-count', text, values: valuesFor(envId, changes) })
  },

  async page(accountId, envId, { limit, offset, from, to, only, privateTo, ...equal }) {
    const values: unknown[] = [accountId, envId, limit, offset]
    const bind = (value: unknown): string => `$${values.push(value)}`
    const columns = { collection: 'collection', resourceId: 'resource_id', userId: 'user_id', source: 'source', event: 'event' } as const
    const wanted = Object.entries(columns).flatMap(([key, column]) => {
      const value = equal[key as keyof typeof columns]
      return value === undefined ? [] : [`and a.${column} = ${bind(value)}`]
    })
    if (from !== undefined) wanted.push(`and a.at >= ${bind(from)}::timestamptz`)
    if (to !== undefined) wanted.push(`and a.at <= ${bind(to)}::timestamptz`)
    if (privateTo !== undefined) wanted.push(`and (${isPublic} or a.user_id = ${bind(privateTo)})`)
    const { rows } = await db.query<RecordedChange>(
      `select a._id, to_char(a.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time, a.user_id as "userId", a.source, a.event,
         a.collection, a.resource_id as "resourceId", a.name, a.field_changes as "fieldChanges", u.email, u.name as "userName"
       from sluice.audit a left join sluice.users u on u._id = a.user_id
       where a.account_id = $1 and a.env_id in ($1, $2) and (a.env_id = $2 or ${only ? ofItself : ofAccount}) ${wanted.join(' ')}
       order by a.at desc, a._id desc limit $3 offset $4`,
      values,
    )
    return rows
  },
})
