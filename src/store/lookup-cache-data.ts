/** Entries of lookup caches. Those of a deleted cache stay with it, and nothing reads them. */
import { parseExact } from '../domain/limits/exact-number.ts'
import type { CacheEntry, CacheRange, LookupCacheData } from '../domain/ports/lookup-cache-data.ts'
import type { Client } from './database/pool.ts'

/** Rows that one statement purges: some 100 ms. A full cache of tiny entries would take a single statement past its timeout. */
const purgedAtOnce = 50_000

export const lookupCacheDataRows = (db: Client): LookupCacheData => ({
  async put(envId, cacheId, entries) {
    const { rows } = await db.query<{ growth: number }>({
      name: 'cache-put',
      text: `with new as (select * from unnest($3::text[], $4::text[]) as n(key, value)),
                  old as (select e.key, e.value from sluice.lookup_cache_data e where e.env_id = $1 and e.cache_id = $2 and e.key = any($3)),
                  written as (insert into sluice.lookup_cache_data (env_id, cache_id, key, value) select $1, $2, key, value from new
                              on conflict (env_id, cache_id, key) do update set value = excluded.value)
             select (select coalesce(sum(${bytes}), 0) from new)::bigint - (select coalesce(sum(${bytes}), 0) from old)::bigint as growth`,
      values: [envId, cacheId, entries.map(({ key }) => key), entries.map(({ value }) => value)],
    })
    return rows[0]?.growth ?? 0
  },

  async remove(envId, cacheId, keys) {
    const { rows } = await db.query<{ removed: number; bytes: number }>(
      `with gone as (delete from sluice.lookup_cache_data where env_id = $1 and cache_id = $2 and key = any($3) returning key, value)
       select count(*) as removed, coalesce(sum(${bytes}), 0)::bigint as bytes from gone`,
      [envId, cacheId, keys],
    )
    return rows[0] ?? { removed: 0, bytes: 0 }
  },

  async purge(envId, cacheId) {
    // From key to key: rows deleted a moment ago would have to be passed over again otherwise.
    for (let last: string | null | undefined = ''; typeof last === 'string';) {
      const { rows }: { rows: { last: string | null }[] } = await db.query(
        `with next as (select max(key) as last from (
                         select key from sluice.lookup_cache_data where env_id = $1 and cache_id = $2 and key > $3 order by key limit $4) chunk),
              gone as (delete from sluice.lookup_cache_data e using next where e.env_id = $1 and e.cache_id = $2 and e.key > $3 and e.key <= next.last)
         select last from next`,
        [envId, cacheId, last, purgedAtOnce],
      )
      last = rows[0]?.last
    }
  },

  async readSize(...of) {
    const { rows } = await db.query<{ size: number }>(
      `select coalesce(sum(${bytes}), 0)::bigint as size from sluice.lookup_cache_data where env_id = $1 and cache_id = $2`,
      of,
    )
    return rows[0]?.size ?? 0
  },

  page: (envId, cacheId, range) => page(db, envId, cacheId, range),

  async readValues(envId, cacheId, keys) {
    const { rows } = await db.query<Row>({
      name: 'cache-values',
      text: `select e.key, e.value from sluice.documents d
             left join sluice.lookup_cache_data e on e.env_id = d.env_id and e.cache_id = d._id and e.key = any($3)
             where ${isThere}`,
      values: [envId, cacheId, keys.filter(canBeStored)],
    })
    return rows.length === 0 ? undefined : new Map(rows.filter(isEntry).map(({ key, value }) => [key, parseExact(value)]))
  },
})

const bytes = `octet_length(key) + octet_length(value)`
const isThere = `d.env_id = $1 and d.collection = 'lookupcaches' and d._id = $2 and d.deleted_at is null`

/** PostgreSQL takes no U+0000, and half a surrogate pair would arrive as another character: no entry has either in its key. */
const canBeStored = (key: string): boolean => !key.includes('\0') && key.isWellFormed()

/** The outer join gives one row without a key where the cache is there and nothing in it fits. */
interface Row {
  key: string | null
  value: string | null
}
const isEntry = (row: Row): row is Row & CacheEntry => row.key !== null && row.value !== null

/** What is past `maxBytes` comes as its key without the value. */
async function page(db: Client, envId: string, cacheId: string, range: CacheRange): Promise<Awaited<ReturnType<LookupCacheData['page']>>> {
  const values: unknown[] = [envId, cacheId, range.limit + 1, range.maxBytes]
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = [
    ...(range.keys ? [`key = any(${bind(range.keys)})`] : []),
    ...(range.startsWith ? [`key ^@ ${bind(range.startsWith)}::text`] : []),
    ...(range.after === undefined ? [] : [`key > ${bind(range.after)}`]),
  ].map((condition) => ` and ${condition}`)
  const { rows } = await db.query<Row>(
    `select e.key, case when e.until <= $4 or e.place = 1 then e.value end as value
     from sluice.documents d left join lateral (
       select key, value, sum(${bytes}) over in_order as until, row_number() over in_order as place
       from sluice.lookup_cache_data where env_id = $1 and cache_id = $2 ${conditions.join('')}
       window in_order as (order by key) order by key limit $3) e on true
     where ${isThere} order by e.key`,
    values,
  )
  if (rows.length === 0) return undefined
  const found = rows.filter(({ key }) => key !== null)
  const cut = found.slice(0, range.limit).findIndex((row) => !isEntry(row))
  const entries = found.slice(0, cut === -1 ? range.limit : cut).filter(isEntry)
  return { entries, more: entries.length < found.length }
}
