/** MongoDB over its wire protocol: the cases of test/cases/mongodb, cursors and sessions that are lost, proofs that are refused, members of a replica set, addresses. */
import { BSON, type Document as BsonDocument } from 'mongodb'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionDoc, FlowRecord, Page } from '../../../src/engine/adaptor.ts'
import { mongodb } from '../../../src/engine/adaptors/mongodb/adaptor.ts'
import type { MongoPorts } from '../../../src/engine/adaptors/mongodb/client.ts'
import { optionalPackage } from '../../../src/engine/adaptors/optional-package.ts'
import { mongoLogin, startMongoServer, type MongoServer } from '../../harness/mongo-server.ts'
import { evaluator } from '../evaluator.ts'
import { failureOf, runExportCase, runImportCase, type DocumentCase } from './document-cases.ts'
import { aRun, casesIn, collect, connectionTo, exportDoc, importDoc, unlimited } from './stage.ts'

let server: MongoServer
beforeAll(async () => {
  server = await startMongoServer()
})
afterAll(() => server.stop())
beforeEach(() => {
  server.collections.clear()
  server.rules.clear()
  server.commands.length = 0
  server.fault = undefined
  server.role = 'primary'
})

const connectionOf = (more: object = {}): ConnectionDoc =>
  ({
    ...connectionTo(''),
    http: undefined,
    type: 'mongodb',
    mongodb: { host: [server.host], ...mongoLogin, database: 'shop', ...more },
  }) as unknown as ConnectionDoc
const adaptorOf = (ports: Partial<MongoPorts> = {}) =>
  mongodb({ slots: unlimited, evaluator, privateNetwork: 'allow', firstWait: 1, ...ports })

const filled = (documents: readonly object[]): void =>
  void server.collections.set(
    'orders',
    documents.map((document) =>
      BSON.deserialize(BSON.serialize(BSON.EJSON.parse(JSON.stringify(document), { relaxed: false }) as BsonDocument)),
    ),
  )
const left = (): Promise<readonly FlowRecord[]> =>
  collect(
    adaptorOf().source.pages(
      {
        doc: exportDoc({ adaptorType: 'MongodbExport', pageSize: 1000, mongodb: { collection: 'orders' } }),
        connection: connectionOf(),
        run: aRun(),
      },
      undefined,
    ),
  ).then((pages) => pages.flatMap(({ records }) => records))

async function runCase(one: DocumentCase, run: typeof runExportCase): Promise<void> {
  // Numbers of the cases are what JSON has.
  filled(one.before ?? [])
  if (one.name.startsWith('updates of one page')) server.rules.set('orders', { unique: 'code' })
  await run({ kind: 'Mongodb', connection: connectionOf(), ...adaptorOf() }, one)
  if (one.after) expect(JSON.parse(JSON.stringify(await left()))).toEqual(one.after)
}

it.each(casesIn<DocumentCase>('mongodb/export'))('export: $name', async (one) => {
  await expect(runCase(one, runExportCase)).resolves.toBeUndefined()
})
it.each(casesIn<DocumentCase>('mongodb/import'))('import: $name', async (one) => {
  await expect(runCase(one, runImportCase)).resolves.toBeUndefined()
})

const all = (fields: object = {}) =>
  exportDoc({ adaptorType: 'MongodbExport', pageSize: 100, mongodb: { collection: 'orders', ...fields } })
const insert = importDoc({ adaptorType: 'MongodbImport', mongodb: { method: 'insertMany', collection: 'orders' } })
const submitted = (records: readonly FlowRecord[]) => records.map((record) => ({ record, mapped: record }))
const numbered = (count: number) => Array.from({ length: count }, (_, _id) => ({ _id }))
const idsOf = (pages: readonly Page[]): unknown[] =>
  pages.flatMap(({ records }) => records.map((record) => (record as { _id: unknown })._id))

describe('an export', () => {
  it.each(['before', 'after'] as const)('goes on where the connection is cut %s an answer: each document once', async (when) => {
    filled(numbered(2000))
    const pages: Page[] = []
    let asked = 0
    server.fault = (name) => (name === 'getMore' && ++asked === 2 ? when : undefined)
    for await (const page of adaptorOf().source.pages({ doc: all(), connection: connectionOf(), run: aRun() }, undefined)) pages.push(page)
    expect(idsOf(pages)).toEqual(numbered(2000).map(({ _id }) => _id))
    expect(server.commands.filter(({ name }) => name === 'find')).toHaveLength(2)
  })

  it('goes on where its cursor was forgotten', async () => {
    filled(numbered(1200))
    server.fault = (name) =>
      name === 'getMore' ? { ok: 0, code: 43, codeName: 'CursorNotFound', errmsg: 'cursor id 1 not found' } : undefined
    expect(idsOf(await collect(adaptorOf().source.pages({ doc: all(), connection: connectionOf(), run: aRun() }, undefined)))).toHaveLength(
      1200,
    )
  })

  it('of an aggregation begins anew where the document that it was at is another one: none is left out', async () => {
    filled(numbered(6))
    const step = {
      doc: exportDoc({ ...all({ pipeline: '[{"$sort": {"_id": 1}}]' }), pageSize: 2 }),
      connection: connectionOf(),
      run: aRun(),
    }
    const [first] = await collect(adaptorOf().source.pages(step, undefined), 1)
    server.collections.get('orders')?.shift()
    expect(idsOf(await collect(adaptorOf().source.pages(step, first?.next)))).toEqual([1, 2, 3, 4, 5])
  })

  it('closes its cursor where nobody reads on', async () => {
    filled(numbered(2000))
    await collect(adaptorOf().source.pages({ doc: all(), connection: connectionOf(), run: aRun() }, undefined), 1)
    expect(server.commands.map(({ name }) => name)).toContain('killCursors')
  })

  it('whose lookup finds too much fails its record alone', async () => {
    filled(Array.from({ length: 60 }, (_, _id) => ({ _id, c: _id < 55 ? 'many' : 'few', text: 'x'.repeat(100_000) })))
    const outcomes = await adaptorOf().source.lookup(
      { doc: all({ filter: '{"c": "{{record.c}}"}' }), connection: connectionOf(), run: aRun() },
      [{ c: 'many' }, { c: 'few' }],
    )
    expect(outcomes).toMatchObject([{ kind: 'failed', failures: [{ code: 'lookup_too_large' }] }, { kind: 'done' }])
  })
})

describe('an import', () => {
  it.each(['before', 'after'] as const)('whose connection is cut %s the page is written adds each document once', async (when) => {
    server.fault = (name) => (name === 'insert' ? when : undefined)
    const outcomes = await adaptorOf().sink.write({ doc: insert, connection: connectionOf(), run: aRun() }, submitted([{ n: 1 }, { n: 2 }]))
    expect(outcomes).toMatchObject([{ kind: 'done' }, { kind: 'done' }])
    expect(server.collections.get('orders')).toHaveLength(2)
  })

  it('fails every record of a page that cannot be written, with the codes of MongoDB', async () => {
    server.rules.set('orders', { required: 'name' })
    const outcomes = await adaptorOf().sink.write(
      { doc: insert, connection: connectionOf(), run: aRun() },
      submitted([{ _id: 1, name: 'a' }, { _id: 2 }]),
    )
    expect(outcomes).toMatchObject([
      { kind: 'done' },
      { kind: 'failed', failures: [{ source: 'application', code: 'DocumentValidationFailure' }] },
    ])
    server.fault = (name) =>
      name === 'insert' ? { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'not authorized on shop' } : undefined
    expect(await adaptorOf().sink.write({ doc: insert, connection: connectionOf(), run: aRun() }, submitted([{ _id: 5 }]))).toMatchObject([
      { kind: 'failed', failures: [{ code: 'Unauthorized', message: 'not authorized on shop' }] },
    ])
  })

  it('shows its commands and sends none where its run only previews', async () => {
    const told: unknown[] = []
    await adaptorOf().sink.write(
      { doc: insert, connection: connectionOf(), run: aRun({ previewsImports: true }) },
      submitted([{ _id: 1 }]),
      {
        starts: () => undefined,
        begun: () => undefined,
        received: () => undefined,
        aheadUntil: () => undefined,
        exchanged: (places, { request }) => told.push(places, JSON.parse(String(request.body))),
      },
    )
    expect(told).toEqual([[0], { insert: 'orders', documents: [{ _id: 1 }] }])
    expect(server.commands).toEqual([])
  })
})

describe('a connection', () => {
  const pinged = (more: object = {}, ports: Partial<MongoPorts> = {}, run = aRun()) =>
    adaptorOf(ports).connections.ping(connectionOf(more), run)

  it('answers a ping, and says why it does not', async () => {
    expect(await pinged()).toBeUndefined()
    const refused: string[] = []
    const run = aRun({ refused: ({ name }: { name: string }) => refused.push(name) })
    expect(await pinged({ password: 'another' }, {}, run)).toMatchObject({ source: 'connection', code: 'AuthenticationFailed' })
    expect(refused).toEqual(['a connection'])
    expect(await pinged({ host: ['127.0.0.1:1'] })).toMatchObject({ source: 'connection', code: 'connection_refused' })
  }, 60_000)

  it('signs in as its username, in the database that authSource says, or in admin', async () => {
    expect(await pinged({ username: 'nobody' })).toMatchObject({ code: 'AuthenticationFailed' })
    server.logins.length = 0
    expect([await pinged({ authSource: 'users' }), await pinged()]).toEqual([undefined, undefined])
    expect(new Set(server.logins)).toEqual(new Set(['users', 'admin']))
  })

  it('with ssl begins with a handshake, and talks to nobody in the clear', async () => {
    const firstBytes: number[] = []
    const plain = createServer((socket) => socket.once('data', (chunk) => firstBytes.push(chunk[0] ?? 0) && socket.destroy()))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const { port } = plain.address() as AddressInfo
    expect(await pinged({ ssl: true, host: [`127.0.0.1:${port}`] })).toMatchObject({ source: 'connection' })
    expect(new Set(firstBytes)).toEqual(new Set([22]))
    plain.close()
  })

  it.each([
    [{ concurrencyLevel: 2 }, false, 2],
    [{ concurrencyLevel: 2, targetConcurrencyLevel: 4 }, true, 4],
  ])('with %j has so many commands at work', async (levels, autoRecoverRateLimitErrors, expected) => {
    let [atWork, most] = [0, 0]
    const slots: MongoPorts['slots'] = {
      ...unlimited,
      async use(_owner, level, _signal, work) {
        expect(level).toBe(expected)
        most = Math.max(most, ++atWork)
        return work().finally(() => (atWork -= 1))
      },
    }
    const step = { doc: insert, connection: { ...connectionOf(levels), autoRecoverRateLimitErrors }, run: aRun() }
    const { sink } = adaptorOf({ slots })
    await Promise.all(Array.from({ length: 10 }, (_, _id) => sink.write(step, submitted([{ _id }]))))
    expect(most).toBe(expected)
  })

  it('is refused an address on a private network where flows may reach none, whatever a server says of others', async () => {
    expect(await pinged({}, { privateNetwork: 'refuse' })).toMatchObject({ code: 'address_refused' })
    expect(await pinged({ host: ['localhost:27017'] }, { privateNetwork: 'refuse' })).toMatchObject({ code: 'address_refused' })
    // The server says that 169.254.169.254 is of its set.
    expect(await pinged({ replicaSet: 'set' })).toBeUndefined()
  }, 60_000)

  it('writes to the member of its set that takes writes, and reads from the one that is wanted', async () => {
    const other = await startMongoServer()
    try {
      other.role = 'secondary'
      const connection = connectionOf({ host: [other.host, server.host], replicaSet: 'set' })
      await adaptorOf().sink.write({ doc: insert, connection, run: aRun() }, submitted([{ _id: 1 }]))
      expect([server.collections.get('orders')?.length, other.collections.size]).toEqual([1, 0])
      other.collections.set('orders', [{ _id: 'of the secondary' }])
      const pages = await collect(
        adaptorOf().source.pages({ doc: all({ readPreference: 'secondary' }), connection, run: aRun() }, undefined),
      )
      expect(idsOf(pages)).toEqual(['of the secondary'])
    } finally {
      await other.stop()
    }
  })

  it.each([[['mongodb://a']], [['a:b']], [['a:99999']], [['']]])('has no servers called %j', async (host) => {
    expect(await failureOf(() => adaptorOf().connections.ready(connectionOf({ host }), aRun()))).toMatchObject({ code: 'invalid_host' })
  })

  it('without a database needs it before the collection', async () => {
    const connection = connectionOf({ database: undefined })
    expect(await failureOf(() => collect(adaptorOf().source.pages({ doc: all(), connection, run: aRun() }, undefined)))).toMatchObject({
      code: 'configuration_missing',
    })
    filled([{ _id: 1 }])
    const doc = exportDoc({ adaptorType: 'MongodbExport', mongodb: { collection: 'shop.orders' } })
    expect(idsOf(await collect(adaptorOf().source.pages({ doc, connection, run: aRun() }, undefined)))).toEqual([1])
  })
})

it('a package that is not installed is said with the command that installs it', () => {
  const missing = optionalPackage('sluice-has-no-such-package', '1', 'Nothing')
  expect(() => missing.load()).toThrow('Run "npm install sluice-has-no-such-package@1" in its folder, and start it again.')
})
