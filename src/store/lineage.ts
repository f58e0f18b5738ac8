/** Who was cloned from whom: one statement. A clone says so itself (`_sourceId`), and where it does not any more, the record of clones does. */
import type { Client } from './database/pool.ts'
import type { Lineage, Relative } from '../domain/ports/clones.ts'

export const lineageRows = (db: Client): Lineage => ({
  async findFamily(accountId, envId, integrationId, limit) {
    const { rows } = await db.query<Relative>({
      name: 'clone-family',
      text: `with recursive environments as materialized (
               select _id from sluice.documents where env_id = $1 and collection = 'environments'),
             family (env_id, _id) as (
               select $2::text collate "C", $3::text collate "C"
               union
               select next.env_id, next._id from family f cross join lateral (
                 select p.env_id, p._id from sluice.documents d, environments v
                   cross join lateral (
                     select o.env_id, o._id from sluice.documents o where o.env_id = v._id and o.collection = 'integrations' and o._id = d.doc ->> '_sourceId' limit 1) p
                 where d.env_id = f.env_id and d.collection = 'integrations' and d._id = f._id and d.doc ? '_sourceId'
                 union all
                 select c.env_id, c._id from environments v join sluice.documents c
                   on c.env_id = v._id and c.collection = 'integrations' and c.doc ->> '_sourceId' = f._id and c.doc ? '_sourceId'
                 union all
                 select c.source_env_id, c.source_integration_id from sluice.clones c
                 where c.env_id = f.env_id and c.integration_id = f._id and c.source_env_id in (select _id from environments)
                 union all
                 select c.env_id, c.integration_id from sluice.clones c
                 where c.source_env_id = f.env_id and c.source_integration_id = f._id and c.env_id in (select _id from environments)) next)
             select d._id, d.doc ->> 'name' as name, d.env_id as "_envId", d.doc ->> '_sourceId' as "_sourceId"
             from family f cross join lateral (
               select * from sluice.documents i where i.env_id = f.env_id and i.collection = 'integrations' and i._id = f._id and i.deleted_at is null limit 1) d
             order by d._id limit $4`,
      values: [accountId, envId, integrationId, limit],
    })
    return rows
  },
})
