/** What functions of Integration Apps change, as it was before. */
import type { Client } from '../database/pool.ts'
import type { Doc, Entry, Key } from '../../domain/ports/document.ts'
import type { AppUndoLog, DocumentBefore, InstallationRoot } from '../../domain/ports/apps.ts'

/** Entries that one statement copies, as many as a purge takes at once. */
const entriesAtOnce = 50_000

/** The first that is remembered is what was there before. */
const insertUndo = `insert into sluice.app_before (env_id, root_id, kind, of, key, value)`

export const appUndoLogRows = (db: Client): AppUndoLog => ({
  async recordDocuments({ envId, rootId }, keys, removed = false) {
    if (keys.length === 0) return
    await db.query({
      name: 'before-documents',
      text: `insert into sluice.app_before (env_id, root_id, kind, of, key, value, secrets, removed)
             select $1, $2, 'document', k.collection, k._id, d.doc::text, d.secrets, $5 and d.doc is not null
             from unnest($3::text[], $4::text[]) as k (collection, _id)
               left join sluice.documents d on d.env_id = $1 and d.collection = k.collection and d._id = k._id and d.deleted_at is null
             on conflict (env_id, root_id, kind, of, key) do update set removed = excluded.removed where not app_before.removed and excluded.removed`,
      values: [envId, rootId, keys.map(({ collection }) => collection), keys.map(({ id }) => id), removed],
    })
  },
  async recordWritten({ envId, rootId }, collection, { doc, secrets }) {
    await db.query({
      name: 'before-written',
      text: `insert into sluice.app_before (env_id, root_id, kind, of, key, value, secrets) values ($1, $2, 'written', $3, $4, $5, $6)
             on conflict (env_id, root_id, kind, of, key) do update set value = excluded.value, secrets = excluded.secrets`,
      values: [envId, rootId, collection, doc._id, JSON.stringify(doc), secrets ?? null],
    })
  },
  async rebase({ envId, rootId }, collection, { doc, secrets }) {
    await db.query(
      `update sluice.app_before set value = $5, secrets = $6 where env_id = $1 and root_id = $2 and kind = 'document' and of = $3 and key = $4`,
      [envId, rootId, collection, doc._id, JSON.stringify(doc), secrets ?? null],
    )
  },
  ...notes(db),
  ...reading(db),

  async restore(of) {
    await restoreEntries(db, of)
    for (const text of others) await db.query(text, [of.envId, of.rootId])
  },
  async clear({ envId, rootId }) {
    await db.query(`delete from sluice.app_before where env_id = $1 and root_id = $2`, [envId, rootId])
  },
})

const notes = (
  db: Client,
): Pick<AppUndoLog, 'recordEntries' | 'recordState' | 'recordPairs' | 'recordEdition' | 'recordLicense' | 'recordRun'> => ({
  async recordEntries(of, cacheId, keys) {
    if (!keys) return allEntries(db, of, cacheId)
    await db.query(
      `${insertUndo} select $1, $2, 'entry', $3, k.key, e.value from unnest($4::text[]) as k (key)
         left join sluice.lookup_cache_data e on e.env_id = $1 and e.cache_id = $3 and e.key = k.key
       on conflict do nothing`,
      [of.envId, of.rootId, cacheId, keys],
    )
  },
  async recordState({ envId, rootId }, integrationId, key) {
    await db.query(
      key === undefined
        ? `${insertUndo} select $1, $2, 'state', $3, key, value from sluice.integration_state where env_id = $1 and integration_id = $3 on conflict do nothing`
        : `${insertUndo} select $1, $2, 'state', $3, $4,
             (select value from sluice.integration_state where env_id = $1 and integration_id = $3 and key = $4) on conflict do nothing`,
      [envId, rootId, integrationId, ...(key === undefined ? [] : [key])],
    )
  },
  async recordPairs({ envId, rootId }, integrationId) {
    await db.query(
      `${insertUndo} select $1, $2, 'pair', $3, '', coalesce(json_agg(json_build_array(collection, source_id, target_id, base)), '[]')
         from sluice.clone_pairs where env_id = $1 and integration_id = $3
       on conflict do nothing`,
      [envId, rootId, integrationId],
    )
  },
  async recordEdition({ envId, rootId }) {
    await db.query(
      `${insertUndo} select env_id, root_id, 'edition', integration_id, coalesce(edition_id, ''), packaged from sluice.installations
         where env_id = $1 and root_id = $2 and not exists (
           select from sluice.app_before where env_id = $1 and root_id = $2 and kind = 'edition')
       on conflict do nothing`,
      [envId, rootId],
    )
  },
  async recordLicense({ envId, rootId }) {
    await db.query(
      `${insertUndo} select $1, $2, 'license', '', '', (
         select account_id || '/' || _id from sluice.licenses where env_id = $1 and integration_id = $2) on conflict do nothing`,
      [envId, rootId],
    )
  },
  async recordRun({ envId, rootId }, jobId) {
    await db.query(`${insertUndo} values ($1, $2, 'run', '', $3, null) on conflict do nothing`, [envId, rootId, jobId])
  },
})

const reading = (db: Client): Pick<AppUndoLog, 'listDocuments' | 'findDocument' | 'listRuns' | 'listCaches'> => {
  const column = async ({ envId, rootId }: InstallationRoot, name: string, kind: string): Promise<string[]> => {
    const { rows } = await db.query<{ value: string }>(
      `select distinct ${name} as value from sluice.app_before where env_id = $1 and root_id = $2 and kind = $3 order by 1`,
      [envId, rootId, kind],
    )
    return rows.map(({ value }) => value)
  }
  const documents = async ({ envId, rootId }: InstallationRoot, key?: Key): Promise<DocumentBefore[]> => {
    type Row = Key & { value: string | null; secrets: string | null; removed: boolean; then: string | null; sealed: string | null }
    const { rows } = await db.query<Row>(
      `select b.of as collection, b.key as id, b.value, b.secrets, b.removed, w.value as "then", w.secrets as sealed
       from sluice.app_before b left join sluice.app_before w
         on w.env_id = b.env_id and w.root_id = b.root_id and w.kind = 'written' and w.of = b.of and w.key = b.key
       where b.env_id = $1 and b.root_id = $2 and b.kind = 'document' and ($3::text is null or (b.of = $3 and b.key = $4)) order by b.of, b.key`,
      [envId, rootId, key?.collection ?? null, key?.id ?? null],
    )
    const entryOf = (text: string | null, secrets: string | null): Entry | undefined =>
      text === null ? undefined : { doc: JSON.parse(text) as Doc, secrets: secrets ?? undefined }
    return rows.map(({ collection, id, value, secrets, removed, then, sealed }) => ({
      collection,
      id,
      entry: entryOf(value, secrets),
      written: entryOf(then, sealed),
      removed,
    }))
  }
  return {
    listDocuments: (of) => documents(of),
    findDocument: async (of, key) => (await documents(of, key))[0],
    listRuns: (of) => column(of, 'key', 'run'),
    listCaches: (of) => column(of, 'of', 'entry'),
  }
}

/** From key to key, as a purge goes: a full cache of tiny entries would take a single statement past its timeout. */
async function allEntries(db: Client, { envId, rootId }: InstallationRoot, cacheId: string): Promise<void> {
  for (let last: string | null | undefined = ''; typeof last === 'string';) {
    const { rows }: { rows: { last: string | null }[] } = await db.query(
      `with chunk as (select key, value from sluice.lookup_cache_data where env_id = $1 and cache_id = $3 and key > $4 order by key limit $5),
         kept as (${insertUndo} select $1, $2, 'entry', $3, key, value from chunk on conflict do nothing)
       select max(key) as last from chunk`,
      [envId, rootId, cacheId, last, entriesAtOnce],
    )
    last = rows[0]?.last
  }
}

async function restoreEntries(db: Client, { envId, rootId }: InstallationRoot): Promise<void> {
  for (let last: { of: string; key: string } | undefined = { of: '', key: '' }; last;) {
    const { rows }: { rows: { of: string; key: string }[] } = await db.query(
      `with chunk as materialized (
         select of, key, value from sluice.app_before where env_id = $1 and root_id = $2 and kind = 'entry' and (of, key) > ($3, $4)
         order by of, key limit $5),
       gone as (
         delete from sluice.lookup_cache_data e using chunk c where e.env_id = $1 and e.cache_id = c.of and e.key = c.key and c.value is null),
       back as (
         insert into sluice.lookup_cache_data (env_id, cache_id, key, value) select $1, of, key, value from chunk where value is not null
         on conflict (env_id, cache_id, key) do update set value = excluded.value)
       select of, key from chunk order by of desc, key desc limit 1`,
      [envId, rootId, last.of, last.key, entriesAtOnce],
    )
    last = rows[0]
  }
}

const those = (kind: string): string =>
  `select of, key, value from sluice.app_before where env_id = $1 and root_id = $2 and kind = '${kind}'`

const others: readonly string[] = [
  `with b as (${those('state')}),
     gone as (
       delete from sluice.integration_state s using b where s.env_id = $1 and s.integration_id = b.of and s.key = b.key and b.value is null)
   insert into sluice.integration_state (env_id, integration_id, key, value) select $1, of, key, value from b where value is not null
   on conflict (env_id, integration_id, key) do update set value = excluded.value`,
  `delete from sluice.clone_pairs p using (${those('pair')}) b where p.env_id = $1 and p.integration_id = b.of`,
  `insert into sluice.clone_pairs (env_id, integration_id, collection, source_id, target_id, base)
   select $1, b.of, p ->> 0, p ->> 1, p ->> 2, (p ->> 3)::jsonb from (${those('pair')}) b cross join lateral json_array_elements(b.value::json) p`,
  `update sluice.installations i set edition_id = nullif(b.key, ''), packaged = b.value::boolean from (${those('edition')}) b
   where i.env_id = $1 and i.integration_id = b.of`,
  `delete from sluice.installations i where i.env_id = $1 and i.root_id = $2 and i.integration_id <> i.root_id
     and exists (${those('edition')}) and i.integration_id not in (select of from (${those('edition')}) b)`,
  `update sluice.licenses l set env_id = null, integration_id = null from (${those('license')}) b
   where l.env_id = $1 and l.integration_id = $2 and l.account_id || '/' || l._id is distinct from b.value`,
  `update sluice.licenses l set env_id = $1, integration_id = $2 from (${those('license')}) b
   where l.account_id = split_part(b.value, '/', 1) and l._id = split_part(b.value, '/', 2) and l.integration_id is null`,
]
