/** What no run can use is not saved as if it could: nonsense is refused with its field, what this server cannot run is told, and refused where a caller is strict. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'

let api: Api
const ids: Record<string, string> = {}
const strict = { prefer: 'handling=strict' }
const http = { baseURI: 'https://shop.example', mediaType: 'json' }

beforeAll(async () => {
  api = await startApi()
  const connection = async (name: string, fields: object): Promise<void> => {
    ids[name] = (await api.call('POST', '/v1/connections', { name, ...fields })).body._id
  }
  await connection('shop', { type: 'http', http })
  await connection('files', { type: 'ftp', ftp: { type: 'sftp', hostURI: 'files.example', username: 'us', password: 'secret' } })
  await connection('force', { type: 'salesforce', salesforce: { username: 'us' } })
  await connection('books', {
    type: 'rdbms',
    rdbms: { type: 'mysql', host: 'books.example', database: 'b', user: 'us', password: 'secret' },
  })
  await connection('signed', { type: 'http', http: { ...http, auth: { type: 'specific', basic: { username: 'us', password: 'secret' } } } })
})
afterAll(() => api.close())

const post = (collection: string, body: object, headers?: Record<string, string>): Promise<Answer> =>
  api.call('POST', `/v1/${collection}`, { name: 'It', ...body }, headers)
const refusedWith = (answer: Answer): object => {
  expect(answer).toMatchObject({ status: 422 })
  return answer.body.errors[0]
}
const warned = ({ headers }: Answer): string | null => headers.get('sluice-warning')
const at = (name: string): { _connectionId: string } => ({ _connectionId: ids[name] as string })

describe('the kind of an export or import that does not say it', () => {
  it.each([
    ['exports', () => at('shop'), 'HTTPExport'],
    ['imports', () => at('shop'), 'HTTPImport'],
    ['exports', () => at('files'), 'FTPExport'],
    ['imports', () => at('books'), 'RDBMSImport'],
    ['exports', () => ({ http: { relativeURI: '/orders' } }), 'HTTPExport'],
    ['imports', () => ({ ...at('shop'), netsuite_da: { operation: 'add', recordType: 'customer' } }), 'NetSuiteDistributedImport'],
    ['exports', () => ({ type: 'webhook', webhook: { provider: 'custom', verify: 'secret_url' } }), 'WebhookExport'],
    ['exports', () => ({ ...at('files'), file: { type: 'csv' }, ftp: { directoryPath: '/in' } }), 'FTPExport'],
  ])('is told by its block or its connection: %s %#', async (collection, body, adaptorType) => {
    const { status, body: made, text } = await post(collection, body())
    expect({ status, text, adaptorType: made.adaptorType }).toMatchObject({ status: 201, adaptorType })
    const { body: replaced } = await api.call('PUT', `/v1/${collection}/${made._id}`, { name: 'It', ...body() })
    expect(replaced.adaptorType).toBe(adaptorType)
  })

  it('is kept where it is said', async () => {
    expect((await post('exports', { ...at('shop'), adaptorType: 'RESTExport' })).body.adaptorType).toBe('RESTExport')
  })

  it('has to be told by something: a name alone is refused, with what may be said, also of a replacement', async () => {
    for (const collection of ['exports', 'imports']) {
      const error = {
        code: 'missing_required_field',
        field: 'adaptorType',
        message: expect.stringMatching(/_connectionId.*http.*HTTP(Ex|Im)port/),
      }
      expect(refusedWith(await post(collection, {}))).toMatchObject(error)
      const { body: made } = await post(collection, at('shop'))
      expect(refusedWith(await api.call('PUT', `/v1/${collection}/${made._id}`, { name: 'It' }))).toMatchObject(error)
      expect((await api.call('GET', `/v1/${collection}/${made._id}`)).body.adaptorType).toMatch(/^HTTP/)
    }
  })

  it('of a connection that is not there is a wrong reference', async () => {
    expect(refusedWith(await post('exports', { _connectionId: '507f1f77bcf86cd799439011' }))).toMatchObject({
      code: 'invalid_ref',
      field: '_connectionId',
    })
  })
})

describe('what makes no sense is refused, with its field and what is allowed', () => {
  const entry = { generate: 'id', dataType: 'string', extract: '$.id' }
  const active = { ...entry, status: 'Active' }
  const within = {
    generate: 'lines',
    dataType: 'objectarray',
    status: 'Active',
    buildArrayHelper: [{ extract: '$.lines[*]', mappings: [active, entry] }],
  }
  it.each([
    ['imports', { mappings: [active, entry] }, 'mappings.1.status'],
    ['imports', { mappings: [within] }, 'mappings.0.buildArrayHelper.0.mappings.1.status'],
    [
      'exports',
      { transform: { type: 'expression', expression: { version: '2', rulesTwoDotZero: { mode: 'create', mappings: [entry] } } } },
      'transform.expression.rulesTwoDotZero.mappings.0.status',
    ],
  ])('an entry of a mapping without status: %s %#', async (collection, body, field) => {
    expect(refusedWith(await post(collection, { ...at('shop'), ...body }))).toEqual({
      code: 'missing_required_field',
      message: `Expected field: ${field} to be present.`,
      field,
    })
  })

  const filter = { type: 'expression', expression: { version: '1', rules: ['equalz', ['string', ['extract', 'a']], 'x'] } }
  const branches = [
    { name: 'a' },
    { name: 'b', inputFilter: { version: '1', rules: ['and', ['equals', ['uppercaze', ['extract', 'a']], 'x']] } },
  ]
  it.each([
    ['exports', { filter }, 'filter.expression.rules', 'equalz'],
    ['exports', { isLookup: true, inputFilter: filter }, 'inputFilter.expression.rules', 'equalz'],
    ['imports', { filter }, 'filter.expression.rules', 'equalz'],
    ['flows', { routers: [{ id: 'r', branches }] }, 'routers.0.branches.1.inputFilter.rules', 'uppercaze'],
  ])('a filter with an operator that is none: %s %#', async (collection, body, field, word) => {
    const refused = { code: 'invalid_field', field, message: expect.stringMatching(new RegExp(`no operator "${word}".*equals.*contains`)) }
    const document = collection === 'flows' ? body : { ...at('shop'), ...body }
    expect(refusedWith(await post(collection, document))).toMatchObject(refused)
    const { body: made } = await post(collection, collection === 'flows' ? {} : at('shop'))
    expect(refusedWith(await api.call('PUT', `/v1/${collection}/${made._id}`, { name: 'It', ...document }))).toMatchObject(refused)
  })

  it.each(['shop.example', 'shop.example/{{path}}', 'ftp://shop.example', '//shop.example', ''])(
    'a base URI without a scheme: "%s"',
    async (baseURI) => {
      const refused = { code: 'invalid_field', field: 'http.baseURI', message: expect.stringContaining('https://') }
      expect(refusedWith(await post('connections', { type: 'http', http: { ...http, baseURI } }))).toMatchObject(refused)
      const sent = { name: 'It', type: 'http', http: { ...http, baseURI } }
      expect(refusedWith(await api.call('PUT', `/v1/connections/${ids['shop']}`, sent))).toMatchObject(refused)
    },
  )

  it.each([
    'https://{{connection.settings.shop}}.example',
    '{{connection.http.unencrypted.base}}/v1',
    'HTTP://shop.example',
    '{{{connection.settings.base}}}',
  ])('but not one whose scheme a template makes: "%s"', async (baseURI) => {
    expect((await post('connections', { type: 'http', http: { ...http, baseURI } })).status).toBe(201)
  })

  it.each([
    ['exports', { http: { method: 'GET', url: '/orders' } }, 'http.url'],
    ['imports', { http: { method: ['POST'], uri: ['/orders'] } }, 'http.uri'],
    ['exports', { http: { relativeUri: '/orders' } }, 'http.relativeUri'],
  ])('another name for relativeURI: %s %#', async (collection, body, field) => {
    expect(refusedWith(await post(collection, { ...at('shop'), ...body }))).toEqual({
      code: 'unknown_field',
      message: `There is no field ${field}. The field for it is http.relativeURI.`,
      field,
    })
  })

  it('where relativeURI is there the other is only a field that is not known', async () => {
    const { status, headers } = await post('exports', { ...at('shop'), http: { relativeURI: '/orders', url: 'x' } })
    expect([status, headers.get('sluice-ignored-fields')]).toEqual([201, 'http.url'])
  })
})

describe('what runs of this server cannot use', () => {
  const router = (id: string, nextRouterId: string): object => ({ id, nextRouterId, branches: [{ name: 'all' }] })
  const to = { method: ['POST'], relativeURI: ['/orders'] }
  it.each([
    ['exports', () => at('force'), 'adaptorType', 'SalesforceExport'],
    ['imports', () => at('books'), 'rdbms', 'no rdbms configuration'],
    ['exports', () => ({ ...at('signed'), http: { relativeURI: '/orders' } }), '_connectionId', 'specific authorization'],
    ['exports', () => at('shop'), 'http', 'no http configuration'],
    ['exports', () => ({ ...at('shop'), type: 'tranlinedelta', http: { relativeURI: '/orders' } }), 'type', 'can be test, delta'],
    ['imports', () => ({ ...at('shop'), http: {} }), 'http', 'no method and no relative URI'],
    ['imports', () => ({ ...at('shop'), http: { ...to, requestMediaType: 'octet-stream' } }), 'http.requestMediaType', 'octet-stream'],
    ['imports', () => ({ ...at('shop'), http: { ...to, body: ['{{#each'] } }), 'http', 'each'],
    [
      'imports',
      () => ({ ...at('shop'), http: to, mappings: [{ generate: 'a', dataType: 'string', extract: '$.a[', status: 'Active' }] }),
      'mappings',
      '$.a[',
    ],
    ['connections', () => ({ type: 'salesforce', salesforce: { username: 'us' } }), 'type', 'connections of the type salesforce'],
    [
      'connections',
      () => ({ type: 'http', http: { ...http, auth: { type: 'specific', basic: { username: 'us', password: 'secret' } } } }),
      'http.auth.type',
      'specific authorization',
    ],
    [
      'exports',
      () => ({ ...at('shop'), type: 'distributed', http: { relativeURI: '/orders' } }),
      'type',
      'cannot be of the type distributed',
    ],
    ['imports', () => ({ ...at('shop'), http: { ...to, type: 'file' } }), 'file.type', 'does not say what format'],
    [
      'exports',
      () => ({
        ...at('shop'),
        http: { method: 'POST', relativeURI: '/orders' },
        mappings: [{ generate: 'x', dataType: 'string', extract: '{{nothing a}}', status: 'Active' }],
      }),
      'mappings',
      'no helper "nothing"',
    ],
    ['imports', () => ({ ...at('shop'), http: to, traceKeyTemplate: '{{#each}}' }), 'traceKeyTemplate', '{{#each}}'],
    ['imports', () => ({ ...at('shop'), http: to, idLockTemplate: '{{nothing a}}' }), 'idLockTemplate', 'no helper "nothing"'],
    [
      'imports',
      () => ({
        ...at('shop'),
        http: to,
        responseTransform: { type: 'expression', expression: { version: '1', rules: [[{ extract: 'a[', generate: 'b' }]] } },
      }),
      'responseTransform',
      'a[',
    ],
    ['flows', () => ({ routers: [router('a', 'b'), router('b', 'a')] }), 'routers', 'back to each other'],
    [
      'flows',
      () => ({
        pageProcessors: [{ type: 'import', _importId: ids['import'], responseMapping: { fields: [{ extract: '{{id}}', generate: 'a' }] } }],
      }),
      'pageProcessors.0.responseMapping',
      'not by a template',
    ],
  ])('is told in a header, and refused under strict: %s %#', async (collection, body, field, said) => {
    ids['import'] ??= (await post('imports', { ...at('shop'), http: to })).body._id
    const saved = await post(collection, body())
    expect(saved).toMatchObject({ status: 201 })
    expect(warned(saved)).toContain(`Saved, but runs of this server cannot use it. ${field}: `)
    expect(warned(saved)).toContain(said)
    const error = { code: 'invalid_field', field, message: expect.stringContaining(said) }
    expect(refusedWith(await post(collection, body(), strict))).toMatchObject(error)
    const path = `/v1/${collection}/${saved.body._id}`
    const sent = { name: 'It', ...(collection === 'flows' ? { description: 'x' } : { externalId: 'x' }), ...body() }
    expect(refusedWith(await api.call('PUT', path, sent, strict))).toMatchObject(error)
    expect((await api.call('GET', path)).body).not.toHaveProperty('externalId')
    const replaced = await api.call('PUT', path, sent)
    expect([replaced.status, warned(replaced)]).toEqual([200, warned(saved)])
  })

  it('is told apart from what works and should be known all the same: that certificates are not checked', async () => {
    for (const [block, body] of [
      ['http', { type: 'http', http: { ...http, disableStrictSSL: true } }],
      ['rest', { type: 'rest', rest: { ...http, authType: 'custom', disableStrictSSL: true } }],
    ] as const) {
      const saved = await post('connections', body, strict)
      expect(saved).toMatchObject({ status: 201, body: { [block]: { disableStrictSSL: true } } })
      expect(warned(saved)).toMatch(new RegExp(`^${block}.disableStrictSSL: Certificates of the application are not checked`))
    }
  })

  it('is nothing where all of it can be used', async () => {
    const made = [
      await post('connections', { type: 'http', http }, strict),
      await post('exports', { ...at('shop'), http: { relativeURI: '/orders?since={{lastExportDateTime}}' } }, strict),
      await post('imports', { ...at('shop'), http: { ...to, body: ['{"id":"{{record.id}}"}'] } }, strict),
    ]
    const flow = {
      pageGenerators: [{ _exportId: made[1]?.body._id }],
      routers: [{ id: 'r', branches: [{ name: 'all', pageProcessors: [{ type: 'import', _importId: made[2]?.body._id }] }] }],
    }
    made.push(await post('flows', flow, strict))
    expect(made.map((answer) => [answer.status, warned(answer), answer.body.errors])).toEqual(made.map(() => [201, null, undefined]))
  })

  it('is told in printable signs, whatever is quoted', async () => {
    const body = {
      ...at('shop'),
      http: { relativeURI: '/o' },
      transform: { type: 'expression', expression: { version: '1', rules: [[{ extract: 'a[é\n', generate: 'b[' }]] } },
    }
    const answer = await post('exports', body)
    expect(answer).toMatchObject({ status: 201 })
    expect(warned(answer) ?? '').toMatch(/^[\x20-\x7e]*$/)
  })
})

it('what is refused is not said to have been saved with a warning', async () => {
  const unusable = { ...at('shop'), http: { relativeURI: '/orders' }, parsers: { resourcePath: '/a' } }
  const saved = await post('exports', unusable)
  expect([saved.status, warned(saved)]).toEqual([201, expect.stringContaining('parsers')])
  const refused = await post('exports', { ...unusable, _postParseListenerId: '507f1f77bcf86cd799439011' })
  expect([refused.status, warned(refused)]).toEqual([422, null])
})
