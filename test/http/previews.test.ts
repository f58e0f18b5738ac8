/** What users write for a step is tried on records that are sent along: the engine's own answers, nothing changed, every bound kept. */
import { describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'

const api = apiForFile()
const post = async (what: string, body: object) => api.call('POST', `/v1/previews/${what}`, body)
const records = [
  { id: 1, status: 'open', total: '12.5' },
  { id: 2, status: 'closed', total: 'many' },
]

describe('a filter', () => {
  const filterOf = (rules: unknown) => ({ type: 'expression', expression: { version: '1', rules } })

  test('says of each record whether it goes on, with the settings that are sent along', async () => {
    const rules = ['equals', ['extract', 'status'], ['settings', 'flow.wanted']]
    const { status, body } = await post('filter', { filter: filterOf(rules), records, settings: { flow: { wanted: 'open' } } })
    expect([status, body]).toEqual([200, { results: [{ passes: true }, { passes: false }] }])
  })

  test('that can never work says why, once', async () => {
    const { status, body } = await post('filter', { filter: filterOf(['equalls', 1, 2]), records })
    expect(status).toBe(200)
    expect(body.results).toEqual([])
    expect(body.errors).toMatchObject([{ code: 'invalid_filter' }])
  })

  test('takes 100 records at the most', async () => {
    const { status, body } = await post('filter', { filter: {}, records: Array.from({ length: 101 }, () => ({})) })
    expect([status, body.errors[0].field]).toEqual([422, 'records'])
  })
})

describe('a transform', () => {
  const second = (mappings: object[], lookups: object[] = []) => ({
    type: 'expression',
    expression: { version: '2', rulesTwoDotZero: { mode: 'create', mappings, lookups } },
  })
  const number = { generate: 'total', dataType: 'number', extract: '$.total', status: 'Active' }

  test('makes each record, and says which field of which record fails', async () => {
    const { body } = await post('transform', { transform: second([number]), records })
    expect(body.results[0]).toEqual({ data: { total: 12.5 } })
    expect(body.results[1].errors[0].message).toContain('field "total"')
  })

  test('reads a lookup cache of the environment, and no other', async () => {
    const { _id } = (await api.call('POST', '/v1/lookupcaches', { name: 'States' })).body
    await api.call('POST', `/v1/lookupcaches/${_id}/data`, { data: [{ key: 'open', value: 'O' }] })
    const status = { generate: 'state', dataType: 'string', extract: '$.status', lookupName: 'states', status: 'Active' }
    const lookup = (id: string) => ({ name: 'states', _lookupCacheId: id, allowFailures: true, default: '-' })
    const found = await post('transform', { transform: second([status], [lookup(_id)]), records })
    expect(found.body.results).toEqual([{ data: { state: 'O' } }, { data: { state: '-' } }])
    const absent = await post('transform', { transform: second([status], [lookup('0123456789abcdef01234567')]), records })
    expect([absent.status, absent.body.errors[0].code]).toEqual([422, 'invalid_ref'])
  })
})

describe('a template', () => {
  test('is written for where it stands, a text for each record', async () => {
    const { body } = await post('template', {
      template: '/a/{{record.status}}?b={{settings.flow.b}}',
      step: 'import',
      writtenFor: 'uri',
      records,
      surroundings: { settings: { flow: { b: 'x y' } } },
    })
    expect(body.results).toEqual([{ text: '/a/open?b=x%20y' }, { text: '/a/closed?b=x%20y' }])
  })

  test('of a batch is one text, of a lookup sees the bare fields, of an export no record', async () => {
    const each = '{{#each batch_of_records}}{{record.id}},{{/each}}'
    expect((await post('template', { template: each, step: 'import', batched: true, records })).body.results).toEqual([{ text: '1,2,' }])
    expect((await post('template', { template: '{{status}}', step: 'lookup', records })).body.results).toEqual([
      { text: 'open' },
      { text: 'closed' },
    ])
    expect((await post('template', { template: 'a{{record.id}}', step: 'export', records })).body.results).toEqual([{ text: 'a' }])
  })

  test('that cannot be read says where', async () => {
    const { body } = await post('template', { template: 'a\n{{#if record.id}}', step: 'import', records })
    expect(body.errors).toMatchObject([{ code: 'template_failed', message: expect.stringContaining('line 2') }])
  })
})

describe('a function', () => {
  const run = async (content: string, more: object = { function: 'f' }) => (await post('function', { content, ...more })).body

  test('answers what it returns and what it logs, without the token that it was handed', async () => {
    const made = await run('function f(options) { console.log("n", options.data.length); return options }', {
      function: 'f',
      options: { data: [1, 2] },
    })
    expect(made).toMatchObject({ result: { data: [1, 2] }, logs: [{ message: 'n 2' }] })
    expect(made.result.bearerToken).not.toMatch(/\w{20}/)
  })

  test('names the line of what it throws and of what does not compile, and is ended where it does not end', async () => {
    expect((await run('\nfunction f() {\n  null.x\n}')).error).toMatchObject({ line: 3 })
    expect((await run('function f() {\n  return 1 +\n}', {})).error).toMatchObject({ line: 3 })
    expect(await run('function f() { return 1 }', {})).toEqual({ logs: [] })
    const endless = await run('function f() { for (;;); }')
    expect(endless.error).toMatchObject({ bound: 'time', message: expect.stringContaining('ran longer than 3 s and was ended') })
  })

  test('looks at the account and changes nothing', async () => {
    const script = `
      const { integrations } = require('integrator-api')
      function look() { return integrations.find().length }
      function write() { return integrations.create({ name: 'made by a preview' }) }`
    await api.call('POST', '/v1/integrations', { name: 'To be looked at' })
    const before = (await api.call('GET', '/v1/integrations')).body.length
    expect((await run(script, { function: 'look' })).result).toBe(before)
    expect((await run(script, { function: 'write' })).error.message).toContain('test')
    expect((await api.call('GET', '/v1/integrations')).body).toHaveLength(before)
  })

  test('of a user with some integrations sees those alone; one who may only look is refused', async () => {
    const mine = (await api.call('POST', '/v1/integrations', { name: 'Theirs to manage' })).body._id
    await api.call('POST', '/v1/integrations', { name: 'Not theirs' })
    const script = `const { integrations } = require('integrator-api')\nfunction f() { return integrations.find().map((each) => each.name) }`
    const manager = await colleague(api, 'manager@example.com', {
      integrationAccessLevel: [{ _integrationId: mine, accessLevel: 'manage' }],
    })
    const seen = await manager.call('POST', '/v1/previews/function', { content: script, function: 'f' })
    expect(seen.body.result).toEqual(['Theirs to manage'])
    const onlooker = await colleague(api, 'onlooker@example.com', { accessLevel: 'monitor' })
    expect((await onlooker.call('POST', '/v1/previews/function', { content: script, function: 'f' })).status).toBe(403)
  })
})

test('a mapping sees the settings of the flow and integration that its import is used in', async () => {
  const integration = (await api.call('POST', '/v1/integrations', { name: 'Site', settings: { site: 'NORTH' } })).body._id
  const connection = await api.call('POST', '/v1/connections', {
    name: 'Sink',
    type: 'http',
    http: { mediaType: 'json', baseURI: 'https://sink.example' },
  })
  const flow = (await api.call('POST', '/v1/flows', { name: 'F', _integrationId: integration, settings: { round: 2 } })).body._id
  const extract = '{{settings.integration.site}}-{{settings.flow.round}}'
  const sent = {
    import: { http: { method: ['POST'] }, mappings: [{ generate: 'a', dataType: 'string', extract, status: 'Active' }] },
    data: [{}],
  }
  const map = async (more: object) => api.call('POST', `/v1/connections/${connection.body._id}/import/map`, { ...sent, ...more })
  expect((await map({ _flowId: flow })).body).toEqual([{ a: 'NORTH-2' }])
  expect((await map({ _flowId: '0123456789abcdef01234567' })).status).toBe(422)
})
