/** Which installations need a document of their publisher: one statement. */
import type { Dependent } from '../../domain/ports/dependencies.ts'
import type { Client } from '../database/pool.ts'
import type { Key } from '../../domain/ports/document.ts'

/** By the references of what is installed; the template goes by its connectors. Each installation is looked up by keys, so it costs what the app has of them. */
export async function findDependents(
  db: Client,
  envId: string,
  { collection, id }: Key,
  limit: number,
): Promise<readonly (Dependent & { isHere: boolean })[]> {
  const { rows } = await db.query<Dependent & { isHere: boolean }>({
    name: 'installations-needing',
    text: `select 'integrations' as collection, i.integration_id as id, coalesce(c.doc ->> 'name', '') as name, used.paths, i.env_id = $1 as "isHere"
           from sluice.installations i
             join sluice.documents d on d.env_id = i.env_id and d.collection = 'integrations' and d._id = i.integration_id and d.deleted_at is null
             join sluice.documents c on c.env_id = i.connector_env_id and c.collection = 'connectors' and c._id = i.connector_id
             cross join lateral (
               select array_agg(distinct path) as paths from (
                 select e.path from sluice.edges e cross join lateral (
                   select f.doc from sluice.documents f
                   where f.env_id = e.env_id and f.collection = e.from_collection and f._id = e.from_id and f.deleted_at is null limit 1) f
                 where e.env_id = i.env_id and e.to_collection = $2 and e.to_id = $3
                   and i.integration_id in (e.from_id, f.doc ->> '_integrationId') and f.doc ->> '_connectorId' = i.connector_id
                 union all
                 select e.path from sluice.edges e
                 where e.env_id = $1 and e.from_collection = 'connectors' and e.from_id = i.connector_id and e.to_collection = $2 and e.to_id = $3
                   and $2 = 'integrations') each) used
           where i.connector_env_id = $1 and used.paths is not null order by i.env_id, i.integration_id limit $4`,
    values: [envId, collection, id, limit],
  })
  return rows
}
