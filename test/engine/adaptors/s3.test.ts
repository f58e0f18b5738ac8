/** Exports and imports of files in buckets of S3, on a server that checks every signature; with the cases that hold wherever files lie. */
import type { lookup as systemLookup } from 'node:dns'
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ConnectionDoc } from '../../../src/engine/adaptor.ts'
import { s3Buckets } from '../../../src/engine/adaptors/s3/adaptor.ts'
import { formatAddress } from '../../../src/engine/adaptors/s3/address.ts'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import type { ConnectionSlots } from '../../../src/engine/around/slots.ts'
import { s3Host, startS3, type S3Server } from '../../harness/s3-server.ts'
import { evaluator } from '../evaluator.ts'
import {
  collectUnacknowledged,
  failureOf,
  filesAtOnce,
  holdExportCases,
  holdImportCases,
  run,
  type Changed,
  type Files,
  type Links,
} from './file-cases.ts'
import { aRun, collect, connectionTo as anyConnection, exportDoc, importDoc, unlimited } from './stage.ts'

/** Whatever is asked for lies here. */
const lookup = ((_host: string, options: { all?: boolean }, callback: (...answer: unknown[]) => void) =>
  options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)) as unknown as typeof systemLookup
const client = createHttpClient({ privateNetwork: 'allow', lookup })
const ports = { slots: unlimited, evaluator, send: client.send, firstWait: 1 }
const adaptor = s3Buckets(ports)
const inParts = s3Buckets({ ...ports, filesAtOnce })

async function serverWith(files: Files = {}, options: Parameters<typeof startS3>[0] = {}): Promise<S3Server> {
  const server = await startS3(options)
  onTestFinished(() => server.close())
  server.buckets.set('bucket', new Map())
  for (const [path, content] of Object.entries(files)) {
    const [bucket, key] = path.includes(':') ? (path.split(':') as [string, string]) : (['bucket', path] as const)
    server.put(bucket, key, typeof content === 'string' ? content : Buffer.from(content.base64, 'base64'))
  }
  return server
}
const connectionTo = ({ origin, key }: S3Server, s3: object = {}, more: object = {}): ConnectionDoc =>
  ({ ...anyConnection(''), http: undefined, type: 's3', s3: { ...key, endpoint: origin, ...s3 }, ...more }) as unknown as ConnectionDoc

type Step = { readonly file?: object; readonly [field: string]: unknown }
const s3Of = ({ s3 }: Step): object => ({ bucket: 'bucket', region: 'us-east-1', ...(s3 as object) })
const exportOf = ({ file, ...fields }: Step) =>
  exportDoc({ adaptorType: 'S3Export', ...fields, filesystem: undefined, s3: s3Of(fields), file: { type: 'json', ...file } })
const importOf = ({ file, ...fields }: Step) =>
  importDoc({
    adaptorType: 'S3Import',
    ...fields,
    filesystem: undefined,
    s3: s3Of(fields),
    file: { type: 'json', skipAggregation: true, ...file },
  })

const pathsOf = ({ buckets }: S3Server): string[] =>
  [...buckets]
    .flatMap(([bucket, files]) => [...files.keys()].map((key) => (bucket === 'bucket' ? key : `${bucket}:${key}`)))
    .map((path) => path.replace(/\d{8}T[\d.]+Z-/, 'TIME-'))
    .toSorted()

/** Cases have one connection, and each a server of its own: the connection leads to the one at hand. */
function groundOf() {
  let server: S3Server
  return {
    get connection() {
      return connectionTo(server)
    },
    exportOf,
    importOf,
    async lay(files: Files, _links?: Links, changed: Changed = {}) {
      server = await serverWith(files)
      const bucket = server.buckets.get('bucket')
      for (const [key, lastModified] of Object.entries(changed)) {
        const file = bucket?.get(key)
        if (file) bucket?.set(key, { ...file, lastModified })
      }
      const read = (path: string): string => {
        const [bucket, key] = path.includes(':') ? (path.split(':') as [string, string]) : (['bucket', path] as const)
        return server.buckets.get(bucket)?.get(key)?.body.toString() ?? ''
      }
      return { adaptor: inParts, left: () => pathsOf(server), read }
    },
  }
}
/** Those of the file system whose folder is a prefix here. */
const ofFolders = {
  exportOf: ({ filesystem, ...step }: Step) =>
    exportOf({
      ...step,
      s3: { keyPrefix: (filesystem as { directoryPath?: string } | undefined)?.directoryPath?.replace(/^\//, '') ?? 'in' },
    }),
  takes: (one: object) => !/links|backupPath|fileMeta|directoryPath/.test(JSON.stringify(one)),
}
holdExportCases(groundOf(), 's3/export', 4)
holdImportCases(groundOf(), 's3/import', 4)
describe('a bucket', () => {
  holdExportCases(Object.assign(groundOf(), ofFolders), 'file-system/export', 15)
})

const records = (count: number) => Array.from({ length: count }, (_, id) => ({ record: { id }, mapped: { id } }))
const write = (connection: ConnectionDoc, step: Step = {}, submissions = records(1)) =>
  adaptor.sink.write({ doc: importOf({ ...step, file: { fileName: 'a.json', ...step.file } }), connection, run }, submissions)
const read = async (connection: ConnectionDoc, step: Step = {}) =>
  (await collect(adaptor.source.pages({ doc: exportOf(step), connection, run }, undefined))).flatMap((page) => page.records)

describe('who asks', () => {
  const refused = new Set<ConnectionDoc>()
  const pinged = (connection: ConnectionDoc) =>
    adaptor.connections.ping(connection, aRun({ refused: (one: ConnectionDoc) => refused.add(one) }))

  it('is let in by the signature, and a ping asks for the bucket that it names', async () => {
    const server = await serverWith()
    expect(await pinged(connectionTo(server, { pingBucket: 'bucket' }))).toBeUndefined()
    expect(await pinged(connectionTo(server, { pingBucket: 'other' }))).toMatchObject({ code: 'folder_missing' })
    expect(adaptor.connections.hasPing(connectionTo(server))).toBe(false)
  })

  it.each([
    ['another secret', { secretAccessKey: 'another' }],
    ['another access key', { accessKeyId: 'another' }],
    ['a session token that is not the one', { sessionToken: 'another' }],
  ])('is refused with %s, and the connection goes offline', async (_name, s3) => {
    refused.clear()
    const server = await serverWith()
    expect(await pinged(connectionTo(server, { pingBucket: 'bucket', ...s3 }))).toMatchObject({ code: 'authentication_failed' })
    expect(refused.size).toBe(1)
  })

  const role = { arn: 'arn:aws:iam::123456789012:role/reader', externalId: 'an id' }
  const asRole = (server: S3Server, awsIam: object, s3: object = {}) =>
    connectionTo(
      server,
      { authType: 'awsIam', _iClientId: 'role', pingBucket: 'bucket', ...s3 },
      { iClient: { provider: 'awsIam', awsIam } },
    )

  it('becomes the role of the client document, once for many requests', async () => {
    const server = await serverWith({ 'a.json': '[{"id":1}]' }, { role })
    const connection = asRole(server, { roleArn: role.arn, externalId: role.externalId })
    expect(await pinged(connection)).toBeUndefined()
    expect(await read(connection)).toEqual([{ id: 1 }])
    expect(server.asked.filter(({ bucket }) => bucket === '')).toHaveLength(1)
    expect(new Set(server.asked.filter(({ bucket }) => bucket !== '').map(({ headers }) => headers['x-amz-security-token'])).size).toBe(1)
  })

  it('becomes no role whose policy asks for another id, nor one without a key that may do so', async () => {
    const server = await serverWith({}, { role })
    expect(await pinged(asRole(server, { roleArn: role.arn, externalId: 'another' }))).toMatchObject({ code: 'role_refused' })
    const ready = (connection: ConnectionDoc) => failureOf(async () => adaptor.connections.ready(connection, run))
    expect(await ready(asRole(server, { externalId: 'an id' }))).toMatchObject({ code: 'role_missing' })
    expect(await ready(asRole(server, { roleArn: role.arn }, { accessKeyId: undefined }))).toMatchObject({ code: 'access_key_missing' })
    expect(await ready(connectionTo(server, { endpoint: 'minio:9000' }))).toMatchObject({ code: 'invalid_endpoint' })
  })

  it('does not reach a private network where that is refused', async () => {
    const server = await serverWith()
    const { send } = createHttpClient({ privateNetwork: 'refuse' })
    const guarded = s3Buckets({ slots: unlimited, evaluator, send, firstWait: 1 })
    expect(await guarded.connections.ping(connectionTo(server, { pingBucket: 'bucket' }), run)).toMatchObject({ code: 'address_refused' })
  })
})

describe('an address', () => {
  it.each([
    ['of Amazon', {}, 'https://bucket.s3.eu-central-1.amazonaws.com/a%20b/c%2B.json'],
    ['of Amazon, with the bucket in its path', { forcePathStyle: true }, 'https://s3.eu-central-1.amazonaws.com/bucket/a%20b/c%2B.json'],
    ['of another server', { endpoint: 'https://minio.example:9000/' }, 'https://minio.example:9000/bucket/a%20b/c%2B.json'],
    [
      'of another server, with the bucket before its name',
      { endpoint: 'https://s3.example', forcePathStyle: false },
      'https://bucket.s3.example/a%20b/c%2B.json',
    ],
    ['of a server below a path', { endpoint: 'https://example.com/storage/v1' }, 'https://example.com/storage/v1/bucket/a%20b/c%2B.json'],
  ])('%s', (_name, s3, address) =>
    expect(formatAddress(s3, 's3', { region: 'eu-central-1', bucket: 'bucket', key: 'a b/c+.json' })).toBe(address),
  )

  it('of a bucket with a dot has it in its path, since no certificate is for two names below the server', () =>
    expect(formatAddress({}, 's3', { region: 'cn-north-1', bucket: 'my.bucket' })).toBe(
      'https://s3.cn-north-1.amazonaws.com.cn/my.bucket/',
    ))

  it('has the bucket before the name of the server, as the server then sees it', async () => {
    const server = await serverWith({ 'in/a b.json': '[{"id":1}]' })
    const connection = connectionTo(server, { endpoint: `http://${s3Host}:${server.port}`, forcePathStyle: false })
    expect(await read(connection)).toEqual([{ id: 1 }])
    expect(new Set(server.asked.map(({ host }) => host))).toEqual(new Set([`bucket.${s3Host}:${server.port}`]))
  })

  it('is asked in the region of the step, and of a bucket that lies elsewhere in its own from then on', async () => {
    const server = await serverWith({ 'a.json': '[{"id":1}]' }, { regions: { bucket: 'eu-west-1' } })
    const regionsAsked = () => server.asked.map(({ headers }) => headers['authorization']?.split('/')[2])
    expect(await read(connectionTo(server), { s3: { region: 'EU-West-1' } })).toEqual([{ id: 1 }])
    expect(new Set(regionsAsked())).toEqual(new Set(['eu-west-1']))
    server.asked.length = 0
    server.put('bucket', 'a.json', '[{"id":2}]')
    expect(await read(connectionTo(server), { s3: { region: 'us-east-1' } })).toEqual([{ id: 2 }])
    expect(regionsAsked()).toEqual([
      'us-east-1',
      ...regionsAsked()
        .slice(1)
        .map(() => 'eu-west-1'),
    ])
    expect(await failureOf(() => read(connectionTo(server), { s3: { region: 'nowhere.example/' } }))).toMatchObject({
      code: 'invalid_region',
    })
  })
})

describe('a bucket with many files', () => {
  it('is listed beyond a thousand, and files that are not wanted are not even told', async () => {
    const server = await serverWith()
    for (let n = 0; n < 3_500; n++)
      server.put('bucket', `${n % 10 === 0 ? 'in' : 'other'}/${String(n).padStart(4, '0')}.json`, `[{"id":${n}}]`)
    const doc = exportOf({ s3: { keyStartsWith: 'in/' }, file: { skipDelete: true }, pageSize: 1000 })
    const found = await collectUnacknowledged(adaptor.source.pages({ doc, connection: connectionTo(server), run }, undefined))
    expect(found.flatMap((page) => page.records).length).toBe(350)
    expect(server.asked.filter(({ query }) => query['list-type']).map(({ query }) => query['prefix'])).toEqual(['in/'])
    const ends = await failureOf(() => read(connectionTo(server), { s3: { keyEndsWith: '9.json' }, file: { skipDelete: true } }))
    expect(ends).toBeUndefined()
    expect(server.asked.filter(({ query }) => query['list-type'] && !query['prefix'])).toHaveLength(4)
  })

  it.each([
    ['bucket', 3],
    // Of one zone: its keys are listed in no order.
    ['bucket--use1-az4--x-s3', 9],
  ])('is asked again after the last key that was kept of it: %s', async (bucket, lists) => {
    const server = await serverWith()
    for (let n = 0; n < 3_000; n++) server.put(bucket, `${n}.json`, '[]')
    const parts = s3Buckets({ ...ports, filesAtOnce: 999 })
    const doc = exportOf({ s3: { bucket }, file: { output: 'metadata' }, pageSize: 1_000 })
    const pages = await collect(parts.source.pages({ doc, connection: connectionTo(server), run }, undefined))
    const names = pages.flatMap(({ records }) => records as readonly { readonly fileMeta: { readonly fileName: string } }[])
    expect(names.map(({ fileMeta }) => fileMeta.fileName)).toEqual(Array.from({ length: 3_000 }, (_, n) => `${n}.json`).toSorted())
    const listed = server.asked.filter(({ query }) => query['list-type'])
    expect(listed.length).toBeGreaterThanOrEqual(lists)
    expect(listed.some(({ query }) => query['start-after'])).toBe(bucket === 'bucket')
  })

  it('that lists the same files again and again is left', async () => {
    const again = '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>'
    const server = await serverWith({}, { answer: () => ({ status: 200, body: again }) })
    expect(await failureOf(() => read(connectionTo(server)))).toMatchObject({ code: 'response_invalid' })
  })
})

describe('a large file', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, id) => ({ id, noise: randomBytes(3000).toString('base64') }))

  it('is written in parts, encrypted as the import says, and read in ranges of one version', async () => {
    const server = await serverWith()
    const all = lines(5_000)
    const submissions = all.map((record) => ({ record, mapped: record }))
    const encrypted = { s3: { serverSideEncryptionType: 'AES256' }, file: { fileName: 'a.ndjson' } }
    const outcomes = await write(connectionTo(server), encrypted, submissions)
    expect(outcomes).toMatchObject([{ kind: 'done' }, ...outcomes.slice(1)])
    expect(server.asked.filter(({ query }) => query['partNumber']).length).toBe(3)
    expect(server.buckets.get('bucket')?.get('a.ndjson')?.headers).toEqual({ 'x-amz-server-side-encryption': 'AES256' })
    expect(await read(connectionTo(server), { pageSize: 1000 })).toEqual(all)
    const ranges = server.asked.filter(({ headers }) => headers['range'])
    expect(ranges.length).toBe(3)
    expect(ranges.every(({ headers }) => headers['if-match'])).toBe(true)
    expect([pathsOf(server), server.uploads.size]).toEqual([[], 0])
  })

  it('of which a part is refused is given up, and nothing of it is seen', async () => {
    const server = await serverWith(
      {},
      {
        answer: ({ query }) =>
          query['partNumber'] === '2' ? { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } : undefined,
      },
    )
    const submissions = lines(5_000).map((record) => ({ record, mapped: record }))
    const outcomes = await write(connectionTo(server), { file: { fileName: 'a.ndjson' } }, submissions)
    expect(outcomes[0]).toMatchObject({ kind: 'failed', failures: [{ code: 'permission_denied' }] })
    expect([pathsOf(server), server.uploads.size]).toEqual([[], 0])
  })

  it('that is written anew in the middle fails the run, and stays', async () => {
    const text = lines(4_000)
      .map((line) => JSON.stringify(line))
      .join('\n')
    const server = await serverWith({ 'a.ndjson': text })
    const pages = adaptor.source.pages({ doc: exportOf({ pageSize: 100 }), connection: connectionTo(server), run }, undefined)
    const iterator = pages[Symbol.asyncIterator]()
    await iterator.next()
    server.put('bucket', 'a.ndjson', `${text}\n{"id":-1}`)
    const failure = await failureOf(async () => {
      for (let next = await iterator.next(); !next.done; next = await iterator.next());
    })
    expect(failure).toMatchObject({ code: 'file_changed' })
    expect(pathsOf(server)).toEqual(['a.ndjson'])
  })
})

describe('a server', () => {
  it('that is gone for a moment is asked again, and one that stays away fails the records', async () => {
    let asked = 0
    const server = await serverWith({}, { answer: () => ((asked += 1) % 3 === 0 ? undefined : asked % 3 === 1 ? 'cut' : { status: 503 }) })
    const inFlow = aRun()
    const step = { doc: importOf({ file: { fileName: 'a.json' } }), connection: connectionTo(server), run: inFlow }
    expect(await adaptor.sink.write(step, records(1))).toMatchObject([{ kind: 'done' }])
    const gone = await serverWith({}, { answer: () => 'cut' })
    const away = { ...step, connection: connectionTo(gone) }
    expect(await adaptor.sink.write(away, records(1))).toMatchObject([{ kind: 'failed', failures: [{ code: 'connection_reset' }] }])
    expect(gone.asked.length).toBe(3)
  })

  it('that begins a good answer and ends it with an error has not copied a file: it stays', async () => {
    const body = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>try again</Message></Error>'
    const copies = ({ headers }: { headers: Readonly<Record<string, string>> }) => headers['x-amz-copy-source'] !== undefined
    const server = await serverWith(
      { 'a.json': '[{"id":1}]', 'kept:x': 'x' },
      { answer: (request) => (copies(request) ? { status: 200, body } : undefined) },
    )
    expect(await failureOf(() => read(connectionTo(server), { s3: { backupBucket: 'kept' } }))).toMatchObject({ code: 'file_error' })
    expect(pathsOf(server)).toEqual(['a.json', 'kept:x'])
  })

  it('that is read only fails the records, and leaves what went through', async () => {
    const denied = { status: 403, body: '<Error><Code>AccessDenied</Code><Message>read only</Message></Error>' }
    const server = await serverWith(
      { 'a.json': '[{"id":1}]' },
      { answer: ({ method }) => (method === 'PUT' || method === 'DELETE' ? denied : undefined) },
    )
    expect(await write(connectionTo(server))).toMatchObject([{ kind: 'failed', failures: [{ code: 'permission_denied' }] }])
    expect(await failureOf(() => read(connectionTo(server)))).toMatchObject({ code: 'permission_denied' })
    expect(pathsOf(server)).toEqual(['a.json'])
  })

  it('that answers no XML fails the run in words', async () => {
    const server = await serverWith({}, { answer: () => ({ status: 200, body: '<html><br></html>' }) })
    expect(await failureOf(() => read(connectionTo(server)))).toMatchObject({ code: 'response_invalid' })
  })

  it('that calls a file packed hands it on as it lies there', async () => {
    const server = await serverWith()
    server.put('bucket', 'a.json.gz', gzipSync('[{"id":1}]'), { 'content-encoding': 'gzip' })
    expect(await read(connectionTo(server), { file: { compressionFormat: 'gzip' } })).toEqual([{ id: 1 }])
  })

  it('whose file is gone or written anew before it is put away keeps what is there', async () => {
    const server = await serverWith({ 'a.json': '[{"id":1}]', 'b.json': '[{"id":2}]' })
    const pages = await collectUnacknowledged(adaptor.source.pages({ doc: exportOf({}), connection: connectionTo(server), run }, undefined))
    server.put('bucket', 'a.json', '[{"id":3}]')
    server.buckets.get('bucket')?.delete('b.json')
    for (const page of pages) await page.ack?.()
    expect(pathsOf(server)).toEqual(['a.json'])
  })

  it('is asked by as many pieces of work at once as the connection says', async () => {
    const levels = new Set<number>()
    const slots: ConnectionSlots = { ...unlimited, use: (_owner, level, _signal, work) => (levels.add(level), work()) }
    const own = s3Buckets({ slots, evaluator, send: client.send })
    const server = await serverWith()
    for (const [s3, fields] of [
      [{}],
      [{ concurrencyLevel: 3 }],
      [{ concurrencyLevel: 3, targetConcurrencyLevel: 4 }, { autoRecoverRateLimitErrors: true }],
    ] as const)
      await own.connections.ping(connectionTo(server, { pingBucket: 'bucket', ...s3 }, fields), run)
    expect([...levels]).toEqual([5, 3, 4])
  })
})
