/** Where a bucket of S3 and what lies in it answer: of Amazon, or of any server that speaks as S3 does. */
import type { ConnectionDoc } from '../../adaptor.ts'
import { encodeStrictly } from '../../outgoing/auth/encode-strictly.ts'
import { FileFailure } from '../files/failure.ts'

export type S3 = NonNullable<ConnectionDoc['s3']>

export interface Target {
  readonly region: string
  /** None, for what is asked of the server itself. */
  readonly bucket?: string
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
}

/** Of one key. Bytes. */
const maxKey = 1024

export const regionOf = (said: string | undefined): string => said?.trim().toLowerCase() || 'us-east-1'

/** The address of a server that is none of Amazon's; `invalid` where it is no address. */
export function readEndpoint({ endpoint }: S3): URL | 'invalid' | undefined {
  if (!endpoint?.trim()) return undefined
  const url = URL.parse(endpoint.trim())
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) return 'invalid'
  return url
}

export function formatAddress(s3: S3, service: 's3' | 'sts', { region, bucket, key = '', query = {} }: Target): string {
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw new FileFailure('invalid_region', `"${region.slice(0, 50)}" is no region: one is called eu-central-1.`)
  if (bucket !== undefined && !/^[a-z0-9](?:[a-z0-9._-]{1,61})[a-z0-9]$/i.test(bucket))
    throw new FileFailure('invalid_bucket', `"${bucket.slice(0, 100)}" cannot be the name of a bucket.`)
  const endpoint = readEndpoint(s3)
  if (endpoint === 'invalid') throw new FileFailure('invalid_endpoint', 's3.endpoint is no address that begins with http:// or https://.')
  const base = endpoint ?? new URL(`https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`)
  // Certificates of all buckets are for one name below that of the server.
  const inPath = bucket?.includes('.') || (s3.forcePathStyle ?? endpoint !== undefined)
  const host = bucket === undefined || inPath ? base.host : `${bucket}.${base.host}`
  const path = [...base.pathname.split('/'), ...(bucket !== undefined && inPath ? [bucket] : [])].filter(Boolean)
  const asked = Object.entries(query).map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
  const below = path.map((name) => `${name}/`).join('')
  return `${base.protocol}//${host}/${below}${encodeKey(key)}${asked.length > 0 ? `?${asked.join('&')}` : ''}`
}

export const encodeKey = (key: string): string => key.split('/').map(encodeStrictly).join('/')

/** Slashes are a part of keys. Addresses have no place for names that mean where they stand. */
export function mustBeKey(key: string): void {
  if (key === '' || key.includes('\0') || Buffer.byteLength(key) > maxKey || key.split('/').some((part) => part === '.' || part === '..'))
    throw new FileFailure(
      'invalid_path',
      `"${key.slice(0, 100)}" cannot be the key of a file: nothing between its slashes may be "." or "..", and it has ${maxKey} bytes at the most.`,
    )
}
