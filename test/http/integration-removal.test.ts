/** What goes with a deleted integration and what stays, where documents use each other in roundabout ways. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import type { Body } from '../harness/samples.ts'

let api: Api
let id: string
beforeAll(async () => {
  api = await startApi()
})
beforeEach(async () => {
  id = await make('integrations', { name: 'a' })
})
afterAll(() => api.close())

const make = async (collection: string, body: Body): Promise<string> => {
  const answer = await api.call('POST', `/v1/${collection}`, body)
  if (answer.status !== 201) throw new Error(`${collection}: ${answer.status} ${answer.text}`)
  return answer.body._id
}
const flow = (...exports: string[]) =>
  make('flows', { name: 'f', _integrationId: id, pageGenerators: exports.map((_exportId) => ({ _exportId })) })
const remove = () => api.call('DELETE', `/v1/integrations/${id}`)
const left = async (collection: string, ...all: string[]) => {
  const answers = await Promise.all(all.map((each) => api.call('GET', `/v1/${collection}/${each}`)))
  return all.filter((_id, i) => answers[i]?.status === 200)
}

test('exports that use each other in a circle go', async () => {
  const first = await make('exports', { name: 'first', adaptorType: 'HTTPExport' })
  const second = await make('exports', { name: 'second', adaptorType: 'HTTPExport', _postParseListenerId: first })
  await api.call('PUT', `/v1/exports/${first}`, { name: 'first', adaptorType: 'HTTPExport', _postParseListenerId: second })
  await flow(first, second)
  await remove()
  expect(await left('exports', first, second)).toEqual([])
})

test('what a kept export uses is kept with it', async () => {
  const told = await make('exports', { name: 'told', adaptorType: 'HTTPExport' })
  const shared = await make('exports', { name: 'shared', adaptorType: 'HTTPExport', _postParseListenerId: told })
  await make('flows', { name: 'outside', pageGenerators: [{ _exportId: shared }] })
  const alone = await make('exports', { name: 'alone', adaptorType: 'HTTPExport' })
  await flow(told, shared, alone)
  await remove()
  expect(await left('exports', told, shared, alone)).toEqual([told, shared])
})

test('async helpers of its imports go with them, and those that an import outside uses stay', async () => {
  const poll = await make('exports', { name: 'poll', adaptorType: 'HTTPExport' })
  const helper = (name: string) => make('asynchelpers', { name, http: { status: { _exportId: poll } } })
  const [own, shared] = [await helper('own'), await helper('shared')]
  const http = (_asyncHelperId: string) => ({ method: ['POST'], relativeURI: ['/'], _asyncHelperId })
  const imports = [
    await make('imports', { name: 'i', _integrationId: id, http: http(own) }),
    await make('imports', { name: 'i', _integrationId: id, http: http(shared) }),
  ]
  const outside = await make('imports', { name: 'o', http: http(shared) })
  await flow(poll)
  await remove()
  expect(await left('imports', ...imports, outside)).toEqual([outside])
  expect(await left('asynchelpers', own, shared)).toEqual([shared])
  expect(await left('exports', poll)).toEqual([poll])
})

test('tools of the integration go with the exports they use, unless a flow outside uses those', async () => {
  const [used, shared] = [
    await make('exports', { name: 'used', adaptorType: 'HTTPExport' }),
    await make('exports', { name: 'shared', adaptorType: 'HTTPExport' }),
  ]
  const routers = [used, shared].map((_exportId, i) => ({
    id: `r${i}`,
    branches: [{ name: 'b', pageProcessors: [{ type: 'export', _exportId }], nextRouterId: i === 0 ? 'r1' : 'outputRouter' }],
  }))
  const tool = await make('tools', { name: 't', _integrationId: id, routers })
  await make('flows', { name: 'outside', pageGenerators: [{ _exportId: shared }] })
  await remove()
  expect(await left('tools', tool)).toEqual([])
  expect(await left('exports', used, shared)).toEqual([shared])
})

test('an export that its flows only wait for is none of theirs', async () => {
  const waited = await make('exports', { name: 'waited', adaptorType: 'HTTPExport' })
  await make('flows', { name: 'f', _integrationId: id, _keepDeltaBehindExportId: waited })
  await remove()
  expect(await left('exports', waited)).toEqual([waited])
})

test('all of it is deleted under the one id that a restore names', async () => {
  const source = await make('exports', { name: 'e', adaptorType: 'HTTPExport' })
  const using = await flow(source)
  await remove()
  const rows = await ask(api.config, `select _id from sluice.documents where deleted_with = $1 order by _id`, [id])
  expect(rows.map(({ _id }) => _id)).toEqual([id, source, using].toSorted())
})

test('a flow that begins to use an export while it is deleted is refused, or keeps it', async () => {
  for (let i = 0; i < 10; i++) {
    id = await make('integrations', { name: 'a' })
    const source = await make('exports', { name: 'e', adaptorType: 'HTTPExport' })
    await flow(source)
    const [answer] = await Promise.all([api.call('POST', '/v1/flows', { name: 'late', pageGenerators: [{ _exportId: source }] }), remove()])
    expect(await left('exports', source)).toEqual(answer.status === 201 ? [source] : [])
    expect([201, 422]).toContain(answer.status)
  }
})
