/** One record through the routers and steps of an API or a tool: where it comes to, what is told of what failed, and that each call ends by itself. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adaptors as adaptorsOn } from '../../src/engine/adaptors/index.ts'
import type { Run } from '../../src/engine/adaptor.ts'
import { loadGraph, type GraphOptions, type GraphOwner } from '../../src/engine/graph/load-graph.ts'
import { createOutput, type OutputDoc } from '../../src/engine/graph/map-output.ts'
import type { GraphCall } from '../../src/engine/graph/carry-record.ts'
import { createHttpClient } from '../../src/engine/outgoing/client.ts'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { exportOf, importOf, make, makeConnection } from '../harness/flows.ts'
import { unlimited } from './adaptors/stage.ts'
import { evaluator } from './evaluator.ts'

const api = apiForFile()
const client = createHttpClient({ privateNetwork: 'allow' })
afterAll(() => client.close())

let application: Application
let connectionId: string
let envId: string
beforeEach(async () => {
  envId = (await api.world.store.accounts.findFirst()) as string
  application = await startApplication({ lookups: { customer: { 1: { name: 'Ann' }, 2: { name: 'Bob' } } } })
  connectionId = await makeConnection(api, application)
})
afterEach(() => application.close())

const lookup = async (fields: object = {}): Promise<object> => {
  const doc = exportOf('customer', connectionId, { isLookup: true, http: { relativeURI: '/lookup/customer/{{record.id}}' }, ...fields })
  const { _id } = await make(api, 'exports', doc)
  return { type: 'export', _exportId: _id, responseMapping: { fields: [{ extract: 'data[0].name', generate: 'name' }], lists: [] } }
}
const sink = async (fields: object = {}): Promise<{ readonly _importId: string }> => ({
  _importId: (await make(api, 'imports', importOf('orders', connectionId, fields)))._id,
})
const idOf = (step: object): string =>
  Object.entries(step).flatMap(([name, id]) => (name.endsWith('Id') ? [id as string] : []))[0] as string

const open = (routers: readonly unknown[], output: Partial<OutputDoc> = {}, options: GraphOptions = {}) => {
  const doc = { _id: api.world.newId(), type: 'builder', name: 'Orders', createdAt: '', lastModified: '', builder: { routers } }
  const owner = { collection: 'apis', doc, routers, endId: 'apiRouter' } as unknown as GraphOwner
  const engine = {
    world: api.world,
    evaluator,
    adaptors: adaptorsOn({ send: client.send, slots: unlimited, evaluator, privateNetwork: 'allow' }),
  }
  const make = (parts: Parameters<typeof createOutput>[0]) => createOutput(parts, { _id: doc._id, name: 'Orders', ...output })
  return loadGraph(engine, envId, owner, make, options)
}
const call = (record: GraphCall['record'], more: Partial<GraphCall> = {}): GraphCall => ({
  record,
  callId: api.world.newId(),
  signal: AbortSignal.timeout(20_000),
  ...more,
})

describe('the way of a record', () => {
  it('a lookup and an import in order, and the record as it is at the end', async () => {
    const customer = await lookup()
    const orders = { ...(await sink()), responseMapping: { fields: [{ extract: 'id', generate: 'orderId' }], lists: [] } }
    const { carry } = await open([{ id: 'r1', branches: [{ pageProcessors: [customer, orders], nextRouterId: 'apiRouter' }] }])
    const result = await carry(call({ id: 1 }))
    expect(result).toMatchObject({ hasSucceeded: true, record: { id: 1, name: 'Ann', orderId: 'orders-1' }, failures: [] })
    expect(application.ledger.map(({ body }) => body)).toEqual([{ id: 1, name: 'Ann' }])
    expect([...result.pageResult.counts.values()]).toMatchObject([{ numSuccess: 1 }, { numSuccess: 1 }])
  })

  it('takes the first branch that fits alone, and goes on at the router that it names', async () => {
    const small = ['lessthan', ['number', ['extract', 'id']], 10]
    const [first, second, last] = [await sink(), await sink(), await sink({ http: { relativeURI: ['/sink/last'] } })]
    const { carry } = await open([
      {
        id: 'a',
        branches: [
          { inputFilter: { version: '1', rules: small }, pageProcessors: [first], nextRouterId: 'b' },
          { pageProcessors: [second, second], nextRouterId: 'apiRouter' },
        ],
      },
      { id: 'b', branches: [{ pageProcessors: [last], nextRouterId: 'apiRouter' }] },
    ])
    expect(await carry(call({ id: 1 }))).toMatchObject({ hasSucceeded: true })
    expect(application.ledger.map((sent) => sent.sink)).toEqual(['orders', 'last'])
    expect(await carry(call({ id: 11 }))).toMatchObject({ hasSucceeded: true })
    expect(application.ledger.map((sent) => sent.sink)).toEqual(['orders', 'last', 'orders', 'orders'])
  })

  it('without routers, and where no branch fits, it comes to the end as it was', async () => {
    expect(await (await open([])).carry(call({ id: 3 }))).toMatchObject({ hasSucceeded: true, record: { id: 3 } })
    const never = { inputFilter: { version: '1', rules: ['equals', 1, 2] }, pageProcessors: [await sink()] }
    expect(await (await open([{ branches: [never] }])).carry(call({ id: 4 }))).toMatchObject({ hasSucceeded: true, record: { id: 4 } })
    expect(application.ledger).toEqual([])
  })

  it('stays at the step where it failed, which is told with its failure', async () => {
    const customer = await lookup()
    const orders = await sink()
    const { carry } = await open([{ branches: [{ pageProcessors: [customer, orders] }] }])
    const result = await carry(call({ id: 99 }))
    expect(result).toMatchObject({
      hasSucceeded: false,
      record: { id: 99 },
      failures: [{ stepId: idOf(customer), source: 'application', code: '404' }],
    })
    expect(result.pageResult.errors).toMatchObject([{ stepId: idOf(customer), code: '404' }])
    expect(application.ledger).toEqual([])
  })

  it('goes on from a failure where the step says so, and the error is kept all the same', async () => {
    const customer = { ...(await lookup()), proceedOnFailure: true }
    const { carry } = await open([{ branches: [{ pageProcessors: [customer, await sink()] }] }])
    const result = await carry(call({ id: 99 }))
    expect(result).toMatchObject({ hasSucceeded: true, failures: [] })
    expect(result.pageResult.errors).toHaveLength(1)
    expect(application.ledger).toHaveLength(1)
  })
})

describe('calls', () => {
  it('share what was loaded: many at once each have their own record and their own end', async () => {
    const { carry } = await open([{ branches: [{ pageProcessors: [await lookup(), await sink()] }] }])
    const results = await Promise.all(Array.from({ length: 40 }, (_, n) => carry(call({ id: (n % 2) + 1, n }))))
    expect(results.map(({ record }) => record)).toEqual(
      Array.from({ length: 40 }, (_, n) => ({ id: (n % 2) + 1, n, name: n % 2 === 0 ? 'Ann' : 'Bob' })),
    )
  })

  it('end with their own signal: the request is given up, and the others go on', async () => {
    const customer = await lookup()
    const { carry } = await open([{ branches: [{ pageProcessors: [customer] }] }])
    const hanging = Promise.withResolvers<undefined>()
    application.before = (asked) => (asked.endsWith('/1') ? hanging.promise : undefined)
    const ends = new AbortController()
    const cut = carry(call({ id: 1 }, { signal: ends.signal }))
    const other = carry(call({ id: 2 }))
    expect(await other).toMatchObject({ hasSucceeded: true, record: { name: 'Bob' } })
    ends.abort()
    expect(await cut).toMatchObject({ hasSucceeded: false, failures: [{ code: 'timeout' }] })
    hanging.resolve(undefined)
  })

  it('within a run end with its signal, and count how deep they are', async () => {
    const over = new AbortController()
    const within = { signal: over.signal, testMode: false, graph: { collection: 'apis', _id: 'x', depth: 2 } } as unknown as Run
    const { carry, definitions } = await open([{ branches: [{ pageProcessors: [await lookup()] }] }], {}, { within })
    expect(definitions.run.graph).toMatchObject({ depth: 3 })
    expect(definitions.run.signal).toBe(over.signal)
    expect(await carry(call({ id: 1 }))).toMatchObject({ hasSucceeded: true })
  })
})

describe('what it is made of', () => {
  it('a step that can never work is told before any call', async () => {
    const broken = await open([{ branches: [{ pageProcessors: [{ type: 'import', _importId: 'f'.repeat(24) }] }] }]).catch(
      (error: unknown) => error,
    )
    expect(broken).toMatchObject({ failure: { code: 'import_missing' } })
    await expect(open([{ branches: [{ nextRouterId: 'nowhere' }] }])).rejects.toMatchObject({ failure: { code: 'router_missing' } })
  })

  it('a connection can be another one than the steps name', async () => {
    const elsewhere = await startApplication({ lookups: { customer: { 1: { name: 'Eve' } } } })
    const other = await makeConnection(api, elsewhere)
    const routers = [{ branches: [{ pageProcessors: [await lookup()] }] }]
    const { carry } = await open(routers, {}, { connections: new Map([[connectionId, other]]) })
    expect(await carry(call({ id: 1 }))).toMatchObject({ record: { name: 'Eve' } })
    await elsewhere.close()
  })
})

describe('the output', () => {
  const hooks = async (): Promise<object> => {
    const content =
      'function before({ data }) { return data.map((d) => ({ data: { ...d, seen: true } })) } function after({ postMapData }) { return postMapData.map((d) => ({ data: { ...d, n: 2 } })) } function refuse({ data }) { return data.map(() => ({ errors: [{ code: "no", message: "not this one" }] })) }'
    const { _id } = await make(api, 'scripts', { name: 'Output', content })
    const named = (name: string): object => ({ _scriptId: _id, function: name })
    return { before: named('before'), after: named('after'), refuse: named('refuse') }
  }

  it('is the record without mappings, and what they make of it with them', async () => {
    expect(await (await open([])).own({ id: 1 })).toEqual({ output: { id: 1 } })
    const mapping = { fields: [{ generate: 'order.number', extract: 'id' }] }
    expect(await (await open([], { mapping })).own({ id: 1 })).toEqual({ output: { order: { number: 1 } } })
    const mappings = [{ generate: 'number', dataType: 'string', extract: '$.id', status: 'Active' }] as const
    expect(await (await open([], { mappings })).own({ id: 1 })).toEqual({ output: { number: '1' } })
  })

  it('goes through preMap and postMap, which can refuse it', async () => {
    const named = (await hooks()) as Record<string, { _scriptId: string; function: string }>
    const mapping = { fields: [{ generate: 'seen', extract: 'seen' }] }
    // A document that is loaded has its scripts read: here a router names them.
    const withHooks = async (preMap: string, postMap?: string) => {
      const output = { mapping, hooks: { preMap: named[preMap], ...(postMap && { postMap: named[postMap] }) } } as Partial<OutputDoc>
      return open([{ script: named[preMap], branches: [] }], output)
    }
    expect(await (await withHooks('before', 'after')).own({ id: 1 })).toEqual({ output: { seen: true, n: 2 } })
    expect(await (await withHooks('refuse')).own({ id: 1 })).toMatchObject({ failures: [{ code: 'no', message: 'not this one' }] })
  })
})
