/** Requests that are made to be slow, or to make others wait: each is answered soon, and with the right refusal. */
import { expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { cpuTimeUntil } from '../harness/cpu-time.ts'

const api = apiForFile()

const list = (length: number, entry: string): string => `[${Array.from({ length }).fill(entry).join()}]`
const http = { mediaType: 'json', baseURI: 'http://127.0.0.1:9' }

test.each([
  ['gzip', 400, 'bad_request'],
  ['br', 400, 'bad_request'],
  ['nonsense', 415, 'unsupported_media_type'],
  ['gzip, gzip', 415, 'unsupported_media_type'],
])('a body that is not the %s it says it is: %i', async (encoding, status, code) => {
  const answer = await api.call('POST', '/v1/integrations', '{"name":"a"}', { 'content-encoding': encoding })
  expect([answer.status, answer.body.errors[0].code]).toEqual([status, code])
})

test('a range that a file does not have: 400', async () => {
  expect((await api.call('GET', '/docs/assets/swagger-ui.css', undefined, { range: 'bytes=5-1' })).status).toBe(400)
})

test('a body of more values than any document has: 413', async () => {
  const answer = await api.call('POST', '/v1/integrations', `{"name":"a","settings":{"a":${list(1_000_001, '0')}}}`)
  expect([answer.status, answer.body.errors[0].code]).toEqual([413, 'request_too_large'])
})

test('of a huge body the first problem is named, of a usual one all', async () => {
  const body = `{"name":"a","pageProcessors":${list(30_000, '{}')}}`
  const { result: huge, ms } = await cpuTimeUntil(() => api.call('POST', '/v1/flows', body))
  expect([huge.status, huge.body.errors.length]).toEqual([422, 1])
  expect(ms).toBeLessThan(5_000)
  const usual = await api.call('POST', '/v1/flows', `{"name":"a","pageProcessors":${list(5, '{}')}}`)
  expect([usual.status, usual.body.errors.length]).toEqual([422, 5])
})

const fields = (count: number): string => Array.from({ length: count }, (_, i) => `"f${i}":1`).join()

test.each([
  ['fields of many different names', `{"name":"a","settings":{${fields(400_000)}}}`, '20,000 different names of fields'],
  ['fields that nothing declares', `{"name":"a",${fields(2_000)}}`, '1,000 fields that it has no meaning for'],
  ['items of lists that the schema speaks of', `{"name":"a","pageProcessors":${list(300_000, '{}')}}`, '50,000 fields and items of lists'],
  ['fields of all objects', `{"name":"a","settings":{"a":${list(310_000, '{"a":1}')}}}`, '300,000 fields'],
])('more %s than any document has: 413', async (_what, sent, bound) => {
  const answer = await api.call('POST', '/v1/flows', sent)
  expect([answer.status, answer.body.errors[0].message]).toEqual([413, `A body may hold at most ${bound}.`])
})

const sum = (depth: number): string => `{{add ${'(add '.repeat(depth)}1${' 1)'.repeat(depth)} 1}}`
const step = { name: 'a', adaptorType: 'HTTPImport' }

test.each([
  ['deep', { http: { relativeURI: ['/a'], method: ['POST'], body: [sum(3_000)] } }, 'http.body.0', 'is nested deeper than 50 levels'],
  [
    'of many blocks',
    { http: { relativeURI: ['{{#if a}}'.repeat(60)], method: ['POST'] } },
    'http.relativeURI.0',
    'is nested deeper than 50 levels',
  ],
  ['of many expressions', { traceKeyTemplate: '{{a}}'.repeat(2_001) }, 'traceKeyTemplate', 'holds more than 2,000 expressions'],
  ['long', { dataURITemplate: `{{a}}${'x'.repeat(100_000)}` }, 'dataURITemplate', 'is longer than 100,000 characters'],
  [
    'one of many',
    {
      mappings: Array.from({ length: 20 }, (_, i) => ({ generate: `f${i}`, status: 'Active', extract: `{{join ${'a '.repeat(4_000)}}}` })),
    },
    'mappings.12.extract',
    'makes the document hold more than 100,000 characters in the expressions of its templates',
  ],
])('a template that is too %s is refused where it is saved, by its field', async (_what, body, field, refusal) => {
  const connection = (await api.call('POST', '/v1/connections', { name: 'c', type: 'http', http })).body._id as string
  const answers = [
    await api.call('POST', '/v1/imports', { ...step, _connectionId: connection, ...body }),
    await api.call('POST', `/v1/connections/${connection}/import/map`, { import: body, data: [{}] }),
  ]
  expect(answers.map(({ status, body: { errors } }) => [status, errors[0]])).toEqual([
    [422, { code: 'invalid_field', message: `The template in ${field} ${refusal}.`, field }],
    [422, { code: 'invalid_field', message: `The template in ${field} ${refusal}.`, field: `import.${field}` }],
  ])
})

test('documents that refer to each other are replaced at the same time, without waiting for a deadlock', async () => {
  const connection = { name: 'c', type: 'http', http }
  const ids = await Promise.all(['a', 'b'].map(async () => (await api.call('POST', '/v1/connections', connection)).body._id as string))
  const started = Date.now()
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      api.call('PUT', `/v1/connections/${ids[i % 2]}`, { ...connection, _borrowConcurrencyFromConnectionId: ids[(i + 1) % 2] }),
    ),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  // PostgreSQL looks for deadlocks after a second: with locks that exclude each other most of these were 500s.
  expect(Date.now() - started).toBeLessThan(8_000)
})

test('a document is never referred to once its deletion was answered', async () => {
  for (let round = 0; round < 15; round++) {
    const lender = (await api.call('POST', '/v1/connections', { name: 'l', type: 'http', http })).body._id as string
    const [removed, made] = await Promise.all([
      api.call('DELETE', `/v1/connections/${lender}`),
      api.call('POST', '/v1/connections', { name: 'b', type: 'http', http, _borrowConcurrencyFromConnectionId: lender }),
    ])
    expect(removed.status).toBe(204)
    expect([201, 422]).toContain(made.status)
    const late = await api.call('POST', '/v1/connections', { name: 'b', type: 'http', http, _borrowConcurrencyFromConnectionId: lender })
    expect(late.status).toBe(422)
  }
})
