/** The one-time token of a call: what a function shows when it calls back over HTTP, what it reaches, and when it ends. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Operation } from '../../src/contract/operation.ts'
import { operations } from '../../src/contract/operations/index.ts'
import { buildApp } from '../../src/http/app.ts'
import { createAuthenticate } from '../../src/http/authentication.ts'
import { signOneTimeToken } from '../../src/domain/scripts/one-time-tokens.ts'
import type { Context } from '../../src/domain/context.ts'
import { runFunction } from '../../src/domain/scripts/run-script.ts'
import { apiForFile, type Answer, type Api } from '../harness/api.ts'
import { installed, licensed, publish } from '../harness/app.ts'
import { startApplication } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { errorsOf, make, makeFlow, runToEnd } from '../harness/flows.ts'
import { nobody } from '../harness/samples.ts'
import { startStack } from '../harness/stack.ts'

const api = apiForFile({ worker: true })
let ownerId: string
beforeAll(async () => {
  ownerId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})

const script = async (content: string): Promise<string> => (await make(api, 'scripts', { name: 'Code', content }))._id as string
const holding =
  (token: string) =>
  (method: string, path: string, body?: unknown): Promise<Answer> =>
    api.call(method, path, body, { authorization: `Bearer ${token}` })

/** The token that the preSave of an integration is given. */
async function tokenOfPreSave(call: Api['call'] = api.call): Promise<string> {
  const content = 'function f({ newResource, bearerToken }) { newResource.settings = { got: bearerToken.split(".") }; return newResource }'
  const scriptId = (await call('POST', '/v1/scripts', { name: 'Code', content })).body._id
  const { body } = await call('POST', '/v1/integrations', { name: 'asks', preSave: { _scriptId: scriptId, function: 'f' } })
  return body.settings.got.join('.')
}

/** Where a stack is served that does this with what it is asked. */
async function stack(act: (options: Record<string, unknown>) => Promise<unknown>): Promise<string> {
  const { hostURI, close } = await startStack(async ({ options }) => [200, await act(options as Record<string, unknown>)])
  onTestFinished(close)
  return hostURI
}

describe('the token of a call', () => {
  test('does over HTTP what its caller may, with what scripts may call', async () => {
    const once = holding(await tokenOfPreSave())
    const made = await once('POST', '/v1/integrations', { name: 'made by a function' })
    expect(made.status).toBe(201)
    expect((await once('GET', `/v1/integrations/${made.body._id}`)).body.name).toBe('made by a function')
    expect(await once('PUT', '/v1/state/by-function', '1')).toMatchObject({ status: 200, text: 'Created' })
    expect((await once('GET', '/v1/tokenInfo')).body._userId).toBe(ownerId)
    expect((await api.call('GET', `/v1/integrations/${made.body._id}/audit`)).body[0].byUser._id).toBe(ownerId)
  })

  test.each([
    ['GET', '/v1/accesstokens'],
    ['POST', '/v1/accesstokens', { name: 'mine', fullAccess: true }],
    ['GET', '/v1/ashares'],
    ['POST', '/v1/invite', { email: 'friend@example.com', accessLevel: 'manage' }],
    ['GET', '/v1/shared/ashares'],
    ['GET', '/v1/audit'],
    ['GET', '/v1/profile'],
    ['POST', '/v1/environments', { name: 'mine' }],
    ['GET', '/v1/stacks'],
    ['GET', '/v1/scripts'],
    ['GET', '/v1/licenses'],
    ['GET', '/v1/recycleBinTTL'],
    ['POST', `/v1/integrations/${nobody}/clone`, {}],
    ['POST', `/v1/connectors/${nobody}/install`, {}],
  ])('is not for people’s business: %s %s', async (method, path, body?: object) => {
    const answer = await holding(await tokenOfPreSave())(method, path, body)
    expect({ status: answer.status, code: answer.body?.errors?.[0]?.code }).toEqual({ status: 403, code: 'access_denied' })
  })

  test('is refused by every operation that is not for scripts, before anything of the request is looked at', async () => {
    const once = holding(await tokenOfPreSave())
    const open = [
      /^\/v1\/(integrations|flows|exports|imports|connections|asynchelpers|lookupcaches)(\/:_id)?$/,
      /^\/v1\/((integrations|flows|exports|imports|connections)\/:_id\/)?state(\/:key)?$/,
      /^\/v1\/flows\/:_id\/(run|errors)$/,
      /^\/v1\/flows\/:_id\/:_stepId\/(errors|resolved|retry|:retryDataKey\/data)$/,
      /^\/v1\/connections\/:_id\/(ping|test|export|export\/pages|import|import\/map)$/,
      /^\/v1\/(exports|imports)\/:_id\/invoke$/,
      /^\/v1\/jobs(\/:_id(\/cancel)?)?$/,
      /^\/v1\/lookupcaches\/:_id\/(data|getData|data\/purge)$/,
      /^\/v1\/tokenInfo$/,
    ]
    for (const { method, path, body, withoutToken } of Object.values<Operation>(operations)) {
      // Who asks these is nobody yet.
      if (withoutToken) continue
      const { status, body: answer } = await once(method, path.replace(/:\w+/g, nobody), body && '"nothing of use"')
      const isRefused = status === 403 && answer.errors[0].code === 'access_denied'
      // Connections are patched by people who debug them.
      const isOpen = open.some((each) => each.test(path)) && `${method} ${path}` !== 'PATCH /v1/connections/:_id'
      expect({ method, path, isRefused }).toEqual({ method, path, isRefused: !isOpen })
    }
  })

  test('is nobody where any of it is changed, and opens no other account', async () => {
    const token = await tokenOfPreSave()
    const [prefix = '', claims = '', signature = ''] = token.split('.')
    const forged = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
    const strangers = (await api.stranger('GET', '/v1/tokenInfo')).body._userId
    const other = Buffer.from(JSON.stringify({ ...forged, accountId: strangers, envId: strangers })).toString('base64url')
    const [id = '', ...mac] = signature.split('-')
    const wrong = [
      `${prefix}.${other}.${signature}`,
      `${prefix}.${claims}.${signature.slice(0, -1)}`,
      `${prefix}.${claims}.${id}-${mac.join('-').split('').toReversed().join('')}`,
      `${prefix}.${claims}.00000000-${mac.join('-')}`,
      `${prefix}.${claims}.${id}`,
      `${prefix}.${claims}`,
      `${prefix}.`,
      `${prefix}..${signature}`,
    ]
    for (const each of wrong) {
      const { status, body } = await holding(each)('GET', '/v1/integrations')
      expect({ each, status, body }).toEqual({ each, status: 401, body: { message: 'Bearer Authentication Failed' } })
    }
    expect((await holding(token)('GET', '/v1/integrations')).status).toBe(200)
    const entering = await api.call('GET', '/v1/integrations', undefined, {
      authorization: `Bearer ${token}`,
      'integrator-ashareid': nobody,
    })
    expect(entering.status).toBe(404)
  })

  test('ends after 15 minutes, to the millisecond', async () => {
    let ahead = 0
    const now = (): Date => new Date(start + ahead)
    const start = Date.now()
    const world = { ...api.world, now }
    const app = await buildApp({
      world,
      authenticate: createAuthenticate(world),
      logger: world.log as never,
      version: '0',
      strict: false,
      isReady: async () => true,
    })
    onTestFinished(() => app.close())
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const caller = { accountId: ownerId, envId: ownerId, userId: ownerId, scope: '*', level: 'owner' } as const
    const token = signOneTimeToken({ ...world, caller, strict: false } as Context)
    const at = async (ms: number): Promise<number> => {
      ahead = ms
      return (await fetch(`${url}/v1/tokenInfo`, { headers: { authorization: `Bearer ${token}` } })).status
    }
    expect([await at(0), await at(15 * 60_000 - 1), await at(15 * 60_000), await at(24 * 3_600_000)]).toEqual([200, 200, 401, 401])
  })

  test('of a colleague goes no further than their share, and ends with it', async () => {
    const who = await colleague(api, 'once@example.com', { accessLevel: 'manage' })
    const once = holding(await tokenOfPreSave((method, path, body) => who.call(method, path, body)))
    expect((await once('GET', '/v1/integrations')).status).toBe(200)
    const [share] = (await api.call('GET', '/v1/ashares')).body.filter((each: { accepted: boolean }) => each.accepted)
    await api.call('PUT', `/v1/ashares/${share._id}`, { accessLevel: 'monitor' })
    expect((await once('POST', '/v1/integrations', { name: 'no longer' })).status).toBe(403)
    await api.call('PUT', `/v1/ashares/${share._id}`, { accessLevel: 'monitor', disabled: true })
    expect((await once('GET', '/v1/integrations')).status).toBe(401)
  })

  test('of a colleague who may correct records by their share does that too', async () => {
    const who = await colleague(api, 'corrects@example.com', { accessLevel: 'manage', allowToEditRetryData: true })
    const once = holding(await tokenOfPreSave((method, path, body) => who.call(method, path, body)))
    const answer = await once('PUT', `/v1/flows/${nobody}/${nobody}/key/data`, { data: { id: 1 } })
    expect({ status: answer.status, message: answer.body.errors[0].message }).toEqual({
      status: 404,
      message: 'Retry data not found. A step keeps the records of its newest 20,000 errors.',
    })
  })

  test('is masked wherever scripts can leave it: in their logs, in what they throw, and in the audit log', async () => {
    const content = `function f({ newResource, bearerToken }) { console.log(newResource.name, bearerToken)
      if (newResource.name === 'again') { newResource.settings = { [bearerToken]: 1 }; newResource.name = bearerToken; return newResource }
      if (newResource.name === 'thrown') throw new Error('with ' + bearerToken)
      newResource.settings = { bearerToken }; return newResource }`
    const _scriptId = await script(content)
    await api.call('PATCH', `/v1/scripts/${_scriptId}`, [
      { op: 'replace', path: '/debugUntil', value: new Date(Date.now() + 60_000).toISOString() },
    ])
    const preSave = { _scriptId, function: 'f' }
    const thrown = await api.call('POST', '/v1/integrations', { name: 'thrown', preSave })
    expect(thrown.body.errors[0].message).toBe('with ******')
    const { body } = await api.call('POST', '/v1/integrations', { name: 'stored', preSave })
    const logs = await api.call('GET', `/v1/scripts/${_scriptId}/logs`)
    expect(logs.body.logs.map(({ message }: { message: string }) => message)).toEqual(['stored ******', 'with ******', 'thrown ******'])
    await api.call('PUT', `/v1/integrations/${body._id}`, { name: 'again', preSave })
    const audit = await api.call('GET', `/v1/integrations/${body._id}/audit`)
    expect(audit.text).toContain('******')
    for (const text of [thrown.text, logs.text, audit.text]) expect(text).not.toContain('sluice-once')
    for (const table of ['audit', 'script_logs', 'flow_errors'])
      expect(await ask(api.config, `select 1 from sluice.${table} t where t::text like '%sluice-once.%'`, [])).toEqual([])
  })
})

describe('in a flow', () => {
  test('a stack calls back with it, and reaches what belongs to the flow’s integration alone', async () => {
    const application = await startApplication({ sources: { orders: [{ id: 1 }] } })
    onTestFinished(() => application.close())
    const own = await make(api, 'integrations', { name: 'own' })
    const other = await make(api, 'integrations', { name: 'other' })
    const statuses: unknown[] = []
    const hostURI = await stack(async ({ bearerToken, data }) => {
      const once = holding(String(bearerToken))
      for (const [method, path, body] of [
        ['GET', `/v1/integrations/${own._id}`],
        ['PUT', `/v1/integrations/${own._id}/state/last`, { n: 7 }],
        ['GET', `/v1/integrations/${other._id}`],
        ['PUT', `/v1/integrations/${other._id}/state/last`, { n: 7 }],
        ['GET', '/v1/state'],
        ['POST', '/v1/integrations', { name: 'more' }],
        ['GET', '/v1/accesstokens'],
      ] as const)
        statuses.push([method, path.replace(own._id, 'own').replace(other._id, 'other'), (await once(method, path, body)).status])
      return (data as object[]).map((each) => ({ data: each }))
    })
    const _stackId = (await make(api, 'stacks', { name: 'own code', type: 'server', server: { hostURI } }))._id
    const hooks = { preMap: { _stackId, function: 'preMap' } }
    const flow = await makeFlow(api, application, { imports: { sink: { hooks } }, flow: { _integrationId: own._id } })
    await runToEnd(api, flow._id)
    expect(await errorsOf(api, flow, 'sink')).toEqual([])
    expect(statuses).toEqual([
      ['GET', '/v1/integrations/own', 200],
      ['PUT', '/v1/integrations/own/state/last', 200],
      ['GET', '/v1/integrations/other', 404],
      ['PUT', '/v1/integrations/other/state/last', 404],
      ['GET', '/v1/state', 403],
      ['POST', '/v1/integrations', 403],
      ['GET', '/v1/accesstokens', 403],
    ])
    expect((await api.call('GET', `/v1/integrations/${own._id}/state/last`)).body).toEqual({ n: 7 })
  })

  test('every hook is given one, and what hooks say of it in errors of records is masked', async () => {
    const application = await startApplication({ sources: { orders: [{ id: 1 }] } })
    onTestFinished(() => application.close())
    const code = `function preSavePage({ data, bearerToken }) { return { data: data.map((each) => ({ ...each, page: typeof bearerToken })) } }
      function filter({ bearerToken }) { return bearerToken.length > 100 }
      function preMap({ data, bearerToken }) { return data.map((each) => ({ data: { ...each, map: typeof bearerToken }, errors: [{ code: 'X-' + bearerToken, message: 'see ' + bearerToken }] })) }`
    const by = (name: string) => ({ _scriptId: '{code}', function: name })
    const flow = await makeFlow(api, application, {
      code,
      exports: { orders: { hooks: { preSavePage: by('preSavePage') } } },
      imports: { sink: { filter: { type: 'script', script: by('filter') }, hooks: { preMap: by('preMap') } } },
    })
    await runToEnd(api, flow._id)
    expect(application.ledger.map(({ body }) => body)).toEqual([{ id: 1, page: 'string', map: 'string' }])
    expect(await errorsOf(api, flow, 'sink')).toMatchObject([{ code: 'X-******', message: 'see ******' }])
  })

  test('what somebody has made and nothing uses is not theirs to change for the scripts of their runs, but what these make is', async () => {
    const application = await startApplication({ sources: { orders: [{ id: 1 }] } })
    onTestFinished(() => application.close())
    const _connectionId = (
      await make(api, 'connections', { name: 'Mine', type: 'http', http: { baseURI: 'https://mine.example', mediaType: 'json' } })
    )._id
    const own = await make(api, 'integrations', { name: 'own' })
    const code = `const { connections } = require('integrator-api')
      function preMap({ data }) {
        const made = connections.create({ name: 'made', type: 'http', http: { baseURI: 'https://made.example', mediaType: 'json' } })
        return data.map(() => ({ data: { mine: connections.get('${_connectionId}') === undefined, made: connections.get(made._id).name } })) }`
    const hooks = { preMap: { _scriptId: '{code}', function: 'preMap' } }
    const flow = await makeFlow(api, application, { code, imports: { sink: { hooks } }, flow: { _integrationId: own._id } })
    await runToEnd(api, flow._id)
    expect(await errorsOf(api, flow, 'sink')).toEqual([])
    expect(application.ledger.map(({ body }) => body)).toEqual([{ mine: true, made: 'made' }])
  })

  test('functions that call each other over HTTP come to an end', async () => {
    const tokens: string[] = []
    const hostURI = await stack(async ({ bearerToken }) => tokens.push(String(bearerToken)))
    const _stackId = (await make(api, 'stacks', { name: 'own code', type: 'server', server: { hostURI } }))._id as string
    const caller = { accountId: ownerId, envId: ownerId, userId: ownerId, scope: '*', level: 'owner' } as const
    const calledBy = (scriptDepth: number) =>
      runFunction({ ...api.world, caller, strict: false, scriptDepth }, { _stackId, function: 'f' }, {}, { place: undefined })
    expect(await calledBy(3)).toBe(1)
    await expect(calledBy(4)).rejects.toMatchObject({ fault: { bound: 'calls' } })
    const preSave = { _scriptId: await script('function f({ newResource }) { return newResource }'), function: 'f' }
    const answer = await holding(tokens[0] as string)('POST', '/v1/integrations', { name: 'once more', preSave })
    expect({ status: answer.status, bound: answer.body.errors[0].bound }).toEqual({ status: 422, bound: 'calls' })
  })
})

describe('of an Integration App', () => {
  test('its functions have state, settings and requests of their own, and the token does what they may', async () => {
    const installSteps = [{ name: 'Ask', type: 'form', _scriptId: '{script}', initFormFunction: 'ask' }]
    const published = await publish(api, { installSteps })
    await licensed(api, published)
    const id = (await api.stranger('POST', `/v1/connectors/${published.connectorId}/install`)).body._id
    const own = await make({ call: api.stranger }, 'integrations', { name: 'their own' })
    await api.stranger('PUT', `/v1/integrations/${id}`, { name: 'App', description: own._id })
    const { got } = (await api.stranger('POST', `/v1/integrations/${id}/installSteps/0/show`)).body.form
    expect(got).toMatchObject({ first: 'Created', keys: ['seen'], changed: { region: 'EU' }, listed: [id], whole: 403, others: [404, 200] })
    expect((await api.stranger('GET', `/v1/integrations/${id}/state/seen`)).body).toBe(1)
    const once = holding(got.token)
    expect((await once('GET', `/v1/integrations/${id}/state/seen`)).body).toBe(1)
    expect((await once('GET', `/v1/integrations/${own._id}`)).status).toBe(404)
    expect((await once('GET', `/v1/integrations/${published.templateId}`)).status).toBe(404)
  })

  test('reaches what is the app’s in the account that installed it, and ends with its licence', async () => {
    const published = await publish(api)
    const id = await installed(api, published)
    const own = await make({ call: api.stranger }, 'integrations', { name: 'their own' })
    const flow = (await api.stranger('GET', `/v1/integrations/${id}/flows`)).body[0]
    const theirs = await make({ call: api.stranger }, 'flows', { name: 'their own', _integrationId: id })
    const accountId = (await api.stranger('GET', '/v1/tokenInfo')).body._userId
    const caller = { accountId, envId: accountId, userId: accountId, scope: '*', level: 'manage' } as const
    const app = { connectorId: published.connectorId, integrationIds: [id], isPaused: false }
    const once = holding(signOneTimeToken({ ...api.world, caller, app, strict: false }))
    const asked = async (method: string, path: string, body?: unknown): Promise<[number, unknown]> => {
      const answer = await once(method, path, body)
      return [answer.status, answer.body?.errors?.[0]?.code]
    }
    expect((await once('GET', '/v1/integrations')).body.map((each: { _id: string }) => each._id)).toEqual([id])
    expect((await once('GET', '/v1/flows')).body.map((each: { _id: string }) => each._id)).not.toContain(theirs._id)
    expect((await once('GET', `/v1/flows?_integrationId=${id}`)).body.length).toBeGreaterThan(0)
    expect((await once('GET', `/v1/flows?_integrationId=${own._id}`)).status).toBe(204)
    expect(
      (await once('PUT', `/v1/flows/${flow._id}`, { ...flow, description: 'changed by the app', _integrationId: own._id })).body,
    ).toMatchObject({
      description: 'changed by the app',
      _integrationId: id,
      _connectorId: published.connectorId,
    })
    expect((await once('POST', '/v1/flows', { name: 'made by the app' })).body).toMatchObject({
      _integrationId: id,
      _connectorId: published.connectorId,
    })
    expect(await asked('POST', '/v1/flows', { name: 'x', _integrationId: own._id })).toEqual([422, 'invalid_ref'])
    expect(await asked('GET', `/v1/integrations/${own._id}`)).toEqual([404, 'invalid_ref'])
    expect(await asked('DELETE', `/v1/flows/${theirs._id}`)).toEqual([404, 'invalid_ref'])
    expect(await asked('PUT', `/v1/integrations/${own._id}/state/a`, '1')).toEqual([404, 'invalid_ref'])
    expect(await asked('PUT', `/v1/integrations/${id}/state/a`, '1')).toEqual([200, undefined])
    expect(await asked('PUT', '/v1/state/a', '1')).toEqual([403, 'access_denied'])
    expect(await asked('DELETE', `/v1/integrations/${id}`)).toEqual([400, 'bad_request'])
    expect(await asked('POST', '/v1/integrations', { name: 'x' })).toEqual([400, 'bad_request'])
    const [license] = (await api.call('GET', `/v1/connectors/${published.connectorId}/licenses`)).body
    await api.call('PUT', `/v1/connectors/${published.connectorId}/licenses/${license._id}`, {
      ...license,
      expires: '2020-01-01T00:00:00.000Z',
    })
    expect((await once('GET', '/v1/integrations')).status).toBe(401)
  })

  test('of an update that the publisher asks for works while the function is at it, and not after it', async () => {
    const seen: { token: string; status: number }[] = []
    const hostURI = await stack(async ({ bearerToken, resource }) => {
      const { _id } = resource as { _id: string }
      const answer = await holding(String(bearerToken))('PUT', `/v1/integrations/${_id}/state/version`, { n: 2 })
      seen.push({ token: String(bearerToken), status: answer.status })
      return {}
    })
    const _stackId = (await make(api, 'stacks', { name: 'own code', type: 'server', server: { hostURI } }))._id
    const published = await publish(api, { update: { _stackId, function: 'update' } })
    const id = await installed(api, published)
    const { body } = await api.call('PUT', `/v1/connectors/${published.connectorId}/update`, { _integrationIds: [id] })
    expect(body).toMatchObject([{ updated: true }])
    expect(seen.map(({ status }) => status)).toEqual([200])
    expect((await api.stranger('GET', `/v1/integrations/${id}/state/version`)).body).toEqual({ n: 2 })
    expect((await holding(seen[0]?.token ?? '')('GET', '/v1/integrations')).status).toBe(401)
  })

  test('an app makes its work with what is the app’s or was chosen for it, and with nothing else of the account', async () => {
    const published = await publish(api)
    const id = await installed(api, published)
    const http = { baseURI: 'https://own.example', mediaType: 'json' }
    const own = await make({ call: api.stranger }, 'connections', { name: 'their own', type: 'http', http })
    const accountId = (await api.stranger('GET', '/v1/tokenInfo')).body._userId
    const caller = { accountId, envId: accountId, userId: accountId, scope: '*', level: 'manage' } as const
    const app = { connectorId: published.connectorId, integrationIds: [id], isPaused: false }
    const once = holding(signOneTimeToken({ ...api.world, caller, app, strict: false }))
    const source = (_connectionId: unknown): object => ({
      name: 'x',
      adaptorType: 'HTTPExport',
      _connectionId,
      http: { method: 'GET', relativeURI: '/x' },
    })
    const refused = await once('POST', '/v1/exports', source(own._id))
    expect([refused.status, refused.body.errors[0]]).toMatchObject([422, { code: 'invalid_ref', field: '_connectionId' }])
    const [mine] = (await once('GET', '/v1/connections')).body
    const made = await once('POST', '/v1/exports', source(mine._id))
    expect(made.status).toBe(201)
    expect((await once('PUT', `/v1/exports/${made.body._id}`, source(own._id))).status).toBe(422)
    await api.stranger('PUT', `/v1/integrations/${id}/connections/${own._id}/register`)
    expect((await once('PUT', `/v1/exports/${made.body._id}`, source(own._id))).status).toBe(200)
  })
})
