/** Connections to Amazon S3, and to servers that speak as it does. */
import { ref, secret } from '../../kit.ts'
import { choice, flag, optional, requireIf, object, text } from '../../shared/schema-helpers.ts'
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
      sessionToken: secret({ description: 'Session token, for an access key that holds for a while. An addition of Sluice.' }),
      endpoint: text('Address of a server that speaks as S3 does, such as `https://minio.example:9000`. An addition of Sluice.'),
      forcePathStyle: flag(
        'True puts the bucket into the path of an address, false before the name of the server. That is so by default where `endpoint` is said. An addition of Sluice.',
      ),
    }),
    ...concurrency(5),
  },
  { ...requireIf({ field: 'authType', is: ['awsIam'], need: ['_iClientId'] }), else: { required: ['accessKeyId', 'secretAccessKey'] } },
)
