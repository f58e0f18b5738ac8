/** An id is one id in whatever case, wherever it is sent; a time with an offset is stored and answered in UTC. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let upper: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  upper = Object.fromEntries(Object.entries(ids).map(([collection, id]) => [collection, id.toUpperCase()])) as Ids
})

const get = async (path: string) => (await api.call('GET', `/v1/${path}`)).body

describe('ids in upper case', () => {
  test('name the document in paths of every type', async () => {
    for (const collection of Object.keys(ids) as (keyof Ids)[]) {
      const { status, body } = await api.call('GET', `/v1/${collection}/${upper[collection]}`)
      expect({ collection, status, _id: body._id }).toEqual({ collection, status: 200, _id: ids[collection] })
    }
    expect(await get(`integrations/${upper.integrations}/flows`)).toHaveLength(1)
    expect((await api.call('GET', `/v1/flows/${upper.flows}/${upper.imports}/errors`)).status).toBe(200)
    expect(Object.keys(await get(`exports/${upper.exports}/dependencies`))).toContain('flows')
  })

  test('in references are stored as the id that they are, and referred to', async () => {
    const flow = await make(api, 'flows', samples.flows(upper))
    expect(flow).toMatchObject({
      _integrationId: ids.integrations,
      pageGenerators: [{ _exportId: ids.exports }],
      pageProcessors: [{ _importId: ids.imports }],
    })
    const replaced = await api.call('PUT', `/v1/flows/${flow._id.toUpperCase()}`, { ...flow, _id: flow._id.toUpperCase() })
    expect(replaced.body).toMatchObject({ _id: flow._id, _integrationId: ids.integrations })
    expect((await api.call('DELETE', `/v1/flows/${flow._id.toUpperCase()}`)).status).toBe(204)
  })

  test('filter lists', async () => {
    expect((await get(`flows?_integrationId=${upper.integrations}`)).map(({ _id }: { _id: string }) => _id)).toContain(ids.flows)
    expect(await get(`exports?_connectionId=${upper.connections}`)).toHaveLength(1)
    expect((await get(`audit?_resourceId=${upper.flows}`)).length).toBeGreaterThan(0)
    const { body } = await api.call('POST', `/v1/flows/${upper.flows}/run`)
    for (const filter of [`_flowId=${upper.flows}`, `_flowId_in=${upper.flows},${upper.flows}`, `_integrationId=${upper.integrations}`])
      expect((await get(`jobs?${filter}`)).map(({ _id }: { _id: string }) => _id)).toContain(body._jobId)
  })

  test('register and bind connections', async () => {
    const { integrations } = ids
    const register = `/v1/integrations/${upper.integrations}/connections`
    expect((await api.call('PUT', `${register}/register`, { _connectionId: upper.connections })).status).toBe(204)
    expect((await get(`integrations/${integrations}`))._registeredConnectionIds).toEqual([ids.connections])
    expect((await api.call('DELETE', `${register}/${upper.connections}/register`)).status).toBe(204)
    const flow = await make(api, 'flows', samples.flows(ids))
    const other = await make(api, 'connections', samples.connections(ids))
    const map = { [upper.connections]: other._id.toUpperCase() }
    const clone = await api.call('POST', `/v1/flows/${flow._id}/clone`, { _integrationId: upper.integrations, connectionMap: map })
    expect(clone).toMatchObject({ status: 201 })
    expect(await get(`exports/${clone.body.pageGenerators[0]._exportId}`)).toMatchObject({ _connectionId: other._id })
  })

  test('are allowed in patches, shares and access tokens', async () => {
    const alias = { alias: 'orders', _exportId: upper.exports }
    expect((await api.call('PATCH', `/v1/flows/${ids.flows}`, [{ op: 'replace', path: '/aliases', value: [alias] }])).status).toBe(204)
    expect((await get(`flows/${ids.flows}`)).aliases).toEqual([{ alias: 'orders', _exportId: ids.exports }])
    const integrationAccessLevel = [{ _integrationId: upper.integrations, accessLevel: 'monitor' }]
    const share = await api.call('POST', '/v1/invite', { email: 'friend@example.com', integrationAccessLevel })
    expect(share.body.integrationAccessLevel).toEqual([{ _integrationId: ids.integrations, accessLevel: 'monitor' }])
    const token = await api.call('POST', '/v1/accesstokens', { name: 'a', _exportIds: [upper.exports] })
    expect(token.body._exportIds).toEqual([ids.exports])
  })

  test('that are none stay what they are: a name, a value, a setting', async () => {
    const text = upper.integrations
    const settings = { text, [text]: text }
    const made = await make(api, 'integrations', { name: text, description: text, settings })
    expect(made).toMatchObject({ name: text, description: text, settings })
  })
})

describe('times with an offset', () => {
  const sent = ['2026-03-01T12:00:00+02:00', '2026-03-01T10:00:00Z', '2026-03-01t10:00:00z', '2026-03-01T04:30:00.000-05:30']
  test.each(sent)('are stored in UTC: %s', async (time) => {
    const { resolvedAt } = await make(api, 'integrations', { name: 'a', resolvedAt: time })
    const { debugDate } = await make(api, 'connections', { ...samples.connections(ids), debugDate: time })
    const { delta } = await make(api, 'exports', { ...samples.exports(ids), type: 'delta', delta: { startDate: time } })
    for (const stored of [resolvedAt, debugDate, delta.startDate]) {
      expect(stored).toMatch(/Z$/)
      expect(new Date(stored).toISOString()).toBe('2026-03-01T10:00:00.000Z')
    }
  })

  test('are stored in UTC by a patch', async () => {
    const at = new Date(Date.now() + 60_000)
    const value = new Date(at.getTime() + 7_200_000).toISOString().replace('Z', '+02:00')
    const patch = [{ op: 'replace', path: '/debugUntil', value }]
    expect((await api.call('PATCH', `/v1/scripts/${ids.scripts}`, patch)).status).toBe(204)
    expect((await get(`scripts/${ids.scripts}`)).debugUntil).toBe(at.toISOString())
  })

  test('that are no times are refused', async () => {
    for (const resolvedAt of ['2026-13-01T00:00:00+02:00', '2026-03-01', 'soon', '2026-03-01T12:00:00'])
      expect((await api.call('POST', '/v1/integrations', { name: 'a', resolvedAt })).status).toBe(422)
  })
})
