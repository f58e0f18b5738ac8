/** The fields of connections to databases of documents, and of the exports and imports over them. */
import { carried, kept, only, type Described, type Field } from './field.ts'

const inDynamo = 'engine/adaptors/dynamodb.test.ts'
const dynamoExports = 'cases/dynamodb/export/query.json'
const dynamoImports = 'cases/dynamodb/import/write.json'
const inMongo = 'engine/adaptors/mongodb.test.ts'
const mongoExports = 'cases/mongodb/export/find.json'
const mongoImports = 'cases/mongodb/import/write.json'
const oneMethod = 'There is one thing to do with it: it is asked.'

/** The fields of a block. */
const fieldsOf = (block: string, names: readonly string[]): string[] => names.map((name) => `${block}.${name}`)

export const documentConnections: readonly Field[] = [
  ...only(
    'mongodb',
    carried(
      inMongo,
      'mongodb.host[]',
      ...fieldsOf('mongodb', ['username', 'password', 'database', 'replicaSet', 'ssl', 'authSource']),
      ...fieldsOf('mongodb', ['concurrencyLevel', 'targetConcurrencyLevel']),
    ),
  ),
  ...only(
    'dynamodb',
    carried(inDynamo, 'dynamodb.aws.accessKeyId', 'dynamodb.aws.secretAccessKey'),
    carried(inDynamo, 'dynamodb.concurrencyLevel', 'dynamodb.targetConcurrencyLevel'),
  ),
]

export const documentExports: readonly Field[] = [
  ...only(
    'Mongodb',
    carried(mongoExports, ...fieldsOf('mongodb', ['collection', 'filter', 'projection', 'pipeline'])),
    carried(inMongo, 'mongodb.readPreference'),
    kept(oneMethod, 'mongodb.method'),
  ),
  ...only(
    'Dynamodb',
    carried(
      dynamoExports,
      ...fieldsOf('dynamodb', [
        'tableName',
        'keyConditionExpression',
        'filterExpression',
        'projectionExpression[]',
        'expressionAttributeNames',
        'expressionAttributeValues',
        'onceExportPartitionKey',
        'onceExportSortKey',
      ]),
    ),
    carried(inDynamo, 'dynamodb.region'),
    kept(oneMethod, 'dynamodb.method'),
  ),
]

export const documentImports: readonly Field[] = [
  ...only(
    'Mongodb',
    carried(
      mongoImports,
      ...fieldsOf('mongodb', ['method', 'collection', 'filter', 'document', 'update', 'upsert', 'ignoreExtract', 'ignoreLookupFilter']),
    ),
  ),
  ...only(
    'Dynamodb',
    carried(
      dynamoImports,
      ...fieldsOf('dynamodb', [
        'method',
        'tableName',
        'partitionKey',
        'sortKey',
        'itemDocument',
        'updateExpression',
        'conditionExpression',
        'expressionAttributeNames',
        'expressionAttributeValues',
        'ignoreExtract',
      ]),
    ),
    carried(inDynamo, 'dynamodb.region'),
  ),
]

/** Exports that mark records by a field of theirs (`once.booleanField`). */
export const marksByField = (adaptorType: unknown): boolean => adaptorType === 'DynamodbExport' || adaptorType === 'MongodbExport'

/** What of an import says how to find out whether a record is there. */
export function documentRecognisers({ dynamodb, mongodb }: Described): readonly unknown[] {
  const { ignoreExtract: ofItem } = (dynamodb ?? {}) as Described
  const { ignoreExtract, ignoreLookupFilter } = (mongodb ?? {}) as Described
  return [ofItem, ignoreExtract, ignoreLookupFilter]
}
