/** Scripts over the API: what they change and refuse on the way into the store, the forms they make, what they log, and what they can ask of the platform. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { errorsOf, make, makeFlow, runToEnd } from '../harness/flows.ts'
import { startStack, type StackRequest } from '../harness/stack.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ worker: true })
})
afterAll(() => api.close())

const script = async (content: string): Promise<string> => (await make(api, 'scripts', { name: 'Code', content }))._id as string
const preSave = async (content: string) => ({ preSave: { _scriptId: await script(content), function: 'f' } })

describe('preSave', () => {
  test('changes what is stored, and sees what was', async () => {
    const hook = await preSave(
      'function f(o) { return { ...o.newResource, description: `${o.oldResource ? o.oldResource.name : "new"} -> ${o.newResource.name}` } }',
    )
    const created = await api.call('POST', '/v1/integrations', { name: 'first', ...hook })
    expect(created).toMatchObject({ status: 201, body: { name: 'first', description: 'new -> first' } })
    const replaced = await api.call('PUT', `/v1/integrations/${created.body._id}`, { name: 'second', ...hook })
    expect(replaced).toMatchObject({ status: 200, body: { description: 'first -> second', _id: created.body._id } })
    const patch = [{ op: 'replace', path: '/settings', value: { a: 1 } }]
    expect((await api.call('PATCH', `/v1/integrations/${created.body._id}`, patch)).status).toBe(204)
    expect((await api.call('GET', `/v1/integrations/${created.body._id}`)).body).toMatchObject({
      settings: { a: 1 },
      description: 'second -> second',
    })
  })

  test('works on exports and imports', async () => {
    const hook = await preSave('function f({ newResource }) { newResource.description = "seen"; return newResource }')
    const common = { _connectionId: undefined, http: { method: 'GET', relativeURI: '/x' }, ...hook }
    const source = await make(api, 'exports', { name: 'e', adaptorType: 'HTTPExport', ...common })
    const sink = await make(api, 'imports', {
      name: 'i',
      adaptorType: 'HTTPImport',
      _connectionId: (
        await make(api, 'connections', { name: 'c', type: 'http', http: { baseURI: 'https://x.example', mediaType: 'json' } })
      )._id,
      http: { method: ['POST'], relativeURI: ['/x'] },
      ...hook,
    })
    expect([source.description, sink.description]).toEqual(['seen', 'seen'])
  })

  test('that throws refuses the save with its message, and nothing is stored', async () => {
    const hook = await preSave('function f(o) {\n  throw new Error(`no ${o.newResource.name}`)\n}')
    const before = (await api.call('GET', '/v1/integrations')).text
    const { status, body } = await api.call('POST', '/v1/integrations', { name: 'bad', ...hook })
    expect({ status, errors: body.errors }).toEqual({
      status: 422,
      errors: [
        { code: 'script_error', message: 'no bad', field: 'preSave', script: 'Code', function: 'f', line: 2, trace: 'at f (Code:2:9)' },
      ],
    })
    expect((await api.call('GET', '/v1/integrations')).text).toBe(before)
  })

  test.each([
    ['nothing', 'undefined', 'script_error'],
    ['a resource that is none', '({ name: 7 })', 'invalid_field'],
    ['a resource without its name', '({})', 'missing_required_field'],
    ['a character that cannot be stored', '({ name: "a\\0" })', 'invalid_field'],
    ['a reference to nowhere', '({ ...o.newResource, _parentId: "507f1f77bcf86cd799439011" })', 'invalid_ref'],
  ])('that returns %s refuses the save', async (_what, value, code) => {
    const hook = await preSave(`function f(o) { return ${value} }`)
    const { status, body } = await api.call('POST', '/v1/integrations', { name: 'x', ...hook })
    expect({ status, code: body.errors?.[0]?.code }).toEqual({ status: 422, code })
  })

  test('of a script that is not there is refused like any other reference', async () => {
    const hook = { preSave: { _scriptId: '507f1f77bcf86cd799439011', function: 'f' } }
    expect(await api.call('POST', '/v1/integrations', { name: 'x', ...hook })).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'invalid_ref' }] },
    })
    const theirs = (await api.stranger('POST', '/v1/scripts', { name: 'theirs', content: 'function f() {}' })).body._id
    const stolen = { preSave: { _scriptId: theirs, function: 'f' } }
    expect((await api.call('POST', '/v1/integrations', { name: 'x', ...stolen })).body.errors[0].code).toBe('invalid_ref')
  })

  test('that saves itself again and again comes to an end', async () => {
    const content =
      "import { integrations } from 'integrator-api'\nfunction f({ newResource }) { integrations.create({ ...newResource, name: newResource.name + '+' }); return newResource }"
    const { status, body } = await api.call('POST', '/v1/integrations', { name: 'ring', ...(await preSave(content)) })
    expect({ status, message: body.errors[0].message }).toEqual({ status: 422, message: expect.stringContaining('one after the other') })
  }, 60_000)
})

describe('settings forms', () => {
  const fieldMap = {
    region: {
      id: 'region',
      name: 'region',
      label: 'Region',
      type: 'select',
      required: true,
      options: [{ items: ['EU', { label: 'States', value: 'US' }] }],
    },
    vat: { id: 'vat', name: 'vatNumber', type: 'text', required: true, visibleWhen: [{ field: 'region', is: ['EU'] }] },
    live: { id: 'live', name: 'live', type: 'checkbox' },
    amount: { id: 'amount', name: 'amount', type: 'text', inputType: 'number' },
    kinds: { id: 'kinds', name: 'kinds', type: 'multiselect', options: [{ items: ['a', 'b'] }] },
  }

  test.each([
    ['all in order', { region: 'EU', vatNumber: 'DE1', live: true, amount: '7', kinds: ['a'], other: { free: 1 } }, []],
    ['what is not visible is not required', { region: 'US' }, []],
    ['required fields', { vatNumber: '' }, [['missing_required_field', 'settings.region']]],
    ['a required field that is visible', { region: 'EU' }, [['missing_required_field', 'settings.vatNumber']]],
    [
      'options and types',
      { region: 'XX', live: 'perhaps', amount: 'much', kinds: ['c'] },
      [
        ['invalid_field', 'settings.region'],
        ['invalid_field', 'settings.live'],
        ['invalid_field', 'settings.amount'],
        ['invalid_field', 'settings.kinds'],
      ],
    ],
  ])('settings are checked against their form: %s', async (_what, settings, problems) => {
    const { status, body } = await api.call('POST', '/v1/integrations', { name: 'formed', settings, settingsForm: { form: { fieldMap } } })
    expect((body.errors ?? []).map(({ code, field }: { code: string; field: string }) => [code, field])).toEqual(problems)
    expect(status).toBe(problems.length > 0 ? 422 : 201)
  })

  test('a form that changed does not keep others from saving, and settings of a group are checked too', async () => {
    const { body } = await api.call('POST', '/v1/integrations', { name: 'x', settings: { old: 1 } })
    const changed = { name: 'y', settings: { old: 1 }, settingsForm: { form: { fieldMap } } }
    expect((await api.call('PUT', `/v1/integrations/${body._id}`, changed)).status).toBe(200)
    const patch = [{ op: 'replace', path: '/settings', value: { region: 'XX' } }]
    expect((await api.call('PATCH', `/v1/integrations/${body._id}`, patch)).body.errors[0].field).toBe('settings.region')
    const flowGroupings = [{ name: 'g', settings: {}, settingsForm: { form: { fieldMap } } }]
    expect((await api.call('POST', '/v1/integrations', { name: 'z', flowGroupings })).body.errors[0].field).toBe(
      'flowGroupings.0.settings.region',
    )
  })

  test('init makes the form, from the resource and its parents', async () => {
    const content =
      'function f(o) { const { form } = o.resource.settingsForm; form.fieldMap.made = { id: "made", name: "made", type: "text", label: [o.resource.name, o.parentResource && o.parentResource.name, o.grandparentResource && o.grandparentResource.name].join("/") }; return form }'
    const settingsForm = {
      form: { fieldMap: { own: { id: 'own', name: 'own', type: 'text' } } },
      init: { _scriptId: await script(content), function: 'f' },
    }
    const parent = await make(api, 'integrations', { name: 'parent' })
    const doc = { name: 'child', _parentId: parent._id, settingsForm, flowGroupings: [{ name: 'group', settingsForm }, { name: 'plain' }] }
    const child = await make(api, 'integrations', doc)
    const path = `/v1/integrations/${child._id}/settingsForm`
    const form = await api.call('POST', path)
    expect(form).toMatchObject({ status: 200, body: { fieldMap: { own: {}, made: { label: 'child/parent/' } } } })
    const [group, plain] = child.flowGroupings
    expect((await api.call('POST', path, { _flowGroupingId: group._id })).body.fieldMap.made.label).toBe('group/child/parent')
    expect((await api.call('POST', `${path}?_flowGroupingId=${group._id}`)).body.fieldMap.made.label).toBe('group/child/parent')
    expect((await api.call('POST', path, { _flowGroupingId: plain._id })).body).toEqual({})
    expect((await api.call('POST', path, { _flowGroupingId: '507f1f77bcf86cd799439011' })).status).toBe(404)
  })

  test('settings are checked against the form that init makes; a throw of it refuses them', async () => {
    const made = await script('function f() { return { fieldMap: { n: { id: "n", name: "n", type: "text", required: true } } } }')
    const settingsForm = { init: { _scriptId: made, function: 'f' } }
    const refused = await api.call('POST', '/v1/integrations', { name: 'x', settings: { m: 1 }, settingsForm })
    expect(refused.body.errors[0]).toMatchObject({ code: 'missing_required_field', field: 'settings.n' })
    const throws = { init: { _scriptId: await script('function f() { throw new Error("closed") }'), function: 'f' } }
    const failed = await api.call('POST', '/v1/integrations', { name: 'x', settings: { m: 1 }, settingsForm: throws })
    expect(failed).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'script_error', message: 'closed', field: 'settingsForm.init' }] },
    })
  })
})

describe('the log of a script', () => {
  test('keeps what is written while debugUntil is ahead, and a throw', async () => {
    const content =
      'function f(o) { console.warn("saw", o.newResource.name); if (o.newResource.name === "bad") throw new Error("no"); return o.newResource }'
    const hook = await preSave(content)
    const path = `/v1/scripts/${hook.preSave._scriptId}`
    await api.call('POST', '/v1/integrations', { name: 'unheard', ...hook })
    const until = new Date(Date.now() + 50 * 60_000).toISOString()
    expect((await api.call('PATCH', path, [{ op: 'replace', path: '/debugUntil', value: until }])).status).toBe(204)
    expect((await api.call('GET', path)).body).toMatchObject({ debugUntil: until, content })
    for (const name of ['good', 'bad']) await api.call('POST', '/v1/integrations', { name, ...hook })
    const { status, body } = await api.call('GET', `${path}/logs`)
    expect(status).toBe(200)
    expect(body.logs).toEqual([
      { time: expect.any(String), logLevel: 'error', function: 'f', message: 'no' },
      { time: expect.any(String), logLevel: 'warn', function: 'f', message: 'saw bad' },
      { time: expect.any(String), logLevel: 'warn', function: 'f', message: 'saw good' },
    ])
    expect((await api.call('GET', `${path}/logs?logLevel=error&limit=5`)).body.logs).toHaveLength(1)
    expect((await api.call('GET', `${path}/logs?time_gt=${body.logs[0].time}`)).body.logs).toEqual([])
    await api.call('PATCH', path, [{ op: 'replace', path: '/debugUntil', value: new Date(0).toISOString() }])
    await api.call('POST', '/v1/integrations', { name: 'unheard', ...hook })
    expect((await api.call('GET', `${path}/logs`)).body.logs).toHaveLength(3)
    expect((await api.stranger('GET', `${path}/logs`)).status).toBe(404)
  })

  test('debugUntil is at most an hour ahead, and set by no other way', async () => {
    const id = await script('function f() {}')
    const late = new Date(Date.now() + 61 * 60_000).toISOString()
    const patch = (path: string, value: unknown) => api.call('PATCH', `/v1/scripts/${id}`, [{ op: 'replace', path, value }])
    expect((await patch('/debugUntil', late)).body.errors[0]).toMatchObject({ code: 'invalid_field', field: 'debugUntil' })
    expect((await patch('/debugUntil', 'soon')).body.errors[0]).toMatchObject({ code: 'invalid_field', field: 'debugUntil' })
    expect((await patch('/content', 'x')).body.errors[0]).toMatchObject({
      code: 'invalid_patch',
      message: '/content is not a whitelisted property',
    })
    await api.call('PUT', `/v1/scripts/${id}`, { name: 'x', content: 'y', debugUntil: new Date().toISOString() })
    expect((await api.call('GET', `/v1/scripts/${id}`)).body.debugUntil).toBeUndefined()
  })
})

describe('integrator-api', () => {
  const asks = (what: string): string =>
    `const api = require('integrator-api'); function f({ newResource }) { newResource.settings = { got: ${what} }; return newResource }`
  const got = async (what: string): Promise<unknown> => {
    const { body, text } = await api.call('POST', '/v1/integrations', { name: 'asks', ...(await preSave(asks(what))) })
    if (body.errors) throw new Error(text)
    return body.settings.got
  }

  test('finds, gets, creates, updates and deletes, checked like requests', async () => {
    const cache = await make(api, 'lookupcaches', { name: 'prices' })
    expect(await got(`api.lookupCaches.find().some(({ name }) => name === 'prices')`)).toBe(true)
    expect(await got(`api.lookupCaches.get({ _id: '${cache._id}' }).name`)).toBe('prices')
    expect(await got(`api.flows.get('507f1f77bcf86cd799439011') === undefined`)).toBe(true)
    const made = `api.integrations.create({ name: 'made' })`
    expect(
      await got(
        `(() => { const { _id } = ${made}; const { name } = api.integrations.update(_id, { name: 'changed' }); api.integrations.delete(_id); return [name, api.integrations.get(_id) === undefined] })()`,
      ),
    ).toEqual(['changed', true])
    await expect(got(`api.integrations.create({ name: 7 })`)).rejects.toThrow('name must be string')
  })

  test('reads and writes lookup caches', async () => {
    const { _id } = await make(api, 'lookupcaches', { name: 'prices' })
    expect(await got(`api.lookupCaches.upsertData('${_id}', { data: [{ key: 'a', value: { n: 1 } }] }).numUpserted`)).toBe(1)
    expect(await got(`api.lookupCaches.getData('${_id}', { keys: ['a'] }).data`)).toEqual([{ key: 'a', value: { n: 1 } }])
  })

  test('pings connections, and runs exports and imports, stored and virtual', async () => {
    const application = await startApplication({ sources: { orders: [{ id: 1 }, { id: 2 }] } })
    onTestFinished(() => application.close())
    const { ids, connectionId } = await makeFlow(api, application, { connection: { ping: { relativeURI: '/source/orders' } } })
    expect(await got(`api.connections.ping('${connectionId}')`)).toEqual({ code: 200 })
    expect(await got(`api.exports.run({ _id: '${ids['orders']}' }).data`)).toEqual([{ id: 1 }, { id: 2 }])
    expect(await got(`api.imports.run({ _id: '${ids['sink']}', data: [{ id: 7 }] })`)).toMatchObject([{ statusCode: 200, id: 'sink-1' }])
    const source = `{ http: { method: 'GET', relativeURI: '/source/orders', response: { resourcePath: 'records' } }, pageSize: 1, _connectionId: '${connectionId}' }`
    expect(await got(`api.exports.runVirtual({ export: ${source} }).data`)).toEqual([{ id: 1 }, { id: 2 }])
    const paging = `const e = ${source}; const one = api.exports.runVirtualWithPaging({ export: e }); const two = api.exports.runVirtualWithPaging({ export: e, pagedExportState: one.pagedExportState })`
    expect(await got(`(() => { ${paging}; return [one.data, two.data, two.pagedExportState === undefined] })()`)).toEqual([
      [{ id: 1 }],
      [{ id: 2 }],
      true,
    ])
    const sink = `{ http: { method: ['POST'], relativeURI: ['/sink/virtual'] } }`
    expect(await got(`api.imports.runVirtual({ import: ${sink}, _connectionId: '${connectionId}', data: { id: 8 } })`)).toMatchObject([
      { statusCode: 200 },
    ])
    expect(application.ledger.map(({ body }) => body)).toEqual([{ id: 7 }, { id: 8 }])
    application.before = async () => [401, { message: 'no' }]
    await expect(got(`api.exports.run({ _id: '${ids['orders']}' })`)).rejects.toThrow('no')
    expect(await got(`api.connections.ping('${connectionId}')`)).toEqual({ errors: [{ code: 401, message: 'no', source: 'application' }] })
    await expect(got(`api.exports.runVirtual({ export: {} })`)).rejects.toThrow('needs the id')
  })

  test('in a hook runs exports of the flow’s integration and no others, and a hook that runs its own export comes to an end', async () => {
    const application = await startApplication({ sources: { orders: [{ id: 1 }] } })
    onTestFinished(() => application.close())
    const { _id: _integrationId } = await make(api, 'integrations', { name: 'own' })
    const { ids: other } = await makeFlow(api, application)
    const code = `import { exports as sources } from 'integrator-api'
      const refusal = (ask) => { try { return ask() } catch (error) { return error.message } }
      function page(o) { return { data: [{ other: refusal(() => sources.run('${other['orders']}')), own: refusal(() => sources.run({ _id: o._exportId }).data) }] } }`
    const layout = { code, exports: { orders: { hooks: { preSavePage: { _scriptId: '{code}', function: 'page' } } } } }
    await runToEnd(api, (await makeFlow(api, application, { ...layout, flow: { _integrationId } }))._id)
    const [{ body }] = application.ledger as unknown as [{ body: { other: string; own: object } }]
    expect(body.other).toContain('Export not found')
    expect(JSON.stringify(body.own)).toContain('by more than 3 scripts, one after the other')
  })

  test('remembers in the state of an integration', async () => {
    const { _id } = await make(api, 'integrations', { name: 'remembers' })
    const of = `_integrationId: '${_id}'`
    expect(
      await got(
        `(() => { const { state } = api; state.put({ key: 'last', value: { n: 7 }, ${of} }); return [state.get({ key: 'last', ${of} }), state.get({ key: 'none', ${of} }) === undefined, state.list({ ${of} })] })()`,
      ),
    ).toEqual([{ n: 7 }, true, ['last']])
    expect((await api.call('GET', `/v1/integrations/${_id}/state/last`)).body).toEqual({ n: 7 })
    await expect(got(`api.state.put({ key: 'x'.repeat(201), value: 1, ${of} })`)).rejects.toThrow('longer than 200')
    expect(await got(`api.state.get({ key: String.fromCharCode(0), ${of} }) === undefined`)).toBe(true)
    expect(await got(`(() => { api.state.delete({ key: 'last', ${of} }); return api.state.list({ ${of} }) })()`)).toEqual([])
  })

  test("reaches nothing of another account's, and nothing that is no call of it", async () => {
    const theirs = (await api.stranger('POST', '/v1/integrations', { name: 'theirs' })).body._id
    expect(await got(`api.integrations.get('${theirs}') === undefined`)).toBe(true)
    await expect(got(`api.integrations.update('${theirs}', { name: 'mine' })`)).rejects.toThrow('Integration not found')
    expect(await got(`Object.keys(api).includes('tokens')`)).toBe(false)
  })

  test('in a flow reaches what belongs to the flow’s integration, and nothing without one', async () => {
    const application = await startApplication({ sources: { orders: [{ id: 1 }] } })
    onTestFinished(() => application.close())
    const integration = await make(api, 'integrations', { name: 'own' })
    const other = await make(api, 'integrations', { name: 'other' })
    const code = `import { integrations } from 'integrator-api'
      function preMap({ data }) { return data.map(() => ({ data: { own: integrations.get('${integration._id}')?.name, other: integrations.get('${other._id}') === undefined } })) }`
    const layout = { code, imports: { sink: { hooks: { preMap: { _scriptId: '{code}', function: 'preMap' } } } } }
    const within = await makeFlow(api, application, { ...layout, flow: { _integrationId: integration._id } })
    await runToEnd(api, within._id)
    expect(await errorsOf(api, within, 'sink')).toEqual([])
    expect(application.ledger.map(({ body }) => body)).toEqual([{ own: 'own', other: true }])
    const alone = await makeFlow(api, application, layout)
    await runToEnd(api, alone._id)
    expect(application.ledger.at(-1)?.body).toEqual({ other: true })
  })
})

describe('a stack', () => {
  async function stack(answer: (body: Record<string, unknown>) => [number, unknown]): Promise<{ id: string; asked: StackRequest[] }> {
    const { hostURI, asked, close } = await startStack(answer)
    onTestFinished(close)
    return { id: (await make(api, 'stacks', { name: 'own code', type: 'server', server: { hostURI } }))._id as string, asked }
  }

  async function run(stackId: string, fields: object = {}) {
    const application = await startApplication({ sources: { orders: [{ id: 1 }, { id: 2 }] } })
    onTestFinished(() => application.close())
    const hooks = { preMap: { _stackId: stackId, function: 'preMap', ...fields } }
    const flow = await makeFlow(api, application, { imports: { sink: { hooks } } })
    const job = await runToEnd(api, flow._id)
    return { job, sent: application.ledger.map(({ body }) => body), errors: await errorsOf(api, flow, 'sink') }
  }

  test('is called by its protocol, with its token', async () => {
    const { id, asked } = await stack(({ options }) => [
      200,
      (options as { data: object[] }).data.map((each) => ({ data: { ...each, seen: 1 } })),
    ])
    const token = (await api.call('GET', `/v1/stacks/${id}/systemToken`)).body.systemToken
    const { sent } = await run(id, { configuration: { a: 1 } })
    expect(sent).toEqual(
      expect.arrayContaining([
        { id: 1, seen: 1 },
        { id: 2, seen: 1 },
      ]),
    )
    expect(asked).toMatchObject([
      {
        authorization: `Bearer ${token}`,
        url: '/function',
        body: {
          type: 'hook',
          function: 'preMap',
          diy: true,
          maxResponseSize: 5 * 1024 * 1024,
          options: { data: [{ id: 1 }, { id: 2 }], configuration: { a: 1 } },
        },
      },
    ])
  })

  test.each([
    ['errors', [422, { errors: [{ code: 'X', message: 'out of stock' }] }], 'out of stock'],
    ['a wrong token', [401, { errors: [{ code: 'unauthorized', message: 'Invalid system token.' }] }], 'Invalid system token.'],
    ['another status', [503, {}], 'The stack answered 503.'],
    ['too few', [200, []], 'The number of elements in the return value must match the input'],
  ] as [string, [number, unknown], string][])('that answers %s fails the records of the page', async (_what, answer, message) => {
    const { id } = await stack(() => answer)
    const { sent, errors } = await run(id)
    expect(sent).toEqual([])
    expect(errors).toMatchObject([
      { source: 'pre_map_hook', message },
      { source: 'pre_map_hook', message },
    ])
  })
})
