/** Which connections are used and not registered. */
import type { Registration } from '../domain/ports/registration.ts'
import { stepPath } from '../domain/rules/step-paths.ts'
import type { Client } from './database/pool.ts'

/** Whether an integration has a connection registered. */
const isRegistered = (integration: string, connection: string): string => `exists (
  select from sluice.edges r where r.env_id = $1 and r.from_collection = 'integrations' and r.from_id = ${integration}
    and r.to_collection = 'connections' and r.to_id = ${connection} and r.path like '\\_registeredConnectionIds.%')`

export const registrationRows = (db: Client): Registration => ({
  async findMissing(envId, integrationId, steps) {
    if (steps.length === 0) return []
    const { rows } = await db.query<{ id: string }>({
      name: 'connections-unregistered',
      text: `select distinct e.to_id as id
             from unnest($3::text[], $4::text[]) as s (collection, _id)
               join sluice.edges e on e.env_id = $1 and e.from_collection = s.collection and e.from_id = s._id and e.path = '_connectionId'
               join sluice.documents c on c.env_id = $1 and c.collection = e.to_collection and c._id = e.to_id and c.deleted_at is null
             where not ${isRegistered('$2', 'e.to_id')}
             order by 1`,
      values: [envId, integrationId, steps.map(({ collection }) => collection), steps.map(({ id }) => id)],
    })
    return rows.map((row) => row.id)
  },

  async findRegistered(envId, connectionId) {
    const { rows } = await db.query<{ id: string }>({
      name: 'integrations-having-connection',
      text: `select distinct e.from_id as id from sluice.edges e
             where e.env_id = $1 and e.to_collection = 'connections' and e.to_id = $2 and e.from_collection = 'integrations'
               and e.path like '\\_registeredConnectionIds.%' order by 1`,
      values: [envId, connectionId],
    })
    return rows.map((row) => row.id)
  },

  async findUsing(envId, connectionId, limit) {
    const { rows } = await db.query<{ id: string }>({
      name: 'integrations-using-connection',
      text: `select distinct f.doc ->> '_integrationId' as id
             from sluice.edges s
               join sluice.edges e on e.env_id = $1 and e.to_collection = s.from_collection and e.to_id = s.from_id and e.from_collection = 'flows'
                 and e.path ~ '${stepPath}'
               join sluice.documents f on f.env_id = $1 and f.collection = 'flows' and f._id = e.from_id and f.deleted_at is null
             where s.env_id = $1 and s.to_collection = 'connections' and s.to_id = $2 and s.from_collection in ('exports', 'imports')
               and s.path = '_connectionId' and f.doc ? '_integrationId' and not ${isRegistered(`f.doc ->> '_integrationId'`, '$2')}
             order by 1 limit $3`,
      values: [envId, connectionId, limit],
    })
    return rows.map((row) => row.id)
  },

  async findLacking(envId, step, connectionId, limit) {
    const { rows } = await db.query<{ id: string }>({
      name: 'integrations-lacking-connection',
      text: `select distinct f.doc ->> '_integrationId' as id
             from sluice.edges e
               join sluice.documents f on f.env_id = $1 and f.collection = 'flows' and f._id = e.from_id and f.deleted_at is null
               join sluice.documents c on c.env_id = $1 and c.collection = 'connections' and c._id = $4 and c.deleted_at is null
             where e.env_id = $1 and e.to_collection = $2 and e.to_id = $3 and e.from_collection = 'flows' and e.path ~ '${stepPath}'
               and f.doc ? '_integrationId' and not ${isRegistered(`f.doc ->> '_integrationId'`, '$4')}
             order by 1 limit $5`,
      values: [envId, step.collection, step.id, connectionId, limit],
    })
    return rows.map((row) => row.id)
  },
})
