/** Fields that nothing declares: dropped and named, refused on request, kept where a document is open. */
import { beforeAll, describe, expect, test } from 'vitest'
import { resources, type Collection } from '../../src/contract/resources/index.ts'
import { apiForFile } from '../harness/api.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

/** An EDI profile keeps every field. */
const collections = (Object.keys(resources) as Collection[]).filter((each) => each !== 'ediprofiles')
const api = apiForFile()
let ids: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
})

describe.each(collections)('%s', (collection) => {
  const requests = () =>
    [
      ['POST', `/v1/${collection}`],
      ['PUT', `/v1/${collection}/${ids[collection]}`],
    ] as const
  const withUnknown = () => ({ ...samples[collection](ids), nonsense: 1, 'also.this': { deep: true } })

  test('an unknown field is dropped and named in Sluice-Ignored-Fields', async () => {
    for (const [method, path] of requests()) {
      const { status, body, headers } = await api.call(method, path, withUnknown())
      expect(status).toBe(method === 'POST' ? 201 : 200)
      expect(headers.get('sluice-ignored-fields')).toBe('nonsense, also.this')
      expect(Object.keys(body)).not.toContain('nonsense')
      expect((await api.call('GET', `/v1/${collection}/${body._id}`)).text).not.toContain('nonsense')
    }
  })

  test('under Prefer: handling=strict it is a 422 that names each, and nothing changes', async () => {
    for (const prefer of ['handling=strict', 'respond-async, handling=strict', 'handling="strict"']) {
      for (const [method, path] of requests()) {
        const { status, body } = await api.call(method, path, { ...withUnknown(), name: 'never' }, { prefer })
        expect({ status, body }).toEqual({
          status: 422,
          body: {
            errors: [
              { code: 'unknown_field', message: 'There is no field nonsense.', field: 'nonsense' },
              { code: 'unknown_field', message: 'There is no field also.this.', field: 'also.this' },
            ],
          },
        })
      }
    }
    expect((await api.call('GET', `/v1/${collection}`)).text).not.toContain('"never"')
  })

  test('Prefer: handling=lenient is as without', async () => {
    const { status, headers } = await api.call('POST', `/v1/${collection}`, withUnknown(), { prefer: 'handling=lenient' })
    expect({ status, ignored: headers.get('sluice-ignored-fields') }).toEqual({ status: 201, ignored: 'nonsense, also.this' })
  })
})

test('inside lists and objects they are named by their path', async () => {
  const { headers } = await api.call('POST', '/v1/flows', { name: 'a', pageGenerators: [{ _exportId: ids.exports, colour: 'red' }] })
  expect(headers.get('sluice-ignored-fields')).toBe('pageGenerators.0.colour')
})

test('names that are no header text are encoded, and however many and long they are, a client can read the answer', async () => {
  const odd = await api.call('POST', '/v1/integrations', { name: 'a', 'é\r\nSet-Cookie: a': 1 })
  expect({ status: odd.status, cookie: odd.headers.get('set-cookie') }).toEqual({ status: 201, cookie: null })
  expect(decodeURIComponent(odd.headers.get('sluice-ignored-fields') ?? '')).toBe('é\r\nSet-Cookie: a')
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${'x'.repeat(20_000)}${i}`, i]))
  const answer = await api.call('POST', '/v1/integrations', { name: 'a', ...many })
  expect(answer.status).toBe(201)
  expect(answer.headers.get('sluice-ignored-fields')?.length).toBeLessThanOrEqual(4096)
})

describe('open objects keep what nobody declared', () => {
  test('settings, install steps, groups and what pulls ignore', async () => {
    const sent = {
      name: 'a',
      settings: { any: { thing: [1, null, 'x'] } },
      installSteps: [{ name: 's', type: 'url', mine: { a: 1 } }],
      flowGroupings: [{ name: 'g', colour: 'blue' }],
      iLMIgnore: { flow: ['schedule'] },
    }
    const { status, body, headers } = await api.call('POST', '/v1/integrations', sent)
    expect({ status, ignored: headers.get('sluice-ignored-fields') }).toEqual({ status: 201, ignored: null })
    expect(body).toMatchObject(sent)
    expect((await api.call('GET', `/v1/integrations/${body._id}`)).body).toEqual(body)
  })
})
