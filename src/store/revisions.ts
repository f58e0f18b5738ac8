/** Revisions of integrations. */
import type { Revision, Revisions, SharedState } from '../domain/ports/revisions.ts'
import type { Client } from './database/pool.ts'
import type { Doc } from '../domain/ports/document.ts'

export const revisionRows = (db: Client): Revisions => ({
  async page(envId, integrationId, skip, limit) {
    const { rows } = await db.query<{ text: string }>({
      name: 'revisions-page',
      text: `select doc::text as text from sluice.revisions where env_id = $1 and integration_id = $2 order by _id desc limit $3 offset $4`,
      values: [envId, integrationId, limit, skip],
    })
    return rows.map(({ text }) => text)
  },

  async readText(envId, integrationId, id) {
    const { rows } = await db.query<{ text: string }>({
      name: 'revision-text',
      text: `select doc::text as text from sluice.revisions where env_id = $1 and integration_id = $2 and _id = $3`,
      values: [envId, integrationId, id],
    })
    return rows[0]?.text
  },

  find: (...key) => find(db, '', ...key),
  lock: (...key) => find(db, 'for update', ...key),

  async add(envId, integrationId, { doc, work }, trees) {
    const { rowCount } = await db.query({
      name: 'revision-add',
      text: `insert into sluice.revisions (env_id, integration_id, _id, status, doc, work, trees, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (env_id, integration_id) where status = 'inprogress' do nothing`,
      values: [envId, integrationId, doc._id, doc['status'], JSON.stringify(doc), JSON.stringify(work), trees, doc.createdAt],
    })
    return rowCount === 1
  },

  async listReverts(envId, integrationId, limit) {
    const { rows } = await db.query<{ doc: Doc }>({
      name: 'revisions-reverts',
      text: `select doc from sluice.revisions where env_id = $1 and integration_id = $2 and status = 'completed' and doc ->> 'type' = 'revert'
             order by _id desc limit $3`,
      values: [envId, integrationId, limit],
    })
    return rows.map(({ doc }) => doc)
  },

  async write(envId, integrationId, { doc, work }, trees) {
    await db.query({
      name: 'revision-write',
      text: `update sluice.revisions set status = $4, doc = $5, work = $6, trees = $7 where env_id = $1 and integration_id = $2 and _id = $3`,
      values: [envId, integrationId, doc._id, doc['status'], JSON.stringify(doc), JSON.stringify(work), trees],
    })
  },

  ...sharedStateRows(db),

  async prune(before, keep, limit) {
    const { rowCount } = await db.query(
      `with old as (select env_id, integration_id, _id from sluice.revisions where created_at < $1 and status <> 'inprogress' order by created_at limit $3)
       delete from sluice.revisions r using old o
       where r.env_id = o.env_id and r.integration_id = o.integration_id and r._id = o._id
         and (select count(*) from (select from sluice.revisions n where n.env_id = r.env_id and n.integration_id = r.integration_id
                                    and n._id > r._id limit $2) newer) >= $2
         and not exists (select from sluice.revisions n where n.env_id = r.env_id and n.integration_id = r.integration_id
                         and n.doc ->> '_revertToRevisionId' = r._id)`,
      [before, keep, limit],
    )
    return rowCount ?? 0
  },
})

const sharedStateRows = (db: Client): Pick<Revisions, 'lockSharedState' | 'recordSharedState'> => ({
  async lockSharedState(envId, cloneId) {
    const { rows } = await db.query<SharedState>({
      name: 'shared-state',
      text: `select source_env_id as "sourceEnvId", source_tree as "sourceTree", tree from sluice.shared_states
             where env_id = $1 and integration_id = $2 for update`,
      values: [envId, cloneId],
    })
    return rows[0]
  },

  async recordSharedState(envId, cloneId, { sourceEnvId, sourceTree, tree }) {
    await db.query(
      `insert into sluice.shared_states (env_id, integration_id, source_env_id, source_tree, tree) values ($1, $2, $3, $4, $5)
       on conflict (env_id, integration_id) do update set source_tree = excluded.source_tree, tree = excluded.tree`,
      [envId, cloneId, sourceEnvId, sourceTree, tree],
    )
  },
})

async function find(db: Client, lock: '' | 'for update', envId: string, integrationId: string, id: string): Promise<Revision | undefined> {
  const { rows } = await db.query<Revision>({
    name: lock ? 'revision-lock' : 'revision-find',
    text: `select doc, work from sluice.revisions where env_id = $1 and integration_id = $2 and _id = $3 ${lock}`,
    values: [envId, integrationId, id],
  })
  return rows[0]
}
