/** DynamodbImport: writes an item, or changes one, for each record. */
import {
  skipsRetries,
  StepFailure,
  type FieldOf,
  type ImportDoc,
  type Outcome,
  type SinkAdaptor,
  type SinkStep,
  type Submission,
  type Told,
} from '../../adaptor.ts'
import { createLane, mapInLane, type Lane } from '../../around/lane.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { createIgnore, done, toDocument, toFailed, toInput } from '../documents/import.ts'
import { prepareObject, prepareText, type TemplateMeans } from '../documents/json-template.ts'
import { oncePerStep } from '../once-per-step.ts'
import { stepContext } from '../step-context.ts'
import { dynamoClient, stepFailure, type DynamoClient, type DynamoPorts } from './client.ts'
import { readItem, writeItem, writeKey, writeTemplate, type Item } from './values.ts'

interface Asked {
  readonly action: 'PutItem' | 'UpdateItem'
  readonly body: object
}

interface Sink {
  readonly doc: ImportDoc
  readonly client: DynamoClient
  readonly lane: Lane
  readonly ignores: ReturnType<typeof createIgnore>
  readonly maxTries: number | undefined
  readonly previews: boolean
  make(submission: Submission): Promise<Asked>
}

export function dynamodbImport(ports: DynamoPorts, fieldOf: FieldOf): SinkAdaptor {
  const sinkOf = oncePerStep(async (step: SinkStep) => prepare(ports, step))
  return {
    adaptorType: 'DynamodbImport',
    fieldOf,
    batchSize: () => 1,
    lookups: () => [],
    ready: async (step) => void (await sinkOf(step)),
    write: async (step, submissions, told) => write(await sinkOf(step), submissions, told),
  }
}

function prepare(ports: DynamoPorts, step: SinkStep): Sink {
  const { doc, connection, run } = step
  refuseFields('imports', doc)
  const { dynamodb } = doc
  if (!dynamodb?.tableName?.trim()) throw stepFailure('configuration_missing', 'The import names no table (dynamodb.tableName).')
  const client = dynamoClient(ports, connection, run, dynamodb.region, doc)
  const { _id, name } = client.connection
  const tables = Array.isArray(doc.lookups) ? doc.lookups : []
  const means = { evaluate: client.evaluate, shared: stepContext(step, 'import', { connection: { _id, name } }), tables }
  return {
    doc,
    client,
    lane: createLane(client.level),
    ignores: createIgnore(doc, dynamodb.ignoreExtract, means),
    maxTries: skipsRetries(run) ? 1 : doc.maxAttempts,
    previews: run.previewsImports ?? false,
    make: dynamodb.method === 'updateItem' ? createUpdate(client, doc, means) : createPut(doc, means),
  }
}

async function write(sink: Sink, submissions: readonly Submission[], told?: Told): Promise<Outcome[]> {
  const { client, lane, ignores, maxTries, previews } = sink
  const one = async (submission: Submission, place: number): Promise<Outcome> => {
    if (await ignores?.(submission.record)) return { kind: 'ignored' }
    const { action, body } = await sink.make(submission)
    const exchanged = told?.exchanged && ((exchange: Parameters<NonNullable<Told['exchanged']>>[1]) => told.exchanged?.([place], exchange))
    if (previews) {
      exchanged?.(client.describe(action, body))
      return done(undefined, {})
    }
    const { Attributes } = await client.call(action, body, { exchanged, yields: told?.aheadUntil, maxTries })
    return done(undefined, isPlainObject(Attributes) ? readItem(Attributes as Item) : {})
  }
  return mapInLane(lane, submissions, (submission, place) => one(submission, place).catch(toFailed), told)
}

/** What every kind of write has: a condition, and what stands for names and values in expressions. */
function createExpressions({ dynamodb }: ImportDoc, means: TemplateMeans) {
  const { conditionExpression, expressionAttributeNames, expressionAttributeValues } = dynamodb ?? {}
  const names = prepareObject('dynamodb.expressionAttributeNames', expressionAttributeNames, means)
  const values = prepareObject('dynamodb.expressionAttributeValues', expressionAttributeValues, means)
  return async (input: ReturnType<typeof toInput>): Promise<object> => {
    const [asked, bound] = await Promise.all([names?.(input), values?.(input)])
    return {
      ...(conditionExpression?.trim() && { ConditionExpression: conditionExpression }),
      ...(asked && Object.keys(asked).length > 0 && { ExpressionAttributeNames: asked }),
      ...(bound && Object.keys(bound).length > 0 && { ExpressionAttributeValues: writeTemplate(bound) }),
    }
  }
}

function createPut(doc: ImportDoc, means: TemplateMeans): Sink['make'] {
  const item = prepareObject('dynamodb.itemDocument', doc.dynamodb?.itemDocument, means)
  const expressions = createExpressions(doc, means)
  return async (submission) => {
    const input = toInput(doc, submission)
    const mapped = toDocument(doc, submission)
    if (!item && !isPlainObject(mapped))
      throw new StepFailure({
        source: 'internal',
        code: 'invalid_record',
        message: 'An item of a table is made of an object, and this record is none.',
      })
    const Item = item ? writeTemplate(await item(input)) : writeItem(mapped as Record<string, unknown>)
    return { action: 'PutItem', body: { TableName: doc.dynamodb?.tableName, Item, ...(await expressions(input)) } }
  }
}

function createUpdate(client: DynamoClient, doc: ImportDoc, means: TemplateMeans): Sink['make'] {
  const { tableName = '', partitionKey, sortKey, updateExpression } = doc.dynamodb ?? {}
  if (!partitionKey?.trim() || !updateExpression?.trim())
    throw stepFailure(
      'configuration_missing',
      'The import does not say which item it changes, or how (dynamodb.partitionKey, dynamodb.updateExpression).',
    )
  const texts = [partitionKey, sortKey].flatMap((template) => (template?.trim() ? [prepareText(template, means)] : []))
  const expressions = createExpressions(doc, means)
  return async (submission) => {
    const input = toInput(doc, submission)
    const [keys, given] = await Promise.all([client.keysOf(tableName), Promise.all(texts.map((render) => render(input)))])
    if (given.length !== keys.length)
      throw stepFailure(
        'configuration_missing',
        `The table ${tableName} has ${keys.length === 1 ? 'no sort key, and dynamodb.sortKey says one' : 'a sort key, and dynamodb.sortKey says none'}.`,
      )
    const Key = Object.fromEntries(keys.map(({ name, type }, i) => [name, writeKey(given[i] ?? '', type)]))
    const body = { TableName: tableName, Key, UpdateExpression: updateExpression, ReturnValues: 'ALL_NEW', ...(await expressions(input)) }
    return { action: 'UpdateItem', body }
  }
}
