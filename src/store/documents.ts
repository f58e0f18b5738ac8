/** The documents table and its edges: one statement, one function. */
import type { Collection } from '../contract/resources/index.ts'
import type { Documents, Doc, Entry, PageQuery, Reference } from '../domain/ports.ts'
import type { Client } from './database.ts'

export const documentRows = (db: Client): Documents => ({
  page: (accountId, collection, query) => page(db, accountId, collection, query),

  async text(accountId, collection, id) {
    const { rows } = await db.query<{ text: string }>({
      name: 'document-text',
      text: `select doc::text as text from sluice.documents where account_id = $1 and collection = $2 and _id = $3 and deleted_at is null`,
      values: [accountId, collection, id],
    })
    return rows[0]?.text
  },

  find: (accountId, collection, id) => find(db, accountId, collection, id, ''),
  lock: (accountId, collection, id) => find(db, accountId, collection, id, 'for update'),
  write: (accountId, collection, entry, references, as) => (as === 'new' ? insert : update)(db, accountId, collection, entry, references),
  absent: (accountId, references) => absent(db, accountId, references),

  async remove(accountId, collection, ids, root) {
    if (ids.length === 0) return 0
    const { rowCount } = await db.query(
      `update sluice.documents set deleted_at = now(), deleted_with = $4,
         doc = jsonb_set(doc, '{deletedAt}', to_jsonb(to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
       where account_id = $1 and collection = $2 and _id = any($3) and deleted_at is null`,
      [accountId, collection, ids, root],
    )
    return rowCount ?? 0
  },

  async referring(accountId, collection, targets, toCollection) {
    const { rows } = await db.query<{ from_id: string }>(
      `select distinct e.from_id from sluice.edges e
         join sluice.documents d on d.account_id = e.account_id and d.collection = e.from_collection and d._id = e.from_id and d.deleted_at is null
       where e.account_id = $1 and e.to_collection = $2 and e.to_id = any($3) and e.from_collection = $4 order by e.from_id`,
      [accountId, toCollection, targets, collection],
    )
    return rows.map((row) => row.from_id)
  },

  async stillUsed(accountId, collection, ids) {
    const { rows } = await db.query<{ to_id: string }>(
      `select distinct e.to_id from sluice.edges e
         join sluice.documents d on d.account_id = e.account_id and d.collection = e.from_collection and d._id = e.from_id and d.deleted_at is null
       where e.account_id = $1 and e.to_collection = $2 and e.to_id = any($3)`,
      [accountId, collection, ids],
    )
    return rows.map((row) => row.to_id)
  },

  async referencesFrom(accountId, collection, ids) {
    const { rows } = await db.query<Reference & { from: string }>(
      `select from_id as "from", path, to_collection as collection, to_id as id from sluice.edges
       where account_id = $1 and from_collection = $2 and from_id = any($3) order by from_id, path`,
      [accountId, collection, ids],
    )
    return rows
  },
})

/** Filters become equality on `doc ->> field`; the field names are the contract's own, never a caller's. */
async function page(
  db: Client,
  accountId: string,
  collection: Collection,
  { where, only, without, skip, limit }: PageQuery,
): Promise<string[]> {
  const values: unknown[] = [accountId, collection, limit, skip]
  const bind = (value: unknown): string => `$${values.push(value)}`
  const filters = Object.entries(where).map(([field, value]) => `and doc ->> ${bind(field)} = ${bind(String(value))}`)
  const projected = only
    ? `(select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(doc) where key = any(${bind(only)}::text[]))`
    : without
      ? `(doc - ${bind(without)}::text[])`
      : 'doc'
  const { rows } = await db.query<{ text: string }>(
    `select ${projected}::text as text from sluice.documents
     where account_id = $1 and collection = $2 and deleted_at is null ${filters.join(' ')}
     order by _id limit $3 offset $4`,
    values,
  )
  return rows.map((row) => row.text)
}

async function find(
  db: Client,
  accountId: string,
  collection: Collection,
  id: string,
  lock: '' | 'for update',
): Promise<Entry | undefined> {
  const { rows } = await db.query<{ doc: Doc; secrets: string | null }>({
    name: lock ? 'document-lock' : 'document-find',
    text: `select doc, secrets from sluice.documents where account_id = $1 and collection = $2 and _id = $3 and deleted_at is null ${lock}`,
    values: [accountId, collection, id],
  })
  return rows[0] && { doc: rows[0].doc, secrets: rows[0].secrets ?? undefined }
}

const edgesOf = `select $1, $2, $3, * from unnest($6::text[], $7::text[], $8::text[])`

async function insert(
  db: Client,
  accountId: string,
  collection: Collection,
  entry: Entry,
  references: readonly Reference[],
): Promise<string> {
  const { rows } = await db.query<{ text: string }>({
    name: 'document-insert',
    text: `with edges as (insert into sluice.edges (account_id, from_collection, from_id, path, to_collection, to_id) ${edgesOf})
           insert into sluice.documents (account_id, collection, _id, doc, secrets) values ($1, $2, $3, $4, $5) returning doc::text as text`,
    values: writeValues(accountId, collection, entry, references),
  })
  return textOf(rows)
}

async function update(
  db: Client,
  accountId: string,
  collection: Collection,
  entry: Entry,
  references: readonly Reference[],
): Promise<string> {
  const { rows } = await db.query<{ text: string }>({
    name: 'document-update',
    text: `with gone as (delete from sluice.edges where account_id = $1 and from_collection = $2 and from_id = $3 and path <> all($6::text[])),
           edges as (insert into sluice.edges (account_id, from_collection, from_id, path, to_collection, to_id) ${edgesOf}
                     on conflict (account_id, from_collection, from_id, path) do update set to_collection = excluded.to_collection, to_id = excluded.to_id)
           update sluice.documents set doc = $4, secrets = $5 where account_id = $1 and collection = $2 and _id = $3 returning doc::text as text`,
    values: writeValues(accountId, collection, entry, references),
  })
  return textOf(rows)
}

const writeValues = (accountId: string, collection: Collection, { doc, secrets }: Entry, references: readonly Reference[]): unknown[] => [
  accountId,
  collection,
  doc._id,
  JSON.stringify(doc),
  secrets ?? null,
  references.map((r) => r.path),
  references.map((r) => r.collection),
  references.map((r) => r.id),
]

function textOf(rows: readonly { text: string }[]): string {
  const text = rows[0]?.text
  if (text === undefined) throw new Error('a document that was locked for writing is gone')
  return text
}

/** Locks the targets it finds against deletion. They are locked in the order of their keys, so that two writers do not wait for each other. */
async function absent(db: Client, accountId: string, references: readonly Reference[]): Promise<readonly Reference[]> {
  const { rows } = await db.query<{ collection: string; _id: string }>({
    name: 'documents-present',
    text: `select collection, _id from sluice.documents
           where account_id = $1 and (collection, _id) in (select * from unnest($2::text[], $3::text[])) and deleted_at is null
           order by collection, _id for share`,
    values: [accountId, references.map((r) => r.collection), references.map((r) => r.id)],
  })
  const present = new Set(rows.map((row) => `${row.collection}/${row._id}`))
  return references.filter((r) => !present.has(`${r.collection}/${r.id}`))
}
