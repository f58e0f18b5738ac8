/** Files that exports have read and left where they are, one row each for as long as it is there. */
import type { ReadFolder, TakenFiles } from '../../domain/ports/flows/taken-files.ts'
import type { Client } from '../database/pool.ts'

const ofFolder = 'env_id = $1 and flow_id = $2 and export_id = $3 and folder = $4'
const toValues = ({ envId, flowId, exportId, folder }: ReadFolder): string[] => [envId, flowId, exportId, folder]

export const takenFileRows = (db: Client): TakenFiles => ({
  async listTaken(folder, files, now) {
    const { rows } = await db.query<{ name: string }>({
      name: 'taken-files-among',
      // Written at most once a day for each: a folder of many files is looked at often.
      text: `with taken as (
               select t.name, t.seen_at from sluice.taken_files t join unnest($5::text[], $6::text[]) as f(name, print) using (name, print)
               where ${ofFolder}),
             seen as (
               update sluice.taken_files t set seen_at = $7 from taken
               where ${ofFolder} and t.name = taken.name and taken.seen_at < $7::timestamptz - interval '1 day')
             select name from taken`,
      values: [...toValues(folder), files.map(({ name }) => name), files.map(({ print }) => print), now],
    })
    return new Set(rows.map(({ name }) => name))
  },
  async take(folder, { name, print }, now) {
    await db.query({
      name: 'taken-files-take',
      text: `insert into sluice.taken_files (env_id, flow_id, export_id, folder, name, print, seen_at) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (env_id, flow_id, export_id, folder, name) do update set print = excluded.print, seen_at = excluded.seen_at`,
      values: [...toValues(folder), name, print, now],
    })
  },
  async forgetGone(folder, now) {
    await db.query({
      name: 'taken-files-forget',
      text: `delete from sluice.taken_files where ${ofFolder} and seen_at < $5::timestamptz - interval '2 days'`,
      values: [...toValues(folder), now],
    })
  },
})
