/**
 * A server that speaks as S3 does, with buckets in memory. It lets nobody in whose signature is not the one that `aws4fetch` makes of the same request with the
 * key that is known here, which servers made for tests do not look at.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AwsV4Signer } from 'aws4fetch'

interface S3Object {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
  readonly lastModified: string
}

interface Key {
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

interface S3Request {
  readonly method: string
  readonly host: string
  readonly bucket: string
  readonly key: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Options {
  readonly region?: string
  /** Buckets that lie in another region. */
  readonly regions?: Readonly<Record<string, string>>
  /** Names of a bucket that one answer tells at the most. */
  readonly pageSize?: number
  /** Answers instead of the server, or breaks off; undefined where it does as it is told. */
  readonly answer?: (request: S3Request) => { readonly status: number; readonly body?: string } | 'cut' | undefined
  /** The role that may be assumed, and the id that it asks for. */
  readonly role?: { readonly arn: string; readonly externalId: string }
}

export interface S3Server {
  readonly origin: string
  readonly port: number
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly buckets: Map<string, Map<string, S3Object>>
  readonly asked: S3Request[]
  /** Uploads in parts that were begun and neither completed nor given up. */
  readonly uploads: Map<string, Map<number, Buffer>>
  put(bucket: string, key: string, content: string | Buffer, headers?: Readonly<Record<string, string>>): void
  /** Breaks off whatever is under way. */
  dropAll(): void
  close(): Promise<void>
}

/** Of this server, where a bucket stands before it: `bucket.s3.example`. */
export const s3Host = 's3.example'

const tagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly more: string
  constructor(status: number, code: string, more = '') {
    super(code)
    this.status = status
    this.code = code
    this.more = more
  }
}

export async function startS3(options: Options = {}): Promise<S3Server> {
  const { region = 'us-east-1', regions = {}, pageSize = 1000, answer, role } = options
  const buckets = new Map<string, Map<string, S3Object>>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const asked: S3Request[] = []
  const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
  const keys = new Map<string, Key>([[key.accessKeyId, key]])
  let moment = Date.parse('2026-01-01T00:00:00.000Z')
  const put = (bucket: string, name: string, content: string | Buffer, headers: Readonly<Record<string, string>> = {}): void => {
    const known = buckets.get(bucket) ?? new Map<string, S3Object>()
    buckets.set(bucket, known.set(name, { body: Buffer.from(content), headers, lastModified: new Date((moment += 1000)).toISOString() }))
  }

  const act = async (request: S3Request, url: URL): Promise<Answer> => {
    const { bucket, key: name, query, method, headers, body } = request
    if (bucket === '' && method === 'POST' && role) return assume(new URLSearchParams(body.toString()), role, keys)
    await mustBeSigned(request, url, keys, regions[bucket] ?? region, 's3')
    const files = buckets.get(bucket)
    if (!files) throw new Refusal(404, 'NoSuchBucket')
    if (name === '') return { body: listOf(files, query, pageSize) }
    const encryption = pick(headers, 'x-amz-server-side-encryption')
    const { uploadId } = query
    if (method === 'POST' && query['uploads'] !== undefined) {
      const id = randomUUID()
      uploads.set(id, new Map())
      files.set(`\0${id}`, { body: Buffer.alloc(0), headers: encryption, lastModified: '' })
      return { body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>` }
    }
    if (uploadId !== undefined) return partOf(request, uploadId)
    const copied = headers['x-amz-copy-source']
    if (method === 'PUT' && copied !== undefined) {
      const [from = '', ...rest] = copied.replace(/^\//, '').split('/').map(decodeURIComponent)
      const source = buckets.get(from)?.get(rest.join('/'))
      if (!source) throw new Refusal(404, 'NoSuchKey')
      if (headers['x-amz-copy-source-if-match'] !== tagOf(source.body)) throw new Refusal(412, 'PreconditionFailed')
      put(bucket, name, source.body, source.headers)
      return { body: `<CopyObjectResult><ETag>${tagOf(source.body)}</ETag></CopyObjectResult>` }
    }
    if (method === 'PUT') return (put(bucket, name, body, encryption), { body: '' })
    if (method === 'DELETE') return (files.delete(name), { status: 204, body: '' })
    const file = files.get(name)
    if (!file) throw new Refusal(404, 'NoSuchKey')
    const tag = tagOf(file.body)
    if (headers['if-match'] !== undefined && headers['if-match'] !== tag) throw new Refusal(412, 'PreconditionFailed')
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '') ?? []
    const about = { ...file.headers, etag: tag, 'content-type': 'application/octet-stream' }
    if (from === undefined)
      return { body: method === 'HEAD' ? '' : file.body, headers: { ...about, 'content-length': String(file.body.length) } }
    return { status: 206, body: file.body.subarray(Number(from), Number(to) + 1), headers: about }
  }

  const partOf = ({ method, bucket, key: name, query, body }: S3Request, id: string): Answer => {
    const parts = uploads.get(id)
    if (!parts) throw new Refusal(404, 'NoSuchUpload')
    const files = buckets.get(bucket) as Map<string, S3Object>
    if (method === 'PUT') {
      parts.set(Number(query['partNumber']), body)
      return { body: '', headers: { etag: tagOf(body) } }
    }
    uploads.delete(id)
    const begun = files.get(`\0${id}`)
    files.delete(`\0${id}`)
    if (method === 'DELETE') return { status: 204, body: '' }
    const listed = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)]
    const all = listed.map(([, number, tag]) => {
      const part = parts.get(Number(number))
      if (!part || tagOf(part) !== tag) throw new Refusal(400, 'InvalidPart')
      return part
    })
    if (all.slice(0, -1).some(({ length }) => length < 5 * 1024 * 1024)) throw new Refusal(400, 'EntityTooSmall')
    put(bucket, name, Buffer.concat(all), begun?.headers)
    return { body: '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>' }
  }

  const server = createServer((incoming, response) => {
    void read(incoming).then(async ({ request, url }) => {
      asked.push(request)
      const instead = answer?.(request)
      if (instead === 'cut') return incoming.socket.destroy()
      if (instead) return response.writeHead(instead.status, { 'content-type': 'application/xml' }).end(instead.body)
      try {
        tell(response, await act(request, url))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const body = request.method === 'HEAD' ? '' : `<Error><Code>${error.code}</Code><Message>in words</Message>${error.more}</Error>`
        tell(response, { status: error.status, body })
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    key,
    buckets,
    asked,
    uploads,
    put,
    dropAll: () => server.closeAllConnections(),
    close: () => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())),
  }
}

interface Answer {
  readonly status?: number
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

function tell(response: ServerResponse, { status = 200, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body)
}

async function read(incoming: IncomingMessage): Promise<{ request: S3Request; url: URL }> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const headers = incoming.headers as Record<string, string>
  const { host = '' } = headers
  const url = new URL(`http://${host}${incoming.url}`)
  const [name] = host.split(':')
  const before = name?.endsWith(`.${s3Host}`) ? name.slice(0, -s3Host.length - 1) : undefined
  const parts = url.pathname.slice(1).split('/').map(decodeURIComponent)
  const bucket = before ?? parts.shift() ?? ''
  const query = Object.fromEntries(url.searchParams)
  const method = incoming.method ?? ''
  return { request: { method, host, bucket, key: parts.join('/'), query, headers, body: Buffer.concat(chunks) }, url }
}

const pick = (headers: Readonly<Record<string, string>>, name: string): Record<string, string> =>
  headers[name] === undefined ? {} : { [name]: headers[name] }

async function mustBeSigned(
  request: Pick<S3Request, 'method' | 'headers' | 'body'>,
  url: URL,
  keys: Map<string, Key>,
  region: string,
  service: string,
) {
  const { headers, method, body } = request
  const header = headers['authorization'] ?? ''
  const [, accessKeyId = '', of = ''] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(header) ?? []
  const known = keys.get(accessKeyId)
  if (!known) throw new Refusal(403, 'InvalidAccessKeyId')
  if (of !== region) throw new Refusal(400, 'AuthorizationHeaderMalformed', `<Region>${region}</Region>`)
  if (headers['x-amz-content-sha256'] !== createHash('sha256').update(body).digest('hex'))
    throw new Refusal(400, 'XAmzContentSHA256Mismatch')
  if (headers['x-amz-security-token'] !== known.sessionToken) throw new Refusal(400, 'InvalidToken')
  const date = headers['x-amz-date'] ?? ''
  const at = Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(at - Date.now()) < 60_000)) throw new Refusal(403, 'RequestTimeTooSkewed')
  const signed = /SignedHeaders=([^,]+)/.exec(header)?.[1]?.split(';') ?? []
  const must = Object.keys(headers).filter((name) => name.startsWith('x-amz-'))
  if (!['host', ...must].every((name) => signed.includes(name))) throw new Refusal(403, 'AccessDenied')
  const signer = new AwsV4Signer({
    accessKeyId,
    secretAccessKey: known.secretAccessKey,
    region,
    service,
    method,
    url: url.href,
    headers: Object.fromEntries(signed.filter((name) => name !== 'host').map((name) => [name, headers[name] ?? ''])),
    datetime: date,
    allHeaders: true,
  })
  const made = await signer.sign()
  if (made.headers.get('authorization') !== header) throw new Refusal(403, 'SignatureDoesNotMatch')
}

/** As STS answers. Who asks is told apart by the role's id alone: its signature is checked where the session is used. */
function assume(form: URLSearchParams, role: { readonly arn: string; readonly externalId: string }, keys: Map<string, Key>): Answer {
  if (form.get('RoleArn') !== role.arn || form.get('ExternalId') !== role.externalId) throw new Refusal(403, 'AccessDenied')
  const made = { secretAccessKey: randomUUID(), sessionToken: randomUUID() }
  const accessKeyId = `ASIA${keys.size}`
  keys.set(accessKeyId, made)
  const body = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${made.secretAccessKey}</SecretAccessKey><SessionToken>${made.sessionToken}</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
  return { body }
}

function listOf(files: Map<string, S3Object>, query: Readonly<Record<string, string>>, pageSize: number): string {
  const { prefix = '', 'start-after': after = '', 'continuation-token': token = '', 'max-keys': most = '1000' } = query
  // As S3 does, by the bytes of names in UTF-8.
  const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
  const begins = token || after
  const names = [...files.keys()]
    .filter((name) => !name.startsWith('\0') && name.startsWith(prefix) && (begins === '' || compare(name, begins) > 0))
    .toSorted(compare)
  const shown = names.slice(0, Math.min(pageSize, Number(most)))
  const contents = shown.map((name) => {
    const { body, lastModified } = files.get(name) as S3Object
    const key = query['encoding-type'] === 'url' ? encodeURIComponent(name).replaceAll('%20', '+') : escaped(name)
    return `<Contents><Key>${key}</Key><Size>${body.length}</Size><LastModified>${lastModified}</LastModified><ETag>${escaped(tagOf(body))}</ETag><Owner><ID>x</ID></Owner></Contents>`
  })
  const isCut = shown.length < names.length
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${isCut}</IsTruncated>${contents.join('')}${isCut ? `<NextContinuationToken>${escaped(shown.at(-1) ?? '')}</NextContinuationToken>` : ''}</ListBucketResult>`
}
