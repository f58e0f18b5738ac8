/** Test runs of flows: what each stage tells, what stands in for applications, and that nothing is left of them, inside or outside. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import {
  errorsOf,
  exportOf,
  importOf,
  make,
  makeConnection,
  makeFlow,
  numbered,
  runToEnd,
  until,
  type Layout,
  type MadeFlow,
} from '../harness/flows.ts'
import { startStack } from '../harness/stack.ts'
import { casesIn } from '../engine/steps/case-files.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
type Told = any

const files = mkdtempSync(join(tmpdir(), 'sluice-test-runs-'))
let api: Api
let application: Application
beforeAll(async () => {
  api = await startApi({ worker: true, files })
})
afterAll(async () => {
  await api.close()
  rmSync(files, { recursive: true })
})
beforeEach(async () => {
  application = await startApplication({ sources: { orders: numbered(3) }, lookups: { customer: { 1: { name: 'Ann' } } } })
})
afterEach(() => application.close())

const testRun = (flow: Pick<MadeFlow, '_id'>, body?: object): Promise<Answer> => api.call('POST', `/v1/flows/${flow._id}/test`, body)
const stepOf = ({ childJobs }: Told, id: string | undefined): Told =>
  childJobs.find(({ _exportId, _importId, _routerId }: Told) => [_exportId, _importId, _routerId].includes(id))
const stageOf = (step: Told, name: string): Told => step.stages.find((each: Told) => each.name === name)
const sent = (): unknown[] => application.ledger.map(({ body }) => body)

interface Case {
  readonly name: string
  readonly layout: Layout
  readonly body?: object
  readonly status?: string
  /** Names of the stages, by step. */
  readonly names: Readonly<Record<string, readonly string[]>>
  readonly stages: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly counts: object
  readonly asked?: readonly string[]
  readonly sent?: readonly unknown[]
  readonly errors?: readonly object[]
}

describe.each(casesIn<Case>('test-runs'))('$file', ({ cases }) => {
  test.each(cases)(
    '$name',
    async ({ layout, body, status: ends = 'completed', names, stages, counts, asked, sent: takes = [], errors = [] }) => {
      const flow = await makeFlow(api, application, layout)
      const { status, body: told } = await testRun(flow, body)
      expect(status).toBe(200)
      expect(told.flowJob).toMatchObject({ status: ends, ...counts })
      expect(told.flowJob.errors).toMatchObject(errors)
      for (const [name, expected] of Object.entries(names)) {
        const step = stepOf(told, flow.ids[name] ?? name)
        expect(step.stages.map((each: Told) => each.name)).toEqual(expected)
        for (const [stage, says] of Object.entries(stages[name] ?? {})) expect(stageOf(step, stage)).toMatchObject(says)
      }
      if (asked) expect(application.asked).toEqual(asked)
      expect(sent()).toEqual(takes)
    },
  )
})

describe('nothing is left behind', () => {
  const everything = async (): Promise<unknown> => {
    const tables = ['jobs', 'flow_errors', 'open_errors', 'retry_data', 'integration_state', 'lookup_cache_data']
    return Promise.all(tables.map((table) => ask(api.config, `select count(*)::int as rows from sluice.${table}`)))
  }

  test('no job, no error, no statistics, no delta, and no connection goes offline', async () => {
    const delta = {
      type: 'delta',
      http: { relativeURI: '/source/orders?since={{{lastExportDateTime}}}', response: { resourcePath: 'records' } },
    }
    const flow = await makeFlow(api, application, {
      connection: { ping: { relativeURI: '/lookup/health/me' } },
      exports: { orders: { ...delta, traceKeyTemplate: '{{record.id}}' } },
      imports: { sink: { mockResponse: [{ statusCode: 500 }] } },
    })
    const before = await everything()
    expect((await testRun(flow)).body.flowJob).toMatchObject({ numExport: 3, numError: 3 })
    application.before = () => Promise.resolve([401, { message: 'who are you' }])
    expect((await testRun(flow)).body.flowJob).toMatchObject({ status: 'failed', errors: [{ code: '401' }] })
    expect(await everything()).toEqual(before)
    expect((await api.call('GET', `/v1/flows/${flow._id}/jobs/latest`)).status).toBe(204)
    expect(await errorsOf(api, flow, 'sink')).toEqual([])
    expect((await api.call('GET', `/v1/connections/${flow.connectionId}`)).body.offline).toBeFalsy()
    const first = 'GET /source/orders?since=1970-01-01T00:00:00.000Z'
    expect(application.asked).toEqual([first, first])
  })

  test('what is exported once is not marked, and is there for the run after it', async () => {
    const once = {
      type: 'once',
      http: { response: { resourcePath: 'records' }, once: { relativeURI: '/sink/marks/{{record.id}}', method: 'PUT' } },
    }
    const flow = await makeFlow(api, application, { exports: { orders: once } })
    expect((await testRun(flow, { allowImports: true })).body.flowJob).toMatchObject({ numExport: 3, numSuccess: 3 })
    expect(application.asked.filter((each) => each.startsWith('PUT'))).toEqual([])
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: 3 })
    expect(application.asked.filter((each) => each.startsWith('PUT'))).toHaveLength(3)
  })

  test('a file that is read stays, and a file that would be written is not', async () => {
    const filesystem = { ping: { directoryPath: '/' } }
    const _connectionId = (await make(api, 'connections', { name: 'files', type: 'filesystem', filesystem }))._id
    await api.call('GET', `/v1/connections/${_connectionId}/ping`)
    const own = join(files, readdirSync(files)[0] ?? '')
    mkdirSync(join(own, 'in'))
    writeFileSync(join(own, 'in', 'a.json'), JSON.stringify(numbered(2)))
    const common = { name: 'files', _connectionId }
    const source = {
      ...common,
      adaptorType: 'FileSystemExport',
      filesystem: { directoryPath: 'in' },
      file: { type: 'json', fileName: 'a.json', skipDelete: false },
    }
    const sink = {
      ...common,
      adaptorType: 'FileSystemImport',
      filesystem: { directoryPath: 'out' },
      file: { type: 'json', fileName: 'b.json', skipAggregation: true },
    }
    const [_exportId, _importId] = [(await make(api, 'exports', source))._id, (await make(api, 'imports', sink))._id]
    const pageProcessors = [{ type: 'import', _importId }]
    const flow = await make(api, 'flows', { name: 'files', pageGenerators: [{ _exportId }], pageProcessors })
    const { body } = await testRun(flow)
    expect(body.flowJob.errors).toEqual([])
    expect(body.flowJob).toMatchObject({ status: 'completed', numExport: 2, numSuccess: 2 })
    expect(stageOf(stepOf(body, _importId), 'parse').output).toHaveLength(2)
    expect(readdirSync(join(own, 'in'))).toEqual(['a.json'])
    expect(existsSync(join(own, 'out'))).toBe(false)
    expect((await testRun(flow, { allowImports: true })).body.flowJob).toMatchObject({ numSuccess: 2 })
    expect(readdirSync(join(own, 'out'))).toEqual(['b.json'])
    expect(readdirSync(join(own, 'in'))).toEqual(['a.json'])
  })

  test('functions read what there is, and change it only where that is asked for', async () => {
    const cache = (await make(api, 'lookupcaches', { name: 'Cache' }))._id
    await api.call('POST', `/v1/lookupcaches/${cache}/data`, { data: [{ key: 'known', value: 'yes' }] })
    const code = `
      const { lookupCaches, state, flows, exports } = require('integrator-api')
      const tried = (work) => { try { return work() ?? 'nothing' } catch (error) { return error.code } }
      function page({ _flowId }) {
        return { data: [{
          read: tried(() => lookupCaches.getData('${cache}', { keys: ['known'] }).data[0].value),
          upsert: tried(() => lookupCaches.upsertData('${cache}', { data: [{ key: 'new', value: 1 }] })),
          put: tried(() => state.put({ key: 'k', value: 1, _flowId })),
          run: tried(() => flows.run({ _id: _flowId })),
          find: tried(() => flows.get({ _id: _flowId }).name),
        }], errors: [] }
      }`
    const integration = (await make(api, 'integrations', { name: 'It' }))._id
    const flow = await makeFlow(api, application, {
      code,
      exports: { orders: { hooks: { preSavePage: { _scriptId: '{code}', function: 'page' } } } },
      flow: { _integrationId: integration },
    })
    await api.call('PUT', `/v1/lookupcaches/${cache}`, { name: 'Cache', _integrationId: integration })
    const told = async (body: object): Promise<Told> =>
      stageOf(stepOf((await testRun(flow, body)).body, flow.ids['sink']), 'request').output[0].body
    const jobs = async (): Promise<number> => (await api.call('GET', `/v1/jobs?_flowId=${flow._id}`)).body?.length ?? 0
    const looked = await told({})
    expect(looked).toMatchObject({ upsert: 'access_denied', put: 'access_denied', run: 'access_denied', find: 'flow' })
    expect((await api.call('GET', `/v1/flows/${flow._id}/state`)).body.keys).toEqual([])
    expect(await jobs()).toBe(0)
    expect(await told({ allowScriptWrites: true })).toMatchObject({ put: expect.not.stringContaining('denied') })
    expect((await api.call('GET', `/v1/flows/${flow._id}/state`)).body.keys).toEqual(['k'])
    expect(await jobs()).toBeGreaterThan(0)
  })

  test('a function on a stack is called, and the token that it gets changes nothing', async () => {
    let token = ''
    const stack = await startStack(({ options }: Told) => {
      token = options.bearerToken
      return [200, { data: options.data, errors: [] }]
    })
    const _stackId = (
      await make(api, 'stacks', { name: 'Mine', type: 'server', server: { hostURI: stack.hostURI, systemToken: 'a-token-of-the-system' } })
    )._id
    const integration = (await make(api, 'integrations', { name: 'It' }))._id
    const flow = await makeFlow(api, application, {
      exports: { orders: { hooks: { preSavePage: { _stackId, function: 'page' } } } },
      flow: { _integrationId: integration },
    })
    const put = (): Promise<Answer> => api.call('PUT', `/v1/flows/${flow._id}/state/k`, { v: 1 }, { authorization: `Bearer ${token}` })
    expect((await testRun(flow)).body.flowJob).toMatchObject({ status: 'completed', numExport: 3 })
    expect(await put()).toMatchObject({ status: 403, body: { errors: [{ code: 'access_denied' }] } })
    expect((await testRun(flow, { allowScriptWrites: true })).body.flowJob.status).toBe('completed')
    expect((await put()).status).toBe(200)
    stack.close()
  })
})

describe('what it needs, and its bounds', () => {
  test('works for a flow that is disabled, and says so of one that cannot run', async () => {
    const flow = await makeFlow(api, application, { flow: { disabled: true } })
    expect((await testRun(flow)).body.flowJob.status).toBe('completed')
    const empty = await make(api, 'flows', { name: 'empty' })
    expect(await testRun(empty)).toMatchObject({ status: 422, body: { errors: [{ code: 'flow_not_runnable', field: 'pageGenerators' }] } })
    const pattern = await make(api, 'flows', { name: 'pattern', isAbstract: true })
    expect(await testRun(pattern)).toMatchObject({ status: 422, body: { errors: [{ code: 'flow_not_runnable', field: 'isAbstract' }] } })
  })

  test('takes the page generator that is named, and refuses others and fields that it does not know', async () => {
    application.script = { sources: { orders: numbered(1), others: numbered(2) } }
    const flow = await makeFlow(api, application, { exports: { orders: {}, others: {} } })
    expect((await testRun(flow)).body.metadata).toMatchObject({
      _flowId: flow._id,
      _exportId: flow.ids['orders'],
      importsSent: false,
      scriptsWrote: false,
    })
    const second = await testRun(flow, { _exportId: flow.ids['others'] })
    expect(second.body.flowJob.numExport).toBe(2)
    expect(await testRun(flow, { _exportId: flow.ids['sink'] })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'invalid_ref', field: '_exportId' }] },
    })
    expect(await testRun(flow, { send: true })).toMatchObject({ status: 422, body: { errors: [{ code: 'unknown_field', field: 'send' }] } })
    expect(await testRun(flow, { allowImports: 'yes' })).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_field' }] } })
  })

  test('hands the dates of the body to a delta export', async () => {
    const delta = {
      type: 'delta',
      http: { relativeURI: '/source/orders?since={{{lastExportDateTime}}}', response: { resourcePath: 'records' } },
    }
    const flow = await makeFlow(api, application, { exports: { orders: delta } })
    await testRun(flow, { export: { startDate: '2026-01-01T00:00:00.000Z' } })
    expect(application.asked).toEqual(['GET /source/orders?since=2026-01-01T00:00:00.000Z'])
  })

  test('an application that is not asked may be offline; one that is asked may not', async () => {
    const flow = await makeFlow(api, application, {
      connection: { ping: { relativeURI: '/lookup/health/me' } },
      exports: { orders: { mockOutput: { page_of_records: [{ record: { id: 1 } }] } } },
    })
    await api.call('GET', `/v1/connections/${flow.connectionId}/ping`)
    expect((await api.call('GET', `/v1/connections/${flow.connectionId}`)).body.offline).toBe(true)
    expect((await testRun(flow)).body.flowJob).toMatchObject({ status: 'completed', numSuccess: 1 })
    expect((await testRun(flow, { allowImports: true })).body.flowJob).toMatchObject({
      status: 'failed',
      errors: [{ code: 'connection_offline' }],
    })
  })

  test('a step tells 1 MB at the most, and says that there was more', async () => {
    const long = 'x'.repeat(700_000)
    application.script = { sources: { orders: numbered(3, { long }) } }
    const flow = await makeFlow(api, application)
    const { body, text } = await testRun(flow)
    expect(body.flowJob).toMatchObject({ status: 'completed', numSuccess: 3 })
    for (const step of body.childJobs) {
      expect(step.truncated).toBe(true)
      expect(JSON.stringify(step).length).toBeLessThan(1024 * 1024 + 10_000)
    }
    expect(text.length).toBeLessThan(2.2 * 1024 * 1024)
  })

  test('is not tried a second time, and ends when the caller goes', async () => {
    application.before = () => Promise.resolve([503, { message: 'busy' }])
    const flow = await makeFlow(api, application)
    expect((await testRun(flow)).body.flowJob.errors).toMatchObject([{ code: '503' }])
    expect(application.asked).toHaveLength(1)
    // An application that never answers, and sees when its caller hangs up.
    let reached = false
    let hungUp = false
    const silent = createServer((request) => {
      reached = true
      request.socket.on('close', () => (hungUp = true))
    })
    await new Promise<void>((ready) => silent.listen(0, '127.0.0.1', ready))
    const origin = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const _connectionId = await makeConnection(api, { ...application, origin })
    const _exportId = (await make(api, 'exports', exportOf('orders', _connectionId, {})))._id
    const _importId = (await make(api, 'imports', importOf('sink', _connectionId, {})))._id
    const held = await make(api, 'flows', {
      name: 'held',
      pageGenerators: [{ _exportId }],
      pageProcessors: [{ type: 'import', _importId }],
    })
    const { token } = (await api.call('POST', '/v1/accesstokens', { name: 'mine', fullAccess: true })).body
    const leaving = new AbortController()
    const asked = fetch(`${api.url}/v1/flows/${held._id}/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: leaving.signal,
    })
    asked.catch(() => undefined)
    await until(() => reached || undefined)
    await pause(100)
    expect(hungUp).toBe(false)
    leaving.abort()
    await until(() => hungUp || undefined)
    silent.closeAllConnections()
    silent.close()
  })

  test('is for those who manage the flow', async () => {
    const flow = await makeFlow(api, application)
    const monitor = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
    expect(await monitor.call('POST', `/v1/flows/${flow._id}/test`, {})).toMatchObject({
      status: 403,
      body: { errors: [{ code: 'access_denied' }] },
    })
    expect(await api.stranger('POST', `/v1/flows/${flow._id}/test`, {})).toMatchObject({ status: 404 })
    expect(application.asked).toEqual([])
  })
})
