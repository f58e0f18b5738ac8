/** Connections to Amazon DynamoDB. The region is said by each export and import. */
import { secret } from '../../kit.ts'
import { object, text } from '../../shared/schema-helpers.ts'
import { concurrency } from './parts.ts'

export const aws = object('An access key of Amazon Web Services.', {
  accessKeyId: text('Id of the access key.'),
  secretAccessKey: secret({ description: 'The secret access key.' }),
})

export const dynamodb = object('An account with Amazon DynamoDB. Required for type `dynamodb`.', { aws, ...concurrency(5) })
