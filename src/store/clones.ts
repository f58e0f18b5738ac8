/** Closures, what is cloned from them, and the lineage that remains. */
import type { Base, ClosureRules, Clones, Insertion, Member, Pair, IntegrationPlace } from '../domain/ports/clones.ts'
import type { Client } from './database/pool.ts'
import { closureText, documentAt, pathPatterns } from './closure-sql.ts'
import { targetCheck } from './references.ts'
import type { Key } from '../domain/ports/document.ts'

export const cloneRows = (db: Client): Clones => ({
  readClosure: (envId, root, bounds) => closure(db, envId, root, bounds),
  insert: (envId, documents, needed) => insert(db, envId, documents, needed),

  async readConnectionTypes(envId, ids) {
    const { rows } = await db.query<{ _id: string; type: string }>(
      `select _id, doc ->> 'type' as type from sluice.documents where env_id = $1 and collection = 'connections' and _id = any($2) and deleted_at is null`,
      [envId, ids],
    )
    return new Map(rows.map(({ _id, type }) => [_id, type]))
  },
  async copyEntries(from, to) {
    await db.query(
      `insert into sluice.lookup_cache_data (env_id, cache_id, key, value)
       select $3, $4, key, value from sluice.lookup_cache_data where env_id = $1 and cache_id = $2`,
      [from.envId, from.cacheId, to.envId, to.cacheId],
    )
  },

  async recordClone(source, target, at, pairs) {
    await db.query(
      `insert into sluice.clones (env_id, integration_id, source_env_id, source_integration_id, cloned_at) values ($1, $2, $3, $4, $5)`,
      [target.envId, target.integrationId, source.envId, source.integrationId, at],
    )
    await addPairs(db, target, pairs)
  },
  async findSource({ envId, integrationId }) {
    const { rows } = await db.query<IntegrationPlace & { clonedAt: Date }>(
      `select source_env_id as "envId", source_integration_id as "integrationId", cloned_at as "clonedAt" from sluice.clones
       where env_id = $1 and integration_id = $2`,
      [envId, integrationId],
    )
    return rows[0] && { ...rows[0], clonedAt: rows[0].clonedAt.toISOString() }
  },
  async listClones({ envId, integrationId }) {
    const { rows } = await db.query<IntegrationPlace>(
      `select env_id as "envId", integration_id as "integrationId" from sluice.clones
       where source_env_id = $1 and source_integration_id = $2 order by cloned_at, integration_id`,
      [envId, integrationId],
    )
    return rows
  },
  async listPairs({ envId, integrationId }) {
    const { rows } = await db.query<Pair>(
      `select collection, source_id as "sourceId", target_id as "targetId" from sluice.clone_pairs
       where env_id = $1 and integration_id = $2 order by collection, source_id`,
      [envId, integrationId],
    )
    return rows
  },
  addPairs: (target, pairs) => addPairs(db, target, pairs),
  ...bases(db),
})

const bases = (db: Client): Pick<Clones, 'setBases' | 'readBases'> => ({
  async setBases({ envId, integrationId }, noted) {
    await db.query(
      `update sluice.clone_pairs p set base = b.base::jsonb from unnest($3::text[], $4::text[], $5::text[]) as b (collection, source_id, base)
       where p.env_id = $1 and p.integration_id = $2 and p.collection = b.collection and p.source_id = b.source_id`,
      [
        envId,
        integrationId,
        noted.map(({ collection }) => collection),
        noted.map(({ sourceId }) => sourceId),
        noted.map(({ base }) => JSON.stringify(base)),
      ],
    )
  },
  async readBases({ envId, integrationId }) {
    const { rows } = await db.query<{ id: string; base: Base['base'] }>(
      `select source_id as id, base from sluice.clone_pairs where env_id = $1 and integration_id = $2 and base is not null`,
      [envId, integrationId],
    )
    return new Map(rows.map(({ id, base }) => [id, base]))
  },
})

async function addPairs(db: Client, { envId, integrationId }: IntegrationPlace, pairs: readonly Pair[]): Promise<void> {
  await db.query(
    `insert into sluice.clone_pairs (env_id, integration_id, collection, source_id, target_id)
     select $1, $2, * from unnest($3::text[], $4::text[], $5::text[])
     on conflict (env_id, integration_id, collection, source_id) do update set target_id = excluded.target_id`,
    [
      envId,
      integrationId,
      pairs.map(({ collection }) => collection),
      pairs.map(({ sourceId }) => sourceId),
      pairs.map(({ targetId }) => targetId),
    ],
  )
}

const whole = 'd.collection, d._id, d.doc, d.secrets'

async function closure(db: Client, envId: string, root: Key, { used, owned, unless, limit }: ClosureRules): Promise<readonly Member[]> {
  const { rows } = await db.query<Member['entry'] & { collection: Member['collection']; secrets: string | null }>({
    name: 'closure',
    text: `with recursive ${closureText(
      { env: '$1', used: '$4', owned: '$5', unless: '$6' },
      ['d.collection', 'd._id'],
      `select d.collection, d._id from (values ($2::text, $3::text)) as root (collection, _id) cross join lateral ${documentAt('$1', 'root', whole)} d`,
    )}
           select d.collection, d.doc, d.secrets from (select * from reached limit $7) r cross join lateral ${documentAt('$1', 'r', whole)} d
           order by d.collection, d._id`,
    values: [envId, root.collection, root.id, used, owned, pathPatterns(unless), limit],
  })
  return rows.map(({ collection, doc, secrets }) => ({ collection, entry: { doc, secrets: secrets ?? undefined } }))
}

async function insert(db: Client, envId: string, documents: readonly Insertion[], needed: readonly Key[]): Promise<readonly Key[]> {
  const edges = documents.flatMap(({ collection, entry, references }) =>
    references.map((reference) => [collection, entry.doc._id, reference.path, reference.collection, reference.id] as const),
  )
  const edgeColumn = (place: number): string[] => edges.map((edge) => edge[place] as string)
  const { rows } = await db.query<{ position: number }>(
    `with ${targetCheck('$2', '$3')},
       written as (
         insert into sluice.documents (env_id, collection, _id, doc, secrets)
         select $1, d.collection, d._id, d.doc::jsonb, d.secrets from unnest($4::text[], $5::text[], $6::text[], $7::text[]) as d (collection, _id, doc, secrets)
         where not exists (select from absent)),
       referred as (
         insert into sluice.edges (env_id, from_collection, from_id, path, to_collection, to_id)
         select $1, * from unnest($8::text[], $9::text[], $10::text[], $11::text[], $12::text[]) where not exists (select from absent))
     select position::int from absent order by position`,
    [
      envId,
      needed.map(({ collection }) => collection),
      needed.map(({ id }) => id),
      documents.map(({ collection }) => collection),
      documents.map(({ entry }) => entry.doc._id),
      documents.map(({ entry }) => JSON.stringify(entry.doc)),
      documents.map(({ entry }) => entry.secrets ?? null),
      ...[0, 1, 2, 3, 4].map(edgeColumn),
    ],
  )
  return rows.map(({ position }) => needed[position - 1] as Key)
}
