/** What somebody made while more was shared with them, and the tokens that they made: neither reaches further than their share does now. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { makeEnvironment, type MadeEnvironment } from '../harness/environment.ts'
import { exportOf, importOf, make, makeConnection } from '../harness/flows.ts'
import { scene, type Scene } from './planted.ts'

let api: Api
let application: Application
let at: Scene
let dev: MadeEnvironment
let count = 0
beforeAll(async () => {
  application = await startApplication()
  api = await startApi()
  dev = await makeEnvironment(api)
})
afterAll(async () => {
  await api.close()
  await application.close()
})
beforeEach(async () => {
  at = await scene(api, application)
})

const brief = ({ status, body }: Answer) => ({ status, code: body?.errors?.[0]?.code, field: body?.errors?.[0]?.field })
const levels = (...ids: string[]) => ({ integrationAccessLevel: ids.map((_integrationId) => ({ _integrationId, accessLevel: 'manage' })) })
const bearing =
  (token: string): Api['call'] =>
  (method, path, body, headers) =>
    api.call(method, path, body, { authorization: `Bearer ${token}`, ...headers })

describe('what was made in an integration that is no longer shared, and nothing uses', () => {
  let former: Colleague
  beforeEach(async () => {
    former = await colleague(api, `former-${++count}@example.com`, levels(at.open, at.hidden))
  })
  const narrow = () => api.call('PUT', `/v1/ashares/${former.ashareId}`, levels(at.open))

  test('is neither read nor changed nor drawn in', async () => {
    const sink = await make(former, 'imports', importOf('left', at.hiddenConnection, { _integrationId: at.hidden }))
    const cache = await make(former, 'lookupcaches', { name: 'left', _integrationId: at.hidden })
    expect((await former.call('GET', `/v1/imports/${sink._id}`)).status).toBe(200)
    await narrow()
    for (const [method, path, body] of [
      ['GET', `/v1/imports/${sink._id}`],
      ['PUT', `/v1/imports/${sink._id}`, sink],
      ['DELETE', `/v1/imports/${sink._id}`],
      ['GET', `/v1/lookupcaches/${cache._id}`],
      ['POST', `/v1/lookupcaches/${cache._id}/data`, { data: [{ key: 'a', value: 1 }] }],
      ['POST', `/v1/lookupcaches/${cache._id}/getData`],
    ] as const)
      expect({ method, path, status: (await former.call(method, path, body)).status }).toEqual({ method, path, status: 404 })
    const flow = { name: 'Mine', _integrationId: at.open, pageProcessors: [{ type: 'import', _importId: sink._id }] }
    expect(brief(await former.call('POST', '/v1/flows', flow))).toEqual({
      status: 422,
      code: 'invalid_ref',
      field: 'pageProcessors.0._importId',
    })
  })

  test('is no way to a connection that is no longer shared', async () => {
    const { _id } = await make(former, 'exports', exportOf('left', at.hiddenConnection, {}))
    await narrow()
    const flow = { name: 'Mine', _integrationId: at.open, pageGenerators: [{ _exportId: _id }] }
    expect(brief(await former.call('POST', '/v1/flows', flow))).toEqual({
      status: 422,
      code: 'invalid_ref',
      field: 'pageGenerators.0._exportId',
    })
    expect((await former.call('GET', `/v1/connections/${at.hiddenConnection}`)).status).toBe(404)
    expect((await former.call('POST', `/v1/exports/${_id}/invoke`)).status).toBe(404)
  })

  test('and what they build of their own parts is theirs before it is used', async () => {
    const connection = await makeConnection(former, application)
    const source = await make(former, 'exports', exportOf('orders', connection, {}))
    const sink = await make(former, 'imports', importOf('sink', connection, { _integrationId: at.open }))
    for (const path of [`/v1/connections/${connection}`, `/v1/exports/${source._id}`, `/v1/imports/${sink._id}`])
      expect({ path, status: (await former.call('GET', path)).status }).toEqual({ path, status: 200 })
    expect((await at.intruder.call('GET', `/v1/exports/${source._id}`)).status).toBe(404)
    const flow = { name: 'Mine', _integrationId: at.open, pageGenerators: [{ _exportId: source._id }] }
    expect((await former.call('POST', '/v1/flows', flow)).status).toBe(201)
    expect((await at.intruder.call('GET', `/v1/exports/${source._id}`)).status).toBe(200)
  })
})

test('an integration in the recycle bin opens nothing that others still use', async () => {
  await api.call('PUT', `/v1/integrations/${at.hidden}/connections/${at.openConnection}/register`)
  const sink = (await make(api, 'imports', importOf('sink', at.openConnection, { _integrationId: at.open })))._id
  await make(api, 'flows', { name: 'Hidden', _integrationId: at.hidden, pageProcessors: [{ type: 'import', _importId: sink }] })
  const source = (await make(api, 'exports', exportOf('orders', at.openConnection, { _integrationId: at.open })))._id
  const flow = { name: 'Ran', disabled: false, _integrationId: at.open, pageGenerators: [{ _exportId: source }] }
  const ran = (await make(api, 'flows', { ...flow, pageProcessors: [{ type: 'import', _importId: sink }] }))._id
  expect((await api.call('POST', `/v1/flows/${ran}/run`)).text).toContain('_jobId')
  const listed = async (): Promise<unknown[]> => {
    const jobs = await at.intruder.call('GET', `/v1/jobs?_integrationId=${at.open}`)
    const current = await at.intruder.call('POST', '/v1/jobs/current', { _integrationIds: [at.open] })
    return [jobs.body?.length ?? 0, current.body?.jobs.length ?? 0]
  }
  expect(await listed()).toEqual([1, 1])
  const paths = [`/v1/connections/${at.openConnection}`, `/v1/imports/${sink}`]
  const seen = async () => Promise.all(paths.map(async (path) => (await at.intruder.call('GET', path)).status))
  expect(await seen()).toEqual([200, 200])
  expect((await api.call('DELETE', `/v1/integrations/${at.open}`)).status).toBe(204)
  expect(await seen()).toEqual([404, 404])
  expect(await listed()).toEqual([0, 0])
  for (const collection of ['connections', 'imports']) expect((await at.intruder.call('GET', `/v1/${collection}`)).status).toBe(204)
  expect((await at.intruder.call('PUT', paths[0] as string, { name: 'taken', type: 'http' })).status).toBe(404)
  await api.call('POST', `/v1/recycleBinTTL/integrations/${at.open}/doCascadeRestore`)
  expect(await seen()).toEqual([200, 200])
})

describe('who is let into an integration of production', () => {
  test('makes no token for an environment that is not open to them', async () => {
    for (const _envId of [dev._id, at.open]) {
      const asked = { name: 'Out', fullAccess: true, _envId }
      expect(brief(await at.intruder.call('POST', '/v1/accesstokens', asked))).toEqual({
        status: 422,
        code: 'invalid_ref',
        field: '_envId',
      })
    }
    const { _id } = await make(dev, 'integrations', { name: 'There too' })
    await api.call('PUT', `/v1/ashares/${at.intruder.ashareId}`, levels(at.open, _id))
    const made = await at.intruder.call('POST', '/v1/accesstokens', { name: 'In', fullAccess: true, _envId: dev._id })
    expect(made.status).toBe(201)
    const inDev = bearing(made.body.token)
    expect((await inDev('POST', '/v1/scripts', { name: 'Mine', content: 'function f() {}' })).status).toBe(201)
    await api.call('PUT', `/v1/ashares/${at.intruder.ashareId}`, levels(at.open))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(brief(await inDev('POST', '/v1/scripts', { name: 'Mine', content: 'function f() {}' }))).toMatchObject({
      status: 403,
      code: 'access_denied',
    })
  })

  test('builds nothing in production where only an integration of another environment is open', async () => {
    const { _id } = await make(dev, 'integrations', { name: 'Only there' })
    const guest = await colleague(api, `guest-${++count}@example.com`, levels(_id))
    for (const [path, body] of [
      ['/v1/connections', { name: 'Mine', type: 'http', http: { baseURI: 'https://mine.example', mediaType: 'json' } }],
      ['/v1/scripts', { name: 'Mine', content: 'function f() {}' }],
    ] as const) {
      expect(brief(await guest.call('POST', path, body))).toMatchObject({ status: 403, code: 'access_denied' })
      expect((await guest.call('POST', path, body, { 'sluice-environment': dev._id })).status).toBe(201)
    }
  })
})

test('a token that was made through a share tells and decides nothing of other accounts', async () => {
  const guest = await colleague(api, `guest-${++count}@example.com`, { accessLevel: 'monitor' })
  const invited = (await api.stranger('POST', '/v1/invite', { email: guest.email, accessLevel: 'manage' })).body
  const token = bearing((await make(guest, 'accesstokens', { name: 'For a program', fullAccess: true })).token)
  const seen = (await token('GET', '/v1/shared/ashares')).body as { _id: string }[]
  expect(seen.map(({ _id }) => _id)).toEqual([guest.ashareId])
  for (const verb of ['accept', 'dismiss']) expect((await token('PUT', `/v1/ashares/${invited._id}/${verb}`)).status).toBe(404)
  const own = (await guest.alone('GET', '/v1/shared/ashares')).body as { _id: string; accepted: boolean }[]
  expect(own.map(({ _id, accepted }) => ({ _id, accepted }))).toContainEqual({ _id: invited._id, accepted: false })
  expect((await guest.call('PUT', `/v1/ashares/${invited._id}/accept`)).status).toBe(200)
})
