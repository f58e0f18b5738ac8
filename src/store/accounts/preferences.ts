/** What users prefer. */
import type { Preferences } from '../../domain/ports/sessions/user-sessions.ts'
import type { Client } from '../database/pool.ts'

export const preferenceRows = (db: Client): Preferences => ({
  async read(userId) {
    const { rows } = await db.query<{ text: string }>(`select doc::text as text from sluice.preferences where user_id = $1`, [userId])
    return rows[0]?.text
  },
  async write(userId, text) {
    await db.query(`insert into sluice.preferences (user_id, doc) values ($1, $2) on conflict (user_id) do update set doc = excluded.doc`, [
      userId,
      text,
    ])
  },
})
