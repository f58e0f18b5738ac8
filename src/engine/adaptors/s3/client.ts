/** Requests to S3: signed when they go out, tried again where that helps, and sent to the region that a bucket turns out to lie in. */
import { skipsRetries, type ConnectionDoc, type Run } from '../../adaptor.ts'
import { readTls } from '../../outgoing/auth/tls.ts'
import type { HttpAnswer, HttpRequest, Send } from '../../outgoing/message.ts'
import { withRetries } from '../../outgoing/may-retry.ts'
import { awsHeaders, signForAws, type AwsKey } from '../../values/aws-signature.ts'
import { FileFailure } from '../files/failure.ts'
import { formatAddress, type Target } from './address.ts'
import { explainAnswer, readErrorOf } from './explain-answer.ts'

interface Asked extends Omit<Target, 'region'> {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  readonly bucket: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Bytes. */
  readonly maxBody?: number
}

export interface S3Client {
  /** Throws `FileFailure` where the answer is an error. */
  ask(asked: Asked): Promise<HttpAnswer>
}

interface Way {
  readonly send: Send
  readonly connection: ConnectionDoc
  readonly region: string
  readonly run: Run
  readonly firstWait?: number | undefined
  /** With which requests are signed. */
  key(): Promise<AwsKey>
}

/** For one request: parts are a few megabytes. Milliseconds. */
const requestMs = 120_000

export function createS3Client({ send, connection, region: preset, run, firstWait, key }: Way): S3Client {
  const { s3 = {} } = connection
  const tls = readTls(connection)
  const regions = new Map<string, string>()
  const regionOf = (bucket: string): string => regions.get(bucket) ?? preset

  const exchange = async ({ method, headers: said = {}, body, maxBody, ...target }: Asked): Promise<HttpAnswer> => {
    const headers = { ...(body !== undefined && { 'content-type': 'application/octet-stream' }), ...said }
    const region = regionOf(target.bucket)
    const url = formatAddress(s3, 's3', { ...target, region })
    const attempt: Send = async (request, signal) => {
      const proof = await key()
      const all = { ...headers, ...awsHeaders(body, new Date(), proof.sessionToken) }
      const authorization = signForAws({ method, url, headers: all, ...(body !== undefined && { body }) }, proof, { region, service: 's3' })
      return send({ ...request, headers: { ...all, authorization } }, signal)
    }
    const request: HttpRequest = {
      method,
      url,
      headers: {},
      ...(body !== undefined && { body }),
      ...(maxBody !== undefined && { maxBody }),
      ...(tls && { tls }),
      timeout: requestMs,
      staysPut: true,
      asItCame: true,
    }
    const tried = withRetries(attempt, { skipRetries: skipsRetries(run), ...(firstWait !== undefined && { firstWait }) })
    const result = await tried(request, run.signal)
    if (result.kind === 'unreachable') throw new FileFailure(result.code, result.message)
    return result
  }

  return {
    async ask(asked) {
      let answer = await exchange(asked)
      const elsewhere = answer.statusCode >= 300 ? findRegion(answer) : undefined
      if (elsewhere !== undefined && elsewhere !== regionOf(asked.bucket)) {
        regions.set(asked.bucket, elsewhere)
        answer = await exchange(asked)
      }
      // What takes long begins its answer before it is done, so some errors have the status 200.
      if (answer.statusCode >= 300 || isError(answer)) throw explainAnswer(answer)
      return answer
    },
  }
}

const isError = ({ statusCode, headers, body }: HttpAnswer): boolean =>
  statusCode === 200 &&
  /xml/.test(String(headers['content-type'] ?? '')) &&
  /^\s*(?:<\?xml[^>]*>\s*)?<Error>/.test(body.toString('utf8', 0, 200))

/** That a bucket lies in, where a server of another region was asked. */
function findRegion(answer: HttpAnswer): string | undefined {
  const told = answer.headers['x-amz-bucket-region']
  const region = typeof told === 'string' && told !== '' ? told : readErrorOf(answer).region
  return /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined
}
