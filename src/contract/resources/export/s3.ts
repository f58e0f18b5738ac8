/** Exports of files from a bucket of Amazon S3. */
import { optional, object, text } from '../../shared/schema-helpers.ts'

export const s3 = object('Which files of the bucket are fetched.', {
  region: text('Region of the bucket.', { default: 'us-east-1' }),
  bucket: text('Name of the bucket.'),
  ...optional({
    keyStartsWith: text('Only files whose key begins like this. Handlebars.'),
    keyEndsWith: text('Only files whose key ends like this. Handlebars.'),
    backupBucket: text('Bucket that files are copied to before they are removed.'),
    keyPrefix: text('Folder within the bucket, as the beginning of the key.'),
  }),
})
