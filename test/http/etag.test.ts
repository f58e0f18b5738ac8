/** Two editors of one document: the second is told that it is another by now. */
import { describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'

const api = apiForFile()
let path: string

const make = async (): Promise<string> => {
  const { body, headers } = await api.call('POST', '/v1/integrations', { name: 'A' })
  path = `/v1/integrations/${body._id}`
  return headers.get('etag') ?? ''
}

describe('If-Match', () => {
  test('lets the change of the one who has read last through, and refuses the other with 412', async () => {
    const made = await make()
    expect((await api.call('GET', path)).headers.get('etag')).toBe(made)
    const first = await api.call('PUT', path, { name: 'B' }, { 'if-match': made })
    expect(first.status).toBe(200)
    const second = await api.call('PUT', path, { name: 'C' }, { 'if-match': made })
    expect({ status: second.status, code: second.body.errors[0].code }).toEqual({ status: 412, code: 'precondition_failed' })
    expect((await api.call('GET', path)).body.name).toBe('B')
    expect((await api.call('PUT', path, { name: 'D' }, { 'if-match': `"x", W/${first.headers.get('etag')}` })).status).toBe(200)
  })

  test('holds for PATCH and DELETE as well, and `*` is any document', async () => {
    const made = await make()
    const patch = [{ op: 'replace', path: '/settings', value: { a: 1 } }]
    expect((await api.call('PATCH', path, patch, { 'if-match': '"other"' })).status).toBe(412)
    expect((await api.call('PATCH', path, patch, { 'if-match': made })).status).toBe(204)
    expect((await api.call('DELETE', path, undefined, { 'if-match': made })).status).toBe(412)
    expect((await api.call('DELETE', path, undefined, { 'if-match': '*' })).status).toBe(204)
  })
})

describe('shares, access tokens and licences', () => {
  const made = {
    ashares: async () =>
      (await api.call('POST', '/v1/invite', { email: `${api.world.newId()}@example.com`, accessLevel: 'monitor' })).body._id,
    accesstokens: async () => (await api.call('POST', '/v1/accesstokens', { name: 'T', fullAccess: true })).body._id,
  }
  const changes = {
    ashares: { accessLevel: 'manage', allowToEditRetryData: true },
    accesstokens: { fullAccess: true, name: 'U', description: 'D', revoked: true },
  }
  test('licences: the second of two editors is told, and what they did is on record', async () => {
    const { body: integration } = await api.call('POST', '/v1/integrations', { name: 'App' })
    const { body: connector } = await api.call('POST', '/v1/connectors', { name: 'App', _integrationId: integration._id })
    const of = `/v1/connectors/${connector._id}/licenses`
    const made = await api.call('POST', of, { user: { email: 'owner@localhost' }, opts: { b: 1, a: 2 } })
    const at = `${of}/${made.body._id}`
    const read = (await api.call('GET', at)).headers.get('etag') ?? ''
    expect(made.headers.get('etag')).toBe(read)
    expect((await api.call('PUT', at, { expires: '2099-01-01T00:00:00Z' }, { 'if-match': read })).status).toBe(200)
    expect((await api.call('PUT', at, { expires: '2098-01-01T00:00:00Z' }, { 'if-match': read })).status).toBe(412)
    expect((await api.call('DELETE', at, undefined, { 'if-match': read })).status).toBe(412)
    expect((await api.call('DELETE', at)).status).toBe(204)
    const entries = (await api.call('GET', `/v1/audit?resourceType=license&_resourceId=${made.body._id}`)).body
    expect(entries.map(({ event }: { event: string }) => event)).toEqual(['delete', 'update', 'create'])
    expect(entries[1]).toMatchObject({
      resourceType: 'license',
      fieldChanges: expect.arrayContaining([{ fieldPath: 'expires', newValue: '2099-01-01T00:00:00.000Z' }]),
    })
  })

  test.each(['ashares', 'accesstokens'] as const)('%s: the second of two editors is told', async (collection) => {
    const at = `/v1/${collection}/${await made[collection]()}`
    const tag = async () => (await api.call('GET', at)).headers.get('etag') ?? ''
    const read = await tag()
    const first = await api.call('PUT', at, changes[collection], { 'if-match': read })
    expect({ status: first.status, tag: first.headers.get('etag') }).toEqual({ status: 200, tag: await tag() })
    const second = await api.call('PUT', at, changes[collection], { 'if-match': read })
    expect({ status: second.status, code: second.body.errors[0].code }).toEqual({ status: 412, code: 'precondition_failed' })
    expect((await api.call('DELETE', at, undefined, { 'if-match': read })).status).toBe(412)
    expect((await api.call('GET', at, undefined, { 'if-none-match': await tag() })).status).toBe(304)
    expect((await api.call('DELETE', at, undefined, { 'if-match': await tag() })).status).toBe(204)
  })

  test('the answer that makes one has the tag that it is read with', async () => {
    for (const [path, body] of [
      ['/v1/accesstokens', { name: 'T', _connectionIds: [], fullAccess: true, description: 'D' }],
      ['/v1/invite', { email: 'tagged@example.com', accessLevel: 'monitor', disabled: false }],
    ] as const) {
      const answer = await api.call('POST', path, body)
      const of = path === '/v1/invite' ? 'ashares' : 'accesstokens'
      const read = await api.call('GET', `/v1/${of}/${answer.body._id}`)
      expect(read.headers.get('etag')).toBe(answer.headers.get('etag'))
    }
  })

  test('that a user works in the account is no change of their share', async () => {
    const friend = await colleague(api, 'working@example.com', { accessLevel: 'monitor' })
    const at = `/v1/ashares/${friend.ashareId}`
    const read = (await api.call('GET', at)).headers.get('etag') ?? ''
    await friend.call('GET', '/v1/integrations')
    expect((await api.call('GET', at)).body.lastSignIn).toEqual(expect.any(String))
    expect((await api.call('PUT', at, { accessLevel: 'manage' }, { 'if-match': read })).status).toBe(200)
  })
})

describe('If-None-Match', () => {
  test('spares who has the document its text', async () => {
    const made = await make()
    const again = await api.call('GET', path, undefined, { 'if-none-match': made })
    expect({ status: again.status, text: again.text }).toEqual({ status: 304, text: '' })
    expect((await api.call('GET', path, undefined, { 'if-none-match': '"other"' })).status).toBe(200)
  })
})
