/** Leaky buckets, one row an account. */
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
})
