/** AWS Signature Version 4, in the header `Authorization`. */
import { createHash } from 'node:crypto'
import type * as Aws4 from 'aws4'
import { lazyLoad } from '../../domain/lazy-load.ts'

const aws4 = lazyLoad<typeof Aws4>('aws4')

/** A request as it is about to go out: names of headers in lower case. */
export interface UnsignedRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface AwsKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Where either is absent, the host tells: `dynamodb.eu-west-1.amazonaws.com`. */
export interface AwsScope {
  readonly region?: string
  readonly service?: string
}

/** The headers that a signature speaks of, besides those that the request has. */
export const awsHeaders = (body: string | Buffer | undefined, now: Date, sessionToken?: string): Record<string, string> => ({
  'x-amz-date': now.toISOString().replaceAll(/[-:]|\.\d+/g, ''),
  'x-amz-content-sha256': createHash('sha256')
    .update(body ?? '')
    .digest('hex'),
  ...(sessionToken && { 'x-amz-security-token': sessionToken }),
})

/** The value of `Authorization`. Others on the way may change headers, so only the host, the type of the body and those of AWS are signed. */
export function signForAws({ method, url, headers, body }: UnsignedRequest, key: AwsKey, { region, service }: AwsScope): string {
  const { host, pathname, search } = new URL(url)
  const signed = Object.entries(headers).filter(([name]) => name === 'content-type' || name.startsWith('x-amz-'))
  const request = {
    method,
    host,
    path: `${pathname}${search}`,
    headers: { host, ...Object.fromEntries(signed) },
    extraHeadersToIgnore: { 'content-length': true },
    ...(body !== undefined && { body }),
    ...(region && { region }),
    ...(service && { service }),
  }
  const { Authorization } = aws4().sign(request as Aws4.Request, key).headers ?? {}
  return String(Authorization)
}
