/** Patches of flows, exports and imports. Those of integrations stand in integrations.test.ts. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let flow: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  const { body } = await api.call('POST', '/v1/flows', {
    name: 'F',
    pageGenerators: [{ _exportId: ids.exports }],
    routers: [{ name: 'R', branches: [{ name: 'B', pageProcessors: [{ type: 'import', _importId: ids.imports }] }] }],
  })
  flow = `/v1/flows/${body._id}`
})

const replace = (path: string, value?: unknown) => [{ op: 'replace', path, ...(value !== undefined && { value }) }]
const read = async (path: string) => (await api.call('GET', path)).body

describe('a patch of a flow', () => {
  test.each([
    ['/name', 'G', 'name'],
    ['/disabled', true, 'disabled'],
    ['/schedule', '? 5 * ? * *', 'schedule'],
    ['/timezone', 'Europe/Paris', 'timezone'],
    ['/runPageGeneratorsInParallel', true, 'runPageGeneratorsInParallel'],
    ['/aliases', [{ alias: 'a', _exportId: nobody }], 'aliases'],
  ])('%s: replaces the field and answers 204 without a body', async (path, value, field) => {
    const aliases = path === '/aliases' ? [{ alias: 'a', _exportId: ids.exports }] : value
    expect(await api.call('PATCH', flow, replace(path, aliases))).toMatchObject({ status: 204, text: '' })
    expect((await read(flow))[field]).toEqual(aliases)
  })

  test('reaches into page generators, routers and branches, all operations in one write', async () => {
    const body = [
      ...replace('/pageGenerators/0/schedule', '? 0 1 ? * *'),
      ...replace('/pageGenerators/0/skipRetries', true),
      ...replace('/routers/0/name', 'Way'),
      ...replace('/routers/0/branches/0/description', 'The only one'),
    ]
    expect((await api.call('PATCH', flow, body)).status).toBe(204)
    expect(await read(flow)).toMatchObject({
      pageGenerators: [{ _exportId: ids.exports, schedule: '? 0 1 ? * *', skipRetries: true }],
      routers: [{ name: 'Way', branches: [{ name: 'B', description: 'The only one', pageProcessors: [{ _importId: ids.imports }] }] }],
    })
  })

  test.each([
    ['a field that is not on the list', replace('/_integrationId', nobody), 'invalid_patch'],
    ['a place that is not there', replace('/pageGenerators/7/schedule', '? 5 * ? * *'), 'invalid_patch'],
    ['a place that is no number', replace('/pageGenerators/__proto__/schedule', 'x'), 'invalid_patch'],
    ['another operation', [{ op: 'remove', path: '/name' }], 'invalid_patch'],
    ['no value', replace('/name'), 'invalid_patch'],
    ['another type', replace('/disabled', 'yes'), 'invalid_field'],
    ['a schedule that cannot be read', replace('/schedule', 'often'), 'invalid_field'],
    ['a reference to nothing', replace('/aliases', [{ alias: 'a', _flowId: nobody }]), 'invalid_ref'],
  ])('%s is 422 and changes nothing', async (_what, body, code) => {
    const before = await read(flow)
    const answer = await api.call('PATCH', flow, [...replace('/description', 'half done'), ...body])
    expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 422, code })
    expect(await read(flow)).toEqual(before)
  })

  test('of an unknown id is 404', async () => {
    expect((await api.call('PATCH', `/v1/flows/${nobody}`, replace('/name', 'x'))).status).toBe(404)
  })
})

test.each(['exports', 'imports'] as const)('a patch of %s replaces what its prepared form remembers', async (collection) => {
  const path = `/v1/${collection}/${ids[collection]}`
  expect((await api.call('PATCH', path, replace('/assistantMetadata', { page: 2 }))).status).toBe(204)
  expect(await read(path)).toMatchObject({ name: samples[collection](ids)['name'], assistantMetadata: { page: 2 } })
  expect((await api.call('PATCH', path, replace('/name', 'x'))).body.errors[0].message).toBe('/name is not a whitelisted property')
})
