/** Exports from a table of Amazon DynamoDB. */
import { choice, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { awsRegions } from '../step.ts'

export const dynamodb = object('A query on a table.', {
  region: choice(awsRegions, 'Region of the table.', { default: 'us-east-1' }),
  tableName: text('Name of the table.'),
  keyConditionExpression: text('Which keys to fetch, in the expression language of DynamoDB.'),
  expressionAttributeNames: text('Names that the expressions stand in for, as JSON.'),
  expressionAttributeValues: text('Values that the expressions stand in for, as JSON. Handlebars.'),
  ...optional({
    method: choice(['query'], 'What is done with the table.'),
    filterExpression: text('Which of the items found are kept.'),
    projectionExpression: texts('Fields to fetch; all of them where it is absent.'),
    onceExportPartitionKey: text('Partition key of the item to mark as fetched, for type `once`. Handlebars.'),
    onceExportSortKey: text('Sort key of that item. Handlebars.'),
  }),
})
