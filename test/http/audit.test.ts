/** The record of changes: who did what to which document, and what it was before. */
import { describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()

const entriesOf = async (path: string) => (await api.call('GET', path)).body

describe('the record of a document', () => {
  test('has its creation, every change with the values before and after, and its deletion, newest first', async () => {
    const { _id } = (await api.call('POST', '/v1/integrations', { name: 'A', settings: { region: 'EU', list: [1, 2] } })).body
    await api.call('PUT', `/v1/integrations/${_id}`, { name: 'B', settings: { region: 'EU', list: [1, 3] } })
    await api.call('DELETE', `/v1/integrations/${_id}`)
    const entries = await entriesOf(`/v1/integrations/${_id}/audit`)
    const me = (await api.call('GET', '/v1/tokenInfo')).body._userId
    expect(entries).toMatchObject([
      { event: 'delete', resourceType: 'integration', _resourceId: _id, name: 'B', byUser: { _id: me, email: 'owner@localhost' } },
      {
        event: 'update',
        source: 'api',
        fieldChanges: [
          { fieldPath: 'name', oldValue: 'A', newValue: 'B' },
          { fieldPath: 'settings.list.1', oldValue: 2, newValue: 3 },
        ],
      },
      { event: 'create', fieldChanges: expect.arrayContaining([{ fieldPath: 'name', newValue: 'A' }]) },
    ])
    expect(entries[1].fieldChanges).toHaveLength(2)
  })

  test('tells that a secret changed and never what it is', async () => {
    const connection = samples.connections({} as Ids)
    const { _id } = (await api.call('POST', '/v1/connections', connection)).body
    const changed = JSON.parse(JSON.stringify(connection).replace('first-secret', 'second-secret')) as unknown
    await api.call('PUT', `/v1/connections/${_id}`, changed)
    const entries = await entriesOf(`/v1/connections/${_id}/audit`)
    expect(entries[0].fieldChanges).toEqual([{ fieldPath: 'http.auth.token.token', oldValue: '******', newValue: '******' }])
    expect(JSON.stringify(entries)).not.toMatch(/first-secret|second-secret/)
  })

  test('has nothing of a change that was refused', async () => {
    const { _id } = (await api.call('POST', '/v1/flows', { name: 'F' })).body
    expect((await api.call('PUT', `/v1/flows/${_id}`, { name: 'G', _integrationId: nobody })).status).toBe(422)
    expect(await entriesOf(`/v1/flows/${_id}/audit`)).toHaveLength(1)
  })

  test('tells a value that is too long by its length', async () => {
    const { _id } = (await api.call('POST', '/v1/integrations', { name: 'L', readme: 'x'.repeat(5000) })).body
    const [{ fieldChanges }] = await entriesOf(`/v1/integrations/${_id}/audit`)
    expect(fieldChanges).toContainEqual({ fieldPath: 'readme', newValue: '(5002 characters)' })
  })

  test('is 404 for a document that never was, and 204 where nothing fits the question', async () => {
    expect((await api.call('GET', `/v1/integrations/${nobody}/audit`)).status).toBe(404)
    const { _id } = (await api.call('POST', '/v1/integrations', { name: 'A' })).body
    expect((await api.call('GET', `/v1/integrations/${_id}/audit?action=delete`)).status).toBe(204)
  })
})

describe('the record of the account', () => {
  test('is asked by type, document, user, event and time, and paged by limit and offset', async () => {
    const { _id } = (await api.call('POST', '/v1/scripts', { name: 'S', content: '' })).body
    await api.call('PUT', `/v1/scripts/${_id}`, { name: 'T', content: '' })
    const me = (await api.call('GET', '/v1/tokenInfo')).body._userId
    const of = `resourceType=script&_resourceId=${_id}&_byUserId=${me}`
    expect(await entriesOf(`/v1/audit?${of}`)).toMatchObject([{ event: 'update' }, { event: 'create' }])
    expect(await entriesOf(`/v1/audit?${of}&action=create`)).toMatchObject([{ event: 'create' }])
    expect(await entriesOf(`/v1/audit?${of}&limit=1&offset=1`)).toMatchObject([{ event: 'create' }])
    expect((await api.call('GET', `/v1/audit?${of}&from=2100-01-01T00:00:00Z`)).status).toBe(204)
    for (const past of ['2000-01-01', '2000-01-01T00:00:00+01:00', '946684800000']) {
      expect(await entriesOf(`/v1/audit?${of}&from=${encodeURIComponent(past)}`)).toHaveLength(2)
      expect((await api.call('GET', `/v1/scripts/${_id}/audit?to=${encodeURIComponent(past)}`)).status).toBe(204)
    }
    expect((await api.call('GET', `/v1/audit?${of}&source=ui`)).status).toBe(204)
    expect((await api.call('GET', '/v1/audit?from=yesterday')).body.errors[0]).toMatchObject({
      code: 'invalid_query_params',
      field: 'from',
    })
  })

  test("is no other account's", async () => {
    await api.call('POST', '/v1/scripts', { name: 'S', content: '' })
    expect((await api.stranger('GET', '/v1/audit')).status).toBe(204)
  })
})
