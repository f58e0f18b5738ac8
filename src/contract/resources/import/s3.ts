/** Imports of files to a bucket of Amazon S3. */
import { optional, object, text } from '../../shared/schema-helpers.ts'

export const s3 = object('Where files go.', {
  region: text('Region of the bucket.', { default: 'us-east-1' }),
  bucket: text('Name of the bucket.'),
  ...optional({
    fileKey: text('Key of the file; one that is there is written over. Handlebars.'),
    backupBucket: text('Bucket that a copy of the file goes to.'),
    serverSideEncryptionType: text('How S3 encrypts the file, such as `AES256`.'),
  }),
})
