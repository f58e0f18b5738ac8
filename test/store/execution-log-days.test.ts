/** Execution logs lie by the day: a day goes at once when its time is over, and entries are found across days, and beside those of before there were any. */
import type { Client } from 'pg'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeLogDays } from '../../src/domain/retention/make-log-days.ts'
import { enforceRetention } from '../../src/domain/retention/enforce-retention.ts'
import { defaultDays } from '../../src/domain/retention/kinds.ts'
import { connect } from '../../src/store/database/pool.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'

const api = apiForFile()
const dayMs = 86_400_000
const sessions: Client[] = []
let envId: string
beforeAll(async () => {
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})
/** Noon of the day so many days ago. */
const noon = (ago: number): string => new Date(Math.floor(Date.now() / dayMs) * dayMs + dayMs / 2 - ago * dayMs).toISOString()
const nameOf = (ago: number): string => `execution_log_entries_${noon(ago).slice(0, 10).replaceAll('-', '')}`

const listDays = async (): Promise<unknown[]> =>
  (
    await ask(
      api.config,
      `select relname::text as name from pg_class where relispartition and relkind = 'r' and relname ~ '^execution_log_entries_[0-9]' order by 1`,
    )
  ).map(({ name }) => name)
beforeEach(async () => {
  for (const name of await listDays()) await ask(api.config, `drop table sluice.${String(name)}`)
  for (const table of ['execution_logs', 'execution_log_entries', 'execution_log_usage', 'retention', 'purges'])
    await ask(api.config, `delete from sluice.${table}`)
})
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((each) => each.end()))
})

const makeDays = (ago: number): Promise<void> => makeLogDays({ store: api.world.store, now: () => new Date(noon(ago)) })
const add = (at: string, fields: { flow?: string; job?: string; record?: string; env?: string; traceKey?: string } = {}): Promise<void> =>
  api.world.store.executionLogs.add(
    fields.env ?? envId,
    fields.flow ?? 'flow',
    fields.job ?? 'job',
    [
      {
        at,
        stepId: 'step',
        groupId: 'group',
        recordId: fields.record ?? 'record',
        stage: 'apiCall',
        status: 'success',
        ...(fields.traceKey !== undefined && { traceKey: fields.traceKey }),
      },
    ],
    1_000_000,
  )
/** As servers wrote it before there were days. */
const addOlder = (at: string, record: string, fields: { flow?: string; traceKey?: string } = {}): Promise<unknown> =>
  ask(
    api.config,
    `with older as (
       insert into sluice.execution_logs (env_id, flow_id, job_id, at, step_id, group_id, record_id, trace_key, stage, status, bytes)
       values ($1, $2, 'job', $3, 'step', 'group', $4, $5, 'apiCall', 'success', 200))
     insert into sluice.execution_log_usage as u (env_id, bytes) values ($1, 200) on conflict (env_id) do update set bytes = u.bytes + 200`,
    [envId, fields.flow ?? 'flow', at, record, fields.traceKey ?? null],
  )
const partOf = async (record: string): Promise<unknown> =>
  (
    await ask(
      api.config,
      `select (select relname::text from pg_class c where c.oid = e.tableoid) as part from sluice.execution_log_entries e where record_id = $1`,
      [record],
    )
  )[0]?.['part']
const records = async (): Promise<unknown[]> =>
  (
    await ask(
      api.config,
      `select record_id from sluice.execution_log_entries union all select record_id from sluice.execution_logs order by 1`,
    )
  ).map((row) => row['record_id'])
const usage = async (): Promise<unknown> =>
  Object.fromEntries(
    (await ask(api.config, 'select env_id, bytes::int from sluice.execution_log_usage')).map((row) => [row['env_id'], row['bytes']]),
  )
const enforce = async (): Promise<void> => {
  await ask(api.config, 'delete from sluice.retention')
  await enforceRetention(api.world, defaultDays)
}

test('today and the next seven days are made once, however many programs make them', async () => {
  await Promise.all([makeDays(0), makeDays(0), makeDays(0)])
  expect(await listDays()).toEqual(Array.from({ length: 8 }, (_, n) => nameOf(-n)))
  await makeDays(-1)
  expect(await listDays()).toEqual(Array.from({ length: 9 }, (_, n) => nameOf(-n)))
})

test('an entry lies in its day, and among the rest where there is none; a day with some among the rest is not made', async () => {
  await add(noon(0), { record: 'early' })
  await makeDays(0)
  await add(noon(0), { record: 'late' })
  await add(noon(-1), { record: 'tomorrow' })
  expect(await Promise.all(['early', 'late', 'tomorrow'].map(partOf))).toEqual([
    'execution_log_entries_rest',
    'execution_log_entries_rest',
    nameOf(-1),
  ])
})

test('a day goes at once when it ended before its time, with what it took of each environment; the rest goes by its age', async () => {
  await add(noon(40), { record: 'rest' })
  await makeDays(32)
  for (const ago of [32, 31, 30, 29]) await add(noon(ago), { record: `${ago}` })
  await add(noon(31), { record: 'other', env: 'other' })
  await add(noon(0), { record: 'today', env: 'other' })
  await addOlder(noon(31), 'older')
  await addOlder(noon(29), 'older kept')
  await enforce()
  // Of the day that is 30 days ago a part is younger: it goes as a whole tomorrow.
  expect(await listDays()).toEqual([30, 29, 28, 27, 26, 25].map(nameOf))
  expect(await records()).toEqual(['29', '30', 'older kept', 'today'])
  expect(await usage()).toEqual({ [envId]: 600, other: 200 })
})

test('a day that somebody is reading stays until another time, and nobody waits for it', async () => {
  await makeDays(40)
  await add(noon(40), { record: 'old' })
  const reader = (await connect(api.config, 'test')) as Client
  sessions.push(reader)
  await reader.query(`begin; select from sluice.execution_log_entries`)
  await enforce()
  expect(await records()).toEqual(['old'])
  expect(await usage()).toEqual({ [envId]: 200 })
  await reader.query('commit')
  await enforce()
  expect([await records(), await usage()]).toEqual([[], { [envId]: 0 }])
})

test('entries of a run are found in their order across days, and beside those of before there were any; so are those of a record', async () => {
  await makeDays(2)
  await addOlder(noon(2), '1', { traceKey: 'key' })
  await add(noon(2), { record: '2', traceKey: 'key' })
  await add(noon(1), { record: '3', traceKey: 'key' })
  await add(noon(0), { record: '4', traceKey: 'another' })
  await add(noon(0), { record: 'of another', job: 'other', traceKey: 'key', flow: 'other' })
  const { executionLogs } = api.world.store
  const run = { jobId: 'job', from: noon(3), to: noon(-1) }
  const listed = async (filter: object): Promise<string[]> =>
    (await executionLogs.list(envId, 'flow', run, { limit: 10, ...filter })).map(({ recordId }) => recordId)
  expect(await listed({})).toEqual(['1', '2', '3', '4'])
  const [, second] = await executionLogs.list(envId, 'flow', run, { limit: 2 })
  expect(await listed({ after: second?.id, limit: 1 })).toEqual(['3'])
  expect(await listed({ atGt: noon(2), atLte: noon(1) })).toEqual(['3'])
  const found = async (search: object): Promise<string[]> =>
    (await executionLogs.search(envId, 'flow', { traceKey: 'key', limit: 10, ...search })).map(({ recordId }) => recordId)
  expect(await found({})).toEqual(['3', '2', '1'])
  expect(await found({ before: second?.id })).toEqual(['1'])
  expect(await found({ atGt: noon(2) })).toEqual(['3'])
})

test('what is removed between two times, or makes room for more, is removed from its day and from no other', async () => {
  await makeDays(2)
  const { executionLogs } = api.world.store
  await addOlder(noon(2), 'older')
  for (const ago of [2, 1, 0]) await add(noon(ago), { record: `${ago}` })
  // It lies at the same place of another day.
  await add(noon(2), { record: 'other', env: 'other' })
  expect(await executionLogs.remove(envId, 'flow', noon(2.1), noon(1))).toBe(3)
  expect(await records()).toEqual(['0', 'other'])
  await executionLogs.add(envId, 'flow', 'job', [{ ...row, at: noon(0) }], 1)
  expect(await records()).toEqual(['other'])
  expect(await usage()).toEqual({ [envId]: 0, other: 200 })
})

const row = { stepId: 'step', groupId: 'group', recordId: 'record', stage: 'apiCall', status: 'success' } as const

test('what a purged flow leaves behind goes, whichever day it lies in, and nothing at the same place of another day', async () => {
  await makeDays(1)
  for (const [ago, flow] of [
    [1, 'purged'],
    [0, 'kept'],
    [1, 'kept'],
    [0, 'purged'],
  ] as const)
    await add(noon(ago), { flow, record: `${flow} ${ago}` })
  await addOlder(noon(1), 'older', { flow: 'purged' })
  await ask(api.config, `insert into sluice.purges (env_id, collection, _id) values ($1, 'flows', 'purged')`, [envId])
  while (await api.world.store.transaction((rows) => rows.recycleBin.sweep(100)));
  expect(await records()).toEqual(['kept 0', 'kept 1'])
  expect(await usage()).toEqual({ [envId]: 400 })
})
