/** The fields of S3: its connections, and what exports and imports say of buckets and keys. */
import { carried, only, type Field } from './field.ts'

const shown = 'engine/adaptors/s3.test.ts'
const of = (...names: readonly string[]): string[] => names.map((name) => `s3.${name}`)

export const bucketConnections: readonly Field[] = only(
  's3',
  carried(
    shown,
    ...of('authType', 'accessKeyId', 'secretAccessKey', 'sessionToken', '_iClientId', 'pingBucket', 'endpoint', 'forcePathStyle'),
    ...of('concurrencyLevel', 'targetConcurrencyLevel'),
  ),
)

export const bucketExports: readonly Field[] = only(
  'S3',
  carried('cases/s3/export/keys.json', ...of('bucket', 'keyStartsWith', 'keyEndsWith', 'keyPrefix', 'backupBucket')),
  carried(shown, 's3.region'),
)

export const bucketImports: readonly Field[] = only(
  'S3',
  carried('cases/s3/import/keys.json', ...of('bucket', 'fileKey', 'backupBucket')),
  carried(shown, 's3.region', 's3.serverSideEncryptionType'),
)
