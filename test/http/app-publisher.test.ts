/** What installations need of their publisher stays: scripts, stacks, the connector and its template count them among their dependents. */
import { beforeAll, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { installed, publish, type Published } from '../harness/app.ts'

const api = apiForFile()
let app: Published
let id: string
beforeAll(async () => {
  app = await publish(api)
  id = await installed(api, app)
})

const inUse = (): readonly (readonly [string, string])[] => [
  ['scripts', app.scriptId],
  ['connectors', app.connectorId],
  ['integrations', app.templateId],
]
const dependents = async (path: string): Promise<Answer['body'][]> =>
  ((await api.call('GET', `/v1/${path}/dependencies`)).body.integrations ?? []) as Answer['body'][]

test('a script, a connector and a template of installations are not deleted, and say why', async () => {
  for (const [collection, each] of inUse()) {
    const { status, body } = await api.call('DELETE', `/v1/${collection}/${each}`)
    expect({ collection, status, code: body?.errors[0].code }).toEqual({ collection, status: 422, code: 'has_dependents' })
    expect(body.errors[0].message).toContain('Shop app')
    expect((await api.call('GET', `/v1/${collection}/${each}`)).status).toBe(200)
  }
})

test('installations are among the dependents, by their id and the name of the app, and nothing of the account that has them', async () => {
  for (const [collection, each] of inUse()) {
    const found = (await dependents(`${collection}/${each}`)).filter((one) => one.id === id)
    expect(found).toEqual([
      { id, name: 'Shop app', paths: expect.any(Array) as string[], accessLevel: 'monitor', dependencyIds: { [collection]: [each] } },
    ])
    expect(found[0].paths.length).toBeGreaterThan(0)
  }
  expect((await dependents(`scripts/${app.scriptId}`)).find((one) => one.id === id).paths).toContain('update._scriptId')
  const { status, body } = await api.stranger('GET', `/v1/scripts/${app.scriptId}/dependencies`)
  expect({ status, body }).toEqual({ status: 200, body: {} })
})

test('a script that is made for a flow of the app alone is told by its flow', async () => {
  const own = await publish(api, {}, { name: 'Hooked app' })
  const script = (await api.call('POST', '/v1/scripts', { name: 'Hook', content: 'function preSavePage(o) { return { data: o.data } }' }))
    .body
  const flow = (await api.call('GET', `/v1/flows/${own.flowIds[0]}`)).body
  const source = (await api.call('GET', `/v1/exports/${flow.pageGenerators[0]._exportId}`)).body
  const hooks = { preSavePage: { _scriptId: script._id, function: 'preSavePage' } }
  expect((await api.call('PUT', `/v1/exports/${source._id}`, { ...source, hooks })).status).toBe(200)
  await installed(api, own)
  const answer = await api.call('DELETE', `/v1/scripts/${script._id}`)
  expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 422, code: 'has_dependents' })
  expect((await dependents(`scripts/${script._id}`)).map(({ paths }) => paths as string[])).toEqual([['hooks.preSavePage._scriptId']])
})

test('they go once nothing is installed any more', async () => {
  const own = await publish(api, { uninstallSteps: [] })
  const there = await installed(api, own)
  expect((await api.call('DELETE', `/v1/scripts/${own.scriptId}`)).status).toBe(422)
  expect((await api.stranger('POST', `/v1/integrations/${there}/uninstall`)).status).toBe(204)
  for (const path of [`connectors/${own.connectorId}`, `integrations/${own.templateId}`, `scripts/${own.scriptId}`])
    expect({ path, status: (await api.call('DELETE', `/v1/${path}`)).status }).toEqual({ path, status: 204 })
})
