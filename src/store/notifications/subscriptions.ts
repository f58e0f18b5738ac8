/** The tables of what users have subscribed to, and their notification settings. */
import type { NotificationSettings, Subject, Subscriptions, SubjectKind } from '../../domain/ports/notifications/subscriptions.ts'
import type { Client } from '../database/pool.ts'

const columnsOf = (subjects: readonly Subject[]): [string[], string[]] => [subjects.map(({ kind }) => kind), subjects.map(({ id }) => id)]

export const subscriptionRows = (db: Client): Subscriptions => ({
  async list(envId, userId, limit) {
    const { rows } = await db.query<{ _id: string; kind: SubjectKind; id: string; user_id: string; email: string; name: string }>(
      `select n._id, n.kind, n.subject_id as id, n.user_id, u.email, u.name from sluice.notifications n join sluice.users u on u._id = n.user_id
       where n.env_id = $1 and ($2::text is null or n.user_id = $2) order by n.created_at, n._id limit $3`,
      [envId, userId ?? null, limit],
    )
    return rows.map(({ _id, kind, id, user_id, email, name }) => ({ _id, kind, id, user: { _id: user_id, email, name } }))
  },
  async count(envId, userId) {
    const { rows } = await db.query<{ n: number }>(
      `select count(*)::int as n from sluice.notifications where env_id = $1 and user_id = $2`,
      [envId, userId],
    )
    return rows[0]?.n ?? 0
  },
  async add(envId, userId, subjects, at) {
    await db.query(
      `insert into sluice.notifications (env_id, user_id, created_at, kind, subject_id, _id)
       select $1, $2, $3, * from unnest($4::text[], $5::text[], $6::text[]) on conflict do nothing`,
      [envId, userId, at, ...columnsOf(subjects), subjects.map(({ _id }) => _id)],
    )
  },
  async remove(envId, userId, subjects) {
    await db.query(
      `delete from sluice.notifications where env_id = $1 and user_id = $2 and (kind, subject_id) in (select * from unnest($3::text[], $4::text[]))`,
      [envId, userId, ...columnsOf(subjects)],
    )
  },
  async findSubscribers(envId, subjects) {
    const { rows } = await db.query<{ kind: SubjectKind; id: string; user_id: string }>(
      `select kind, subject_id as id, user_id from sluice.notifications
       where env_id = $1 and (kind, subject_id) in (select * from unnest($2::text[], $3::text[])) order by user_id`,
      [envId, ...columnsOf(subjects)],
    )
    return rows.map(({ kind, id, user_id }) => ({ kind, id, userId: user_id }))
  },
})

export const notificationSettingsRows = (db: Client): NotificationSettings => ({
  async read(userIds) {
    const { rows } = await db.query<{ user_id: string; text: string; secret: string | null }>(
      `select user_id, doc::text as text, secret from sluice.notification_settings where user_id = any($1)`,
      [userIds],
    )
    return rows.map(({ user_id, text, secret }) => ({ userId: user_id, text, ...(secret !== null && { secret }) }))
  },
  async lock(userId) {
    const { rows } = await db.query<{ text: string; secret: string | null }>(
      `insert into sluice.notification_settings as s (user_id, doc) values ($1, '{}')
       on conflict (user_id) do update set doc = s.doc returning doc::text as text, secret`,
      [userId],
    )
    return rows[0] && { userId, text: rows[0].text, ...(rows[0].secret !== null && { secret: rows[0].secret }) }
  },
  async write({ userId, text, secret }) {
    await db.query(
      `insert into sluice.notification_settings (user_id, doc, secret) values ($1, $2, $3)
       on conflict (user_id) do update set doc = excluded.doc, secret = excluded.secret`,
      [userId, text, secret ?? null],
    )
  },
})
