/** MongodbExport: documents of a collection, in the order of their `_id`, or what an aggregation gives; and lookups. */
import { hash } from 'node:crypto'
import type * as MongoDB from 'mongodb'
import { StepFailure, type Cursor, type FieldOf, type FlowRecord, type SourceAdaptor, type SourceStep } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { TextsInput } from '../../outgoing/request-texts.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { documentExport, checkFound, type DocumentSource, type Exchanged, type FoundDocument } from '../documents/export.ts'
import { prepareJson, prepareObject, type TemplateMeans } from '../documents/json-template.ts'
import { exportDates } from '../export-dates.ts'
import { stepContext } from '../step-context.ts'
import { maxTold, mongoClient, type Collection, type MongoClient, type MongoPorts } from './client.ts'
import type { MongoClients, Reads } from './clients.ts'
import { toDocument, toRecord } from './values.ts'

interface Doc {
  readonly _id?: unknown
  readonly [field: string]: unknown
}

/** Documents that a server gives at once. */
const batchSize = 500
/** Kinds of ids in the order in which MongoDB sorts them: what is larger than one is looked for among those of its kind alone. */
const kindsInOrder = ['minKey', 'null', 'number', 'string', 'object', 'binData', 'objectId', 'bool', 'date', 'timestamp', 'maxKey'] as const

export const mongodbExport = (ports: MongoPorts, clients: MongoClients, fieldOf: FieldOf): SourceAdaptor =>
  documentExport('MongodbExport', fieldOf, (step) => createSource(ports, clients, step))

/** What is asked of a collection. */
interface Question {
  readonly filter: Doc
  readonly projection: Doc | undefined
  /** Of an aggregation. */
  readonly stages: readonly Doc[] | undefined
}

async function createSource(ports: MongoPorts, clients: MongoClients, step: SourceStep): Promise<DocumentSource> {
  const { doc, connection, run } = step
  refuseFields('exports', doc)
  const { mongodb } = doc
  const client = mongoClient(ports, clients, connection, run, doc)
  const { _id, name } = client.connection
  const shared = {
    ...stepContext(step, 'export', { connection: { _id, name } }),
    ...exportDates(doc, run),
    exportStartTime: run.currentExportDateTime,
  }
  const marks = doc.type === 'once' && !run.testMode ? doc.once?.booleanField : undefined
  const question = createQuestion(doc.mongodb, marks, { evaluate: client.evaluate, shared }, client)
  const reads = readPreference(mongodb?.readPreference)
  const reader = { client, collection: mongodb?.collection, reads }
  return {
    level: client.level,
    async *read(after, exchanged) {
      const asked = await question({})
      yield* asked.stages ? readAggregation(reader, asked, after, exchanged) : readDocuments(reader, asked, after, exchanged)
    },
    async find(record, { exchanged, yields }) {
      const asked = await question({ record })
      const found = await client.telling(
        { command: commandOf(mongodb?.collection, asked), exchanged },
        () => client.work(mongodb?.collection, (collection) => findAll(open(collection, asked, reads), client), { reads, yields }),
        (all) => all.slice(0, maxTold),
      )
      return found
    },
    ...(marks && { mark: createMark(client, mongodb?.collection, marks) }),
  }
}

function createQuestion(
  mongodb: SourceStep['doc']['mongodb'],
  marks: string | undefined,
  means: TemplateMeans,
  client: MongoClient,
): (input: TextsInput) => Promise<Question> {
  const { filter, projection, pipeline } = mongodb ?? {}
  const wants = prepareObject('mongodb.filter', filter, means)
  const shows = prepareObject('mongodb.projection', projection, means)
  const stages = pipeline?.trim() ? prepareJson('mongodb.pipeline', pipeline, means) : undefined
  return async (input) => {
    const [wanted, shown, made] = await Promise.all([wants?.(input), shows?.(input), stages?.(input)])
    if (made !== undefined && !(Array.isArray(made) && made.every(isPlainObject)))
      throw new StepFailure({ source: 'internal', code: 'invalid_json', message: 'mongodb.pipeline has to be a list of stages, in JSON.' })
    const own = toDocument(wanted ?? {}, client.bson) as Doc
    const unmarked = marks ? { [marks]: { $ne: true } } : undefined
    return {
      filter: unmarked ? (wanted ? { $and: [own, unmarked] } : unmarked) : own,
      projection: shown && (toDocument(shown, client.bson) as Doc),
      stages: made && (toDocument(made, client.bson) as Doc[]),
    }
  }
}

const readPreference = (said: string | undefined): Reads => (said === undefined || said === 'doNotOverride' ? 'primary' : (said as Reads))

const commandOf = (collection: string | undefined, { filter, projection, stages }: Question): object =>
  stages
    ? { aggregate: collection, pipeline: [...before(filter), ...stages] }
    : { find: collection, filter, ...(projection && { projection }) }

const before = (filter: Doc): Doc[] => (Object.keys(filter).length > 0 ? [{ $match: filter }] : [])

type Open = MongoDB.FindCursor<Doc> | MongoDB.AggregationCursor<Doc>

function open(collection: Collection, { filter, projection, stages }: Question, reads: Reads): Open {
  const options = { readPreference: reads, batchSize, allowDiskUse: true }
  if (stages) return collection.aggregate<Doc>([...before(filter), ...stages, ...(projection ? [{ $project: projection }] : [])], options)
  return collection.find<Doc>(filter as never, { ...options, ...(projection && { projection }) } as never)
}

/** What the server has sent, or sends next; nothing at the end. */
async function nextBatch(cursor: Open): Promise<Doc[]> {
  return (await cursor.hasNext()) ? cursor.readBufferedDocuments() : []
}

async function findAll(cursor: Open, { bson }: MongoClient): Promise<readonly FlowRecord[]> {
  const found: FlowRecord[] = []
  let bytes = 0
  try {
    for (let batch = await nextBatch(cursor); batch.length > 0; batch = await nextBatch(cursor))
      for (const document of batch) {
        const record = toRecord(document, bson) as FlowRecord
        checkFound((bytes += Buffer.byteLength(JSON.stringify(record))))
        found.push(record)
      }
    return found
  } finally {
    await cursor.close().catch(() => undefined)
  }
}

interface Reader {
  readonly client: MongoClient
  readonly collection: string | undefined
  readonly reads: Reads
}

/** Batches of a cursor that is opened anew, where it was lost, by what was handed on last. */
async function* readBatches(
  { client, collection, reads }: Reader,
  asked: Question,
  exchanged: Exchanged | undefined,
  openAt: () => { readonly question: Question; readonly opened?: (cursor: Open) => Promise<void> },
): AsyncGenerator<readonly Doc[]> {
  let cursor: Open | undefined
  const read = async (): Promise<Doc[]> => {
    try {
      return await client.inSlot(() =>
        client.on(collection, reads, async (on) => {
          if (!cursor) {
            const { question, opened } = openAt()
            cursor = open(on, question, reads)
            if (!question.stages) (cursor as MongoDB.FindCursor<Doc>).sort({ _id: 1 })
            await opened?.(cursor)
          }
          return nextBatch(cursor)
        }),
      )
    } catch (error) {
      await cursor?.close().catch(() => undefined)
      cursor = undefined
      throw error
    }
  }
  const command = commandOf(collection, asked)
  try {
    for (;;) {
      const batch = await client.telling(
        { command, exchanged },
        () => client.again(read),
        (documents) => documents.slice(0, maxTold).map((each) => toRecord(each, client.bson)),
      )
      if (batch.length === 0) return
      yield batch
    }
  } finally {
    await cursor?.close().catch(() => undefined)
  }
}

async function* readDocuments(
  reader: Reader,
  asked: Question,
  after: Cursor | undefined,
  exchanged: Exchanged | undefined,
): AsyncGenerator<readonly FoundDocument[]> {
  const { EJSON } = reader.client.bson
  // Ids say where an answer goes on, so they are fetched, whatever is shown.
  const hidesId = asked.projection?._id === 0 || asked.projection?._id === false
  const { _id, ...rest } = asked.projection ?? {}
  const seen: Question = hidesId ? { ...asked, projection: Object.keys(rest).length > 0 ? rest : undefined } : asked
  let last = after as { readonly id: string } | undefined
  const openAt = () => ({ question: last ? { ...seen, filter: afterId(asked.filter, EJSON.parse(last.id, { relaxed: false })) } : seen })
  for await (const batch of readBatches(reader, asked, exchanged, openAt)) {
    const found = batch.map((document): FoundDocument => {
      const id = EJSON.stringify(document._id ?? null, { relaxed: false })
      const { _id: shown, ...fields } = toRecord(document, reader.client.bson) as Doc
      return { record: hidesId ? fields : { _id: shown, ...fields }, after: { id } }
    })
    last = found.at(-1)?.after as typeof last
    yield found
  }
}

/** What is larger than an id among those of its kind, and all of the kinds that come after. */
function afterId(filter: Doc, id: unknown): Doc {
  const kinds = kindsInOrder.slice(kindsInOrder.indexOf(kindOf(id)) + 1)
  const larger = { $or: [{ _id: { $gt: id } }, { _id: { $type: kinds } }] }
  return Object.keys(filter).length > 0 ? { $and: [filter, larger] } : larger
}

function kindOf(id: unknown): (typeof kindsInOrder)[number] {
  if (id === null || id === undefined) return 'null'
  if (typeof id === 'number' || typeof id === 'bigint') return 'number'
  if (typeof id === 'string') return 'string'
  if (typeof id === 'boolean') return 'bool'
  if (id instanceof Date) return 'date'
  const type = (id as { _bsontype?: string })._bsontype
  return bsonKinds[type ?? ''] ?? 'object'
}
const bsonKinds: Readonly<Record<string, (typeof kindsInOrder)[number]>> = {
  Binary: 'binData',
  Decimal128: 'number',
  Double: 'number',
  Int32: 'number',
  Long: 'number',
  MaxKey: 'maxKey',
  MinKey: 'minKey',
  ObjectId: 'objectId',
  Timestamp: 'timestamp',
}

const printOf = (record: unknown): string => hash('sha1', JSON.stringify(record), 'base64').slice(0, 16)

/** An aggregation runs once more where it goes on, and passes over what was handed on; where the last of that is another one, it begins anew. */
async function* readAggregation(
  reader: Reader,
  asked: Question,
  after: Cursor | undefined,
  exchanged: Exchanged | undefined,
): AsyncGenerator<readonly FoundDocument[]> {
  const { bson } = reader.client
  let last = after as { readonly offset: number; readonly print: string } | undefined
  const opened = async (cursor: Open): Promise<void> => {
    if (!last) return
    let document: Doc | null = null
    for (let left = last.offset; left > 0; left--) {
      document = await cursor.next()
      if (!document) break
    }
    if (document && printOf(toRecord(document, bson)) === last.print) return
    last = undefined
    cursor.rewind()
  }
  for await (const batch of readBatches(reader, asked, exchanged, () => ({ question: asked, opened }))) {
    const offset = last?.offset ?? 0
    const found = batch.map((document, i): FoundDocument => {
      const record = toRecord(document, bson) as FlowRecord
      return { record, after: { offset: offset + i + 1, print: printOf(record) } }
    })
    last = found.at(-1)?.after as typeof last
    yield found
  }
}

function createMark(client: MongoClient, collection: string | undefined, field: string): NonNullable<DocumentSource['mark']> {
  const { EJSON } = client.bson
  return async (found) => {
    const ids = found.flatMap(({ after: { id } }) => (typeof id === 'string' ? [EJSON.parse(id, { relaxed: false }) as unknown] : []))
    await client.work(collection, (on) => on.updateMany({ _id: { $in: ids } } as never, { $set: { [field]: true } } as never))
  }
}
