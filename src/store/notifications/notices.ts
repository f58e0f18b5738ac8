/** The notices table, and what is read of other tables to say what happened. */
import type { EndingLicense, Notice, NoticeDetail, NoticeKind, Notices } from '../../domain/ports/notifications/notices.ts'
import type { Client } from '../database/pool.ts'

/** Environments that are tried where other programs are at work on the first ones. */
const maxTried = 20

/** Whether nobody else takes or tells the notices of an environment; from then on nobody does before this transaction ends. */
const isLocked = `pg_try_advisory_xact_lock(hashtextextended('sluice notices ' || env_id, 0))`

export const noticeRows = (db: Client): Notices => ({
  async add(envId, { kind, placeId, subjectId, num, detail, at }) {
    await db.query({
      name: 'notice-add',
      text: `select sluice.note($1, $2, $3, $4, $5, $6, $7)`,
      values: [envId, kind, placeId, subjectId, num, JSON.stringify(detail), at],
    })
  },
  takeDue: (before, except, limit) => takeDue(db, before, except, limit),
  async lockTaken(except) {
    const { rows } = await db.query<{ env_id: string }>({
      name: 'notices-taken',
      text: `select env_id from (
               select env_id from sluice.taken_notices where env_id <> all($1) group by env_id order by min(first_at) limit ${maxTried} offset 0) due
             where ${isLocked} limit 1`,
      values: [except],
    })
    return rows[0]?.env_id
  },
  async removeTaken(envId) {
    const { rows } = await db.query<NoticeRow>({
      name: 'notices-remove',
      text: `delete from sluice.taken_notices where env_id = $1 returning kind, place_id, subject_id, num, detail, first_at, last_at`,
      values: [envId],
    })
    return rows.map(toNotice).toSorted((a, b) => a.firstAt.localeCompare(b.firstAt))
  },
  async findNamed(envId, ids) {
    const { rows } = await db.query<{
      collection: string
      _id: string
      name: string | null
      integration_id: string | null
      offline: boolean | null
    }>(
      `select collection, _id, doc ->> 'name' as name, doc ->> '_integrationId' as integration_id, (doc -> 'offline')::boolean as offline
       from sluice.documents where env_id = $1 and collection = any($2) and _id = any($3) and deleted_at is null`,
      [envId, namedCollections, ids],
    )
    return rows.map(({ collection, _id, name, integration_id, offline }) => ({
      collection,
      _id,
      name: name ?? _id,
      ...(integration_id !== null && { integrationId: integration_id }),
      ...(offline !== null && { offline }),
    }))
  },
  async countOpen(envId, placeIds) {
    const { rows } = await db.query<{ flow_id: string; step_id: string; num_error: number }>(
      `select flow_id, step_id, num_error from sluice.open_errors where env_id = $1 and flow_id = any($2)`,
      [envId, placeIds],
    )
    return rows.map(({ flow_id, step_id, num_error }) => ({ flowId: flow_id, stepId: step_id, numOpen: num_error }))
  },
  takeEndingLicenses: (now, days, limit) => takeEndingLicenses(db, now, days, limit),
})

const namedCollections = ['integrations', 'flows', 'apis', 'tools', 'exports', 'imports', 'connections']

interface NoticeRow {
  kind: NoticeKind
  place_id: string
  subject_id: string
  num: number
  detail: NoticeDetail
  first_at: Date
  last_at: Date
}

const toNotice = (row: NoticeRow): Notice => ({
  kind: row.kind,
  placeId: row.place_id,
  subjectId: row.subject_id,
  num: row.num,
  detail: row.detail,
  firstAt: row.first_at.toISOString(),
  lastAt: row.last_at.toISOString(),
})

async function takeDue(db: Client, before: string, except: readonly string[], limit: number): Promise<void> {
  const { rows } = await db.query<{ env_id: string }>({
    name: 'notices-due',
    text: `select env_id from (
             select env_id from sluice.notices n where first_at <= $1 and env_id <> all($2)
               and not exists (select from sluice.taken_notices t where t.env_id = n.env_id)
             group by env_id order by min(first_at) limit ${maxTried} offset 0) due
           where ${isLocked} limit 1`,
    values: [before, except],
  })
  const envId = rows[0]?.env_id
  if (envId === undefined) return
  await db.query({
    name: 'notices-take',
    text: `with due as (
             select kind, place_id, subject_id from sluice.notices where env_id = $1 order by first_at, kind, place_id, subject_id limit $2 for update skip locked),
           gone as (
             delete from sluice.notices n using due
             where n.env_id = $1 and n.kind = due.kind and n.place_id = due.place_id and n.subject_id = due.subject_id returning n.*)
           insert into sluice.taken_notices (env_id, kind, place_id, subject_id, num, detail, first_at, last_at)
           select env_id, kind, place_id, subject_id, num, detail, first_at, last_at from gone where not exists (select from sluice.taken_notices where env_id = $1)`,
    values: [envId, limit],
  })
}

async function takeEndingLicenses(db: Client, now: string, days: number, limit: number): Promise<readonly EndingLicense[]> {
  const { rows } = await db.query<{
    account_id: string
    license_id: string
    env_id: string
    integration_id: string
    ends_at: Date
    app: string | null
  }>({
    name: 'licenses-ending',
    text: `with ending as (
             insert into sluice.license_warnings (account_id, license_id, ends_at, days)
             select l.account_id, l._id, coalesce(l.expires, l.trial_end_date), $2 from sluice.licenses l
             where l.integration_id is not null and coalesce(l.expires, l.trial_end_date) > $1::timestamptz
               and coalesce(l.expires, l.trial_end_date) <= $1::timestamptz + make_interval(days => $2)
               and not exists (select from sluice.license_warnings w
                 where w.account_id = l.account_id and w.license_id = l._id and w.ends_at = coalesce(l.expires, l.trial_end_date) and w.days <= $2)
             order by 3 limit $3 on conflict do nothing returning account_id, license_id, ends_at)
           select e.*, l.env_id, l.integration_id, d.doc ->> 'name' as app from ending e
             join sluice.licenses l on l.account_id = e.account_id and l._id = e.license_id
             left join sluice.documents d on d.env_id = l.connector_env_id and d.collection = 'connectors' and d._id = l.connector_id and d.deleted_at is null`,
    values: [now, days, limit],
  })
  return rows.map((row) => ({
    accountId: row.account_id,
    licenseId: row.license_id,
    envId: row.env_id,
    integrationId: row.integration_id,
    endsAt: row.ends_at.toISOString(),
    ...(row.app !== null && { app: row.app }),
  }))
}
