/** Control numbers: one statement counts and answers, so no two callers are given the same. */
import { maxControlNumber } from '../../contract/resources/edi-profile.ts'
import type { ControlNumbers } from '../../domain/ports/flows/control-numbers.ts'
import type { Client } from '../database/pool.ts'

export const controlNumberRows = (db: Client): ControlNumbers => ({
  async take(envId, ownerId, least) {
    const { rows } = await db.query<{ last_number: number }>({
      name: 'control-number-take',
      text: `insert into sluice.control_numbers as c (env_id, owner_id, last_number) values ($1, $2, $3)
             on conflict (env_id, owner_id) do update
               set last_number = case when c.last_number >= $4 then excluded.last_number else greatest(c.last_number + 1, excluded.last_number) end
             returning last_number`,
      values: [envId, ownerId, least, maxControlNumber],
    })
    return rows[0]?.last_number ?? least
  },
})
