/** 12345678901234567890 on its way through a flow: what goes out has the digits of what came in, or the record fails. */
import { afterEach, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { errorsOf, makeFlow, runToEnd, until } from '../harness/flows.ts'

const digits = '12345678901234567890'
const raw = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
const long = raw(digits)

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

type Layout = Parameters<typeof makeFlow>[2]
async function sent(records: readonly unknown[], layout: Layout): Promise<string[]> {
  application = await startApplication({ sources: { orders: records } })
  const flow = await makeFlow(api, application, layout)
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 0 })
  return application.ledger.map(({ text }) => text)
}
const entry = (generate: string, dataType: string, extract: string): object => ({
  generate,
  dataType,
  extract,
  sourceDataType: dataType,
  status: 'Active',
})
const filter = (rules: unknown): object => ({ type: 'expression', expression: { version: '1', rules } })
const template = {
  method: ['POST'],
  body: [
    '{"id":{{record.id}},"text":"{{record.id}}","same":{{#compare record.id "==" "12345678901234567890"}}true{{else}}false{{/compare}} }',
  ],
}
const rulesOf = (mappings: object[]): object => ({
  type: 'expression',
  expression: { version: '2', rulesTwoDotZero: { mode: 'create', mappings } },
})

it.each<[string, Layout, string]>([
  ['without a mapping', {}, `{"id":${digits},"at":{"no":[${digits}]},"text":"${digits}"}`],
  [
    'by a mapping',
    {
      imports: {
        sink: {
          mappings: [
            entry('id', 'number', '$.id'),
            entry('of', 'number', '$.text'),
            entry('text', 'string', '$.id'),
            entry('all', 'numberarray', '$.at.no'),
            entry('at', 'object', '$.at'),
          ],
        },
      },
    },
    `{"id":${digits},"of":${digits},"text":"${digits}","all":[${digits}],"at":{"no":[${digits}]}}`,
  ],
  [
    'by a mapping of the older kind',
    {
      imports: {
        sink: {
          mapping: {
            fields: [
              { extract: 'id', generate: 'id' },
              { extract: 'at.no[0]', generate: 'a.no' },
            ],
          },
        },
      },
    },
    `{"id":${digits},"a":{"no":${digits}}}`,
  ],
  ['by a template', { imports: { sink: { http: template } } }, `{"id":${digits},"text":"${digits}","same":true }`],
  ['by a transform', { exports: { orders: { transform: rulesOf([entry('no', 'number', '$.id')]) } } }, `{"no":${digits}}`],
  [
    'without empty fields',
    { imports: { sink: { http: { ignoreEmptyNodes: true } } } },
    `{"id":${digits},"at":{"no":[${digits}]},"text":"${digits}"}`,
  ],
  [
    'through a filter that looks at all of it',
    { exports: { orders: { filter: filter(['equals', ['number', ['extract', 'id']], ['number', ['extract', 'text']]]) } } },
    `{"id":${digits},"at":{"no":[${digits}]},"text":"${digits}"}`,
  ],
])('goes out as it came in, %s', async (_what, layout, expected) => {
  expect(await sent([{ id: long, at: { no: [long] }, text: digits }], layout)).toEqual([expected])
})

it('goes out as it came in where the answer is so large that it is parsed in parts', async () => {
  const records = [
    { id: long, note: 'x'.repeat(300_000) },
    { id: long, all: Array.from({ length: 20_000 }, () => long) },
  ]
  const mapped = { mappings: [entry('id', 'number', '$.id')] }
  expect(await sent(records, { imports: { sink: mapped } })).toEqual([`{"id":${digits}}`, `{"id":${digits}}`])
})

it('is not taken for another one that would be rounded to the same', async () => {
  const records = [{ id: long }, { id: raw('12345678901234567891') }]
  const layout = { exports: { orders: { filter: filter(['equals', ['extract', 'id'], digits]) } } }
  expect(await sent(records, layout)).toEqual([`{"id":${digits}}`])
})

it('is a text of its digits for scripts, and goes on as what they return', async () => {
  const code =
    'function preSavePage(o) { return { data: o.data.map(function (each) { return { id: each.id, type: typeof each.id, short: each.short } }) } }'
  const layout = { code, exports: { orders: { hooks: { preSavePage: { _scriptId: '{code}', function: 'preSavePage' } } } } }
  expect(await sent([{ id: long, short: 5 }], layout)).toEqual([`{"id":"${digits}","type":"string","short":5}`])
})

it('pages by it', async () => {
  application = await startApplication()
  const asked: string[] = []
  application.before = async (request) => {
    if (!request.startsWith('GET')) return undefined
    asked.push(request)
    return [200, asked.length === 1 ? { records: [{ id: 1 }], next: long } : { records: [{ id: 2 }] }]
  }
  const paging = { method: 'token', path: 'next' }
  const http = { relativeURI: '/source/orders?from={{export.http.paging.token}}', paging }
  const flow = await makeFlow(api, application, { exports: { orders: { http } } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 2 })
  expect(asked.at(-1)).toBe(`GET /source/orders?from=${digits}`)
})

it('keeps its digits in retry data, is read so, and is sent again so', async () => {
  application = await startApplication({ sources: { orders: [{ id: long }] } })
  application.before = async (asked) => (asked.startsWith('POST') ? [400, { message: 'not now' }] : undefined)
  const flow = await makeFlow(api, application)
  expect(await runToEnd(api, flow._id)).toMatchObject({ numError: 1 })
  const [error] = await errorsOf(api, flow, 'sink')
  expect(error.traceKey).toBe(digits)
  const kept = await api.call('GET', `/v1/flows/${flow._id}/${flow.ids['sink']}/${error.retryDataKey}/data`)
  expect(kept.text.replaceAll(/\s/g, '')).toContain(`"id":${digits}`)
  application.before = () => undefined
  const retried = await api.call('POST', `/v1/flows/${flow._id}/${flow.ids['sink']}/retry`, { retryDataKeys: [error.retryDataKey] })
  expect(retried.status).toBeLessThan(300)
  await until(() => (application.ledger.length > 0 ? true : undefined))
  expect(application.ledger.map(({ text }) => text)).toEqual([`{"id":${digits}}`])
})

it('in a document of the API it is refused with its field; as a text it is kept', async () => {
  application = await startApplication()
  const post = (value: string) => api.call('POST', '/v1/integrations', `{"name":"It","settings":{"a":{"limits":[1,${value}]}}}`)
  for (const value of [digits, '1e999', '3.14159265358979323846']) {
    const { status, body } = await post(value)
    expect([status, body.errors]).toEqual([
      422,
      [
        {
          code: 'invalid_field',
          field: 'settings.a.limits.1',
          message: `settings.a.limits.1 holds ${value}, which has more digits than a number of a document keeps. Send it as a text.`,
        },
      ],
    ])
  }
  for (const value of [`"${digits}"`, '9007199254740991', '0.10000000000000001']) expect((await post(value)).status).toBe(201)
})
