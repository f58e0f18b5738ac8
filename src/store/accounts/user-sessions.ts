/** Sessions of browsers. What a cookie holds is found by its hash; who signs in by their address. */
import type { Passwords, UserIdentities, UserSession, UserSessions } from '../../domain/ports/sessions/user-sessions.ts'
import type { Client } from '../database/pool.ts'

const columns = `_id, user_id, token_hash, created_at, seen_at, source, user_agent`

interface Row {
  readonly _id: string
  readonly user_id: string
  readonly token_hash: Buffer | null
  readonly created_at: Date
  readonly seen_at: Date
  readonly source: string
  readonly user_agent: string | null
}

const toSession = ({
  _id,
  user_id: userId,
  token_hash: tokenHash,
  created_at,
  seen_at,
  source,
  user_agent: userAgent,
}: Row): UserSession => ({
  _id,
  userId,
  ...(tokenHash && { tokenHash }),
  createdAt: created_at.toISOString(),
  seenAt: seen_at.toISOString(),
  source,
  ...(userAgent !== null && { userAgent }),
})

export const userSessionRows = (db: Client): UserSessions => ({
  async add(hash, { _id, userId, tokenHash, createdAt, seenAt, source, userAgent }) {
    await db.query(`insert into sluice.user_sessions (hash, ${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8)`, [
      hash,
      _id,
      userId,
      tokenHash ?? null,
      createdAt,
      seenAt,
      source,
      userAgent ?? null,
    ])
  },
  async find(hash, { usedSince, begunSince }) {
    const { rows } = await db.query<Row>({
      name: 'user-session-find',
      text: `select ${columns} from sluice.user_sessions where hash = $1 and seen_at > $2 and created_at > $3`,
      values: [hash, usedSince, begunSince],
    })
    return rows[0] && toSession(rows[0])
  },
  async touch(id, at) {
    await db.query(`update sluice.user_sessions set seen_at = greatest(seen_at, $2) where _id = $1`, [id, at])
  },
  async list(userId, { usedSince, begunSince }, limit) {
    const { rows } = await db.query<Row>(
      `select ${columns} from sluice.user_sessions where user_id = $1 and seen_at > $2 and created_at > $3 order by seen_at desc, _id limit $4`,
      [userId, usedSince, begunSince, limit],
    )
    return rows.map(toSession)
  },
  async remove(userId, id) {
    const { rowCount } = await db.query(`delete from sluice.user_sessions where user_id = $1 and _id = $2`, [userId, id])
    return rowCount === 1
  },
  async end(hash) {
    await db.query(`delete from sluice.user_sessions where hash = $1`, [hash])
  },
  async removeOthers(userId, but) {
    await db.query(`delete from sluice.user_sessions where user_id = $1 and _id is distinct from $2`, [userId, but ?? null])
  },
  async keepNewest(userId, tokenHash, most) {
    await db.query(
      `delete from sluice.user_sessions where hash in (
         select hash from sluice.user_sessions where user_id = $1 and token_hash is not distinct from $2 order by seen_at desc, created_at desc, _id offset $3)`,
      [userId, tokenHash ?? null, most],
    )
  },
  async purge({ usedSince, begunSince }, limit) {
    const { rowCount } = await db.query(
      `delete from sluice.user_sessions where hash in (select hash from sluice.user_sessions where seen_at < $1 or created_at < $2 limit $3)`,
      [usedSince, begunSince, limit],
    )
    return rowCount ?? 0
  },
})

export const passwordRows = (db: Client): Passwords => ({
  async findByEmail(email) {
    const { rows } = await db.query<{ userId: string; sealed: string | null; sources: string[] | null }>({
      name: 'password-by-email',
      text: `select u._id as "userId", p.sealed, p.sources from sluice.users u left join sluice.passwords p on p.user_id = u._id where lower(u.email) = lower($1)`,
      values: [email],
    })
    const [found] = rows
    return found && { userId: found.userId, sources: found.sources ?? [], ...(found.sealed !== null && { sealed: found.sealed }) }
  },
  async noteSource(userId, source, most) {
    await db.query(`update sluice.passwords set sources = (array_prepend($2, array_remove(sources, $2)))[1:$3] where user_id = $1`, [
      userId,
      source,
      most,
    ])
  },
  async find(userId) {
    const { rows } = await db.query<{ sealed: string }>(`select sealed from sluice.passwords where user_id = $1`, [userId])
    return rows[0]?.sealed
  },
  async set(userId, sealed, at) {
    await db.query(
      `insert into sluice.passwords (user_id, sealed, set_at) values ($1, $2, $3)
       on conflict (user_id) do update set sealed = excluded.sealed, set_at = excluded.set_at`,
      [userId, sealed, at],
    )
  },
  async addLink(hash, userId, endsAt) {
    await db.query(`insert into sluice.password_links (hash, user_id, ends_at) values ($1, $2, $3)`, [hash, userId, endsAt])
  },
  async findLink(hash, now) {
    const { rows } = await db.query<{ user_id: string }>(`select user_id from sluice.password_links where hash = $1 and ends_at > $2`, [
      hash,
      now,
    ])
    return rows[0]?.user_id
  },
  async takeLink(hash, now) {
    const { rowCount } = await db.query(
      `with found as (select user_id from sluice.password_links where hash = $1 and ends_at > $2 for update)
       delete from sluice.password_links l using found where l.user_id = found.user_id`,
      [hash, now],
    )
    return (rowCount ?? 0) > 0
  },
  async removeLinks(userId) {
    await db.query(`delete from sluice.password_links where user_id = $1`, [userId])
  },
  async purgeLinks(before) {
    await db.query(`delete from sluice.password_links where ends_at < $1`, [before])
  },
})

export const userIdentityRows = (db: Client): UserIdentities => ({
  async find(issuer, subject) {
    const { rows } = await db.query<{ userId: string }>(
      `select user_id as "userId" from sluice.user_identities where issuer = $1 and subject = $2`,
      [issuer, subject],
    )
    return rows[0]?.userId
  },
  async link(issuer, subject, userId, at) {
    const { rowCount } = await db.query(
      `insert into sluice.user_identities (issuer, subject, user_id, linked_at) values ($1, $2, $3, $4) on conflict do nothing`,
      [issuer, subject, userId, at],
    )
    return rowCount === 1
  },
  async unlink(userId) {
    const { rowCount } = await db.query(`delete from sluice.user_identities where user_id = $1`, [userId])
    return (rowCount ?? 0) > 0
  },
})
