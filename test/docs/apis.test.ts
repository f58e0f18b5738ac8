/** docs/apis.md: every document is made, and every call of the tables is answered as the page says. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { exportOf, importOf, make, makeConnection, withIds } from '../harness/flows.ts'
import { blocksOf, codeOf, pageOf, rowsOf, sectionOf } from './page.ts'

const page = pageOf('apis.md')
const api = apiForFile()
let application: Application
const ids: Record<string, string> = {}
beforeAll(async () => {
  application = await startApplication({ lookups: { customer: { 1: { name: 'Ann' }, 2: { name: 'Bob' } } } })
  const connectionId = await makeConnection(api, application)
  const customer = exportOf('customer', connectionId, {
    isLookup: true,
    http: { relativeURI: '/lookup/customer/{{record.pathParams.id}}' },
  })
  ids['customer'] = (await make(api, 'exports', customer))._id
  ids['orders'] = (await make(api, 'imports', importOf('orders', connectionId, {})))._id
})
afterAll(() => application.close())

const sections = ['## An API of steps', '## An API that is a function']

test.each(sections)('%s answers as it says', async (heading) => {
  const section = sectionOf(page, heading)
  const [code] = blocksOf(section, 'js')
  if (code) ids['code'] = (await make(api, 'scripts', { name: 'Code', content: code }))._id
  const documents = blocksOf(section, 'json')
  expect(documents).toHaveLength(1)
  const made = await api.call('POST', '/v1/apis', withIds(JSON.parse(documents[0] as string) as object, ids), { prefer: 'handling=strict' })
  expect(made).toMatchObject({ status: 201 })
  expect(made.headers.get('sluice-warning')).toBeNull()
  const rows = rowsOf(section)
  expect(rows.length).toBeGreaterThan(1)
  for (const row of rows) {
    const [method = '', path = ''] = codeOf(row[0] as string).split(' ')
    const [body, status, answer] = row.length === 4 ? row.slice(1) : ['', ...row.slice(1)]
    const came = await api.call(method, path.replace('{api}', made.body._id), body ? JSON.parse(codeOf(body)) : undefined)
    expect({ call: row[0], status: came.status }).toEqual({ call: row[0], status: Number(status) })
    if (answer) expect(came.body).toEqual(JSON.parse(codeOf(answer)))
  }
})

test('the record that goes through the steps holds the fields of the page', async () => {
  const fields = rowsOf(sectionOf(page, '## What a record holds')).map(([field = '']) => codeOf(field))
  const doc = {
    name: 'Record',
    type: 'builder',
    builder: {
      request: { method: 'POST', relativeURI: '/record/:id' },
      responses: [{ type: 'success', mappings: fields.map((field) => ({ generate: field, extract: field })) }, { type: 'fail' }],
    },
  }
  await make(api, 'apis', doc)
  const { body } = await api.call('POST', '/apis/v1/record/5?q=1', { n: 1 })
  expect(Object.keys(body).toSorted()).toEqual(fields.toSorted())
  expect(body).toMatchObject({ body: { n: 1 }, pathParams: { id: '5' }, queryParams: { q: '1' } })
})
