/** The outbox table: messages to users until they are sent, and for some days after. */
import type { Channel, Message, MessageStatus, Outbox, Payload } from '../../domain/ports/notifications/outbox.ts'
import type { Client } from '../database/pool.ts'

const columns = `_id, env_id, user_id, channel, is_daily, payload, created_at, due_at, attempts, status, ended_at, error`

export const outboxRows = (db: Client): Outbox => ({
  async add({ _id, envId, userId, channel, isDaily, payload, createdAt, dueAt }) {
    await db.query(
      `insert into sluice.outbox (_id, env_id, user_id, channel, is_daily, payload, created_at, due_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [_id, envId, userId, channel, isDaily, JSON.stringify(payload), createdAt, dueAt],
    )
  },
  async lockGathering(envId, userId, channel) {
    const { rows } = await db.query<Row>(
      `select ${columns} from sluice.outbox
       where env_id = $1 and user_id = $2 and channel = $3 and is_daily and status = 'waiting' and attempts = 0 for update`,
      [envId, userId, channel],
    )
    return rows[0] && toMessage(rows[0])
  },
  async replacePayload(id, payload) {
    await db.query(`update sluice.outbox set payload = $2 where _id = $1`, [id, JSON.stringify(payload)])
  },
  async claim(now, until) {
    const { rows } = await db.query<Row>({
      name: 'outbox-claim',
      text: `update sluice.outbox set attempts = attempts + 1, due_at = $2 where _id = (
               select _id from sluice.outbox where status = 'waiting' and due_at <= $1 order by due_at limit 1 for update skip locked)
             returning ${columns}`,
      values: [now, until],
    })
    return rows[0] && toMessage(rows[0])
  },
  async postpone(id, dueAt, error) {
    await db.query(`update sluice.outbox set due_at = $2, error = $3 where _id = $1 and status = 'waiting'`, [id, dueAt, error])
  },
  async end(id, status, at, error) {
    await db.query(`update sluice.outbox set status = $2, ended_at = $3, error = $4 where _id = $1 and status = 'waiting'`, [
      id,
      status,
      at,
      error ?? null,
    ])
  },
  async listByUser(userId, limit) {
    const { rows } = await db.query<Row>(
      `select ${columns} from sluice.outbox where user_id = $1 order by created_at desc, _id desc limit $2`,
      [userId, limit],
    )
    return rows.map(toMessage)
  },
  async purge(before, most) {
    const { rowCount } = await db.query(
      `delete from sluice.outbox where _id in (select _id from sluice.outbox where ended_at < $1 order by ended_at limit $2)`,
      [before, most],
    )
    return rowCount ?? 0
  },
})

interface Row {
  _id: string
  env_id: string
  user_id: string
  channel: Channel
  is_daily: boolean
  payload: Payload
  created_at: Date
  due_at: Date
  attempts: number
  status: MessageStatus
  ended_at: Date | null
  error: string | null
}

const toMessage = (row: Row): Message => ({
  _id: row._id,
  envId: row.env_id,
  userId: row.user_id,
  channel: row.channel,
  isDaily: row.is_daily,
  payload: row.payload,
  createdAt: row.created_at.toISOString(),
  dueAt: row.due_at.toISOString(),
  attempts: row.attempts,
  status: row.status,
  ...(row.ended_at && { endedAt: row.ended_at.toISOString() }),
  ...(row.error !== null && { error: row.error }),
})
