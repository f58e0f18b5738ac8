/** Buckets of Amazon S3, and of servers that speak as it does. */
import { createHash } from 'node:crypto'
import { StepFailure, type Adaptor, type ConnectionDoc, type ExportDoc, type ImportDoc, type Run } from '../../adaptor.ts'
import type { Send } from '../../outgoing/message.ts'
import type { AwsKey } from '../../values/aws-signature.ts'
import { filesAt } from '../files/adaptor.ts'
import type { FilePorts } from '../files/client.ts'
import type { FileTransport } from '../files/transport.ts'
import { readEndpoint, regionOf } from './address.ts'
import { createS3Client } from './client.ts'
import { accessKeyOf, assumeRole, type RoleSession } from './role.ts'
import { s3Transport } from './transport.ts'

export interface S3Ports extends FilePorts {
  readonly send: Send
}

/** integrator.io's default for S3. */
const defaultConcurrencyLevel = 5
/** Connections whose sessions of roles are remembered. */
const mostRemembered = 1_000
/** Before its end that a session is used no more. Milliseconds. */
const spareMs = 300_000

export function s3Buckets(ports: S3Ports): Required<Adaptor> {
  const roleOf = rememberRoles(ports)
  const open = (connection: ConnectionDoc, run: Run, doc?: ExportDoc | ImportDoc): FileTransport => {
    const { s3 = {} } = connection
    const region = regionOf(doc?.s3?.region)
    const { send, firstWait } = ports
    const key = s3.authType === 'awsIam' ? () => roleOf(connection, region, run) : async () => accessKeyOf(s3)
    return s3Transport(createS3Client({ send, connection, region, run, firstWait, key }))
  }
  return filesAt(
    {
      type: 's3',
      exportType: 'S3Export',
      importType: 'S3Import',
      noun: 'S3',
      folderField: 's3.bucket',
      foldersAreBuckets: true,
      level: defaultConcurrencyLevel,
      levels: ({ s3 = {} }) => s3,
      ofExport: ({ s3 }) =>
        s3?.bucket
          ? {
              folder: s3.bucket,
              startsWith: `${asFolder(s3.keyPrefix)}${s3.keyStartsWith ?? ''}`,
              endsWith: s3.keyEndsWith,
              backup: s3.backupBucket?.trim() || undefined,
            }
          : undefined,
      ofImport: ({ s3 }) =>
        s3?.bucket
          ? {
              folder: s3.bucket,
              fileName: s3.fileKey,
              backup: s3.backupBucket,
              encryption: s3.serverSideEncryptionType?.trim() || undefined,
            }
          : undefined,
      pingFolder: ({ s3 }) => s3?.pingBucket?.trim() || undefined,
      obstacle: findObstacle,
      open,
    },
    ports,
  )
}

/** With a slash at its end. */
const asFolder = (prefix = ''): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`)

function findObstacle({ s3 = {}, iClient }: ConnectionDoc): StepFailure | undefined {
  const refuse = (code: string, message: string): StepFailure => new StepFailure({ source: 'connection', code, message })
  if (readEndpoint(s3) === 'invalid')
    return refuse('invalid_endpoint', 's3.endpoint is an address that begins with http:// or https:// and has neither a user nor a query.')
  if (s3.authType !== 'awsIam') return undefined
  if (!s3.accessKeyId || !s3.secretAccessKey)
    return refuse(
      'access_key_missing',
      'This server is nobody to AWS by itself: give s3.accessKeyId and s3.secretAccessKey of a user who may assume the role (sts:AssumeRole).',
    )
  return iClient?.awsIam?.roleArn
    ? undefined
    : refuse('role_missing', 'The client document that s3._iClientId names has to say awsIam.roleArn, the role to assume.')
}

/** A session of a role serves all steps of a connection until shortly before its end. */
function rememberRoles({ send, firstWait }: S3Ports): (connection: ConnectionDoc, region: string, run: Run) => Promise<AwsKey> {
  const known = new Map<string, Promise<RoleSession>>()
  return async (connection, region, run) => {
    const { _id, s3, iClient, ssl } = connection
    const identity = createHash('sha256')
      .update(JSON.stringify([_id, s3, iClient?.awsIam, ssl]))
      .digest('base64')
    const session = await known.get(identity)?.catch(() => undefined)
    if (session && session.expires - spareMs > Date.now()) return session
    const asked = assumeRole(send, connection, region, run, firstWait)
    known.delete(identity)
    known.set(identity, asked)
    asked.catch(() => known.get(identity) === asked && known.delete(identity))
    const oldest = known.size > mostRemembered ? known.keys().next().value : undefined
    if (oldest !== undefined) known.delete(oldest)
    return asked
  }
}
