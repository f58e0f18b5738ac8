/** Who looks after which open error, and its tags. */
import type { Client } from '../database/pool.ts'
import type { ErrorAssignment } from '../../domain/ports/flow-errors.ts'

/** Locked in the order of their ids, so that two who change the same errors do not wait for each other. */
const held = `
  select error_id from sluice.flow_errors
  where env_id = $1 and flow_id = $2 and step_id = $3 and error_id = any($4) and resolved_at is null order by error_id for no key update`

export const errorAssignmentRows = (db: Client): ErrorAssignment => {
  const change = async (set: string, values: unknown[]): Promise<string[]> => {
    const { rows } = await db.query<{ id: string }>(
      `with held as materialized (${held})
       update sluice.flow_errors e set ${set} from held
       where e.env_id = $1 and e.flow_id = $2 and e.step_id = $3 and e.error_id = held.error_id returning e.error_id as id`,
      values,
    )
    return rows.map((row) => row.id)
  }
  return {
    assign: (envId, flowId, stepId, errorIds, userId) => change('assigned_to = $5', [envId, flowId, stepId, errorIds, userId]),
    tag: (envId, flowId, stepId, errorIds, tagIds) => change('tag_ids = $5', [envId, flowId, stepId, errorIds, tagIds]),

    /** By way of the steps that have open errors: the key of an error begins with flow and step. */
    async assignAny(envId, integrationId, errorIds, userId) {
      const { rows } = await db.query<{ id: string }>(
        `with steps as materialized (
           select o.flow_id, o.step_id from sluice.documents f join sluice.open_errors o on o.env_id = $1 and o.flow_id = f._id and o.num_error > 0
           where f.env_id = $1 and f.collection = 'flows' and f.doc ->> '_integrationId' = $2 and f.deleted_at is null),
         held as materialized (
           select e.flow_id, e.step_id, e.error_id from steps s join sluice.flow_errors e
             on e.env_id = $1 and e.flow_id = s.flow_id and e.step_id = s.step_id and e.error_id = any($3) and e.resolved_at is null
           order by e.flow_id, e.step_id, e.error_id for no key update of e)
         update sluice.flow_errors e set assigned_to = $4 from held h
         where e.env_id = $1 and e.flow_id = h.flow_id and e.step_id = h.step_id and e.error_id = h.error_id returning e.error_id as id`,
        [envId, integrationId, errorIds, userId],
      )
      return rows.map((row) => row.id)
    },
    async filterKnownTags(envId, tagIds) {
      const { rows } = await db.query<{ id: string }>(
        `select doc ->> 'tagId' as id from sluice.documents where env_id = $1 and collection = 'tags' and deleted_at is null and doc ->> 'tagId' = any($2)`,
        [envId, tagIds],
      )
      return rows.map((row) => row.id)
    },
  }
}
