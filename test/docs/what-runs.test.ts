/** docs/what-runs.md against the program: what the page says runs is tried where that can be told, and looked for in the engine where it cannot. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resources } from '../../src/contract/resources/index.ts'
import { Filter } from '../../src/contract/shared/filter.ts'
import { Transform } from '../../src/contract/shared/transform.ts'
import { StepFailure } from '../../src/engine/adaptor.ts'
import { readXmlBody } from '../../src/engine/adaptors/http/export/xml-answers.ts'
import { readCsvRows } from '../../src/engine/adaptors/http/csv-answers.ts'
import { readResponseBody } from '../../src/engine/adaptors/http/response-body.ts'
import { requestBuilder } from '../../src/engine/adaptors/http/request.ts'
import { findDatabase } from '../../src/engine/adaptors/rdbms/engines/index.ts'
import { adaptors, type AdaptorPorts } from '../../src/engine/adaptors/index.ts'
import { findFormat } from '../../src/engine/formats/index.ts'
import { readCredentials } from '../../src/engine/outgoing/auth/credentials.ts'
import { adaptorOfConnection } from '../../src/engine/plan/find-adaptor.ts'
import { aRun, collect, connectionTo, exportDoc, importDoc, scripted, stage } from '../engine/adaptors/stage.ts'
import { evaluate, evaluator } from '../engine/evaluator.ts'
import { signInPorts } from '../engine/outgoing/sign-in-ports.ts'
import { fieldsOf } from '../../src/engine/fields/refuse-fields.ts'
import { kinds, nameOf } from './engine-page.ts'
import { codesOf, pageOf, rowsOf, sectionOf } from './page.ts'

const page = pageOf('what-runs.md')

interface Schema {
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly readOnly?: boolean
  readonly deprecated?: boolean
}
/** The schema at a path; of a list, that of its entries. */
const schemaAt = (root: object, path: string): Schema =>
  path.split('.').reduce<Schema>((at, name) => {
    const next = at.properties?.[name] ?? at.items?.properties?.[name]
    if (!next) throw new Error(`there is no ${path}`)
    return next
  }, root as Schema)
const choices = (root: object, path: string): readonly string[] => schemaAt(root, path).enum ?? []
const names = (root: object, path: string): readonly string[] => Object.keys(schemaAt(root, path).properties ?? {})

const { exports, imports, connections, flows } = {
  exports: resources.exports.body,
  imports: resources.imports.body,
  connections: resources.connections.body,
  flows: resources.flows.body,
}

/** The engine's code, without what is said about it, and without the list of what becomes of each field. */
const engine = codeIn('engine')
function codeIn(folder: string): string {
  const root = join(import.meta.dirname, '../../src', folder)
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('fields/'),
  )
  const code = files.map((file) => readFileSync(join(root, file), 'utf8').replaceAll(/\/\*\*[^]*?\*\/|\/\/.*$/gm, ''))
  return code.join('\n')
}
const isRead = (name: string, code = engine): boolean => new RegExp(`\\b${name}\\b`).test(code)

const { connections: connectors, sources, sinks } = adaptors({ evaluator, files: '/nowhere' } as AdaptorPorts)
const origin = 'http://127.0.0.1:1'

/** Whether it works, or is refused with this code. */
async function unlessRefused(code: string, act: () => unknown): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (error instanceof StepFailure && error.failure.code === code) return false
    throw error
  }
}

const proves = (type: string): Promise<boolean> =>
  unlessRefused('auth_type_unsupported', () =>
    readCredentials(connectionTo(origin, { auth: { type, token: { token: 't' }, jwt: { token: 'a.b.c' } } }), signInPorts),
  )

const aDatabase = { type: 'mysql', host: 'h', database: 'd', user: 'u' }
const connects = (type: string): Promise<boolean> =>
  unlessRefused('connection_type_unsupported', () => {
    const doc = {
      ...connectionTo(origin),
      http: undefined,
      type,
      [type]: {
        baseURI: origin,
        serverURL: origin,
        mediaType: 'json',
        ...(type === 'wrapper' && { _stackId: 'x' }),
        ...(type === 'rdbms' && aDatabase),
        ...(type === 'jdbc' && { ...aDatabase, type: 'sqlserver' }),
        ...(type === 'mongodb' && { host: ['h'], username: 'u', password: 'p' }),
        ...(type === 'dynamodb' && { aws: { accessKeyId: 'k', secretAccessKey: 's' } }),
      },
    } as never
    return adaptorOfConnection(connectors, doc).ready(doc, aRun())
  })

const readsFile = (type: string): boolean => findFormat(type, 'a') !== undefined

const writes = (mediaType: string): Promise<boolean> =>
  unlessRefused('media_type_unsupported', async () => {
    const credentials = await readCredentials(connectionTo(origin), signInPorts)
    requestBuilder({ method: 'POST', relativeURI: '/', headers: [], body: 'x', mediaType, shared: {} }, { credentials, evaluate })
  })

const texts: Readonly<Record<string, string>> = { json: '{"a":1}', xml: '<a>1</a>', csv: 'a\n1\n', plaintext: 'one' }
const reads = async (mediaType: string): Promise<boolean> => {
  const answer = { statusCode: 200, headers: {}, body: Buffer.from(texts[mediaType] as string) }
  const read = await readResponseBody(answer as never, mediaType)
  if (read.isCsv) return (await readCsvRows(read.text, {})).fault === undefined
  return (read.isXml ? await readXmlBody(evaluate, read.text) : read).unreadable === undefined
}

const fetches = (doc: object): Promise<boolean> =>
  unlessRefused('export_type_unsupported', async () => {
    const server = await scripted([{ body: [] }])
    const step = { doc: exportDoc(doc), connection: connectionTo(server.origin), run: aRun() }
    // Nothing is kept here, which is told of a blob once it was answered.
    await unlessRefused('blobs_unavailable', () => collect(stage().source.pages(step, undefined)))
  })
const sends = (type: string): Promise<boolean> =>
  unlessRefused('import_type_unsupported', async () => {
    const server = await scripted([{ body: {} }])
    const file = { type: 'csv', skipAggregation: true }
    const doc = importDoc({ http: { type, method: ['POST'], relativeURI: ['/'] }, ...(type === 'file' && { file }) })
    await stage().sink.write({ doc, connection: connectionTo(server.origin), run: aRun() }, [{ record: {}, mapped: {} }])
  })

interface Claim {
  readonly all: readonly string[]
  readonly works: (name: string) => boolean | Promise<boolean>
}

const both = (path: string): readonly string[] => [...new Set([...choices(exports, path), ...choices(imports, path)])]

const claims: Readonly<Record<string, Claim>> = {
  'Exports, by `adaptorType`': {
    all: choices(exports, 'adaptorType'),
    works: (name) => sources.some(({ adaptorType }) => adaptorType === name),
  },
  'Imports, by `adaptorType`': {
    all: choices(imports, 'adaptorType'),
    works: (name) => sinks.some(({ adaptorType }) => adaptorType === name),
  },
  'Connections, by `type`': { all: choices(connections, 'type'), works: connects },
  'Databases, by `rdbms.type`': { all: choices(connections, 'rdbms.type'), works: (name) => findDatabase(name) !== undefined },
  'Proof of a connection, by `http.auth.type`': { all: choices(connections, 'http.auth.type'), works: proves },
  'Bodies that are written, by `requestMediaType`': {
    all: [...new Set([...both('http.requestMediaType'), ...choices(connections, 'http.mediaType')])],
    works: writes,
  },
  'Answers that are read, by `successMediaType`': {
    all: [...new Set([...both('http.successMediaType'), ...choices(connections, 'http.successMediaType')])],
    works: reads,
  },
  'Exports over HTTP, by `type`': {
    all: choices(exports, 'type'),
    works: (type) => fetches({ type, http: { once: { relativeURI: '/' } } }),
  },
  'Exports over HTTP, by `http.type`': {
    all: choices(exports, 'http.type'),
    works: (type) => fetches({ http: { type }, ...(type !== 'blob' && { file: { type: 'csv' } }) }),
  },
  'Imports over HTTP, by `http.type`': { all: choices(imports, 'http.type'), works: sends },
  'Files that are read and written, by `file.type`': { all: both('file.type'), works: readsFile },
  'Paging, by `method`': { all: choices(exports, 'http.paging.method'), works: (name) => new RegExp(`\\b${name}: \\(`).test(engine) },
  'Hooks of exports': { all: names(exports, 'hooks'), works: (name) => isRead(name) },
  'Hooks of imports': { all: names(imports, 'hooks'), works: (name) => isRead(name) },
  'Hooks of steps in a flow': { all: names(flows, 'pageProcessors.hooks'), works: (name) => isRead(name) },
  'Filters, by `type`': { all: choices(Filter, 'type'), works: (name) => isRead(name) },
  'Transforms, by `type`': { all: choices(Transform, 'type'), works: (name) => isRead(name) },
  'Branches, by `routeRecordsUsing`': {
    all: choices(flows, 'routers.routeRecordsUsing'),
    works: (name) => name === 'input_filters' || isRead('script'),
  },
}

const rows = [...rowsOf(sectionOf(page, '## Steps and connections')), ...rowsOf(sectionOf(page, '## Functions of your own'))]

test('the page has a row for each of them', () => {
  expect(rows.map(([what]) => what)).toEqual(Object.keys(claims))
})

test.each(rows)('%s', async (what, runs = '', kept = '') => {
  const { all, works } = claims[what] as Claim
  expect(all.length).toBeGreaterThan(0)
  const found: Record<'runs' | 'kept', string[]> = { runs: [], kept: [] }
  for (const name of all) found[(await works(name)) ? 'runs' : 'kept'].push(name)
  expect({ runs: codesOf(runs).toSorted(), kept: codesOf(kept).toSorted() }).toEqual({
    runs: found.runs.toSorted(),
    kept: found.kept.toSorted(),
  })
})

/** What works before or around a run, and what templates read without a word of the engine. */
const besides = new Set(
  `_flowGroupingId _apiGroupingId settingsForm preSave isAbstract schedule unencrypted marketplaceId sellingRegion _integrationId setupInProgress _keepDeltaBehindFlowId _keepDeltaBehindExportId`.split(
    /\s+/,
  ),
)

describe('a field that the engine does not read is not called carried out', () => {
  test.each(kinds)('%s', (kind) => {
    const names = fieldsOf[kind].flatMap(({ path, carried }) => (carried === undefined ? [] : [nameOf(path)]))
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => !besides.has(name) && !isRead(name))).toEqual([])
  })
})

test('the page tells of every type of document', () => {
  const said = page.toLowerCase().replaceAll(' ', '')
  const types = Object.values(resources).map(({ name }) => name)
  expect(types.filter((name) => !said.includes(name.toLowerCase()))).toEqual([])
})
