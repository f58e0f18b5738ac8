/** States of integrations. */
import type { ChangedResource, Resources, SnapshotRules, Snapshots } from '../domain/ports/snapshots.ts'
import type { Client } from './database/pool.ts'
import { closureText, documentAt, pathPatterns } from './closure-sql.ts'
import { treeRows, unnamedTrees } from './snapshot-trees.ts'
import type { Key } from '../domain/ports/document.ts'

export const snapshotRows = (db: Client): Snapshots => ({
  readResources: (envId, integrationId, reach) => resources(db, envId, integrationId, reach),

  persistDefinitions: (envId, definitions, of) => persistDefinitions(db, envId, definitions, of),

  async readDefinitions(envId, hashes) {
    if (hashes.length === 0) return new Map()
    const { rows } = await db.query<{ hash: string; text: string }>({
      name: 'definitions-read',
      text: `select hash, text from sluice.definitions where env_id = $1 and hash = any($2)`,
      values: [envId, hashes],
    })
    return new Map(rows.map(({ hash, text }) => [hash, text]))
  },

  async readAuthors(envId, hashes) {
    if (hashes.length === 0) return new Map()
    const { rows } = await db.query<{ hash: string; authors: string[] }>({
      name: 'definitions-authors',
      text: `select hash, author_integration_ids as authors from sluice.definitions
             where env_id = $1 and hash = any($2) and author_integration_ids is not null`,
      values: [envId, hashes],
    })
    return new Map(rows.map(({ hash, authors }) => [hash, authors]))
  },

  ...treeRows(db),

  async lockForPruning(envId) {
    await db.query({ name: 'states-hold', text: `select pg_advisory_xact_lock_shared(${lockSpace}, hashtext($1))`, values: [envId] })
  },

  ...collecting(db),

  ...binned(db),
})

async function persistDefinitions(db: Client, ...[envId, definitions, of]: Parameters<Snapshots['persistDefinitions']>): Promise<void> {
  await db.query({
    name: 'definitions-keep',
    text: `with kept as (
               insert into sluice.definitions (env_id, hash, text, author_integration_ids)
               select distinct on (hash) $1, hash, text, authors from unnest($2::text[], $3::text[], $8::jsonb[]) as n (hash, text, authors)
               order by hash, authors nulls last on conflict (env_id, hash) do update set author_integration_ids = excluded.author_integration_ids
               where definitions.author_integration_ids is null and excluded.author_integration_ids is not null)
             insert into sluice.definition_hashes (env_id, collection, _id, version, hash)
             select $1, * from unnest($4::text[], $5::text[], $6::text[], $7::text[]) as n (collection, _id, version, hash) order by collection, _id
             on conflict (env_id, collection, _id) do update set version = excluded.version, hash = excluded.hash`,
    values: [
      envId,
      definitions.map(({ hash }) => hash),
      definitions.map(({ text }) => text),
      of.map(({ collection }) => collection),
      of.map(({ id }) => id),
      of.map(({ version }) => version),
      of.map(({ hash }) => hash),
      definitions.map(({ authors }) => (authors ? JSON.stringify(authors) : null)),
    ],
  })
}

/** Documents that may lie in the recycle bin. */
const binned = (db: Client): Pick<Snapshots, 'filterStored' | 'restore'> => ({
  async filterStored(envId, collection, ids) {
    if (ids.length === 0) return []
    const { rows } = await db.query<{ id: string }>(
      `select _id as id from sluice.documents where env_id = $1 and collection = $2 and _id = any($3)`,
      [envId, collection, ids],
    )
    return rows.map(({ id }) => id)
  },

  async restore(envId, keys) {
    if (keys.length === 0) return []
    // Not `deleted_at is not null`, which has an index: where the bin was empty at the last look, it would be gone through for every key.
    const { rows } = await db.query<Key>(
      `update sluice.documents d set deleted_at = null, deleted_with = null, doc = d.doc - 'deletedAt'
       from unnest($2::text[], $3::text[]) as k (collection, _id)
       where d.env_id = $1 and d.collection = k.collection and d._id = k._id and num_nonnulls(d.deleted_at) = 1
       returning d.collection, d._id as id`,
      [envId, keys.map(({ collection }) => collection), keys.map(({ id }) => id)],
    )
    return rows
  },
})

/**
 * Which version of its row a document is in: who wrote it, and where it lies. Both may repeat once a database was dumped and read in again, but not while
 * the same server runs. It is read without unpacking the document.
 */
const version = `(select $7::text || ' ' || extract(epoch from pg_postmaster_start_time())::text || ' ') || d.xmin::text || ' ' || d.ctid::text`

const versioned = ['d.collection', 'd._id', `${version} as version`] as const

/**
 * As a look-up, not a join: that would be planned by the size the table had on the day of the plan, and it begins empty. What is remembered is kept:
 * both go together (`prune`).
 */
const knownHash = `
  (select h.hash from sluice.definition_hashes h where h.env_id = $1 and h.collection = r.collection and h._id = r._id and h.version = r.version)`

/** What is known comes as one text: most resources did not change since the last time, and a row for each of them costs as much as finding them. */
async function resources(db: Client, envId: string, integrationId: string, reach: SnapshotRules): Promise<Resources> {
  const { rows } = await db.query<Pick<Resources, 'known'> | (ChangedResource & { readonly known: null })>({
    name: 'state-resources',
    text: `with recursive ${closureText(
      { env: '$1', used: '$3', owned: '$4', unless: '$5' },
      versioned,
      `select d.collection, d._id, d.version from (values ('integrations', $2::text)) as root (collection, _id)
         cross join lateral ${documentAt('$1', 'root', versioned.join(', '))} d`,
    )},
           found as materialized (select r.*, ${knownHash} as hash from reached r limit $6)
           select coalesce(string_agg(collection || ' ' || _id || ' ' || hash, e'\\n' order by collection collate "C", _id collate "C"), '') as known,
             null as collection, null as id, null as version, null as text from found where hash is not null
           union all
           select null, f.collection, f._id, f.version, ${documentAt('$1', 'f', 'd.doc::text')} from found f where f.hash is null`,
    values: [envId, integrationId, reach.used, reach.owned, pathPatterns(reach.unless), reach.limit, String(reach.format)],
  })
  const known = rows.map((row) => row.known ?? '').join('')
  return { known, changed: rows.filter((row) => row.known === null) }
}

/** Of advisory locks on what is kept for an environment: "SLUI" in ASCII, and one more than what that is used for elsewhere. */
const lockSpace = 0x534c5549 + 1

const collecting = (db: Client): Pick<Snapshots, 'claimForPruning' | 'prune'> => ({
  async claimForPruning(before) {
    const { rows } = await db.query<{ envId: string }>(
      `update sluice.state_environments e set collected_at = now() from (
         select env_id from sluice.state_environments where collected_at < $1 order by collected_at limit 1 for update skip locked) next
       where e.env_id = next.env_id returning e.env_id as "envId"`,
      [before],
    )
    return rows[0]?.envId
  },

  async prune(envId, before) {
    const { rows } = await db.query<{ free: boolean }>(`select pg_try_advisory_xact_lock(${lockSpace}, hashtext($1)) as free`, [envId])
    if (!rows[0]?.free) return { trees: 0, definitions: 0 }
    const { rowCount: whole } = await db.query(unnamedTrees, [envId, before])
    const { rowCount: parts } = await db.query(unnamedTrees, [envId, before])
    const { rowCount: definitions } = await db.query(unnamedDefinitions, [envId, before])
    await db.query(
      `delete from sluice.definition_hashes h where h.env_id = $1
         and (not exists (select from sluice.documents d where d.env_id = $1 and d.collection = h.collection and d._id = h._id)
              or not exists (select from sluice.definitions k where k.env_id = $1 and k.hash = h.hash))`,
      [envId],
    )
    return { trees: (whole ?? 0) + (parts ?? 0), definitions: definitions ?? 0 }
  },
})

const unnamedDefinitions = `
  with named as materialized (
    select distinct split_part(line, ' ', 3) as hash from sluice.trees t cross join lateral string_to_table(t.nodes, e'\\n') as line where t.env_id = $1)
  delete from sluice.definitions d where d.env_id = $1 and d.added_at < $2 and d.hash not in (select hash from named)`
