/** How documents refer to each other, and whether what they refer to is there. */
import type { Client } from './database/pool.ts'
import type { Key, Reference } from '../domain/ports/document.ts'
import type { Documents } from '../domain/ports/documents.ts'

type ReferenceRows = Pick<Documents, 'findReferring' | 'lockKeys' | 'findUsed' | 'filterPresent' | 'lockTargets' | 'listReferences'>

export const referenceRows = (db: Client): ReferenceRows => ({
  async findReferring(envId, collection, targets, toCollection) {
    const { rows } = await db.query<{ from_id: string }>(
      `select distinct e.from_id from sluice.edges e cross join lateral ${referrer}
       where e.env_id = $1 and e.to_collection = $2 and e.to_id = any($3) and e.from_collection = $4 order by e.from_id`,
      [envId, toCollection, targets, collection],
    )
    return rows.map((row) => row.from_id)
  },

  async lockKeys(envId, keys) {
    await db.query(
      `select from sluice.documents where env_id = $1 and (collection, _id) in (select * from unnest($2::text[], $3::text[]))
       order by collection, _id for update`,
      [envId, keys.map((key) => key.collection), keys.map((key) => key.id)],
    )
  },

  async findUsed(envId, keys) {
    const { rows } = await db.query<Key>(
      `with k as materialized (select * from unnest($2::text[], $3::text[]) as k (collection, _id))
       select distinct k.collection, k._id as id from k
         cross join lateral (
           select e.from_collection, e.from_id from sluice.edges e where e.env_id = $1 and e.to_collection = k.collection and e.to_id = k._id offset 0) e
         cross join lateral ${referrer}
       where (e.from_collection, e.from_id) not in (select collection, _id from k)`,
      [envId, keys.map((key) => key.collection), keys.map((key) => key.id)],
    )
    return rows
  },

  async filterPresent(envId, keys) {
    if (keys.length === 0) return []
    const { rows } = await db.query<Key>(
      `select k.collection, k._id as id from unnest($2::text[], $3::text[]) k (collection, _id)
         join sluice.documents d on d.env_id = $1 and d.collection = k.collection and d._id = k._id and d.deleted_at is null`,
      [envId, keys.map((key) => key.collection), keys.map((key) => key.id)],
    )
    return rows
  },

  async lockTargets(envId, keys) {
    if (keys.length === 0) return []
    const { rows } = await db.query<{ position: number }>({
      name: 'targets-lock',
      text: `with ${targetCheck('$2', '$3')} select position::int from absent order by position`,
      values: [envId, keys.map((key) => key.collection), keys.map((key) => key.id)],
    })
    return rows.map(({ position }) => keys[position - 1] as Key)
  },

  async listReferences(envId, collection, ids) {
    const { rows } = await db.query<Reference & { from: string }>(
      `select from_id as "from", path, to_collection as collection, to_id as id from sluice.edges
       where env_id = $1 and from_collection = $2 and from_id = any($3) order by from_id, path`,
      [envId, collection, ids],
    )
    return rows
  },
})

/** The document that an edge comes from, if it is not deleted. Looked up by its key for each edge: right after a large write a join is planned by sizes of before. */
const referrer = `
  (select from sluice.documents d where d.env_id = $1 and d.collection = e.from_collection and d._id = e.from_id and d.deleted_at is null limit 1) d`

/**
 * Checks references and locks their targets against deletion, in the order of their keys, so that two writers do not wait for each other. One look-up by
 * key each: as a join it would be planned by the size the table had on the day of the plan. The arrays stand in selects to hide how long they are: a
 * plan for any length is made once, one for this length every time, and planning takes as long as the work.
 */
export const targetCheck = (collections: string, ids: string): string => `
  checked as (
    select * from unnest((select ${collections}::text[]), (select ${ids}::text[])) with ordinality as c (collection, _id, position) order by collection, _id),
  present as materialized (
    select position from checked cross join lateral (
      select from sluice.documents d where d.env_id = $1 and d.collection = checked.collection and d._id = checked._id and d.deleted_at is null for key share) target),
  absent as materialized (select position from checked where position not in (select position from present))`
