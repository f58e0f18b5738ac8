/** Execution logs: what each mode records of a run, by which they are found, who reads them, and their bounds. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { enforceRetention } from '../../src/domain/retention/enforce-retention.ts'
import { defaultDays } from '../../src/domain/retention/kinds.ts'
import { ExecutionLog } from '../../src/engine/recording/execution-log.ts'
import { apiForFile, type Answer } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { ended, makeFlow, numbered, runToEnd, startRun, until, type MadeFlow } from '../harness/flows.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
type Told = any

const secret = 'the-token-of-the-connection'
const auth = { type: 'token', token: { token: secret, location: 'header' } }
const api = apiForFile({ worker: true })
let application: Application
beforeEach(async () => {
  application = await startApplication({ sources: { orders: [{ id: 1 }, { id: 2, refuse: 422 }] } })
})
afterEach(() => application.close())

const layout = (logging: object | undefined): object => ({
  connection: { auth },
  code: 'function keepAll(o) { return { data: o.data, errors: o.errors } }',
  exports: {
    orders: { traceKeyTemplate: 'order {{record.id}}', hooks: { preSavePage: { _scriptId: '{code}', function: 'keepAll' } } },
  },
  imports: {
    sink: {
      mappings: [
        { generate: 'number', dataType: 'number', extract: '$.id', status: 'Active' },
        { generate: 'refuse', dataType: 'number', extract: '$.refuse', status: 'Active' },
      ],
    },
  },
  flow: {
    ...(logging && { logging }),
    pageProcessors: [{ type: 'import', _importId: '{sink}', responseMapping: { fields: [{ extract: 'id', generate: 'key' }], lists: [] } }],
  },
})
const logged = async (logging: object | undefined): Promise<{ flow: MadeFlow; job: string; path: string }> => {
  const flow = await makeFlow(api, application, layout(logging))
  const job = (await runToEnd(api, flow._id))._id
  return { flow, job, path: `/v1/flows/${flow._id}/jobs/${job}/logs` }
}
const list = async (path: string, query = ''): Promise<Told[]> => {
  const { status, body } = await api.call('GET', `${path}${query}`)
  expect(status).toBe(200)
  return body.logs
}
const dataOf = async (path: string, entry: Told): Promise<Told[]> => {
  const { _expOrImpId, groupId, recordId, stage } = entry
  const { status, body } = await api.call('POST', `${path}/data/query`, { _expOrImpId, groupId, recordId, stage })
  expect(status).toBe(200)
  return body.data
}
const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()

test('a flow that says nothing of it records nothing', async () => {
  const { path } = await logged(undefined)
  expect(await list(path)).toEqual([])
  expect(await ask(api.config, 'select 1 from sluice.execution_log_entries')).toEqual([])
})

test('basic: whether each record went through each step, and what failed', async () => {
  const { flow, path } = await logged({ mode: 'basic' })
  const logs = await list(path)
  expect(
    logs.map(({ _expOrImpId, stage, status, traceKey }) => [_expOrImpId === flow.ids['sink'] ? 'sink' : 'orders', stage, status, traceKey]),
  ).toEqual([
    ['orders', 'apiCall', 'success', undefined],
    ['sink', 'apiCall', 'success', 'order 1'],
    ['sink', 'apiCall', 'error', 'order 2'],
  ])
  const [told] = await dataOf(path, logs[2])
  expect(told).toMatchObject({ errors: [{ source: 'application', code: '422', message: 'sink does not take it' }] })
  expect(told.input).toBeUndefined()
  expect((await dataOf(path, logs[1]))[0].output).toBeUndefined()
})

test('detailed: what went into each stage and came out, hooks by their names', async () => {
  const { path } = await logged({ mode: 'detailed' })
  const logs = await list(path)
  expect(logs.map(({ stage }) => stage)).toEqual(['apiCall', 'keepAll', 'mapping', 'mapping', 'apiCall', 'apiCall', 'responseMapping'])
  const ofFirst = await list(path, `?traceKey=${encodeURIComponent('order 1')}`)
  expect(ofFirst.map(({ stage }) => stage)).toEqual(['mapping', 'apiCall', 'responseMapping'])
  expect((await dataOf(path, ofFirst[0]))[0]).toMatchObject({ stage: 'mapping', input: { id: 1 }, output: { number: 1 } })
  const [sent] = await dataOf(path, ofFirst[1])
  expect(sent).toMatchObject({ input: { number: 1 }, output: { id: 'sink-1', statusCode: 201 } })
  expect(sent.request).toBeUndefined()
  expect((await dataOf(path, ofFirst[2]))[0].output).toEqual({ id: 1, key: 'sink-1' })
})

test('debug, while debugUntil is ahead: the requests and answers besides, without secrets; after it what detailed records', async () => {
  const { flow, path } = await logged({ mode: 'debug', debugUntil: inMinutes(30) })
  const [first] = await list(path, `?traceKey=${encodeURIComponent('order 1')}&stage=apiCall`)
  const data = await dataOf(path, first)
  expect(data).toHaveLength(2)
  expect(data[0]).toMatchObject({
    request: { method: 'POST', url: `${application.origin}/sink/sink`, headers: { authorization: '******' }, body: { number: 1 } },
    response: { status: 201, body: { id: 'sink-1' } },
  })
  expect(JSON.stringify(data)).not.toContain(secret)
  const stored = await ask(api.config, 'select sealed from sluice.execution_log_entries where flow_id = $1', [flow._id])
  expect(JSON.stringify(stored)).not.toMatch(/sink-1|number/)
  const later = await logged({ mode: 'debug' })
  const [sent] = await list(later.path, '?stage=apiCall&status=success')
  for (const each of await dataOf(later.path, sent)) expect(each.request).toBeUndefined()
})

test('a patch of logging.debugUntil turns it on and off, an hour ahead at most', async () => {
  const flow = await makeFlow(api, application, layout(undefined))
  const patch = (op: string, value?: string): Promise<Answer> =>
    api.call('PATCH', `/v1/flows/${flow._id}`, [{ op, path: '/logging/debugUntil', ...(value && { value }) }])
  expect(await patch('replace', inMinutes(61))).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'invalid_field', field: 'logging.debugUntil' }] },
  })
  expect((await patch('replace', inMinutes(30))).status).toBe(204)
  expect((await api.call('GET', `/v1/flows/${flow._id}`)).body.logging.debugUntil).toBeTruthy()
  const on = (await runToEnd(api, flow._id))._id
  expect((await list(`/v1/flows/${flow._id}/jobs/${on}/logs`)).length).toBeGreaterThan(5)
  expect((await patch('remove')).status).toBe(204)
  const off = (await runToEnd(api, flow._id))._id
  expect(await list(`/v1/flows/${flow._id}/jobs/${off}/logs`)).toEqual([])
  const { body } = await api.call('GET', `/v1/flows/${flow._id}`)
  expect(await api.call('PUT', `/v1/flows/${flow._id}`, { ...body, logging: { mode: 'everything' } })).toMatchObject({ status: 422 })
  expect(await api.call('PUT', `/v1/flows/${flow._id}`, { ...body, logging: { debugUntil: inMinutes(90) } })).toMatchObject({ status: 422 })
})

test('a run that is under way records from when somebody asks for it until they no longer do', async () => {
  const count = 120
  application.script = { sources: { orders: numbered(count) } }
  /** Records that wait to be answered until the test goes on. */
  const gates = new Map([3, 30, 60, 90].map((id) => [id, Promise.withResolvers<void>()]))
  const arrived = new Set<number>()
  application.before = async (_asked, body) => {
    const { number = 0 } = (body ?? {}) as { readonly number?: number }
    arrived.add(number)
    await gates.get(number)?.promise
    return undefined
  }
  const base = layout(undefined) as { exports: { orders: object }; connection: object }
  const flow = await makeFlow(api, application, {
    ...base,
    connection: { auth, concurrencyLevel: 1 },
    exports: { orders: { ...base.exports.orders, pageSize: 1 } },
  })
  const job = await startRun(api, flow._id)
  const comesTo = (id: number) => until(() => (arrived.has(id) ? true : undefined))
  const patch = (op: string, value?: string) =>
    api.call('PATCH', `/v1/flows/${flow._id}`, [{ op, path: '/logging/debugUntil', ...(value && { value }) }])
  for (const [at, then, op] of [
    [3, 30, 'replace'],
    [60, 90, 'remove'],
  ] as const) {
    await comesTo(at)
    expect((await patch(op, op === 'replace' ? inMinutes(30) : undefined)).status).toBe(204)
    await pause(2100)
    gates.get(at)?.resolve()
    await comesTo(then)
    // It has been looked at by then.
    await pause(500)
    gates.get(then)?.resolve()
  }
  expect(await ended(api, job)).toMatchObject({ status: 'completed', numSuccess: count, numError: 0 })
  const path = `/v1/flows/${flow._id}/jobs/${job}/logs`
  const told = async (id: number): Promise<number> =>
    (await list(path, `?stage=apiCall&traceKey=${encodeURIComponent(`order ${id}`)}`)).length
  expect([await told(2), await told(50), await told(110)]).toEqual([0, 2, 0])
  const [entry] = await list(path, `?stage=apiCall&traceKey=${encodeURIComponent('order 50')}`)
  expect(await dataOf(path, entry)).toMatchObject([{ request: { body: { number: 50 } } }, {}])
})

describe('they are found', () => {
  test('by step, stage, status, trace key and time; a record by its ids, or over all steps by its trace key', async () => {
    const { flow, path } = await logged({ mode: 'detailed' })
    expect((await list(path, `?_expOrImpId=${flow.ids['orders']}`)).map(({ stage }) => stage)).toEqual(['apiCall', 'keepAll'])
    expect((await list(path, '?stage=mapping')).length).toBe(2)
    expect(await list(path, '?status=error')).toMatchObject([{ traceKey: 'order 2', stage: 'apiCall', oIndex: 1 }])
    expect(await list(path, `?time_gt=${inMinutes(1)}`)).toEqual([])
    expect((await list(path, `?time_lte=${inMinutes(1)}`)).length).toBe(7)
    expect(await api.call('GET', `${path}?time_gt=soon`)).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'invalid_query_params' }] },
    })
    const [mapped] = await list(path, '?stage=mapping')
    const { _expOrImpId, groupId, recordId } = mapped
    const query = (body: object): Promise<Answer> => api.call('POST', `${path}/metadata/query`, body)
    expect((await query({ _expOrImpId, groupId, recordId })).body.logs).toHaveLength(3)
    expect((await query({ _expOrImpId, groupId, recordId, traceKey: 'order 2' })).body.logs).toHaveLength(2)
    expect(await query({ groupId, recordId })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'missing_required_field', field: '_expOrImpId' }] },
    })
  })

  test('over all runs by trace key, newest first, a page of 100 at a time, in one flow alone', async () => {
    const { flow, job } = await logged({ mode: 'basic' })
    const again = (await runToEnd(api, flow._id))._id
    const search = async (query: string, flowId = flow._id): Promise<Told> =>
      (await api.call('GET', `/v1/flows/${flowId}/logs?${query}`)).body
    const found = await search('traceKey=order 2')
    expect(found.logs.map(({ _jobId, status }: Told) => [_jobId, status])).toEqual([
      [again, 'error'],
      [job, 'error'],
    ])
    expect(found.nextPageURL).toBeUndefined()
    expect((await search(`traceKey=order 2&time_gt=${inMinutes(1)}`)).logs).toEqual([])
    expect((await search(`traceKey=order 2&time_lte=${inMinutes(1)}`)).logs).toHaveLength(2)
    expect((await search('traceKey=order')).logs).toEqual([])
    const other = await makeFlow(api, application, layout(undefined))
    expect((await search('traceKey=order 2', other._id)).logs).toEqual([])
    expect(await api.call('GET', `/v1/flows/${flow._id}/logs`)).toMatchObject({ status: 400 })
    const envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
    const row = { at: new Date().toISOString(), stepId: 's', groupId: 'g', recordId: 'r', traceKey: 'many', stage: 'apiCall' } as const
    await api.world.store.executionLogs.add(
      envId,
      flow._id,
      job,
      Array.from({ length: 130 }, () => ({ ...row, status: 'success' })),
      1e9,
    )
    const first = await search('traceKey=many')
    expect(first.logs).toHaveLength(100)
    const second = (await api.call('GET', first.nextPageURL)).body
    expect(second.logs).toHaveLength(30)
    expect(second.nextPageURL).toBeUndefined()
  })

  test('a page of 100 at a time', async () => {
    application.script = { sources: { orders: numbered(120) } }
    const { path } = await logged({ mode: 'basic' })
    const first = (await api.call('GET', path)).body
    expect(first.logs).toHaveLength(100)
    const second = (await api.call('GET', first.nextPageURL)).body
    expect(second.logs).toHaveLength(120 + 6 - 100)
    expect(second.nextPageURL).toBeUndefined()
  })

  test('only in the run of their flow', async () => {
    const { flow, job } = await logged({ mode: 'basic' })
    const other = await makeFlow(api, application, layout(undefined))
    expect((await api.call('GET', `/v1/flows/${other._id}/jobs/${job}/logs`)).status).toBe(404)
    expect((await api.call('GET', `/v1/flows/${flow._id}/jobs/${flow._id}/logs`)).status).toBe(404)
  })
})

describe('bounds', () => {
  test('long values are cut', async () => {
    application.script = { sources: { orders: numbered(1, { long: 'z'.repeat(50_000) }) } }
    const { path } = await logged({ mode: 'detailed' })
    const [mapped] = await list(path, '?stage=mapping')
    const [{ input }] = await dataOf(path, mapped)
    expect(input).toMatch(/^\{"id":1,"long":"z+…$/)
    expect(input.length).toBeLessThanOrEqual(16 * 1024)
  })

  test('they go after their time, in small steps, or between two times when somebody asks, with what they took', async () => {
    const { flow, path } = await logged({ mode: 'detailed' })
    const used = async (): Promise<unknown> =>
      (await ask(api.config, 'select sum(bytes)::int as bytes from sluice.execution_log_usage'))[0]?.['bytes']
    const kept = async (): Promise<unknown> =>
      (await ask(api.config, 'select coalesce(sum(bytes), 0)::int as bytes from sluice.execution_log_entries'))[0]?.['bytes']
    expect(await used()).toBe(await kept())
    const remove = (from: string, to: string): Promise<Answer> =>
      api.call('DELETE', `/v1/flows/${flow._id}/logs?startedAt=${from}&endAt=${to}`)
    expect((await remove(inMinutes(-1), inMinutes(-2))).status).toBe(400)
    expect((await remove(inMinutes(-60), inMinutes(-50))).status).toBe(204)
    expect((await list(path)).length).toBe(7)
    expect((await remove(inMinutes(-60), inMinutes(1))).status).toBe(204)
    expect(await list(path)).toEqual([])
    expect(await used()).toBe(await kept())
    await logged({ mode: 'basic' })
    await enforceRetention(api.world, defaultDays)
    expect(await kept()).not.toBe(0)
    await enforceRetention({ ...api.world, now: () => new Date(Date.now() + 31 * 86_400_000) }, defaultDays)
    expect(await kept()).toBe(0)
    expect(await used()).toBe(0)
  })

  test('the oldest of an environment make room', async () => {
    const { flow, path } = await logged({ mode: 'basic' })
    const envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
    const row = { at: new Date().toISOString(), stepId: 's', groupId: 'g', recordId: 'r', stage: 'apiCall', status: 'success' } as const
    await api.world.store.executionLogs.add(envId, flow._id, 'another', [row], 1)
    expect(await list(path)).toEqual([])
  })

  test('what comes faster than it is written is left out, and an entry says how much', async () => {
    const { flow } = await logged({ mode: 'basic' })
    const envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
    const log = new ExecutionLog(api.world, envId, { flowId: flow._id, jobId: 'fast' })
    log.recorder({ mode: 'detailed' }, (text) => text)
    const note = { stage: 'mapping', subject: undefined, errors: [] }
    for (let n = 0; n < 5100; n++) log.note({ stepId: 's', kind: 'import' }, note)
    await log.flush()
    const told = await api.world.store.executionLogs.list(
      envId,
      flow._id,
      { jobId: 'fast', from: inMinutes(-5), to: inMinutes(5) },
      { limit: 10_000 },
    )
    expect(told).toHaveLength(5001)
    expect(told.at(-1)).toMatchObject({ stage: 'executionLog', status: 'error', stepId: 's' })
    const sealed = told.at(-1)?.sealed ?? ''
    expect(api.world.vault.open(sealed, `${envId}/executionLog/fast`)).toContain('100 entries were left out')
  })
})

test('they are read by those who see the flow, and removed by those who manage it', async () => {
  const { flow, path } = await logged({ mode: 'basic' })
  const monitor = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
  const record = { _expOrImpId: flow.ids['sink'], groupId: 'g', recordId: 'r' }
  const reads = [
    ['GET', path],
    ['POST', `${path}/metadata/query`, record],
    ['POST', `${path}/data/query`, { ...record, stage: 'apiCall' }],
  ] as const
  for (const [method, to, body] of reads) {
    expect((await monitor.call(method, to, body)).status).toBe(200)
    expect((await api.stranger(method, to, body)).status).toBe(404)
  }
  const removal = `/v1/flows/${flow._id}/logs?startedAt=${inMinutes(-60)}&endAt=${inMinutes(1)}`
  expect(await monitor.call('DELETE', removal)).toMatchObject({ status: 403, body: { errors: [{ code: 'access_denied' }] } })
  expect((await api.stranger('DELETE', removal)).status).toBe(404)
  expect((await list(path)).length).toBe(3)
})
