/** Links to integrations and flows as files: anybody with one can download the archive until it expires. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { getFlowTemplate, readTemplate } from '../../src/domain/clone/template-links.ts'
import type { Context } from '../../src/domain/context.ts'
import { apiForFile, startApi, type Answer } from '../harness/api.ts'
import { installed, publish } from '../harness/app.ts'
import { filesIn, type Files } from '../harness/archives.ts'
import { colleague } from '../harness/colleague.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
})

/** Another server at the same database. */
const same = () => ({ config: api.config, drop: async () => undefined })
const linkTo = (collection: string, id: string): Promise<Answer> => api.call('GET', `/v1/${collection}/${id}/template`)
/** Without a token, as a browser or curl follows a link. */
async function follow(url: string): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const answer = await fetch(url)
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
}
const archiveOf = async (collection: string, id: string): Promise<Files> => {
  const { body } = await linkTo(collection, id)
  const { bytes } = await follow(body.signedURL)
  return filesIn(bytes)
}
const importInto = (id: string, archive: Uint8Array): Promise<Answer> => api.call('PUT', `/v1/integrations/${id}/files`, archive)

describe('a link', () => {
  test('of an integration leads to what its files are, for a quarter of an hour and without a token', async () => {
    const { status, body } = await linkTo('integrations', ids.integrations)
    expect({ status, keys: Object.keys(body) }).toEqual({ status: 200, keys: ['signedURL', 'expiresAt'] })
    const left = Date.parse(body.expiresAt) - Date.now()
    expect(left).toBeGreaterThan(13 * 60_000)
    expect(left).toBeLessThanOrEqual(15 * 60_000)
    expect(body.signedURL.startsWith(`${api.url}/downloads/template?token=`)).toBe(true)
    const answer = await follow(body.signedURL)
    expect(answer.status).toBe(200)
    expect(
      Object.fromEntries(['content-type', 'cache-control', 'referrer-policy'].map((name) => [name, answer.headers.get(name)])),
    ).toEqual({
      'content-type': 'application/zip',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="integration-${ids.integrations}.zip"`)
    const files = await fetch(`${api.url}/v1/integrations/${ids.integrations}/files`, {
      headers: { authorization: 'Bearer owner-token-for-tests' },
    })
    expect(answer.bytes).toEqual(Buffer.from(await files.arrayBuffer()))
  })

  test('shows what is there when it is followed, and no secret', async () => {
    const { _id } = await make(api, 'integrations', { name: 'Before' })
    await make(api, 'flows', { ...samples.flows(ids), _integrationId: _id })
    const { body } = await linkTo('integrations', _id)
    await api.call('PATCH', `/v1/integrations/${_id}`, [{ op: 'replace', path: '/settings', value: { after: true } }])
    const files = await filesIn((await follow(body.signedURL)).bytes)
    expect(JSON.parse(files['integration.json'] as string)).toMatchObject({ settings: { after: true } })
    expect(Object.values(files).join()).not.toContain('first-secret')
  })

  test.each<[string, (url: string) => string]>([
    ['without its token', (url) => url.replace(/\?.*/, '')],
    ['cut off', (url) => url.slice(0, -5)],
    ['with other claims', (url) => url.replace(/token=[^.]+/, `token=${Buffer.from('{"until":9e15}').toString('base64url')}`)],
  ])('that is followed %s is 404', async (_how, change) => {
    const { body } = await linkTo('flows', ids.flows)
    const answer = await follow(change(body.signedURL))
    expect(answer.status).toBe(404)
    expect(JSON.parse(answer.bytes.toString()).errors[0]).toMatchObject({
      code: 'invalid_ref',
      message: 'This link is not complete, its time is over, or it is not of this server. Ask for another one.',
    })
  })

  test('is over after a quarter of an hour', async () => {
    const { accountId, envId } = await api
      .call('GET', '/v1/tokenInfo')
      .then(({ body }) => ({ accountId: body._userId, envId: body._userId }))
    const caller = { accountId, envId, userId: accountId, scope: '*', level: 'owner' } as const
    const at = (minutes: number) => ({ ...api.world, now: () => new Date(Date.now() + minutes * 60_000) })
    const ctx: Context = { ...at(0), caller, strict: false, home: api.url }
    const { signedURL } = await getFlowTemplate(ctx, { params: { _id: ids.flows }, query: undefined, body: undefined })
    const token = new URL(signedURL).searchParams.get('token') as string
    expect(await readTemplate(at(14), token)).toBeDefined()
    expect(await readTemplate(at(15), token)).toBeUndefined()
  })

  test('ends with the share of its user, and with what they may see', async () => {
    const { _id } = await make(api, 'integrations', { name: 'Shared' })
    const flow = (await make(api, 'flows', { ...samples.flows(ids), _integrationId: _id }))._id
    const look = { integrationAccessLevel: [{ _integrationId: _id, accessLevel: 'monitor' }] }
    const viewer = await colleague(api, 'viewer@example.com', look)
    const links = [
      (await viewer.call('GET', `/v1/integrations/${_id}/template`)).body.signedURL,
      (await viewer.call('GET', `/v1/flows/${flow}/template`)).body.signedURL,
    ]
    const statuses = () => Promise.all(links.map(async (url) => (await follow(url)).status))
    expect(await statuses()).toEqual([200, 200])
    const elsewhere = { integrationAccessLevel: [{ _integrationId: ids.integrations, accessLevel: 'monitor' }] }
    expect((await api.call('PUT', `/v1/ashares/${viewer.ashareId}`, elsewhere)).status).toBe(200)
    expect(await statuses()).toEqual([404, 404])
    expect((await api.call('DELETE', `/v1/ashares/${viewer.ashareId}`)).status).toBe(204)
    expect(await statuses()).toEqual([404, 404])
  })

  test('followed again and again counts as requests of its account', async () => {
    const { body } = await linkTo('flows', ids.flows)
    const limited = await startApi({ on: same(), bucket: { deep: 2, perSecond: 0.01 }, publicURL: 'https://sluice.example.com' })
    onTestFinished(() => limited.close())
    const { search } = new URL(body.signedURL)
    const next = () => follow(`${limited.url}/downloads/template${search}`)
    for (const _allowed of [1, 2]) expect((await next()).status).toBe(200)
    const { status, headers } = await next()
    expect(status).toBe(429)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('begins with the public address of the server, whatever host was asked', async () => {
    const proxied = await startApi({ on: same(), publicURL: 'https://sluice.example.com' })
    onTestFinished(() => proxied.close())
    const { body } = await proxied.call('GET', `/v1/flows/${ids.flows}/template`)
    expect(body.signedURL).toMatch(/^https:\/\/sluice\.example\.com\/downloads\/template\?token=/)
  })

  test('of what is deleted by then is 404', async () => {
    const flow = (await make(api, 'flows', samples.flows(ids)))._id
    const { body } = await linkTo('flows', flow)
    await api.call('DELETE', `/v1/flows/${flow}`)
    expect((await follow(body.signedURL)).status).toBe(404)
  })

  test('is given for nothing that is not there, and for nothing of an Integration App', async () => {
    for (const collection of ['integrations', 'flows']) expect((await linkTo(collection, nobody)).status).toBe(404)
    const id = await installed(api, await publish(api))
    const [flow] = (await api.stranger('GET', `/v1/integrations/${id}/flows`)).body
    for (const path of [`integrations/${id}`, `flows/${flow._id}`]) {
      const { status, body } = await api.stranger('GET', `/v1/${path}/template`)
      expect({ status, code: body.errors[0].code }).toEqual({ status: 422, code: 'app_resource_locked' })
    }
  })
})

describe('the files of a flow', () => {
  const script = { name: 'Hooks', content: 'function preMap(o) { return o.data }' }
  let flow: string
  let other: string
  let integration: string
  beforeAll(async () => {
    integration = (await make(api, 'integrations', { name: 'Of both', flowGroupings: [{ name: 'Nightly' }] }))._id
    const [group] = (await api.call('GET', `/v1/integrations/${integration}`)).body.flowGroupings
    const _scriptId = (await make(api, 'scripts', script))._id
    const source = (await make(api, 'exports', samples.exports(ids)))._id
    const hooks = { preMap: { _scriptId, function: 'preMap' } }
    const sink = (await make(api, 'imports', { ...samples.imports(ids), _integrationId: integration, hooks }))._id
    other = (await make(api, 'flows', { name: 'Other', _integrationId: integration, pageGenerators: [{ _exportId: source }] }))._id
    flow = (
      await make(api, 'flows', {
        name: 'Orders to invoices',
        description: 'Each night',
        _integrationId: integration,
        _flowGroupingId: group._id,
        pageGenerators: [{ _exportId: source }],
        pageProcessors: [{ type: 'import', _importId: sink }],
        _runNextFlowIds: [other],
      })
    )._id
  })

  test('are those of an integration of its name, with its steps and what they need, and no other flow', async () => {
    const files = await archiveOf('flows', flow)
    const folders = Object.keys(files).map((path) => path.split('/')[0])
    expect(JSON.parse(files['integration.json'] as string)).toMatchObject({ name: 'Orders to invoices', description: 'Each night' })
    expect(folders.filter((each) => each === 'flows')).toHaveLength(1)
    const kinds = ['connections', 'exports', 'flows', 'imports', 'integration.json', 'scripts', 'sluice.json']
    expect(new Set(folders)).toEqual(new Set(kinds))
    for (const id of [other, integration]) expect(Object.values(files).join()).not.toContain(id)
    expect(Object.values(files).join()).not.toContain('first-secret')
    expect(await archiveOf('flows', flow)).toEqual(files)
  })

  test('bring the flow into an integration that has other flows, which stay', async () => {
    const target = (await make(api, 'integrations', { name: 'Target' }))._id
    const kept = (await make(api, 'flows', { name: 'Kept', _integrationId: target }))._id
    const { bytes } = await follow((await linkTo('flows', flow)).body.signedURL)
    const opened = await importInto(target, bytes)
    expect(opened.status).toBe(200)
    const [step] = opened.body.installSteps
    const revision = `/v1/integrations/${target}/revisions/${opened.body._id}`
    const chosen = { _sourceConnectionId: step._sourceConnectionId, _connectionId: ids.connections }
    expect((await api.call('PUT', `${revision}/installSteps`, chosen)).status).toBe(200)
    expect((await api.call('POST', `${revision}/apply`, {})).status).toBe(200)
    const { body } = await api.call('GET', `/v1/integrations/${target}/flows`)
    expect(body.map(({ name }: { name: string }) => name)).toEqual(['Kept', 'Orders to invoices'])
    expect(body[0]._id).toBe(kept)
    const [source] = (await api.call('GET', `/v1/flows/${body[1]._id}/descendants`)).body.exports
    expect(source).toMatchObject({ name: 'Orders', _connectionId: ids.connections })
  })
})
