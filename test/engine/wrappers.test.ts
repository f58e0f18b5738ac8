/** Wrappers: connections, exports and imports whose application functions on a stack talk to, over a real server of a stack. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { make, runToEnd, until } from '../harness/flows.ts'
import { startStack, type StackServer } from '../harness/stack.ts'

type Options = Record<string, unknown>
type Functions = Record<string, (options: Options) => unknown>

let api: Api
let stack: StackServer
let _stackId: string
let functions: Functions = {}
const called: { name: string; type: unknown; options: Options }[] = []

beforeAll(async () => {
  api = await startApi({ worker: true })
  stack = await startStack(async (body) => {
    const { function: name = '', type, options } = body as { function?: string; type?: unknown; options: Options }
    called.push({ name, type, options })
    const act = functions[name]
    if (!act) return [422, { errors: [{ code: 'missing_function', message: `${name} function not found` }] }]
    try {
      return [200, await act(options)]
    } catch (error) {
      return [422, { errors: [{ code: 'broken', message: (error as Error).message }] }]
    }
  })
  _stackId = (await make(api, 'stacks', { name: 'own code', type: 'server', server: { hostURI: stack.hostURI } }))._id as string
})
afterAll(async () => {
  await api.close()
  stack.close()
})
beforeEach(() => {
  functions = {}
  called.length = 0
})

const connect = async (more: object = {}): Promise<string> =>
  (
    await make(api, 'connections', {
      name: 'ERP',
      type: 'wrapper',
      wrapper: { _stackId, pingFunction: 'ping', encrypted: { password: 'open-sesame-4711' }, unencrypted: { account: 'A1' }, ...more },
    })
  )._id as string

interface Made {
  readonly _id: string
  readonly exportId: string
  readonly importId: string
  readonly connectionId: string
}

/** A flow that takes what `fetch` gives to `send`. */
async function makeFlow(source: object = {}, sink: object = {}, processors: object[] = []): Promise<Made> {
  const _connectionId = await connect()
  const exportId = (
    await make(api, 'exports', { name: 'from ERP', adaptorType: 'WrapperExport', _connectionId, wrapper: { function: 'fetch' }, ...source })
  )._id as string
  const importId = (
    await make(api, 'imports', { name: 'into ERP', adaptorType: 'WrapperImport', _connectionId, wrapper: { function: 'send' }, ...sink })
  )._id as string
  const pageProcessors = [...processors, { type: 'import', _importId: importId }]
  const flow = await make(api, 'flows', { name: 'flow', pageGenerators: [{ _exportId: exportId }], pageProcessors })
  return { _id: flow._id as string, exportId, importId, connectionId: _connectionId }
}

const taken = ({ preMapData }: Options): object[] => (preMapData as object[]).map((_record, i) => ({ statusCode: 200, id: `n${i}` }))
const calls = (name: string): Options[] => called.filter((each) => each.name === name).map(({ options }) => options)
const errorsOf = async ({ _id }: Made, stepId: string): Promise<{ code: string; message: string; source: string }[]> => {
  const { body } = await api.call('GET', `/v1/flows/${_id}/${stepId}/errors`)
  return (body?.errors ?? []) as { code: string; message: string; source: string }[]
}

describe('an export', () => {
  it('calls its function with the state that it gave the time before, until it says that a page was the last', async () => {
    functions['fetch'] = ({ state }) => {
      const page = (state as { page: number } | undefined)?.page ?? 0
      return { data: [{ n: 2 * page }, { n: 2 * page + 1 }], state: { page: page + 1 }, lastPage: page === 2 }
    }
    functions['send'] = taken
    const flow = await makeFlow({
      pageSize: 1,
      wrapper: { function: 'fetch', configuration: { of: 'orders' } },
      settings: { region: 'eu' },
    })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 6, numError: 0 })
    expect(calls('fetch').map(({ state }) => state)).toEqual([undefined, { page: 1 }, { page: 2 }])
    expect(calls('fetch')[0]).toMatchObject({
      connection: { encrypted: { password: 'open-sesame-4711' }, unencrypted: { account: 'A1' } },
      configuration: { of: 'orders' },
      settings: { export: { region: 'eu' } },
      _exportId: flow.exportId,
      _connectionId: flow.connectionId,
      _flowId: flow._id,
      bearerToken: expect.any(String) as string,
      testMode: false,
    })
    expect(calls('send').map(({ preMapData }) => preMapData)).toEqual([0, 1, 2, 3, 4, 5].map((n) => [{ n }]))
    expect(new Set(called.map(({ type }) => type))).toEqual(new Set(['wrapper']))
    expect(new Set(stack.asked.slice(-called.length).map(({ authorization }) => /^Bearer .{20,}$/.test(authorization ?? '')))).toEqual(
      new Set([true]),
    )
  })

  it('tells its function since when something has changed, or by which field it is once', async () => {
    functions['fetch'] = () => ({ data: [{ n: 1 }], lastPage: true })
    functions['send'] = taken
    const delta = await makeFlow({ type: 'delta', delta: { dateField: 'changedAt', startDate: '2026-01-01T00:00:00.000Z' } })
    const first = await runToEnd(api, delta._id)
    await runToEnd(api, delta._id)
    const [begun, again] = calls('fetch') as { type: string; delta: { dateField: string; lastExecutionTime: number } }[]
    expect(begun).toMatchObject({
      type: 'delta',
      delta: { dateField: 'changedAt', lastExecutionTime: Date.parse('2026-01-01T00:00:00.000Z') },
    })
    expect(again?.delta.lastExecutionTime).toBe(Date.parse(first.startedAt as string))

    const once = await makeFlow({ type: 'once', once: { booleanField: 'exported' } })
    await runToEnd(api, once._id)
    expect(calls('fetch').at(-1)).toMatchObject({ type: 'once', once: { booleanField: 'exported' } })
  })

  it('as a test asks for its limit, and takes no more', async () => {
    functions['fetch'] = () => ({ data: [{ n: 1 }, { n: 2 }, { n: 3 }], lastPage: true })
    functions['send'] = taken
    const flow = await makeFlow({ type: 'test', test: { limit: 2 } })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: 2 })
    expect(calls('fetch')).toMatchObject([{ type: 'test', test: { limit: 2 } }])
  })

  it('hands on its records, and tells of errors of its own', async () => {
    functions['fetch'] = () => ({ data: [{ n: 1 }], errors: [{ code: 'bad_row', message: 'Row 7 has no number' }], lastPage: true })
    functions['send'] = taken
    const flow = await makeFlow()
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 1, numSuccess: 1 })
    expect(await errorsOf(flow, flow.exportId)).toMatchObject([{ code: 'bad_row', message: 'Row 7 has no number', source: 'application' }])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('No database')
      },
      'No database',
    ],
    ['is not there', undefined, 'fetch function not found'],
    ['answers no object', () => [1], 'The function fetch has to answer an object with its records in data.'],
    ['answers data that is no list', () => ({ data: 'x' }), 'The function fetch has to answer data that is a list of records.'],
    ['answers the same again and again', () => ({ data: [{ n: 1 }] }), 'The function fetch answered the same more than 5 times'],
    [
      'hands on a state that is too large',
      () => ({ data: [], state: 'x'.repeat(100_001) }),
      'The state that the function fetch hands on has more than 100,000',
    ],
  ])('fails its run in words where its function %s', async (_what, fetch, message) => {
    if (fetch) functions['fetch'] = fetch
    functions['send'] = taken
    const flow = await makeFlow()
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'failed', errorMessage: expect.stringContaining(message) as string })
  })

  it('is asked by each record of a flow, in data', async () => {
    functions['fetch'] = ({ data }) =>
      data ? { data: [{ name: `of ${(data as { n: number }).n}` }], lastPage: true } : { data: [{ n: 1 }, { n: 2 }], lastPage: true }
    functions['send'] = taken
    const lookup = await make(api, 'exports', {
      name: 'lookup',
      adaptorType: 'WrapperExport',
      _connectionId: await connect(),
      wrapper: { function: 'fetch' },
      isLookup: true,
    })
    const responseMapping = { fields: [{ extract: 'data.0.name', generate: 'name' }], lists: [] }
    const flow = await makeFlow({}, {}, [{ type: 'export', _exportId: lookup._id, responseMapping }])
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 0 })
    expect(calls('send')[0]?.['preMapData']).toEqual([
      { n: 1, name: 'of 1' },
      { n: 2, name: 'of 2' },
    ])
  })

  it('gives its pages on request', async () => {
    functions['fetch'] = () => ({ data: [{ n: 1 }], lastPage: true })
    const flow = await makeFlow()
    const answer = await api.call('POST', `/v1/exports/${flow.exportId}/invoke`, {})
    expect([answer.status, answer.body]).toMatchObject([200, { data: [{ n: 1 }] }])
  })
})

describe('an import', () => {
  const three = (): object => ({ data: [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }], lastPage: true })

  it('gives its function a page, as it came and as it is mapped, and takes what became of each record', async () => {
    functions['fetch'] = three
    functions['send'] = () => [
      { statusCode: 200, id: 'a1' },
      { statusCode: 200, ignored: true },
      { statusCode: 422, errors: [{ code: 'no_stock', message: 'None left' }] },
      { statusCode: 500 },
    ]
    const mappings = [{ generate: 'number', dataType: 'number', extract: '$.n', status: 'Active' }]
    const flow = await makeFlow({}, { mappings, wrapper: { function: 'send', configuration: { to: 'orders' } } })
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numIgnore: 1, numError: 2 })
    expect(calls('send')).toMatchObject([
      {
        preMapData: [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }],
        postMapData: [{ number: 1 }, { number: 2 }, { number: 3 }, { number: 4 }],
        configuration: { to: 'orders' },
        _importId: flow.importId,
        connection: { unencrypted: { account: 'A1' } },
      },
    ])
    const told = (await errorsOf(flow, flow.importId)).map(({ code, message }) => `${code}: ${message}`)
    expect(told.toSorted()).toEqual(['no_stock: None left', 'wrapper_failed: The function send answered 500 for the record.'])
  })

  it('looks up values in the tables of its wrapper', async () => {
    functions['fetch'] = () => ({ data: [{ size: 'S' }], lastPage: true })
    functions['send'] = taken
    const mappings = [{ generate: 'size', dataType: 'string', extract: '$.size', lookupName: 'sizes', status: 'Active' }]
    const flow = await makeFlow({}, { mappings, wrapper: { function: 'send', lookups: [{ name: 'sizes', map: { S: 'small' } }] } })
    await runToEnd(api, flow._id)
    expect(calls('send')).toMatchObject([{ postMapData: [{ size: 'small' }] }])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('No database')
      },
      'No database',
    ],
    ['answers another number', () => [{ statusCode: 200 }], 'has to answer a list with one response for each of the 4 records'],
    ['answers no objects', () => [1, 2, 3, 4], 'The function send answered a response that is no object.'],
  ])('fails the records of its page in words where its function %s', async (_what, send, message) => {
    functions['fetch'] = three
    functions['send'] = send
    const flow = await makeFlow()
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 4 })
    expect((await errorsOf(flow, flow.importId)).every((error) => error.message.includes(message))).toBe(true)
  })

  it('takes records on request', async () => {
    functions['send'] = taken
    const flow = await makeFlow()
    const answer = await api.call('POST', `/v1/imports/${flow.importId}/invoke`, { data: [{ n: 1 }] })
    expect([answer.status, answer.body]).toMatchObject([200, [{ statusCode: 200, id: 'n0' }]])
  })
})

describe('a connection', () => {
  it('works as its ping function says, which is told its credentials', async () => {
    functions['ping'] = ({ connection }) =>
      (connection as { encrypted: { password: string } }).encrypted.password === 'open-sesame-4711'
        ? { statusCode: 200 }
        : { statusCode: 401, errors: [{ code: 'denied', message: 'Wrong password for open-sesame-4712' }] }
    const right = await connect()
    expect(await api.call('GET', `/v1/connections/${right}/ping`)).toMatchObject({ status: 200, body: { code: 200 } })
    const wrong = await connect({ encrypted: { password: 'open-sesame-4712' } })
    const answer = await api.call('GET', `/v1/connections/${wrong}/ping`)
    expect(answer.text).toContain('Wrong password')
    expect(answer.text).not.toContain('open-sesame-4712')
  })

  it('whose ping function cannot be called does not work, and why is told', async () => {
    const answer = await api.call('GET', `/v1/connections/${await connect()}/ping`)
    expect(answer.text).toContain('ping function not found')
  })

  it.each([
    ['an export says that it is offline', { fetch: () => ({ connectionOffline: true, data: [] }) }],
    [
      'an import is refused',
      { fetch: () => ({ data: [{ n: 1 }], lastPage: true }), send: () => [{ statusCode: 401, errors: [{ message: 'Who are you?' }] }] },
    ],
  ])('goes offline where %s, and its ping fails', async (_what, does) => {
    functions = { ...does, ping: () => ({ statusCode: 401, errors: [{ message: 'Who are you?' }] }) } as Functions
    const flow = await makeFlow()
    expect((await runToEnd(api, flow._id)).numError).toBe(1)
    await until(async () => ((await api.call('GET', `/v1/connections/${flow.connectionId}`)).body.offline === true ? true : undefined))
  })

  it('lets as many functions run at once as its level says', async () => {
    let running = 0
    let most = 0
    functions['fetch'] = async () => {
      most = Math.max(most, ++running)
      await new Promise((done) => setTimeout(done, 60))
      running--
      return { data: [], lastPage: true }
    }
    const wide = { concurrencyLevel: 1, targetConcurrencyLevel: 2 }
    const _connectionId = await connect({ ...wide })
    await api.call('PUT', `/v1/connections/${_connectionId}`, {
      ...(await api.call('GET', `/v1/connections/${_connectionId}`)).body,
      autoRecoverRateLimitErrors: true,
    })
    const doc = { name: 'lookup', adaptorType: 'WrapperExport', _connectionId, wrapper: { function: 'fetch' } }
    const { _id } = await make(api, 'exports', doc)
    await Promise.all(Array.from({ length: 6 }, () => api.call('POST', `/v1/exports/${String(_id)}/invoke`, {})))
    expect(most).toBe(2)
  })

  it('without a stack, an export without a function and one of another type are told when they are saved', async () => {
    const bare = await api.call('POST', '/v1/connections', { name: 'bare', type: 'wrapper', wrapper: { pingFunction: 'ping' } })
    expect(bare.headers.get('sluice-warning')).toContain('names no stack that serves its functions')
    const doc = { name: 'x', adaptorType: 'WrapperExport', _connectionId: await connect(), wrapper: { function: ' ' } }
    expect((await api.call('POST', '/v1/exports', doc)).headers.get('sluice-warning')).toContain('The export names no function')
    const blob = { ...doc, type: 'blob', wrapper: { function: 'f' } }
    expect((await api.call('POST', '/v1/exports', blob)).headers.get('sluice-warning')).toContain('cannot be of the type blob')
  })
})
