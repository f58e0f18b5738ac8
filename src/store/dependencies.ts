/** Who refers to a document. The index on targets finds it, whatever else the account holds. */
import { membershipRules } from '../domain/access/membership.ts'
import type { Dependencies, Dependent, Referrer } from '../domain/ports/dependencies.ts'
import type { Client } from './database/pool.ts'
import { pathPatterns } from './closure-sql.ts'

export const dependencyRows = (db: Client): Dependencies => ({
  async listDependents(envId, collection, id, limit) {
    const { rows } = await db.query<Dependent>({
      name: 'dependents',
      text: `select e.from_collection as collection, e.from_id as id, coalesce(min(d.doc ->> 'name'), '') as name, array_agg(e.path) as paths
             from sluice.edges e
               join sluice.documents d on d.env_id = $1 and d.collection = e.from_collection and d._id = e.from_id and d.deleted_at is null
             where e.env_id = $1 and e.to_collection = $2 and e.to_id = $3 and (e.from_collection, e.from_id) <> ($2, $3)
               and exists (select from sluice.documents t where t.env_id = $1 and t.collection = $2 and t._id = $3 and t.deleted_at is null)
             group by 1, 2 order by 1, 2 limit $4`,
      values: [envId, collection, id, limit],
    })
    return rows
  },

  async listReferrers(envId, keys, limit) {
    const { rows } = await db.query<Referrer>({
      name: 'referrers',
      text: `select k.collection as "toCollection", k._id as "toId", d.collection, d._id as id, coalesce(d.doc ->> 'name', '') as name
             from unnest($2::text[], $3::text[]) as k (collection, _id)
               cross join lateral (
                 select distinct e.from_collection, e.from_id from sluice.edges e
                 where e.env_id = $1 and e.to_collection = k.collection and e.to_id = k._id and e.path not like all($5) limit $4) e
               cross join lateral (
                 select d.collection, d._id, d.doc from sluice.documents d
                 where d.env_id = $1 and d.collection = e.from_collection and d._id = e.from_id and d.deleted_at is null limit 1) d
             order by 1, 2, 3, 4`,
      values: [envId, keys.map(({ collection }) => collection), keys.map(({ id }) => id), limit, pathPatterns(membershipRules.unless)],
    })
    return rows
  },
})
