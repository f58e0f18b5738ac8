/** What is installed of an app is a clone of its template: with its groups, entries, aliases and settings, and with the ids that it has here. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { licensed } from '../harness/app.ts'
import { make } from '../harness/flows.ts'
import { installRich, publishRich, type Rich } from '../harness/rich-app.ts'

const api = apiForFile()
let app: Rich
let id: string
beforeAll(async () => {
  app = await publishRich(api)
  await licensed(api, app)
  id = (await installRich(api.stranger, app))._id
})

type Body = Answer['body']
const theirs = (method: string, path: string, body?: unknown): Promise<Answer> => api.stranger(method, path, body)
const read = async (path: string): Promise<Body> => (await theirs('GET', `/v1/${path}`)).body
const flowsOf = async (of: string): Promise<Record<string, Body>> =>
  Object.fromEntries(((await read(`integrations/${of}/flows`)) as Body[]).map((flow) => [flow.name, flow]))
const groupsOf = async (of: string): Promise<Record<string, string>> =>
  Object.fromEntries(((await read(`integrations/${of}`)).flowGroupings as Body[]).map(({ _id, name }) => [_id, name]))
const ofPublisher = (): string[] => [app.templateId, app.connectionId, app.cacheId, ...app.flowIds, ...app.importIds, ...app.groupIds]

describe('an installed app', () => {
  test('has its flows in groups that are there, and they are switched on', async () => {
    const { Basic } = await flowsOf(id)
    expect((await groupsOf(id))[Basic._flowGroupingId]).toBe('Basics')
    expect(app.groupIds).not.toContain(Basic._flowGroupingId)
    const { status, body } = await theirs('PUT', `/v1/flows/${Basic._id}`, { ...Basic, disabled: false })
    expect({ status, disabled: body.disabled }).toEqual({ status: 200, disabled: false })
  })

  test('has the entries of its lookup caches where they are to come along, as many as the size says', async () => {
    const { Basic } = await flowsOf(id)
    const sink = await read(`imports/${Basic.pageProcessors[0]._importId}`)
    const cache = await read(`lookupcaches/${sink.lookups[0]._lookupCacheId}`)
    const entries = (await theirs('POST', `/v1/lookupcaches/${cache._id}/getData`, {})).body.data as Body[]
    expect(Object.fromEntries(entries.map(({ key, value }) => [key, value.rate]))).toEqual({ CHF: 2, EUR: 1 })
    expect(cache.size).toBe((await api.call('GET', `/v1/lookupcaches/${app.cacheId}`)).body.size)
  })

  test("names its own flows, steps and connection in settings and aliases, and none of the publisher's", async () => {
    const { Basic } = await flowsOf(id)
    const { settings, aliases, _registeredConnectionIds } = await read(`integrations/${id}`)
    const [connection] = _registeredConnectionIds as string[]
    const sink = Basic.pageProcessors[0]._importId
    expect(settings).toMatchObject({ basic: Basic._id, connection, byFlow: { [Basic._id]: sink } })
    expect(aliases).toEqual([
      { alias: 'main', _flowId: Basic._id },
      { alias: 'shop', _connectionId: connection },
      { alias: 'sink', _importId: sink },
    ])
    expect(Basic.settings).toEqual({ sink, next: 'none' })
  })

  test('has of another edition what that brings, which is known to what was there before', async () => {
    const larger = await licensed(api, app, { _editionId: app.editions[1] })
    expect((await theirs('POST', `/v1/integrations/${id}/changeEdition`, { _licenseId: larger._id })).status).toBe(200)
    const { Basic, Extra } = await flowsOf(id)
    expect((await groupsOf(id))[Extra._flowGroupingId]).toBe('Premium')
    expect(Extra.settings).toEqual({ sink: Extra.pageProcessors[0]._importId, next: Basic._id })
    const { settings, aliases } = await read(`integrations/${id}`)
    expect(settings).toMatchObject({ basic: Basic._id, extra: Extra._id })
    expect(aliases).toContainEqual({ alias: 'more', _flowId: Extra._id })
    const text = JSON.stringify([settings, aliases, Basic.settings, Extra])
    expect(ofPublisher().filter((each) => text.replaceAll(/"_sourceId":"[^"]*"/g, '').includes(each))).toEqual([])
  })

  test('has on record that its resources were made', async () => {
    const { Basic } = await flowsOf(id)
    expect((await read(`flows/${Basic._id}/audit`)).map(({ event }: Body) => event)).toContain('create')
  })

  test('has children whose flows are in groups of their own', async () => {
    const child = (await theirs('POST', `/v1/integrations/${id}/initChild`)).body
    const flow = (await flowsOf(child._id))['Of children']
    expect(await groupsOf(child._id)).toEqual({ [flow._flowGroupingId]: 'Stores' })
    expect((await theirs('PUT', `/v1/flows/${flow._id}`, { ...flow, disabled: false })).status).toBe(200)
  })
})

describe('an app of one’s own', () => {
  const into = (envId: string) => (method: string, path: string, body?: unknown) =>
    api.call(method, path, body, { 'sluice-environment': envId })

  test('is installed into another environment of the account, from there and from where it lies', async () => {
    const environment = await make(api, 'environments', { name: 'Staging' })
    const there = into(environment._id)
    const own = await installRich(there, app)
    expect(own).toMatchObject({ mode: 'settings', _envId: environment._id })
    const begun = await api.call('POST', `/v1/connectors/${app.connectorId}/install`, { _envId: environment._id })
    expect({ status: begun.status, _envId: begun.body._envId }).toEqual({ status: 201, _envId: environment._id })
    const flows = (await there('GET', `/v1/integrations/${own._id}/flows`)).body as Body[]
    expect(new Set(flows.map(({ name }) => name as string))).toEqual(new Set(['Basic', 'Extra', 'Of children']))
    expect((await api.call('GET', `/v1/integrations/${own._id}`)).status).toBe(404)
    const base = (await api.call('GET', `/v1/connectors/${app.connectorId}/installBase`)).body as Body[]
    expect(base.map(({ _integrationId }) => _integrationId)).toContain(own._id)
    const { body } = await api.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [own._id] })
    expect(body).toMatchObject([{ updated: true, version: '2.0.0' }])
    expect((await there('POST', `/v1/integrations/${own._id}/uninstall`)).status).toBe(204)
  })

  test('is not installed into an environment of somebody else, nor into one that nobody has', async () => {
    const foreign = await make({ call: api.stranger }, 'environments', { name: 'Theirs' })
    for (const _envId of [foreign._id, 'f'.repeat(24)])
      expect((await api.call('POST', `/v1/connectors/${app.connectorId}/install`, { _envId })).status).toBe(404)
    expect((await theirs('POST', `/v1/connectors/${app.connectorId}/install`, { _envId: 'e'.repeat(24) })).status).toBe(404)
  })
})
