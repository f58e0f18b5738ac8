/** Leaky buckets, one row an account, or whatever else is counted. */
import type { RateLimits } from '../../domain/ports/rate-limits.ts'
import type { Client } from '../database/pool.ts'

export const rateLimitRows = (db: Client): RateLimits => ({
  async take(accountId, wanted, { deep, perSecond }) {
    // The database's clock, so that servers whose clocks differ agree; and read after the wait for the row, so that it never goes back.
    const level = `greatest(0, r.level - $4 * greatest(0, extract(epoch from clock_timestamp() - r.at))::float8)`
    const granted = `least($2::float8, floor(greatest(0, $3::float8 - ${level})))`
    const { rows } = await db.query<{ granted: number; level: number }>({
      name: 'rate-limit-take',
      text: `insert into sluice.rate_limits as r (account_id, level, at, granted) values ($1, least($2::float8, $3::float8), clock_timestamp(), least($2::float8, $3::float8))
             on conflict (account_id) do update set level = ${level} + ${granted}, at = clock_timestamp(), granted = ${granted}
             returning granted, level`,
      values: [accountId, wanted, deep, perSecond],
    })
    return rows[0] as { granted: number; level: number }
  },
  async giveBack(keys) {
    await db.query(`update sluice.rate_limits set level = greatest(0, level - 1) where account_id = any($1)`, [keys])
  },
  async purge(before, limit) {
    const { rowCount } = await db.query(
      `delete from sluice.rate_limits where account_id in (select account_id from sluice.rate_limits where at < $1 limit $2)`,
      [before, limit],
    )
    return rowCount ?? 0
  },
})
