/** MongodbImport: adds documents, or changes them, a page in one command. */
import type * as MongoDB from 'mongodb'
import {
  skipsRetries,
  StepFailure,
  type Failure,
  type FieldOf,
  type FlowRecord,
  type ImportDoc,
  type Outcome,
  type SinkAdaptor,
  type SinkStep,
  type Submission,
  type Told,
} from '../../adaptor.ts'
import { createLane, mapInLane, type Lane } from '../../around/lane.ts'
import type { Exchange } from '../../exchange.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { createIgnore, done, failed, toDocument as documentOf, toFailed, toInput } from '../documents/import.ts'
import { prepareJson, prepareObject, type TemplateMeans } from '../documents/json-template.ts'
import { oncePerStep } from '../once-per-step.ts'
import { stepContext } from '../step-context.ts'
import { mongoClient, type Collection, type MongoClient, type MongoPorts } from './client.ts'
import type { MongoClients } from './clients.ts'
import { toDocument, toRecord } from './values.ts'

interface Doc {
  readonly _id?: unknown
  readonly [field: string]: unknown
}

/** What is done for one record. */
type Write =
  | { readonly kind: 'insert'; readonly document: Doc; readonly isOurId: boolean }
  | { readonly kind: 'update'; readonly filter: Doc; readonly update: Doc | Doc[]; readonly upsert: boolean }

interface Sink {
  readonly client: MongoClient
  readonly collection: string | undefined
  /** Of its pages: each is one command. */
  readonly lane: Lane
  readonly ignores: (record: FlowRecord) => Promise<boolean>
  readonly maxTries: number | undefined
  readonly previews: boolean
  make(submission: Submission): Promise<Write>
}

/** Whether the collection is asked about a record before it is written. */
const asksFirst = ({ ignoreExisting, mongodb }: ImportDoc): boolean => Boolean(ignoreExisting && mongodb?.ignoreLookupFilter?.trim())

export function mongodbImport(ports: MongoPorts, clients: MongoClients, fieldOf: FieldOf): SinkAdaptor {
  const sinkOf = oncePerStep(async (step: SinkStep) => prepare(ports, clients, step))
  return {
    adaptorType: 'MongodbImport',
    fieldOf,
    batchSize: () => 1,
    lookups: () => [],
    ready: async (step) => void (await sinkOf(step)),
    asksFirst,
    write: async (step, submissions, told) => write(await sinkOf(step), submissions, told),
  }
}

function prepare(ports: MongoPorts, clients: MongoClients, step: SinkStep): Sink {
  const { doc, connection, run } = step
  refuseFields('imports', doc)
  const { mongodb } = doc
  if (!mongodb) throw stepFailure('The import has no mongodb configuration.')
  const client = mongoClient(ports, clients, connection, run, doc)
  const { _id, name } = client.connection
  const tables = Array.isArray(doc.lookups) ? doc.lookups : []
  const means = { evaluate: client.evaluate, shared: stepContext(step, 'import', { connection: { _id, name } }), tables }
  const { collection } = mongodb
  return {
    client,
    collection,
    lane: createLane(client.level),
    ignores: createIgnores(doc, client, means),
    maxTries: skipsRetries(run) ? 1 : doc.maxAttempts,
    previews: run.previewsImports ?? false,
    make: mongodb.method === 'updateOne' ? createUpdate(doc, client, means) : createInsert(doc, client, means),
  }
}

const stepFailure = (message: string): StepFailure => new StepFailure({ source: 'internal', code: 'configuration_missing', message })

function createIgnores(doc: ImportDoc, client: MongoClient, means: TemplateMeans): Sink['ignores'] {
  const { ignoreExtract, ignoreLookupFilter, collection } = doc.mongodb ?? {}
  const byRecord = createIgnore(doc, ignoreExtract, means)
  const byFilter = doc.ignoreExisting ? prepareObject('mongodb.ignoreLookupFilter', ignoreLookupFilter, means) : undefined
  return async (record) => {
    if (await byRecord?.(record)) return true
    if (!byFilter) return false
    const filter = toDocument(await byFilter({ records: [record], data: [record] }), client.bson) as never
    return (await client.work(collection, (on) => on.findOne(filter, { projection: { _id: 1 } }))) !== null
  }
}

function createInsert(doc: ImportDoc, client: MongoClient, means: TemplateMeans): Sink['make'] {
  const template = prepareObject('mongodb.document', doc.mongodb?.document, means)
  return async (submission) => {
    const made = template ? await template(toInput(doc, submission)) : documentOf(doc, submission)
    if (!isPlainObject(made)) throw invalid('A document is made of an object, and this record is none.')
    const document = toDocument(made, client.bson) as Doc
    // An id of our own tells a document that was written by a try whose answer was lost.
    return Object.hasOwn(document, '_id')
      ? { kind: 'insert', document, isOurId: false }
      : { kind: 'insert', document: { _id: new client.bson.ObjectId(), ...document }, isOurId: true }
  }
}

function createUpdate(doc: ImportDoc, client: MongoClient, means: TemplateMeans): Sink['make'] {
  const { filter, update, upsert = false } = doc.mongodb ?? {}
  const wants = prepareObject('mongodb.filter', filter, means)
  if (!wants) throw stepFailure('The import does not say which document it changes (mongodb.filter).')
  const template = update?.trim() ? prepareJson('mongodb.update', update, means) : undefined
  return async (submission) => {
    const input = toInput(doc, submission)
    const [wanted, made] = await Promise.all([wants(input), template ? template(input) : { $set: documentOf(doc, submission) }])
    if (!isPlainObject(made) && !Array.isArray(made)) throw invalid('mongodb.update has to be an object or a list of stages, in JSON.')
    const change = toDocument(made, client.bson) as Doc | Doc[]
    return { kind: 'update', filter: toDocument(wanted, client.bson) as Doc, update: change, upsert }
  }
}

const invalid = (message: string): StepFailure => new StepFailure({ source: 'internal', code: 'invalid_record', message })

async function write(sink: Sink, submissions: readonly Submission[], told?: Told): Promise<Outcome[]> {
  const outcomes: (Outcome | undefined)[] = []
  const writes = new Map<number, Write>()
  await mapInLane(createLane(sink.lane.level), submissions, async (submission, place) => {
    try {
      if (await sink.ignores(submission.record)) outcomes[place] = { kind: 'ignored' }
      else writes.set(place, await sink.make(submission))
    } catch (error) {
      outcomes[place] = toFailed(error)
    }
  })
  const page = [...writes].toSorted(([a], [b]) => a - b)
  if (sink.previews)
    for (const [place, one] of page) {
      told?.exchanged?.([place], sink.client.describe(commandOf(sink, one)))
      outcomes[place] = done(undefined, {})
    }
  else if (page.length > 0) await mapInLane(sink.lane, [page], (whole) => writePage(sink, whole, outcomes, told), told)
  else told?.begun()
  return submissions.map((_submission, place) => outcomes[place] ?? { kind: 'ignored' })
}

const commandOf = ({ collection }: Sink, one: Write): object =>
  one.kind === 'insert'
    ? { insert: collection, documents: [one.document] }
    : { update: collection, updates: [{ q: one.filter, u: one.update, upsert: one.upsert }] }

/** What became of one write: why it failed, or the id of a document that is new. */
type Done = { readonly failure: Failure } | { readonly id?: unknown }

async function writePage(
  sink: Sink,
  page: readonly (readonly [number, Write])[],
  outcomes: (Outcome | undefined)[],
  told: Told | undefined,
): Promise<void> {
  const { client, collection, maxTries } = sink
  const writes = page.map(([, one]) => one)
  const at = Date.now()
  let tries = 0
  let results: readonly Done[]
  try {
    results = await client.work(
      collection,
      (on) => {
        tries += 1
        return writes[0]?.kind === 'insert' ? insertAll(on, writes, tries > 1) : updateAll(on, writes)
      },
      { yields: told?.aheadUntil, maxTries },
    )
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    results = writes.map(() => ({ failure: error.failure }))
  }
  for (const [i, [place, one]] of page.entries()) {
    const result = results[i] as Done
    const exchange = 'failure' in result || told?.exchanged ? tellOf(sink, one, result, at) : undefined
    if (exchange) told?.exchanged?.([place], exchange)
    const id = 'failure' in result ? undefined : toRecord(result.id, client.bson)
    outcomes[place] = 'failure' in result ? failed(result.failure, exchange) : done(id, id === null ? {} : { _id: id })
  }
}

function tellOf(sink: Sink, one: Write, result: Done, at: number): Exchange {
  const exchange = sink.client.describe(commandOf(sink, one))
  const ms = Date.now() - at
  if ('failure' in result) return { ...exchange, at, ms, result: { kind: 'unreachable', ...result.failure } }
  const body = Buffer.from(JSON.stringify({ ok: 1 }))
  return { ...exchange, at, ms, result: { kind: 'answer', statusCode: 200, headers: { 'content-type': 'application/json' }, body } }
}

interface BulkError extends Error {
  readonly writeErrors?: readonly MongoDB.WriteError[] | MongoDB.WriteError
  readonly result?: { readonly upsertedIds?: Readonly<Record<number, unknown>> }
}

/** Of an error that says which writes of a command failed; undefined of any other. */
function readWriteErrors(error: unknown): readonly MongoDB.WriteError[] | undefined {
  const { writeErrors } = error as BulkError
  const all = writeErrors === undefined ? [] : [writeErrors].flat()
  return all.length > 0 ? (all as readonly MongoDB.WriteError[]) : undefined
}

const duplicate = 11_000

const toFailure = ({ code, errmsg }: MongoDB.WriteError): Failure => ({
  source: 'application',
  code: code === duplicate ? 'DuplicateKey' : code === 121 ? 'DocumentValidationFailure' : String(code),
  message: errmsg ?? `MongoDB refused the document (${code}).`,
})

/** In any order: each by itself. */
async function insertAll(on: Collection, writes: readonly Write[], isAgain: boolean): Promise<readonly Done[]> {
  const inserts = writes as readonly Extract<Write, { kind: 'insert' }>[]
  const results: Done[] = inserts.map(({ document }) => ({ id: document._id }))
  try {
    await on.insertMany(inserts.map(({ document }) => document) as never[], { ordered: false })
  } catch (error) {
    const errors = readWriteErrors(error)
    if (!errors) throw error
    for (const each of errors) {
      const wasWritten = isAgain && each.code === duplicate && inserts[each.index]?.isOurId && /_id_|index: _id/.test(each.errmsg ?? '')
      if (!wasWritten) results[each.index] = { failure: toFailure(each) }
    }
  }
  return results
}

/** In their order: two of a page may be for one document. One that fails keeps none of those after it. */
async function updateAll(on: Collection, writes: readonly Write[]): Promise<readonly Done[]> {
  const operations = (writes as readonly Extract<Write, { kind: 'update' }>[]).map(({ filter, update, upsert }) => ({
    updateOne: { filter, update, upsert },
  }))
  const results: Done[] = []
  while (results.length < operations.length) {
    const from = results.length
    const left = operations.slice(from)
    const add = (upserted: Readonly<Record<number, unknown>> | undefined, count: number): void => {
      for (let i = 0; i < count; i++) results.push({ id: upserted?.[i] })
    }
    try {
      const { upsertedIds } = await on.bulkWrite(left as never, { ordered: true })
      add(upsertedIds, left.length)
    } catch (error) {
      const first = readWriteErrors(error)?.[0]
      if (!first) throw error
      add((error as BulkError).result?.upsertedIds, first.index)
      results.push({ failure: toFailure(first) })
    }
  }
  return results
}
