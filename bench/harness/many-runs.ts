/** Runs and errors of a time, straight into the tables: as many as are asked for, shaped as those of an installation that has been at work for so long. */
import { readFile } from 'node:fs/promises'
import type pg from 'pg'
import type { FlowIds } from './flow.ts'

/** Of the environment that is asked about. */
export interface AskedFlows {
  /** 15 of 100 runs are its own. */
  readonly busy: FlowIds
  /** It has failed since a hundredth of the time. */
  readonly failing: FlowIds
  /** One run of some ten thousand is its own. */
  readonly quiet: FlowIds
}

export interface Span {
  readonly from: Date
  readonly to: Date
}

/** Shares of runs, out of some 10,000. */
const ofBusy = 1500
const ofFailing = 300
const otherFlows = 297
const ofOtherFlows = 2200
const otherEnvironments = 200
const flowsOfOthers = 20
const ofOthers = 6000
/** A run is three jobs: its own and those of two steps. One of 33 has 25 errors, of which one of 33 is open. One of 50 fails, one of 50,021 is canceled. */
const rowsOfRun = 3 + 25 / 33

/** `rows` are jobs and errors together. Answers how many there came to be. */
export async function addRuns(client: pg.Client, flows: AskedFlows, { from, to }: Span, rows: number): Promise<number> {
  const { rows: found } = await client.query<{ env_id: string }>('select env_id from sluice.documents where _id = $1', [flows.busy.flowId])
  await client.query(`set maintenance_work_mem = '256MB'; set work_mem = '64MB'; set synchronous_commit = off`)
  await listFlows(client, found[0]?.env_id ?? '', flows)
  const count = Math.round(rows / rowsOfRun)
  const runs = `
    select f.*, i, h, created_at, created_at + make_interval(secs => 0.2 + h % 1000 / 1000.0) as started_at,
      created_at + make_interval(secs => 2 + h % 20000 / 1000.0) as ended_at, h % 33 = 0 as has_errors,
      case when is_failing and i > ${Math.round(count / 100)} then 'failed' when h % 50 = 7 then 'failed' when i % 50021 = 0 then 'canceled' else 'completed' end as status
    from (
      select i, hashint8(i) & 2147483647 as h,
        timestamptz '${from.toISOString()}' + i * interval '${(to.getTime() - from.getTime()) / count} milliseconds' as created_at
      from generate_series(1, ${count}::bigint) i) r
    join flows_by_share f on f.share = r.i * 7919 % (select count(*) from flows_by_share)`
  return withoutIndexes(client, async () => {
    const jobs = await client.query(jobsOf(runs))
    const errors = await client.query(errorsOf(runs))
    await client.query(openErrors)
    const migration = await readFile(new URL('../../src/store/migrations/0047-run-stats.sql', import.meta.url), 'utf8')
    await client.query(/^insert into sluice\.run_stats\n[^;]+;/m.exec(migration)?.[0] ?? '')
    return (jobs.rowCount ?? 0) + (errors.rowCount ?? 0)
  })
}

/** A row for each share of the runs that a flow has. Other flows of the environment have documents, too, so that they are listed. */
async function listFlows(client: pg.Client, envId: string, { busy, failing, quiet }: AskedFlows): Promise<void> {
  const asked = [
    { ...busy, share: ofBusy, isFailing: false },
    { ...failing, share: ofFailing, isFailing: true },
    { ...quiet, share: 1, isFailing: false },
  ]
  await client.query(
    `create temporary table flows as
     select $1::text as env_id, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::boolean[])
       as f (flow_id, integration_id, export_id, import_id, shares, is_failing)`,
    [
      envId,
      asked.map(({ flowId }) => flowId),
      asked.map(({ integrationId }) => integrationId),
      asked.map(({ exportId }) => exportId),
      asked.map(({ importId }) => importId),
      asked.map(({ share }) => share),
      asked.map(({ isFailing }) => isFailing),
    ],
  )
  const idOf = (kind: string): string => `'${kind}' || lpad(to_hex(n), 23, '0')`
  await client.query(
    `insert into flows select $1, ${idOf('f')}, $2, ${idOf('a')}, ${idOf('b')}, greatest(1, round($4::int / n / ln($3::int + 1))), false from generate_series(1, $3::int) n`,
    [envId, busy.integrationId, otherFlows, ofOtherFlows],
  )
  await client.query(
    `insert into sluice.documents (env_id, collection, _id, doc)
     select $1, 'flows', ${idOf('f')}, jsonb_build_object('_id', ${idOf('f')}, 'name', 'Flow ' || n, '_integrationId', $2::text,
       'pageGenerators', jsonb_build_array(jsonb_build_object('_exportId', ${idOf('a')})), 'pageProcessors', '[]'::jsonb)
     from generate_series(1, $3::int) n`,
    [envId, busy.integrationId, otherFlows],
  )
  const ofFlow = ofOthers / (otherEnvironments * flowsOfOthers)
  await client.query(
    `insert into flows
     select 'e' || lpad(to_hex(e), 23, '0'), 'f' || id, 'c' || id, 'a' || id, 'b' || id,
       floor(n * $3::float) - floor((n - 1) * $3::float), false
     from generate_series(1, $1::int) e cross join generate_series(1, $2::int) n cross join lateral (select lpad(to_hex(e * 1000 + n), 23, '0') as id) i`,
    [otherEnvironments, flowsOfOthers, ofFlow],
  )
  await client.query(
    `create temporary table flows_by_share as select f.*, row_number() over () - 1 as share from flows f, generate_series(1, shares); analyze flows_by_share`,
  )
}

/** Seconds since 1970 and a number, in hexadecimal: later ones sort after earlier ones, as ids do. */
const idOf = (at: string, number: string): string =>
  `lpad(to_hex(extract(epoch from ${at})::bigint), 8, '0') || lpad(to_hex(${number}), 16, '0')`

const jobsOf = (runs: string): string => `
  insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, _export_id, _import_id, _flow_job_id, o_index, created_at, last_modified, started_at, ended_at,
    num_export, num_success, num_error, num_pages_generated, num_pages_processed, retriable, error_message)
  select env_id, ${idOf('created_at', 'i * 4 + place')}, type, status, flow_id, integration_id, case when type = 'export' then export_id end,
    case when type = 'import' then import_id end, case when place > 0 then ${idOf('created_at', 'i * 4')} end, nullif(place, 0) - 1, created_at, ended_at, started_at, ended_at,
    h % 200, h % 200, case when has_errors and type <> 'export' then 25 else 0 end, 1 + h % 3, 1 + h % 3, has_errors and type <> 'export',
    case when status = 'failed' and place = 0 then 'The application answered 500.' end
  from (${runs}) r cross join (values ('flow', 0), ('export', 1), ('import', 2)) p (type, place)`

const errorsOf = (runs: string): string => `
  insert into sluice.flow_errors (env_id, flow_id, step_id, error_id, occurred_at, source, code, message, trace_key, flow_job_id, o_index, classification, resolved_at, resolved_by)
  select env_id, flow_id, import_id, ${idOf('started_at', 'i * 32 + n')}, date_trunc('milliseconds', started_at) + make_interval(secs => n / 100.0), 'application',
    case when n % 5 = 0 then '409' else '422' end, 'The amount of order ' || i * 32 + n || ' is missing.', 'order-' || i * 32 + n, ${idOf('created_at', 'i * 4')}, n,
    case when n % 5 = 0 then 'duplicate' else 'missing' end,
    case when (i + n) % 33 > 0 then ended_at + interval '20 minutes' end, case when (i + n) % 33 > 0 then 'autopilot' end
  from (${runs}) r cross join generate_series(1, 25) n where has_errors`

const openErrors = `
  insert into sluice.open_errors (env_id, flow_id, step_id, num_error, last_error_at)
  select env_id, flow_id, step_id, count(*) filter (where resolved_at is null), max(occurred_at) filter (where resolved_at is null)
  from sluice.flow_errors group by 1, 2, 3`

const tables = ['jobs', 'flow_errors', 'open_errors']

/** Each index is built after the rows, in a fraction of the time, and what triggers count is counted at the end. */
async function withoutIndexes<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  const told = async <R>(what: string, part: () => Promise<R>): Promise<R> => {
    const began = performance.now()
    const result = await part()
    console.error(`  ${what}: ${((performance.now() - began) / 1000).toFixed(0)} s`)
    return result
  }
  const { rows } = await client.query<{ drop: string; create: string }>(
    `select case when k.oid is null then 'drop index sluice.' || c.relname else 'alter table ' || i.indrelid::regclass || ' drop constraint ' || k.conname end as drop,
       case when k.oid is null then pg_get_indexdef(c.oid)
         else 'alter table ' || i.indrelid::regclass || ' add constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid) end as create
     from pg_index i join pg_class c on c.oid = i.indexrelid left join pg_constraint k on k.conindid = c.oid
     where i.indrelid = any($1::text[]::regclass[]) order by c.relname`,
    [tables.map((table) => `sluice.${table}`)],
  )
  for (const table of tables) await client.query(`alter table sluice.${table} disable trigger user`)
  for (const { drop } of rows) await client.query(drop)
  const result = await told('rows', work)
  await told('indexes', async () => {
    for (const { create } of rows) await client.query(create)
  })
  await client.query('alter index sluice.flow_errors_open_by_message alter column 1 set statistics 0')
  for (const table of tables) await client.query(`alter table sluice.${table} enable trigger user`)
  await told('vacuum', () => client.query('vacuum analyze'))
  return result
}
