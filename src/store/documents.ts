/** The documents table and its edges. */
import type { Document } from '../contract/document.ts'
import type { ListOrder } from '../contract/paging.ts'
import type { Collection } from '../contract/resources/index.ts'
import type { Change } from '../domain/ports/audit.ts'
import { auditColumns, valuesOf } from './accounts/audit.ts'
import type { Client } from './database/pool.ts'
import { membershipText } from './membership.ts'
import { referenceRows, targetCheck } from './references.ts'
import type { Doc, Entry, Locked, Reference, References } from '../domain/ports/document.ts'
import type { Documents, PageQuery } from '../domain/ports/documents.ts'

export const documentRows = (db: Client): Documents => ({
  page: (envId, collection, query) => page(db, envId, collection, query),

  async readText(envId, collection, id) {
    const { rows } = await db.query<{ text: string }>({
      name: 'document-text',
      text: `select doc::text as text from sluice.documents where env_id = $1 and collection = $2 and _id = $3 and deleted_at is null`,
      values: [envId, collection, id],
    })
    return rows[0]?.text
  },

  find: (envId, collection, id) => find(db, envId, collection, id),
  // A writer lets others refer to the document meanwhile: two that refer to each other would wait for each other. Only a deletion keeps them out.
  lock: (envId, collection, id) => lock(db, envId, collection, id),
  write: (envId, collection, entry, references, as, change) => writeDocument(db, envId, collection, entry, references, as, change),

  remove: (envId, collection, ids, root) => remove(db, envId, collection, ids, root),

  async hasAny(envId) {
    const { rows } = await db.query(`select from sluice.documents where env_id = $1 and deleted_at is null limit 1`, [envId])
    return rows.length > 0
  },

  ...referenceRows(db),
})

/** Held in the order of their keys, so that two who remove do not wait for each other. */
async function remove(db: Client, envId: string, collection: Collection, ids: readonly string[], root: string): Promise<readonly Doc[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<{ doc: Doc }>(
    `with held as materialized (
       select _id from sluice.documents where env_id = $1 and collection = $2 and _id = any($3) and deleted_at is null order by _id for update)
     update sluice.documents d set deleted_at = now(), deleted_with = $4,
       doc = jsonb_set(doc, '{deletedAt}', to_jsonb(to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
     where d.env_id = $1 and d.collection = $2 and d._id = any(array(select _id from held)) returning d.doc`,
    [envId, collection, ids, root],
  )
  return rows.map(({ doc }) => doc)
}

/** Filters become equality on `doc ->> field`; the field names are the contract's own, never a caller's. */
async function page(
  db: Client,
  envId: string,
  collection: Collection,
  { where, only, without, named, search, sort, within, skip, limit }: PageQuery,
): Promise<string[]> {
  const values: unknown[] = [envId, collection, limit, skip]
  const bind = (value: unknown): string => `$${values.push(value)}`
  // A flag that is absent is off: `disabled=false` finds it too.
  const equals = (value: PageQuery['where'][string]): string => {
    if (value === null) return 'is null'
    if (typeof value === 'object') return `= any(${bind(value)}::text[])`
    return value === false ? `is distinct from 'true'` : `= ${bind(String(value))}`
  }
  const filters = Object.entries(where).map(([field, value]) => `and doc ->> ${bind(field)} ${equals(value)}`)
  if (named) filters.push(`and (select bool_and(strpos(lower(doc ->> 'name'), word) > 0) from unnest(${bind(named)}::text[]) word)`)
  if (search !== undefined)
    filters.push(`and (_id = ${bind(search)} or strpos(lower(concat_ws(' ', ${nameText}, ${typeText})), lower(${bind(search)})) > 0)`)
  const belonging = within ? membershipText(collection, within, bind) : { begin: '', where: '' }
  const projected = only
    ? `(select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(doc) where key = any(${bind(only)}::text[]))`
    : without
      ? `(doc - ${bind(without)}::text[])`
      : 'doc'
  // Without filters there are three texts, planned once. With them each call is planned for its own values: which index serves depends on the field.
  const name = filters.length > 0 || within || sort ? undefined : `documents-${only ? 'only' : without ? 'without' : 'all'}`
  const { rows } = await db.query<{ text: string }>({
    ...(name && { name }),
    text: `${belonging.begin} select ${projected}::text as text from sluice.documents
           where env_id = $1 and collection = $2 and deleted_at is null ${filters.join(' ')} ${belonging.where}
           order by ${sort ? orderBy(sort) : ''} _id limit $3 offset $4`,
    values,
  })
  return rows.map((row) => row.text)
}

/** As people read them, whatever the type of the document calls them. */
const nameText = `coalesce(doc ->> 'name', doc ->> 'tag')`
const typeText = `coalesce(doc ->> 'adaptorType', doc ->> 'type')`
const sortKeys = { name: `lower(${nameText})`, type: `lower(${typeText})`, lastModified: `doc ->> 'lastModified'` }

const orderBy = (sort: ListOrder): string =>
  `${sortKeys[sort.replace('-', '') as keyof typeof sortKeys]} ${sort.startsWith('-') ? 'desc' : 'asc'} nulls last,`

async function find<C extends Collection>(db: Client, envId: string, collection: C, id: string): Promise<Entry<Document<C>> | undefined> {
  const { rows } = await db.query<{ doc: Document<C>; secrets: string | null }>({
    name: 'document-find',
    text: `select doc, secrets from sluice.documents where env_id = $1 and collection = $2 and _id = $3 and deleted_at is null`,
    values: [envId, collection, id],
  })
  return rows[0] && { doc: rows[0].doc, secrets: rows[0].secrets ?? undefined }
}

async function lock<C extends Collection>(db: Client, envId: string, collection: C, id: string): Promise<Locked<Document<C>> | undefined> {
  const { rows } = await db.query<{ doc: Document<C>; secrets: string | null; etag: string }>({
    name: 'document-lock',
    text: `select doc, secrets, md5(doc::text) as etag from sluice.documents
           where env_id = $1 and collection = $2 and _id = $3 and deleted_at is null for no key update`,
    values: [envId, collection, id],
  })
  return rows[0] && { doc: rows[0].doc, secrets: rows[0].secrets ?? undefined, etag: rows[0].etag }
}

const write = {
  new: (where: string) => `
    edges as (
      insert into sluice.edges (env_id, from_collection, from_id, path, to_collection, to_id)
      select $1, $2, $3, * from unnest($6::text[], $7::text[], $8::text[]) where ${where}),
    written as (
      insert into sluice.documents (env_id, collection, _id, doc, secrets) select $1, $2, $3, $4::jsonb, $5::text where ${where} returning doc::text as text)`,
  replacement: (where: string) => `
    gone as (
      delete from sluice.edges where env_id = $1 and from_collection = $2 and from_id = $3 and path <> all($6::text[]) and ${where}),
    edges as (
      insert into sluice.edges (env_id, from_collection, from_id, path, to_collection, to_id)
      select $1, $2, $3, * from unnest($6::text[], $7::text[], $8::text[]) where ${where}
      on conflict (env_id, from_collection, from_id, path) do update set to_collection = excluded.to_collection, to_id = excluded.to_id),
    written as (
      update sluice.documents set doc = $4::jsonb, secrets = $5::text where env_id = $1 and collection = $2 and _id = $3 and ${where} returning doc::text as text)`,
}

/** The change goes on record with the document, if it is one that anybody asked for. `from` is the place of its first value. */
const recorded = (from: number, where: string): string => {
  const values = Array.from({ length: 11 }, (_, i) => `$${from + i}`).map(
    (value, i) => value + (i === 2 ? '::timestamptz' : i === 9 ? '::jsonb' : '::text'),
  )
  return `, recorded as (insert into sluice.audit (env_id, ${auditColumns}) select $1, ${values.join(', ')} where ${where})`
}

/** With references to check, check and write still are one round trip and one commit: what is written hangs on every target being there. */
const writeText = (as: 'new' | 'replacement', isChecked: boolean, isRecorded: boolean): string => {
  const where = isChecked ? 'not exists (select from absent)' : 'true'
  const record = isRecorded ? recorded(isChecked ? 11 : 9, where) : ''
  return `with ${isChecked ? `${targetCheck('$9', '$10')},` : ''} ${write[as](where)}${record}
    select (select text from written) as text, ${isChecked ? 'array(select position::int from absent order by position)' : `'{}'::int[]`} as absent`
}

async function writeDocument(
  db: Client,
  envId: string,
  collection: Collection,
  { doc, secrets }: Entry,
  { all, checked }: References,
  as: 'new' | 'replacement',
  change: Change | undefined,
): Promise<string | readonly Reference[]> {
  const isChecked = checked.length > 0
  const column = (references: readonly Reference[], field: keyof Reference): string[] => references.map((reference) => reference[field])
  const values = [envId, collection, doc._id, JSON.stringify(doc), secrets ?? null]
  const edges = [column(all, 'path'), column(all, 'collection'), column(all, 'id')]
  const targets = isChecked ? [column(checked, 'collection'), column(checked, 'id')] : []
  const { rows } = await db.query<{ text: string | null; absent: number[] }>({
    name: `document-${as}${isChecked ? '-checked' : ''}${change ? '-recorded' : ''}`,
    text: writeText(as, isChecked, change !== undefined),
    values: [...values, ...edges, ...targets, ...(change ? valuesOf(change) : [])],
  })
  const { text = null, absent = [] } = rows[0] ?? {}
  if (absent.length > 0) return absent.map((position) => checked[position - 1] as Reference)
  if (text === null) throw new Error('a document that was locked for writing is gone')
  return text
}
