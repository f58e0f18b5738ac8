/** Revisions over HTTP: snapshots that cost what changed, the history, and every documented answer. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
})

const unknown = 'f'.repeat(24)
const snapshot = (description = 'As it is', id = ids.integrations) =>
  api.call('POST', `/v1/integrations/${id}/revisions/create`, { description })
const count = async (table: string): Promise<number> =>
  Number((await ask(api.config, `select count(*)::int as n from sluice.${table}`))[0]?.['n'])

describe('a snapshot', () => {
  test('is done at once, with every documented field', async () => {
    const { status, body } = await snapshot('Stable')
    expect(status).toBe(201)
    expect(await api.call('GET', `/v1/integrations/${ids.integrations}/revisions/${body._id}`)).toMatchObject({ status: 200, body })
    expect(body).toEqual({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      _integrationId: ids.integrations,
      _fromIntegrationId: ids.integrations,
      _fromIntegrationEnvId: expect.stringMatching(/^[0-9a-f]{24}$/),
      fromIntegrationName: 'Shop to books',
      type: 'snapshot',
      status: 'completed',
      description: 'Stable',
      beforeRevisionHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      _createdByUserId: expect.stringMatching(/^[0-9a-f]{24}$/),
      installSteps: [],
      createdAt: expect.any(String),
      lastModified: expect.any(String),
    })
  })

  test('of what did not change has the same hash, and stores nothing but itself', async () => {
    const first = await snapshot()
    const before = [await count('definitions'), await count('trees'), await count('revisions')]
    const second = await snapshot()
    expect(second.body.beforeRevisionHash).toBe(first.body.beforeRevisionHash)
    expect([await count('definitions'), await count('trees'), await count('revisions')]).toEqual([
      before[0],
      before[1],
      (before[2] as number) + 1,
    ])
  })

  test('after one change stores one definition, and the old hash is back when the change is taken back', async () => {
    const first = await snapshot()
    const before = await count('definitions')
    await api.call('PUT', `/v1/flows/${ids.flows}`, { ...samples.flows(ids), name: 'Renamed' })
    const second = await snapshot()
    expect(second.body.beforeRevisionHash).not.toBe(first.body.beforeRevisionHash)
    expect(await count('definitions')).toBe(before + 1)
    await api.call('PUT', `/v1/flows/${ids.flows}`, samples.flows(ids))
    expect((await snapshot()).body.beforeRevisionHash).toBe(first.body.beforeRevisionHash)
  })

  test('holds no secret', async () => {
    await snapshot()
    const texts = (await ask(api.config, `select text from sluice.definitions`)).map(({ text }) => String(text))
    expect(texts.some((text) => text.includes('"baseURI":"https://shop.example"'))).toBe(true)
    expect(texts.join('\n')).not.toMatch(/first-secret|\*\*\*\*\*\*/)
  })

  test('is no different for a connection that is only registered, or a flow that ran', async () => {
    const first = await snapshot()
    const connection = (await api.call('POST', '/v1/connections', samples.connections(ids))).body._id
    await api.call('PUT', `/v1/integrations/${ids.integrations}/connections/${connection}/register`)
    expect((await snapshot()).body.beforeRevisionHash).toBe(first.body.beforeRevisionHash)
  })

  test('needs a description, and an integration', async () => {
    const path = `/v1/integrations/${ids.integrations}/revisions/create`
    const missing = await api.call('POST', path, {})
    expect({ status: missing.status, error: missing.body.errors[0] }).toMatchObject({
      status: 400,
      error: { code: 'missing_required_field', field: 'description' },
    })
    expect((await api.call('POST', path, { description: '' })).status).toBe(400)
    expect((await api.call('POST', path, { description: 5 })).status).toBe(400)
    const lost = await snapshot('x', unknown)
    expect({ status: lost.status, error: lost.body.errors[0] }).toMatchObject({
      status: 404,
      error: { code: 'invalid_ref', field: '_integrationId' },
    })
  })

  test('is not for those who may only look', async () => {
    expect((await api.stranger('POST', `/v1/integrations/${ids.integrations}/revisions/create`, { description: 'x' })).status).toBe(404)
  })
})

describe('the history', () => {
  test('is empty without a body, then newest first, in pages if asked', async () => {
    const { _id } = (await api.call('POST', '/v1/integrations', { name: 'New' })).body
    const path = `/v1/integrations/${_id}/revisions`
    expect((await api.call('GET', path)).status).toBe(204)
    const made: string[] = []
    for (const description of ['one', 'two', 'three']) made.unshift((await snapshot(description, _id)).body._id)
    const all = await api.call('GET', path)
    expect(all.status).toBe(200)
    expect(all.body.map((revision: { _id: string }) => revision._id)).toEqual(made)
    const page = await api.call('GET', `${path}?limit=2`)
    expect(page.body).toEqual(all.body.slice(0, 2))
    expect(page.headers.get('link')).toContain('skip=2')
    expect((await api.call('GET', `${path}/${made[0]}`)).body).toEqual(all.body[0])
  })

  test('says which of the two ids is unknown', async () => {
    const { _id } = (await snapshot()).body
    const fields = async (path: string) => {
      const { status, body } = await api.call('GET', path)
      return [status, body.errors[0].code, body.errors[0].field]
    }
    for (const suffix of ['', '/diff']) {
      expect(await fields(`/v1/integrations/${ids.integrations}/revisions/${unknown}${suffix}`)).toEqual([
        404,
        'invalid_ref',
        '_revisionId',
      ])
      expect(await fields(`/v1/integrations/${unknown}/revisions/${_id}${suffix}`)).toEqual([404, 'invalid_ref', '_integrationId'])
    }
    expect(await fields(`/v1/integrations/${unknown}/revisions`)).toEqual([404, 'invalid_ref', '_integrationId'])
  })

  test('has no difference for a snapshot', async () => {
    const { _id } = (await snapshot()).body
    const { status, body } = await api.call('GET', `/v1/integrations/${ids.integrations}/revisions/${_id}/diff`)
    expect([status, body.errors[0].code]).toEqual([400, 'invalid_revision_state'])
  })
})
