/** What is kept for a time is there to the last day of it and gone after; what is open, and what the next run begins with, stays however old it is. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { enforceRetention } from '../../src/domain/retention/enforce-retention.ts'
import { defaultDays, kinds, type RetentionDays } from '../../src/domain/retention/kinds.ts'
import { retentionSettings } from '../../src/settings.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { pageOf, rowsOf, sectionOf } from '../docs/page.ts'

const api = apiForFile()
const dayMs = 86_400_000
let envId: string
beforeAll(async () => {
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})
const tables = [
  'jobs',
  'flow_errors',
  'retry_data',
  'recorded_requests',
  'script_logs',
  'execution_logs',
  'audit',
  'outbox',
  'open_errors',
  'retention',
]
beforeEach(async () => {
  for (const table of tables) await ask(api.config, `delete from sluice.${table}`)
})

const ago = (days: number): string => new Date(Date.now() - days * dayMs).toISOString()
const insert = async (table: string, row: Readonly<Record<string, unknown>>): Promise<void> => {
  const names = Object.keys(row)
  await ask(
    api.config,
    `insert into sluice.${table} (env_id, ${names.join(', ')}) values ($1, ${names.map((_, i) => `$${i + 2}`).join(', ')})`,
    [envId, ...Object.values(row)],
  )
}
const enforce = async (days: RetentionDays = defaultDays): Promise<void> => {
  await ask(api.config, `delete from sluice.retention`)
  await enforceRetention(api.world, days)
}
const left = async (table: string, column: string): Promise<unknown[]> =>
  (await ask(api.config, `select ${column} as id from sluice.${table} order by 1`)).map((row) => row['id'])

const run = (_id: string, days: number, fields: object = {}): Promise<void> =>
  insert('jobs', {
    _id,
    type: 'flow',
    status: 'completed',
    _flow_id: 'flow',
    created_at: ago(days),
    last_modified: ago(days),
    started_at: ago(days),
    ended_at: ago(days),
    ...fields,
  })
const error = (error_id: string, fields: object): Promise<void> =>
  insert('flow_errors', {
    flow_id: 'flow',
    step_id: 'step',
    error_id,
    occurred_at: ago(400),
    source: 'application',
    code: '500',
    message: 'no',
    flow_job_id: 'run',
    ...fields,
  })
const record = (retry_data_key: string, days: number): Promise<void> =>
  insert('retry_data', { flow_id: 'flow', step_id: 'step', retry_data_key, data: '{}', created_at: ago(days) })
const request = (key: string, days: number): Promise<void> =>
  insert('recorded_requests', { flow_id: 'flow', step_id: 'step', key, at: ago(days), stage: 'import', method: 'POST', sealed: 'x' })

describe('runs', () => {
  test('go after 30 days, with those of their steps', async () => {
    await run('new', 1)
    await run('kept', 29.9)
    await run('old', 30.1)
    for (const of of ['kept', 'old']) await run(`${of}-step`, 30.1, { type: 'export', _flow_job_id: of })
    await enforce()
    expect(await left('jobs', '_id')).toEqual(['kept', 'kept-step', 'new'])
  })

  test('stay while they go on, and the newest of a flow however old it is', async () => {
    await run('going', 90, { status: 'running', ended_at: null, _flow_id: 'other' })
    await run('only', 300)
    await enforce()
    expect(await left('jobs', '_id')).toEqual(['going', 'only'])
  })

  test('that completed last stay, of all page generators and of some: the next delta begins where they did', async () => {
    const some = (exportIds: string[]) => ({ run_order: JSON.stringify({ exportIds }) })
    await run('older', 100)
    await run('whole', 90)
    await run('a', 80, some(['a']))
    await run('a-again', 70, some(['a', 'b']))
    await run('backdated', 60, { run_order: JSON.stringify({ endDate: ago(61) }) })
    await run('failed', 50, { status: 'failed' })
    await run('newest', 40, { status: 'failed' })
    const lastSuccess = () => Promise.all([undefined, 'a', 'b', 'c'].map((id) => api.world.store.jobs.findLastSuccess(envId, 'flow', id)))
    const before = await lastSuccess()
    await enforce()
    expect(await left('jobs', '_id')).toEqual(['a-again', 'newest', 'whole'])
    expect(await lastSuccess()).toEqual(before)
  })

  test('that a webhook was left by stay: what they left when they were canceled waits because of them', async () => {
    await run('canceled', 60, { status: 'canceled' })
    await run('newest', 1)
    await insert('webhook_queues', { flow_id: 'flow', export_id: 'a', last_seq: 1, waiting: 1, bytes: 2, job_id: 'canceled' })
    await enforce()
    expect(await left('jobs', '_id')).toEqual(['canceled', 'newest'])
    await ask(api.config, 'delete from sluice.webhook_queues')
    await enforce()
    expect(await left('jobs', '_id')).toEqual(['newest'])
  })

  test('are still counted in the sums', async () => {
    await run('old', 31)
    await run('new', 1)
    const sums = () => ask(api.config, `select sum(num_runs)::int as n from sluice.run_stats where env_id = $1 and unit = 'month'`, [envId])
    const before = await sums()
    await enforce()
    expect(await sums()).toEqual(before)
  })
})

describe('errors', () => {
  test('that are resolved go after 30 days with their records and requests; open ones stay however old they are', async () => {
    for (const key of ['open', 'fresh', 'gone']) {
      await record(key, 1)
      await request(key, 1)
    }
    await error('open', { retry_data_key: 'open', req_and_res_key: 'open' })
    await error('fresh', { retry_data_key: 'fresh', req_and_res_key: 'fresh', resolved_at: ago(29.9), resolved_by: 'somebody' })
    await error('gone', { retry_data_key: 'gone', req_and_res_key: 'gone', resolved_at: ago(30.1), resolved_by: 'somebody' })
    await enforce()
    expect(await left('flow_errors', 'error_id')).toEqual(['fresh', 'open'])
    expect(await left('retry_data', 'retry_data_key')).toEqual(['fresh', 'open'])
    expect(await left('recorded_requests', 'key')).toEqual(['fresh', 'open'])
  })

  test('share a record and a request with an open one: they stay', async () => {
    await record('shared', 1)
    await request('shared', 1)
    const shared = { retry_data_key: 'shared', req_and_res_key: 'shared' }
    await error('gone', { ...shared, resolved_at: ago(31), resolved_by: 'somebody' })
    await error('open', shared)
    await enforce()
    expect([await left('flow_errors', 'error_id'), await left('retry_data', 'retry_data_key')]).toEqual([['open'], ['shared']])
    expect(await left('recorded_requests', 'key')).toEqual(['shared'])
  })

  test('that are open lose their record after its time, and stay', async () => {
    await record('kept', 29.9)
    await record('old', 30.1)
    await request('kept', 29.9)
    await request('old', 30.1)
    await error('one', { retry_data_key: 'old' })
    await enforce()
    expect(await left('flow_errors', 'error_id')).toEqual(['one'])
    expect([await left('retry_data', 'retry_data_key'), await left('recorded_requests', 'key')]).toEqual([['kept'], ['kept']])
  })
})

test('lines of scripts, execution logs, changes on record and messages go after their days', async () => {
  for (const [name, days] of [
    ['kept', 29.9],
    ['old', 30.1],
  ] as const) {
    await insert('script_logs', { script_id: name, at: ago(days), level: 'info', function: 'f', message: 'm' })
    await insert('execution_logs', {
      flow_id: name,
      job_id: 'run',
      at: ago(days),
      step_id: 'step',
      group_id: 'g',
      record_id: 'r',
      stage: 'apiCall',
      status: 'success',
      bytes: 1,
    })
    await insert('outbox', {
      _id: name,
      user_id: envId,
      channel: 'email',
      is_daily: false,
      payload: '{}',
      created_at: ago(days),
      due_at: ago(days),
      status: 'sent',
      ended_at: ago(days),
    })
  }
  const change = {
    account_id: envId,
    user_id: envId,
    source: 'api',
    event: 'update',
    collection: 'flows',
    resource_id: 'flow',
    field_changes: '[]',
  }
  await insert('audit', { ...change, _id: 'kept', at: ago(364.9) })
  await insert('audit', { ...change, _id: 'old', at: ago(365.1) })
  await enforce()
  expect(await left('script_logs', 'script_id')).toEqual(['kept'])
  expect(await left('execution_logs', 'flow_id')).toEqual(['kept'])
  expect(await left('outbox', '_id')).toEqual(['kept'])
  expect(await left('audit', '_id')).toEqual(['kept'])
})

test('what settings keep for ever stays, and other days are as they say', async () => {
  await run('new', 1)
  await run('old', 5)
  await error('resolved', { resolved_at: ago(1000), resolved_by: 'somebody' })
  await enforce({ ...defaultDays, runs: 4, errors: undefined })
  expect([await left('jobs', '_id'), await left('flow_errors', 'error_id')]).toEqual([['new'], ['resolved']])
})

test('is done by one program at a time, in steps, and not again before an hour is over where nothing is left', async () => {
  await ask(
    api.config,
    `insert into sluice.script_logs (env_id, script_id, at, level, function, message)
     select $1, 's', now() - interval '40 days', 'info', 'f', 'm' from generate_series(1, 2500)`,
    [envId],
  )
  await Promise.all([enforceRetention(api.world, defaultDays), enforceRetention(api.world, defaultDays)])
  expect(await left('script_logs', 'script_id')).toEqual([])
  await insert('script_logs', { script_id: 'later', at: ago(40), level: 'info', function: 'f', message: 'm' })
  await enforceRetention(api.world, defaultDays)
  expect(await left('script_logs', 'script_id')).toEqual(['later'])
  await enforceRetention({ ...api.world, now: () => new Date(Date.now() + 61 * 60_000) }, defaultDays)
  expect(await left('script_logs', 'script_id')).toEqual([])
})

test('docs/operate.md says how long each kind is kept by default', () => {
  const rows = rowsOf(sectionOf(pageOf('operate.md'), '### How long things are kept'))
  for (const { name, keptFor } of kinds) {
    const days = typeof keptFor === 'number' ? keptFor : defaultDays[keptFor]
    const [, setting = '', byDefault] = rows.find(([what]) => what === name) ?? []
    expect(byDefault).toBe(`${days} days`)
    if (typeof keptFor === 'string') expect(setting).toContain(`\`${retentionSettings[keptFor][0]}\``)
  }
})
