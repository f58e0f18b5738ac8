/** What scripts can call: the examples of docs/scripts.md, and that the page names every call and no other. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiMethods } from '../../src/sandbox/api-methods.ts'
import { startApi, type Api } from '../harness/api.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, type Ids } from '../harness/samples.ts'

const page = readFileSync(new URL('../../docs/scripts.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/## ([^\n]+)\n(?:(?!\n## )[^])*?```js\n([^]*?)\/\/ returns ([^\n]+)\n```/g)].map(
  ([, title = '', code = '', returns = '']) => [title, code, returns] as const,
)

let api: Api
let ids: Ids
beforeAll(async () => {
  api = await startApi()
  ids = await makeOneOfEach(api.call)
})
afterAll(() => api.close())

/** What a script returns from `example`, called with the rights of the owner. */
async function returned(code: string): Promise<unknown> {
  const wrapped = `${code}\nfunction f(options) { options.newResource.settings = { got: example(options) }; return options.newResource }`
  const { _id: _scriptId } = await make(api, 'scripts', { name: 'Code', content: wrapped })
  const { body, text } = await api.call('POST', '/v1/integrations', { name: 'asks', preSave: { _scriptId, function: 'f' } })
  if (body.errors) throw new Error(text)
  return body.settings.got
}
const got = (expression: string): Promise<unknown> =>
  returned(`const api = require('integrator-api'); function example() { return ${expression} }`)

describe('docs/scripts.md', () => {
  test('has an example of everything but what works on applications', () => {
    expect(examples.map(([title]) => title)).toEqual(['Documents', 'Runs', 'Lookup caches', 'State', 'Settings', 'Requests', 'Dates'])
  })

  test.each(examples)('%s: the example returns what it says', async (_title, code, returns) => {
    const placeholders = { integrationId: 'integrations', flowId: 'flows', exportId: 'exports', cacheId: 'lookupcaches' } as const
    const filled = code.replaceAll(/'(\w+Id)'/g, (_all, name: keyof typeof placeholders) => JSON.stringify(ids[placeholders[name]]))
    expect(await returned(filled)).toEqual(JSON.parse(returns))
  })

  test('names every call that there is, and none that is not', () => {
    const calls = Object.entries(apiMethods).flatMap(([object, methods]) => methods.map((method) => [object, method] as const))
    const isNamed = ([object, method]: readonly [string, string]): boolean =>
      new RegExp(`\`${object}\\b`).test(page) && new RegExp(`\\b(?:\\w+\\.)?${method}\\b`).test(page)
    expect(calls.filter((call) => !isNamed(call))).toEqual([])
    const code = examples.map(([, text]) => text).join('\n')
    const used = [...code.matchAll(/\b(\w+)\.(\w+)\(/g)].filter(([, object = '']) => object in apiMethods)
    expect(used.filter(([, object = '', method = '']) => !apiMethods[object]?.includes(method)).map(([all]) => all)).toEqual([])
  })
})

test('a call that fails on the server’s side says nothing of its inside', async () => {
  const broken = `api.request({ method: { toString: 1 }, relativeURI: 'v1/flows' })`
  await expect(got(broken)).rejects.toThrow('Something went wrong on this server. Its log says what.')
})

describe('settings', () => {
  test('of each type are replaced as a whole, and nothing else of the document', async () => {
    for (const [field, collection] of [
      ['_integrationId', 'integrations'],
      ['_flowId', 'flows'],
      ['_exportId', 'exports'],
      ['_importId', 'imports'],
      ['_connectionId', 'connections'],
    ] as const) {
      const place = `${field}: '${ids[collection]}'`
      const before = (await api.call('GET', `/v1/${collection}/${ids[collection]}`)).body
      expect(await got(`api.settings.update({ ${place}, settings: { a: 1 } })`)).toEqual({ a: 1 })
      expect(await got(`api.settings.get({ ${place} })`)).toEqual({ a: 1 })
      const { lastModified: _before, settings: _old, ...rest } = before
      const { lastModified: _after, ...after } = (await api.call('GET', `/v1/${collection}/${ids[collection]}`)).body
      expect(after).toEqual({ ...rest, settings: { a: 1 } })
    }
    const entry = await api.world.store.documents.find(
      (await api.call('GET', '/v1/tokenInfo')).body._userId,
      'connections',
      ids.connections,
    )
    expect(api.world.vault.open(entry?.secrets as string, `${entry?.doc['_envId'] as string}/${ids.connections}`)).toContain('first-secret')
  })

  test('of nothing that is named, or of what is not there, are refused', async () => {
    await expect(got(`api.settings.get()`)).rejects.toThrow('_exportId')
    await expect(got(`api.settings.get({ _flowId: '${'0'.repeat(24)}' })`)).rejects.toThrow('Flow not found')
    await expect(got(`api.settings.update({ _flowId: '${ids.flows}', settings: 7 })`)).rejects.toThrow('settings')
  })
})

describe('request', () => {
  const asked = (options: string): Promise<unknown> => got(`api.request(${options})`)

  test('answers what the API answers, with its status, and refusals alike', async () => {
    expect(await asked(`{ method: 'post', relativeURI: 'v1/integrations', body: { name: 'asked for' } }`)).toMatchObject({
      statusCode: 201,
      body: { name: 'asked for' },
    })
    const flow = `/v1/flows/${ids.flows}`
    expect(await asked(`{ relativeURI: '${flow}' }`)).toMatchObject({ statusCode: 200, body: { _id: ids.flows } })
    expect(await asked(`{ method: 'PATCH', relativeURI: '${flow}', body: [{ op: 'replace', path: '/disabled', value: true }] }`)).toEqual({
      statusCode: 204,
      headers: {},
    })
    expect(await asked(`{ method: 'PUT', relativeURI: '/v1/state/a%2Fb', body: { n: 1 } }`)).toMatchObject({
      statusCode: 200,
      body: 'Created',
    })
    expect((await api.call('GET', '/v1/state')).body).toEqual({ keys: ['a/b'] })
    for (const [options, statusCode, code] of [
      [`{ method: 'POST', relativeURI: 'v1/integrations', body: { name: 7 } }`, 422, 'invalid_field'],
      [`{ method: 'POST', relativeURI: 'v1/integrations' }`, 400, 'malformed_json'],
      [`{ relativeURI: '/v1/flows/${'0'.repeat(24)}' }`, 404, 'invalid_ref'],
      [`{ relativeURI: '/v1/nothing' }`, 404, 'not_found'],
      [`{ method: 'BREW', relativeURI: '/v1/flows' }`, 404, 'not_found'],
      [`{ relativeURI: '/v1/flows/%zz' }`, 400, 'bad_request'],
      [`{ relativeURI: '/v1/flows?limit=none' }`, 400, 'invalid_query_params'],
      [`{ method: 'PUT', relativeURI: '${flow}', headers: { 'If-Match': '"old"' }, body: { name: 'x' } }`, 412, 'precondition_failed'],
      [`{ relativeURI: '/v1/audit' }`, 403, 'access_denied'],
      [`{ relativeURI: '/v1/stacks/${ids.stacks}/systemToken' }`, 403, 'access_denied'],
    ] as const)
      expect({ options, answer: await asked(options) }).toMatchObject({ options, answer: { statusCode, body: { errors: [{ code }] } } })
  })

  test('leads from page to page', async () => {
    const first = (await asked(`{ relativeURI: '/v1/integrations?limit=1' }`)) as { headers: { link: string }; body: { _id: string }[] }
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(first.headers.link) ?? []
    const second = (await asked(`{ relativeURI: '${next}' }`)) as typeof first
    expect(second.body).toHaveLength(1)
    expect(second.body[0]?._id).not.toBe(first.body[0]?._id)
  })

  test.each(['https://example.com/v1/flows', '//example.com/v1/flows', 'file:///etc/passwd', '', `v1/${'x'.repeat(9000)}`])(
    'goes nowhere else: %s',
    async (relativeURI) => {
      const answer = asked(`{ relativeURI: ${JSON.stringify(relativeURI)} }`)
      if (relativeURI === '') expect(await answer).toMatchObject({ statusCode: 404 })
      else await expect(answer).rejects.toThrow('on this server')
    },
  )

  test('counts against the bound of calls like any other', async () => {
    await expect(got(`(() => { for (;;) api.request({ relativeURI: '/v1/nothing' }) })()`)).rejects.toThrow('1000 times at the most')
  })
})

test('state without a place is that of the environment, for whoever has no one integration', async () => {
  expect(await got(`[api.state.put('here', 1), api.state.put({ key: 'here', value: 2 }), api.state.get('here')]`)).toEqual([
    'Created',
    'OK',
    2,
  ])
  expect((await api.call('GET', '/v1/state/here')).body).toBe(2)
  await expect(got(`api.state.get({})`)).rejects.toThrow('needs a key')
  await expect(got(`api.state.put('here')`)).rejects.toThrow('needs a JSON body')
})

test('If-Match of a request is of its own document, and not of those that its scripts work on', async () => {
  const { _id } = await make(api, 'integrations', { name: 'own' })
  const other = await make(api, 'flows', { name: 'other', _integrationId: _id })
  const content = `import { flows } from 'integrator-api'
    function f({ newResource }) { flows.update({ _id: '${other._id}', _integrationId: '${_id}', name: 'changed' }); return newResource }`
  const preSave = { _scriptId: (await make(api, 'scripts', { name: 'Code', content }))._id, function: 'f' }
  const etag = (await api.call('GET', `/v1/integrations/${_id}`)).headers.get('etag') as string
  expect((await api.call('PUT', `/v1/integrations/${_id}`, { name: 'own', preSave }, { 'if-match': etag })).status).toBe(200)
  expect((await api.call('GET', `/v1/flows/${other._id}`)).body.name).toBe('changed')
})

test('what integrator.io has and Sluice has not is not offered', async () => {
  expect(await got(`[typeof api.accessTokens, typeof api.fileDefinitions]`)).toEqual(['undefined', 'undefined'])
})
