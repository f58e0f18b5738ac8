/** DynamodbExport: a query on a table, page by page by the keys of its items, and lookups by queries. */
import { StepFailure, type Cursor, type FieldOf, type SourceAdaptor, type SourceStep } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { documentExport, checkFound, type DocumentSource, type FoundDocument } from '../documents/export.ts'
import { prepareObject, prepareText, type TemplateMeans } from '../documents/json-template.ts'
import { exportDates } from '../export-dates.ts'
import { stepContext } from '../step-context.ts'
import type { TextsInput } from '../../outgoing/request-texts.ts'
import { dynamoClient, stepFailure, type CallOptions, type DynamoClient, type DynamoPorts, type KeyPart } from './client.ts'
import { readItem, writeAttribute, writeKey, writeTemplate, type Item } from './values.ts'

type DynamoExport = NonNullable<SourceStep['doc']['dynamodb']>

/** Stand for key attributes in expressions of ours, beside those of the export. */
const keyName = (i: number): string => `#sluice_key_${i}`

export const dynamodbExport = (ports: DynamoPorts, fieldOf: FieldOf): SourceAdaptor =>
  documentExport('DynamodbExport', fieldOf, (step) => createSource(ports, step))

async function createSource(ports: DynamoPorts, step: SourceStep): Promise<DocumentSource> {
  const { doc, connection, run } = step
  refuseFields('exports', doc)
  const { dynamodb } = doc
  if (!dynamodb?.tableName?.trim() || !dynamodb.keyConditionExpression?.trim())
    throw stepFailure('configuration_missing', 'The export says no table, or no condition on its keys (dynamodb.keyConditionExpression).')
  const client = dynamoClient(ports, connection, run, dynamodb.region, doc)
  const { _id, name } = client.connection
  const shared = {
    ...stepContext(step, 'export', { connection: { _id, name } }),
    ...exportDates(doc, run),
    exportStartTime: run.currentExportDateTime,
  }
  const means = { evaluate: client.evaluate, shared }
  const marks = doc.type === 'once' && !run.testMode
  const prepareQuery = createQuery(dynamodb, marks ? doc.once?.booleanField : undefined, means)
  const mark = marks ? createMark(client, dynamodb, doc.once?.booleanField, means) : undefined
  const ask = async (query: Query, options: CallOptions): Promise<Answer> =>
    (await client.call('Query', query, options)) as unknown as Answer
  return {
    level: client.level,
    async *read(after, exchanged) {
      const keys = await client.keysOf(dynamodb.tableName)
      const { query, added } = withKeys(await prepareQuery({}), keys)
      let start = (after as { readonly key: Item } | undefined)?.key
      do {
        const answer = await ask({ ...query, ...(start && { ExclusiveStartKey: start }) }, { exchanged })
        yield (answer.Items ?? []).map((item) => toFound(item, keys, added))
        start = answer.LastEvaluatedKey
      } while (start)
    },
    async find(record, { exchanged, yields }) {
      const query = await prepareQuery({ record })
      const found: Item[] = []
      let bytes = 0
      let start: Item | undefined
      do {
        const answer = await ask({ ...query, ...(start && { ExclusiveStartKey: start }) }, { exchanged, yields })
        checkFound((bytes += answer.bytes))
        found.push(...(answer.Items ?? []))
        start = answer.LastEvaluatedKey
      } while (start)
      return found.map(readItem)
    },
    ...(mark && { mark }),
  }
}

interface Query {
  readonly TableName: string
  readonly KeyConditionExpression: string
  readonly FilterExpression?: string
  readonly ProjectionExpression?: string
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Item
}

interface Answer {
  readonly Items?: readonly Item[]
  readonly LastEvaluatedKey?: Item
  readonly bytes: number
}

/** `marked` is the field of items that were exported. */
function createQuery(dynamodb: DynamoExport, marked: string | undefined, means: TemplateMeans): (input: TextsInput) => Promise<Query> {
  const { tableName, keyConditionExpression, filterExpression, projectionExpression } = dynamodb
  const names = prepareObject('dynamodb.expressionAttributeNames', dynamodb.expressionAttributeNames, means)
  const values = prepareObject('dynamodb.expressionAttributeValues', dynamodb.expressionAttributeValues, means)
  const fields = (projectionExpression ?? []).map((field) => field.trim()).filter(Boolean)
  return async (input) => {
    const [asked, bound] = await Promise.all([names?.(input), values?.(input)])
    const filters = [filterExpression?.trim(), marked && '#sluice_mark <> :sluice_mark'].filter(Boolean)
    const allNames = { ...asked, ...(marked && { '#sluice_mark': marked }) }
    const allValues = { ...(bound && writeTemplate(bound)), ...(marked && { ':sluice_mark': writeAttribute(true) }) }
    return {
      TableName: tableName,
      KeyConditionExpression: keyConditionExpression,
      ...(filters.length > 0 && { FilterExpression: filters.map((filter) => (filters.length > 1 ? `(${filter})` : filter)).join(' and ') }),
      ...(fields.length > 0 && { ProjectionExpression: fields.join(', ') }),
      ...(Object.keys(allNames).length > 0 && { ExpressionAttributeNames: allNames as Readonly<Record<string, string>> }),
      ...(Object.keys(allValues).length > 0 && { ExpressionAttributeValues: allValues }),
    }
  }
}

/** An answer goes on after the keys of its last item, so they are fetched; what the export did not ask for is no part of its records. */
function withKeys(query: Query, keys: readonly KeyPart[]): { readonly query: Query; readonly added: readonly string[] } {
  if (query.ProjectionExpression === undefined) return { query, added: [] }
  const names = query.ExpressionAttributeNames ?? {}
  const asked = new Set(query.ProjectionExpression.split(', ').map((field) => names[field] ?? field))
  const added = keys.map(({ name }) => name).filter((name) => !asked.has(name))
  if (added.length === 0) return { query, added }
  return {
    added,
    query: {
      ...query,
      ProjectionExpression: [query.ProjectionExpression, ...added.map((_name, i) => keyName(i))].join(', '),
      ExpressionAttributeNames: { ...names, ...Object.fromEntries(added.map((name, i) => [keyName(i), name])) },
    },
  }
}

function toFound(item: Item, keys: readonly KeyPart[], added: readonly string[]): FoundDocument {
  const key = Object.fromEntries(keys.map(({ name }) => [name, item[name]]))
  const record = readItem(item)
  for (const name of added) delete record[name]
  return { record, after: { key } satisfies Cursor }
}

/** Sets the field that says so, on the item with the keys that the export's templates give. */
function createMark(
  client: DynamoClient,
  { tableName, onceExportPartitionKey, onceExportSortKey }: DynamoExport,
  booleanField: string | undefined,
  means: TemplateMeans,
): NonNullable<DocumentSource['mark']> {
  const texts = [onceExportPartitionKey, onceExportSortKey].flatMap((template) => (template?.trim() ? [prepareText(template, means)] : []))
  return async (found) => {
    const keys = await client.keysOf(tableName)
    const left = found.values()
    // Each worker of these takes the next one: all of a page at once would wait for each other's slots anyway.
    const work = async (): Promise<void> => {
      for (const { record, after } of left) {
        const own = (after as { readonly key: Item }).key
        const given = await Promise.all(texts.map((render) => render({ record })))
        const key = Object.fromEntries(
          keys.map(({ name, type }, i) => [name, given[i] === undefined || given[i] === '' ? own[name] : writeKey(given[i], type)]),
        )
        const marking = client.call('UpdateItem', {
          TableName: tableName,
          Key: key,
          UpdateExpression: 'SET #sluice_mark = :sluice_mark',
          ConditionExpression: `attribute_exists(${keyName(0)})`,
          ExpressionAttributeNames: { '#sluice_mark': booleanField, [keyName(0)]: keys[0]?.name },
          ExpressionAttributeValues: { ':sluice_mark': writeAttribute(true) },
        })
        await marking.catch(unlessGone)
      }
    }
    await Promise.all(Array.from({ length: client.level }, work))
  }
}

/** An item that is there no more needs no mark. */
function unlessGone(error: unknown): void {
  if (!(error instanceof StepFailure) || error.failure.code !== 'ConditionalCheckFailedException') throw error
}
