/** Exports and imports on request: what they fetch and send, what they answer, and that nothing is left of it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { exportOf, importOf, make, makeConnection, numbered, until } from '../harness/flows.ts'
import { nobody } from '../harness/samples.ts'

const secret = 'the-token-of-the-connection'
const api = apiForFile()
let application: Application
let connectionId: string
beforeEach(async () => {
  application = await startApplication({ sources: { orders: numbered(5) }, lookups: { customer: { 7: { name: 'Ann' } } } })
  const auth = { type: 'token', token: { token: secret, location: 'header' } }
  connectionId = await makeConnection(api, application, { auth, ping: { relativeURI: '/lookup/health/me' } })
})
afterEach(() => application.close())

const paged = { relativeURI: '/source/orders?limit=2', paging: { method: 'skip' }, response: { resourcePath: 'records' } }
const bySkip = { ...paged, relativeURI: '/source/orders?skip={{export.http.paging.skip}}&limit=2' }
const exportWith = async (fields: object = {}): Promise<string> =>
  (await make(api, 'exports', exportOf('orders', connectionId, fields)))._id
const importWith = async (fields: object = {}): Promise<string> => (await make(api, 'imports', importOf('sink', connectionId, fields)))._id
const script = async (content: string) => (await make(api, 'scripts', { name: 'Code', content }))._id as string
const goOffline = () => api.call('GET', `/v1/connections/${connectionId}/ping`)
const refusal = ({ status, body }: Answer): object => ({ status, ...body.errors[0] })
const sent = (): unknown[] => application.ledger.map(({ body }) => body)

describe('an export that is invoked', () => {
  const invoke = (id: string, body?: object): Promise<Answer> => api.call('POST', `/v1/exports/${id}/invoke`, body)

  test('answers its records, after transform, filter and preSavePage, and what failed on the way; no job is left', async () => {
    const _scriptId = await script(`
      function shape({ record }) { if (record.id === 4) throw new Error('not this one'); return { id: record.id, double: record.id * 2 } }
      function page(o) { return { data: o.data.concat([{ added: o.data.length, testMode: o.testMode, flow: o._flowId || null }]), errors: o.errors } }`)
    const id = await exportWith({
      transform: { type: 'script', script: { _scriptId, function: 'shape' } },
      filter: { type: 'expression', expression: { version: '1', rules: ['notequals', ['number', ['extract', 'id']], 2] } },
      hooks: { preSavePage: { _scriptId, function: 'page' } },
      dataURITemplate: 'https://shop.example/{{record.id}}',
    })
    const { status, body } = await invoke(id)
    expect(status).toBe(200)
    expect(body.data).toEqual([
      { id: 1, double: 2 },
      { id: 3, double: 6 },
      { id: 5, double: 10 },
      { added: 3, testMode: false, flow: null },
    ])
    expect(body.dataURIs.slice(0, 2)).toEqual(['https://shop.example/1', 'https://shop.example/3'])
    expect(body.errors).toEqual([{ source: 'transformation', code: 'script_error', message: expect.stringContaining('not this one') }])
    expect(body.pagedExportState).toBeUndefined()
    expect((await api.call('GET', `/v1/jobs?type=export&_exportId=${id}`)).status).toBe(204)
    expect((await api.call('GET', `/v1/exports/${id}/audit`)).body).toMatchObject([
      { event: 'invoke', fieldChanges: [] },
      { event: 'create' },
    ])
  })

  test('answers all pages that one answer holds', async () => {
    const { body } = await invoke(await exportWith({ http: bySkip, pageSize: 2 }))
    expect(body.data).toEqual(numbered(5))
    expect(body.dataURIs).toEqual([null, null, null, null, null])
    expect(body.pagedExportState).toBeUndefined()
  })

  test('ends after the thousandth record, and goes on where it ended', async () => {
    application.script = { sources: { orders: numbered(1500) } }
    const id = await exportWith({ pageSize: 400 })
    const first = (await invoke(id)).body
    expect(first.data).toHaveLength(1200)
    expect(first.pagedExportState).toMatchObject({ pageIndex: 3, done: false })
    const second = (await invoke(id, { pagedExportState: first.pagedExportState })).body
    expect([...first.data, ...second.data]).toEqual(numbered(1500))
    expect(second.pagedExportState).toBeUndefined()
  })

  test('takes no state that it was not answered with', async () => {
    application.script = { sources: { orders: numbered(1500) } }
    const id = await exportWith({ pageSize: 1000 })
    const { pagedExportState } = (await invoke(id)).body
    expect(JSON.stringify(pagedExportState)).not.toContain(application.origin)
    const other = await exportWith({ pageSize: 999 })
    const wrong = { code: 'invalid_field', field: 'pagedExportState', status: 422 }
    for (const state of [{}, { state: 5 }, { ...pagedExportState, state: pagedExportState.state.replace(/.{9}$/, 'A'.repeat(9)) }])
      expect(refusal(await invoke(id, { pagedExportState: state }))).toMatchObject(wrong)
    expect(refusal(await invoke(other, { pagedExportState }))).toMatchObject(wrong)
  })

  test('with data is a lookup, and with settings has these', async () => {
    const id = await exportWith({
      http: { relativeURI: '/lookup/customer/{{data.customer}}?s={{settings.export.shop}}', response: {} },
      isLookup: true,
      settings: { shop: 'own' },
    })
    expect((await invoke(id, { data: { customer: 7 }, settings: { shop: 'eu' } })).body.data).toEqual([{ name: 'Ann' }])
    expect(application.asked).toEqual(['GET /lookup/customer/7?s=eu'])
    expect(refusal(await invoke(id, { data: { customer: 8 } }))).toMatchObject({ status: 422, code: 'export_failed', failureCode: '404' })
  })

  test('of type delta takes the dates that it is given, of type once marks nothing', async () => {
    const delta = await exportWith({ type: 'delta', http: { relativeURI: '/source/orders?since={{lastExportDateTime}}' } })
    await invoke(delta, { postData: { lastExportDateTime: '2026-01-02T03:04:05.000Z' } })
    expect(application.asked).toEqual(['GET /source/orders?since=2026-01-02T03%3A04%3A05.000Z'])
    const once = await exportWith({ type: 'once', http: { once: { relativeURI: '/sink/marked', method: 'POST', body: '{}' } } })
    expect((await invoke(once)).body.data).toHaveLength(5)
    expect(application.ledger).toEqual([])
  })

  test('that cannot is refused with the words of the application, once and without secrets', async () => {
    const id = await exportWith()
    application.before = async () => [503, { message: `token ${secret} is overworked` }]
    expect(refusal(await invoke(id))).toEqual({
      status: 422,
      code: 'export_failed',
      message: 'token ****** is overworked',
      source: 'application',
      failureCode: '503',
    })
    expect(application.asked).toHaveLength(1)
    const _scriptId = await script('function page() { throw new Error("stop it") }')
    application.before = () => undefined
    const hooked = await exportWith({ hooks: { preSavePage: { _scriptId, function: 'page' } } })
    expect(refusal(await invoke(hooked))).toMatchObject({ status: 422, code: 'export_failed', source: 'pre_save_page_hook' })
  })

  test('does not run over a connection that is offline, nor where there is no adaptor for it', async () => {
    const id = await exportWith()
    await goOffline()
    expect(refusal(await invoke(id))).toMatchObject({ status: 422, code: 'export_failed', failureCode: 'connection_offline' })
    const webhook = await make(api, 'exports', {
      name: 'w',
      adaptorType: 'WebhookExport',
      type: 'webhook',
      webhook: { provider: 'custom', verify: 'token', token: 't' },
    })
    expect(refusal(await invoke(webhook._id))).toMatchObject({ status: 422, failureCode: 'webhook_not_asked' })
  })

  test('is a 404 for strangers, and refused to who may only look', async () => {
    const id = await exportWith()
    expect((await invoke(nobody)).status).toBe(404)
    expect((await api.stranger('POST', `/v1/exports/${id}/invoke`)).status).toBe(404)
    const watcher = await colleague(api, 'watcher@example.com', { accessLevel: 'monitor' })
    expect((await watcher.call('POST', `/v1/exports/${id}/invoke`)).status).toBe(403)
    expect(application.asked).toEqual([])
  })
})

describe('an import that is invoked', () => {
  const invoke = (id: string, body: unknown): Promise<Answer> => api.call('POST', `/v1/imports/${id}/invoke`, body)

  test('answers what became of each record, in order, through filter, hooks and mapping', async () => {
    const _scriptId = await script(`
      function pre({ data }) { return data.map((record) => record.skip ? {} : { data: record }) }
      function post({ postMapData }) { return postMapData.map((data) => ({ data: Object.assign({}, data, { by: 'postMap' }) })) }
      function submitted({ responseData }) { return responseData.map((each) => Object.assign({}, each, { dataURI: 'x://' + each.id })) }`)
    const hook = (name: string): object => ({ _scriptId, function: name })
    const id = await importWith({
      filter: { type: 'expression', expression: { version: '1', rules: ['notequals', ['number', ['extract', 'id']], 2] } },
      hooks: { preMap: hook('pre'), postMap: hook('post'), postSubmit: hook('submitted') },
      mappings: [
        { generate: 'number', dataType: 'number', extract: '$.id', status: 'Active' },
        { generate: 'refuse', dataType: 'number', extract: '$.refuse', status: 'Active' },
      ],
    })
    const { status, body } = await invoke(id, { data: [{ id: 1 }, { id: 2 }, { id: 3, skip: true }, { id: 4, refuse: 409 }] })
    expect(status).toBe(200)
    expect(body).toMatchObject([
      { statusCode: 200, id: 'sink-1', _json: { id: 'sink-1' }, dataURI: 'x://sink-1', errors: [] },
      { statusCode: 200, ignored: true, errors: [] },
      { statusCode: 200, ignored: true, errors: [] },
      { statusCode: 422, errors: [{ code: '409', source: 'application', message: 'sink does not take it' }] },
    ])
    expect(body[0].headers).toBeUndefined()
    expect(sent()).toEqual([{ number: 1, by: 'postMap' }])
    expect((await api.call('GET', `/v1/jobs?type=import&_importId=${id}`)).status).toBe(204)
  })

  test('takes the records alone, and one record', async () => {
    const id = await importWith()
    expect((await invoke(id, [{ id: 1 }, { id: 2 }])).body).toMatchObject([{ statusCode: 200 }, { statusCode: 200 }])
    expect((await invoke(id, { data: { id: 3 } })).body).toMatchObject([{ statusCode: 200 }])
    expect(sent()).toEqual(expect.arrayContaining([{ id: 1 }, { id: 2 }, { id: 3 }]))
    expect((await invoke(id, [])).body).toEqual([])
  })

  test('sends batches, and no more at once than the connection allows', async () => {
    const batched = await importWith({ http: { batchSize: 50 } })
    await invoke(batched, { data: numbered(60) })
    expect(application.ledger.map(({ body }) => body.length)).toEqual([50, 10])
    const { body } = await api.call('GET', `/v1/connections/${connectionId}`)
    await api.call('PUT', `/v1/connections/${connectionId}`, { ...body, http: { ...body.http, concurrencyLevel: 2 } })
    application.most.clear()
    const id = await importWith()
    await Promise.all([invoke(id, { data: numbered(10, { wait: 20 }) }), invoke(id, { data: numbered(10, { wait: 20 }) })])
    expect(application.most.get('sink')).toBe(2)
  })

  test('over a connection that is offline answers 401 for each record, and sends nothing', async () => {
    const id = await importWith()
    await goOffline()
    expect((await invoke(id, { data: numbered(2) })).body).toMatchObject([
      { statusCode: 401, errors: [{ code: 'connection_offline' }] },
      { statusCode: 401 },
    ])
    expect(sent()).toEqual([])
  })

  test('takes records and a thousand of them at the most', async () => {
    const id = await importWith()
    for (const body of [{}, { data: 7 }, { data: ['x'] }, ['x'], { data: numbered(1001) }, '"x"', { settings: {} }])
      expect((await invoke(id, body)).status).toBe(422)
    expect((await api.call('POST', `/v1/imports/${id}/invoke`)).status).toBe(400)
    expect(sent()).toEqual([])
  })

  test('leaves out what an application answers beyond 5 MB, and tells what became of the record all the same', async () => {
    const id = await importWith()
    application.before = async () => [200, { id: 1, text: 'x'.repeat(2_000_000) }]
    const { body } = await invoke(id, { data: numbered(4) })
    expect(body.map((each: { _json?: object }) => each._json !== undefined)).toEqual([true, true, false, false])
    expect(body.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([200, 200, 200, 200])
  })

  test('is a 404 for strangers', async () => {
    const id = await importWith()
    expect((await api.stranger('POST', `/v1/imports/${id}/invoke`, { data: [{}] })).status).toBe(404)
    expect((await invoke(nobody, { data: [{}] })).status).toBe(404)
  })
})

describe('a virtual export or import', () => {
  const over = (path: string, body: object): Promise<Answer> => api.call('POST', `/v1/connections/${connectionId}/${path}`, body)

  test('fetches as it says, over the connection of the path, page by page where that is asked for; nothing is stored', async () => {
    const before = (await api.call('GET', '/v1/exports')).text
    const virtual = { export: { asynchronous: true, pageSize: 2, http: { method: 'GET', ...bySkip } } }
    expect((await over('export', virtual)).body.data).toEqual(numbered(5))
    const pages: unknown[][] = []
    let pagedExportState: object | undefined
    do {
      const { body } = await over('export/pages', { ...virtual, ...(pagedExportState && { pagedExportState }) })
      pages.push(body.data)
      expect(body.dataURIs).toHaveLength(body.data.length)
      pagedExportState = body.pagedExportState
    } while (pagedExportState)
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1, 0])
    expect(pages.flat()).toEqual(numbered(5))
    expect((await api.call('GET', '/v1/exports')).text).toBe(before)
  })

  test('imports, and maps alone', async () => {
    const mapping = {
      fields: [
        { extract: 'id', generate: 'number' },
        { generate: 'key', hardCodedValue: 'k' },
      ],
    }
    const virtual = { import: { mapping, http: { method: ['POST'], relativeURI: ['/sink/virtual'] } }, data: [{ id: 1 }, { id: 2 }] }
    expect((await over('import/map', virtual)).body).toEqual([
      { number: 1, key: 'k' },
      { number: 2, key: 'k' },
    ])
    expect(sent()).toEqual([])
    expect((await over('import', virtual)).body).toMatchObject([{ statusCode: 200, _json: { id: 'virtual-1' } }, { statusCode: 200 }])
    expect(sent()).toEqual(
      expect.arrayContaining([
        { number: 1, key: 'k' },
        { number: 2, key: 'k' },
      ]),
    )
    const failing = { mappings: [{ generate: 'n', dataType: 'number', extract: '$.id', status: 'Active' }], http: virtual.import.http }
    const mapped = (await over('import/map', { import: failing, data: [{ id: 'no number' }, { id: 5 }] })).body
    expect(mapped).toMatchObject([{ errors: [{ source: 'mapping' }] }, { n: 5 }])
    const lookups = [{ name: 'made', method: 'POST', relativeURI: '/sink/asked', body: '{"n":{{record.id}} }', extract: 'id' }]
    const looking = {
      lookups,
      mappings: [{ generate: 'made', dataType: 'string', lookupName: 'made', status: 'Active' }],
      http: virtual.import.http,
    }
    expect((await over('import/map', { import: looking, data: [{ id: 5 }] })).body).toMatchObject([
      { made: expect.stringMatching(/^asked-/) },
    ])
  })

  test('has to be one that could be stored', async () => {
    const http = { method: 'GET', relativeURI: '/source/orders' }
    expect(refusal(await over('export', { export: { http, pageSize: 0 } }))).toMatchObject({
      status: 422,
      code: 'invalid_field',
      field: 'export.pageSize',
    })
    const hooks = { preSavePage: { _scriptId: nobody, function: 'f' } }
    expect(refusal(await over('export', { export: { http, hooks } }))).toMatchObject({
      status: 422,
      code: 'invalid_ref',
      field: 'export.hooks.preSavePage._scriptId',
    })
    expect(refusal(await over('export', {}))).toMatchObject({ status: 422, code: 'missing_required_field', field: 'export' })
    expect(refusal(await over('export', { export: {} }))).toMatchObject({
      status: 422,
      code: 'export_failed',
      failureCode: 'adaptor_unsupported',
    })
    expect(refusal(await over('import', { import: { http: { method: 'POST' } } }))).toMatchObject({ field: 'import.http.method' })
    expect((await api.call('POST', `/v1/connections/${nobody}/export`, { export: { http } })).status).toBe(404)
    expect((await api.stranger('POST', `/v1/connections/${connectionId}/import`, { import: {} })).status).toBe(404)
    expect(application.asked).toEqual([])
  })

  test('reaches no further than whoever sends it', async () => {
    const integration = await make(api, 'integrations', { name: 'Theirs' })
    await api.call('PUT', `/v1/integrations/${integration._id}/connections/${connectionId}/register`)
    const level = { integrationAccessLevel: [{ _integrationId: integration._id, accessLevel: 'manage' }] }
    const manager = await colleague(api, 'manager@example.com', level)
    const http = { method: 'GET', relativeURI: '/source/orders', response: { resourcePath: 'records' } }
    const path = `/v1/connections/${connectionId}/export`
    expect((await manager.call('POST', path, { export: { http } })).body.data).toEqual(numbered(5))
    const _scriptId = await script('function page(o) { return o }')
    const hooks = { preSavePage: { _scriptId, function: 'page' } }
    expect((await api.call('POST', path, { export: { http, hooks } })).status).toBe(200)
    expect(refusal(await manager.call('POST', path, { export: { http, hooks } }))).toMatchObject({ status: 422, code: 'invalid_ref' })
  })

  test('is one of 25 calls that an account has under way, and no more', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    application.before = async () => {
      await released
      return [200, { records: [] }]
    }
    const virtual = { export: { http: { method: 'GET', relativeURI: '/source/orders' } } }
    let refused = 0
    const ask = async (): Promise<number> => {
      const { status } = await over('export', virtual)
      if (status === 429) refused++
      return status
    }
    const asked = Array.from({ length: 28 }, ask)
    await until(() => (refused === 3 ? true : undefined))
    release()
    expect((await Promise.all(asked)).filter((status) => status === 200)).toHaveLength(25)
  })
})
