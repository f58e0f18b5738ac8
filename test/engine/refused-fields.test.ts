/** The fields of test/cases/refused-fields: each is told when it is saved, refused with its name under strict, and fails a run before anybody is asked. What clients send without meaning it passes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listRefusedFields, type FieldsKind } from '../../src/engine/fields/refuse-fields.ts'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { make, numbered, runToEnd } from '../harness/flows.ts'
import { samples, type Ids } from '../harness/samples.ts'
import { casesIn } from './steps/case-files.ts'

type Doc = Readonly<Record<string, unknown>>
type Docs = Readonly<Record<FieldsKind, Doc>>
interface Case {
  readonly name: string
  /** Over files, and not over HTTP. */
  readonly files?: boolean
  /** Over a database, which is not asked. */
  readonly database?: boolean
  /** Over a file server, which is not asked. */
  readonly server?: boolean
  /** Over buckets of S3, which are not asked. */
  readonly buckets?: boolean
  readonly says: Doc
  readonly field: string
  readonly code: string
}

const strict = { prefer: 'handling=strict' }
const root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
let api: Api
let application: Application
beforeAll(async () => {
  api = await startApi({ worker: true, files: root })
  application = await startApplication({ sources: { orders: numbered(2) } })
})
afterAll(async () => {
  await application.close()
  await api.close()
  rmSync(root, { recursive: true })
})

const ofDatabase: Docs = {
  connections: {
    name: 'It',
    type: 'rdbms',
    rdbms: { type: 'postgresql', host: '127.0.0.1', port: 1, database: 'd', user: 'u', password: 'a-long-password' },
  },
  exports: { name: 'It', adaptorType: 'RDBMSExport', rdbms: { query: 'select 1' } },
  imports: { name: 'It', adaptorType: 'RDBMSImport', rdbms: { queryType: ['per_record'], query: ['select 1'] } },
  flows: { name: 'It' },
  apis: {},
}

const offFiles = (type: string, adaptor: string, block: string, connection: Doc): Docs => ({
  connections: { name: 'It', type, ...connection },
  exports: { name: 'It', adaptorType: `${adaptor}Export`, [block]: { directoryPath: 'in' }, file: { type: 'json' } },
  imports: {
    name: 'It',
    adaptorType: `${adaptor}Import`,
    [block]: { directoryPath: 'out' },
    file: { type: 'json', fileName: 'a.json', skipAggregation: true },
  },
  flows: { name: 'It' },
  apis: {},
})
const ofServer = { type: 'sftp', hostURI: '127.0.0.1', port: 1, username: 'u', password: 'a-long-password' }

const inBucket = { bucket: 'b', region: 'us-east-1' }
const ofBuckets: Docs = {
  connections: { name: 'It', type: 's3', s3: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-long-password' } },
  exports: { name: 'It', adaptorType: 'S3Export', s3: inBucket, file: { type: 'json' } },
  imports: { name: 'It', adaptorType: 'S3Import', s3: inBucket, file: { type: 'json', fileName: 'a.json', skipAggregation: true } },
  flows: { name: 'It' },
  apis: {},
}

let count = 0
const bases: Readonly<Record<'http' | 'files' | 'server' | 'database' | 'buckets', () => Docs>> = {
  buckets: () => ofBuckets,
  files: () => offFiles('filesystem', 'FileSystem', 'filesystem', { filesystem: {} }),
  server: () => offFiles('ftp', 'FTP', 'ftp', { ftp: ofServer }),
  database: () => ofDatabase,
  http: () => ({
    connections: { name: 'It', type: 'http', http: { mediaType: 'json', baseURI: application.origin } },
    exports: { name: 'It', adaptorType: 'HTTPExport', http: { relativeURI: '/source/orders', response: { resourcePath: 'records' } } },
    imports: { name: 'It', adaptorType: 'HTTPImport', http: { method: ['POST'], relativeURI: ['/sink/orders'] } },
    flows: { name: 'It' },
    apis: {
      name: 'It',
      type: 'builder',
      // Each is called at an address of its own.
      builder: { request: { method: 'GET', relativeURI: `/it-${count++}` }, responses: [{ type: 'success' }, { type: 'fail' }] },
    },
  }),
}

/** Objects are joined, and null takes away. */
function joined(doc: Doc, says: Doc): Doc {
  const both = Object.entries(says).map(([key, value]) => {
    const known = doc[key]
    const areObjects = [known, value].every((each) => typeof each === 'object' && each !== null && !Array.isArray(each))
    return [key, areObjects ? joined(known as Doc, value as Doc) : value] as const
  })
  return Object.fromEntries(Object.entries({ ...doc, ...Object.fromEntries(both) }).filter(([, value]) => value !== null))
}

/** A flow of one export and one import, in which one document says something more. */
async function save(kind: FieldsKind, says: Doc, where: keyof typeof bases = 'http') {
  const docs = bases[where]()
  const ids: Record<string, string> = {}
  const withIds = (doc: Doc): Doc =>
    JSON.parse(JSON.stringify(doc).replaceAll(/"\{(\w+)\}"/g, (_whole, name: string) => JSON.stringify(ids[name]))) as Doc
  for (const other of ['ediprofiles', 'iclients', 'scripts'] as const)
    ids[other] = (await make(api, other, samples[other](ids as unknown as Ids)))._id as string
  ids['flows'] = (await make(api, 'flows', { name: 'Another' }))._id as string
  let told: string | null = null
  let sent: Doc = {}
  const saved = async (of: FieldsKind, more: Doc): Promise<void> => {
    const doc = withIds(joined({ ...docs[of], ...more }, of === kind ? says : {}))
    const answer = await api.call('POST', `/v1/${of}`, doc)
    expect(answer).toMatchObject({ status: 201 })
    if (of === kind) [told, sent] = [answer.headers.get('sluice-warning'), doc]
    ids[of] = answer.body._id as string
  }
  await saved('connections', {})
  const over = { _connectionId: ids['connections'] }
  ids['exports'] = (await make(api, 'exports', { ...docs.exports, ...over }))._id as string
  await saved('exports', over)
  await saved('imports', over)
  await saved('flows', {
    pageGenerators: [{ _exportId: ids['exports'] }],
    pageProcessors: [{ type: 'import', _importId: ids['imports'] }],
  })
  if (kind === 'apis') await saved('apis', {})
  return { flowId: ids['flows'], told, sent }
}

for (const { file, cases } of casesIn<Case>('refused-fields')) {
  const kind = file.replace('.json', '') as FieldsKind
  describe(`${kind}`, () => {
    it.each(cases)('$name: $field', async ({ says, field, code, ...over }) => {
      const place = (['database', 'files', 'server', 'buckets'] as const).find((name) => over[name]) ?? 'http'
      const { flowId, told, sent } = await save(kind, says, place)
      const refused = listRefusedFields(kind, sent)
      expect(refused.map((each) => [each.field, each.code])).toEqual([[field, code]])
      expect(told).toContain(`Saved, but runs of this server cannot use it. ${field}: The `)
      const answer = await api.call('POST', `/v1/${kind}`, sent, strict)
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ field, message: refused[0]?.message }] } })

      application.asked.length = application.ledger.length = 0
      if (kind === 'apis') {
        const { method = 'GET', relativeURI = '/it' } =
          (sent['builder'] as { request?: { method?: string; relativeURI?: string } })?.request ?? {}
        const called = await api.call(method, `/apis/v1${relativeURI}`)
        expect([404, 500]).toContain(called.status)
        if (called.status === 500) expect(called.body.errors).toMatchObject([{ code, message: refused[0]?.message }])
        return
      }
      const job = await runToEnd(api, flowId)
      const { message = '' } = refused[0] ?? {}
      expect(job).toMatchObject({ status: 'failed', errorMessage: expect.stringContaining(message), numExport: 0 })
      expect(application.asked).toEqual([])
    })
  })
}

const harmless = JSON.parse(readFileSync(new URL('../cases/harmless-fields.json', import.meta.url), 'utf8')) as {
  kind: FieldsKind
  says: Doc
}[]

it.each(harmless)('what clients send of $kind without meaning it is no reason to refuse them, and runs', async ({ kind, says }) => {
  const { flowId, told, sent } = await save(kind, says)
  expect([told, listRefusedFields(kind, sent)]).toEqual([null, []])
  expect(await api.call('POST', `/v1/${kind}`, sent, strict)).toMatchObject({ status: 201 })
  expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numSuccess: 2 })
})
