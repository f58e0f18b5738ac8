/** Groups of flows and APIs, and the fields that pulls ignore: nothing is left that leads nowhere, and nothing is stored that has no effect. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let id: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
})
beforeEach(async () => {
  const groups = [{ name: 'kept' }, { name: 'gone' }]
  id = (await make(api, 'integrations', { name: 'a', flowGroupings: groups, apiGroupings: groups }))._id
})

const read = async (path: string) => (await api.call('GET', `/v1/${path}`)).body
const patch = (path: string, value: unknown) => api.call('PATCH', `/v1/integrations/${id}`, [{ op: 'replace', path, value }])

describe.each([
  ['flows', 'flowGroupings', '_flowGroupingId', samples.flows],
  ['apis', 'apiGroupings', '_apiGroupingId', samples.apis],
] as const)('a removed group of %s', (collection, groupings, field, sample) => {
  const members = async () => {
    const [kept, gone] = (await read(`integrations/${id}`))[groupings]
    const of = (group: { _id: string }) => make(api, collection, { ...sample(ids), _integrationId: id, [field]: group._id })
    return { kept, gone, stays: await of(kept), leaves: await of(gone) }
  }

  test.each(['PUT', 'PATCH'])('%s: its members leave it and are modified by that; those of others stay where they are', async (method) => {
    const { kept, gone, stays, leaves } = await members()
    const answer =
      method === 'PATCH'
        ? await patch(`/${groupings}`, [kept])
        : await api.call('PUT', `/v1/integrations/${id}`, { name: 'a', [groupings]: [kept] })
    expect(answer.status).toBeLessThan(300)
    const after = await read(`${collection}/${leaves._id}`)
    expect(after).toEqual({ ...leaves, [field]: undefined, lastModified: after.lastModified })
    expect(Date.parse(after.lastModified)).toBeGreaterThan(Date.parse(leaves.lastModified))
    expect(await read(`${collection}/${stays._id}`)).toEqual(stays)
    expect((await api.call('PUT', `/v1/${collection}/${leaves._id}`, after)).status).toBe(200)
    const [change] = await read(`${collection}/${leaves._id}/audit?limit=2`).then((entries) => entries.slice(-1))
    expect(change.fieldChanges.map(({ fieldPath }: { fieldPath: string }) => fieldPath)).toContain(field)
    expect(JSON.stringify(await read(`integrations/${id}`))).not.toContain(gone._id)
  })

  test('has none whose member cannot be changed: not one that was saved at the same time either', async () => {
    const { leaves } = await members()
    await ask(api.config, `update sluice.documents set doc = doc || $2 where _id = $1`, [leaves._id, JSON.stringify({ [field]: nobody })])
    const sent = { ...leaves, [field]: nobody }
    expect((await api.call('PUT', `/v1/${collection}/${leaves._id}`, sent)).status).toBe(200)
    const other = await api.call('PUT', `/v1/${collection}/${leaves._id}`, { ...leaves, [field]: ids.flows })
    expect({ status: other.status, field: other.body.errors[0].field }).toEqual({ status: 422, field })
  })

  test('is entered by nobody who is saved at the moment it goes', async () => {
    const { kept, gone } = await members()
    const client = new pg.Client(api.config)
    await client.connect()
    try {
      await client.query('begin')
      await client.query(`update sluice.documents set doc = doc || $2 where _id = $1`, [id, JSON.stringify({ [groupings]: [kept] })])
      const { pageGenerators: _none, pageProcessors: _nor, ...bare } = sample(ids) as Record<string, unknown>
      const saving = api.call('POST', `/v1/${collection}`, { ...bare, _integrationId: id, [field]: gone._id })
      await pause(500)
      await client.query('commit')
      const { status, body } = await saving
      expect({ status, field: body.errors?.[0].field }).toEqual({ status: 422, field })
    } finally {
      await client.end()
    }
  })

  test('is not what a member comes back to from the recycle bin', async () => {
    const { kept, leaves, stays } = await members()
    for (const { _id } of [leaves, stays]) await api.call('DELETE', `/v1/${collection}/${_id}`)
    await patch(`/${groupings}`, [kept])
    for (const { _id } of [leaves, stays]) await api.call('POST', `/v1/recycleBinTTL/${collection}/${_id}/doCascadeRestore`)
    expect(await read(`${collection}/${leaves._id}`)).not.toHaveProperty(field)
    expect((await read(`${collection}/${stays._id}`))[field]).toBe(kept._id)
  })
})

describe('fields to ignore', () => {
  test.each([
    ['a type and its field', { flow: ['schedule'] }],
    ['types in plural and in capitals', { flows: ['name'], Connection: ['http.baseURI'] }],
    ['what lies in a field', { integration: ['settings.region'], flow: ['pageGenerators[*].schedule', 'pageGenerators.*.schedule'] }],
    ['none', { flow: [] }],
  ])('are stored: %s', async (_what, value) => {
    expect((await patch('/iLMIgnore', value)).status).toBe(204)
    expect((await read(`integrations/${id}`)).iLMIgnore).toEqual(value)
  })

  test.each([
    ['an unknown type', { unicorn: ['name'] }, 'iLMIgnore.unicorn'],
    ['a type without such fields', { stack: ['name'] }, 'iLMIgnore.stack'],
    ['an unknown field', { flow: ['name', 'scedule'] }, 'iLMIgnore.flow.1'],
    ['a field of another type', { script: ['schedule'] }, 'iLMIgnore.script.0'],
    ['what a field lies in', { connection: ['http'] }, 'iLMIgnore.connection.0'],
    ['no list', { flow: 'name' }, 'iLMIgnore.flow'],
    ['no text', { flow: [1] }, 'iLMIgnore.flow.0'],
  ])('are refused, and nothing is stored: %s', async (_what, iLMIgnore, field) => {
    const before = await read(`integrations/${id}`)
    for (const answer of [
      await patch('/iLMIgnore', iLMIgnore),
      await api.call('PUT', `/v1/integrations/${id}`, { name: 'a', iLMIgnore }),
      await api.call('POST', '/v1/integrations', { name: 'a', iLMIgnore }),
    ])
      expect({ status: answer.status, ...answer.body.errors[0] }).toMatchObject({ status: 422, code: 'invalid_field', field })
    expect(await read(`integrations/${id}`)).toEqual(before)
  })

  test('that were stored before can be sent again, and not be added to', async () => {
    const iLMIgnore = { flow: ['old'], other: 1 }
    await ask(api.config, `update sluice.documents set doc = doc || $2 where _id = $1`, [id, JSON.stringify({ iLMIgnore })])
    expect((await api.call('PUT', `/v1/integrations/${id}`, { name: 'a', iLMIgnore })).status).toBe(200)
    expect((await patch('/iLMIgnore', { flow: ['old', 'name'] })).status).toBe(204)
    expect((await patch('/iLMIgnore', { flow: ['old', 'new'] })).status).toBe(422)
  })
})
