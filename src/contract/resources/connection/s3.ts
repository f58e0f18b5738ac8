/** Connections to Amazon S3. */
import { ref, secret } from '../../kit.ts'
import { choice, optional, requireIf, object, text } from '../../shared/schema-helpers.ts'
import { concurrency } from './parts.ts'

export const s3 = object(
  'An account with Amazon S3. Required for type `s3`.',
  {
    ...optional({
      authType: choice(['accesskey', 'awsIam'], 'Whether an access key or a role of a client document proves who asks.', {
        default: 'accesskey',
      }),
      accessKeyId: text('Id of the access key, for `accesskey`.'),
      secretAccessKey: secret({ description: 'The secret access key, for `accesskey`.' }),
      _iClientId: ref('iclients', { description: 'Client document that names the role, for `awsIam`.' }),
      pingBucket: text('Bucket that shows whether the connection works.'),
    }),
    ...concurrency(5),
  },
  { ...requireIf({ field: 'authType', is: ['awsIam'], need: ['_iClientId'] }), else: { required: ['accessKeyId', 'secretAccessKey'] } },
)
