/** Imports into a table of Amazon DynamoDB. */
import { choice, optional, requireIf, object, text } from '../../shared/schema-helpers.ts'
import { awsRegions } from '../step.ts'

export const dynamodb = object(
  'What is done with the table.',
  {
    region: choice(awsRegions, 'Region of the table.', { default: 'us-east-1' }),
    method: choice(['putItem', 'updateItem'], 'Whether items are written whole or changed.'),
    tableName: text('Name of the table.'),
    ...optional({
      partitionKey: text('Partition key of the item to change. Handlebars.'),
      sortKey: text('Sort key of the item to change. Handlebars.'),
      itemDocument: text('The item to write, as JSON; the mapped record where it is absent. Handlebars.'),
      updateExpression: text('What to change, in the expression language of DynamoDB, for `updateItem`.'),
      conditionExpression: text('What must hold for the item to be written.'),
      expressionAttributeNames: text('Names that the expressions stand in for, as JSON.'),
      expressionAttributeValues: text('Values that the expressions stand in for, as JSON. Handlebars.'),
      ignoreExtract: text('Path in the record whose value, where there is one, leaves the record out. Handlebars.'),
    }),
  },
  requireIf({ field: 'method', is: ['updateItem'], need: ['partitionKey', 'updateExpression'] }),
)
