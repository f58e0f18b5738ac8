/** Two editors of one document: the second is told that it is another by now. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'

let api: Api
let path: string
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

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

describe('If-None-Match', () => {
  test('spares who has the document its text', async () => {
    const made = await make()
    const again = await api.call('GET', path, undefined, { 'if-none-match': made })
    expect({ status: again.status, text: again.text }).toEqual({ status: 304, text: '' })
    expect((await api.call('GET', path, undefined, { 'if-none-match': '"other"' })).status).toBe(200)
  })
})
