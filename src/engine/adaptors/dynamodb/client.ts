/** Requests to DynamoDB: its JSON protocol, signed, through the guarded client, in slots of the connection and again where what failed may pass. */
import { StepFailure, type ConnectionDoc, type Run, type WatchedStep } from '../../adaptor.ts'
import { parseExact } from '../../../domain/limits/exact-number.ts'
import type { Evaluate, Evaluator } from '../../evaluation/evaluator.ts'
import type { Exchange } from '../../exchange.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { HttpRequest, HttpResult, Send } from '../../outgoing/message.ts'
import { awsHeaders, signForAws, type AwsKey } from '../../values/aws-signature.ts'
import { DatabaseFailure } from '../database-failure.ts'
import { databaseWork, type WorkOptions, type WorkPorts } from '../database-work.ts'
import { isPlainObject, type PlainObject } from '../../values/plain-value.ts'

export interface DynamoPorts extends WorkPorts {
  readonly send: Send
  readonly evaluator: Evaluator
  /** Where DynamoDB is, for tests. */
  readonly dynamodb?: (region: string) => string
}

export interface KeyPart {
  readonly name: string
  /** `S`, `N` or `B`. */
  readonly type: string
}

export interface CallOptions extends WorkOptions {
  readonly exchanged?: ((exchange: Exchange) => void) | undefined
}

export interface DynamoClient {
  readonly connection: ConnectionDoc
  readonly level: number
  readonly evaluate: Evaluate
  /** Throws `StepFailure` with what was asked. */
  call(action: string, body: object, options?: CallOptions): Promise<PlainObject & { readonly bytes: number }>
  /** What would be sent. */
  describe(action: string, body: object): Exchange
  /** Partition key and sort key. Asked once. */
  keysOf(table: string): Promise<readonly KeyPart[]>
}

const usual = (region: string): string => `https://dynamodb.${region}.amazonaws.com`
/** Of one request. Milliseconds: DynamoDB answers within seconds, or not at all. */
const requestMs = 60_000

const passing: ReadonlySet<string> = new Set([
  'InternalServerError',
  'InternalFailure',
  'ItemCollectionSizeLimitExceededException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'ReplicatedWriteConflictException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'ThrottlingException',
  'TransactionConflictException',
])
const refusals: ReadonlySet<string> = new Set([
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'ExpiredTokenException',
  'InvalidClientTokenId',
])

const refuse = (code: string, message: string): StepFailure => new StepFailure({ source: 'connection', code, message })

/** Throws `StepFailure` where no step can work over the connection. */
export function readKey(connection: ConnectionDoc | undefined): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  if (connection?.type !== 'dynamodb') throw refuse('connection_missing', 'The step has no connection to DynamoDB.')
  refuseFields('connections', connection)
  const { accessKeyId, secretAccessKey } = connection.dynamodb?.aws ?? {}
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey }
  throw refuse('configuration_missing', `The connection ${connection.name} does not say its access key of Amazon Web Services.`)
}

export function dynamoClient(
  ports: DynamoPorts,
  given: ConnectionDoc | undefined,
  run: Run,
  region = 'us-east-1',
  step: WatchedStep = {},
): DynamoClient {
  const key = readKey(given)
  const connection = given as ConnectionDoc
  const { level, inSlot, again } = databaseWork(ports, connection, connection.dynamodb, run)
  const url = `${(ports.dynamodb ?? usual)(region)}/`
  const request = (action: string, body: object): HttpRequest => ({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${action}` },
    body: JSON.stringify(body),
    timeout: requestMs,
    staysPut: true,
  })
  const call: DynamoClient['call'] = async (action, body, { exchanged, yields, maxTries } = {}) => {
    const unsigned = request(action, body)
    let last: Exchange | undefined
    const tell = (): void => {
      if (!last) return
      if (run.debug?.isWatched(connection, step)) run.debug.tell(connection, step, last)
      exchanged?.(last)
    }
    try {
      const answer = await again(
        () =>
          inSlot(async () => {
            const at = Date.now()
            const begun = performance.now()
            // A signature is good for some minutes: each try has its own.
            const sent = signed(unsigned, key, region)
            const result = await ports.send(sent, run.signal)
            last = { request: sent, result, at, ms: performance.now() - begun }
            return readAnswer(result)
          }, yields),
        maxTries,
      )
      tell()
      return answer
    } catch (error) {
      tell()
      throw error instanceof StepFailure ? new StepFailure(error.failure, last) : error
    }
  }
  return {
    connection,
    level,
    evaluate: (stage, caches) => ports.evaluator.stage(run.accountId, stage, caches),
    call,
    describe: (action, body) => ({ request: request(action, body), at: Date.now(), ms: 0 }),
    keysOf: createKeysOf(call),
  }
}

function signed(unsigned: HttpRequest, key: AwsKey, region: string): HttpRequest {
  const headers = { ...unsigned.headers, ...awsHeaders(unsigned.body, new Date()) }
  const authorization = signForAws({ ...unsigned, headers }, key, { region, service: 'dynamodb' })
  return { ...unsigned, headers: { ...headers, authorization } }
}

/** Asked once a table. */
function createKeysOf(call: DynamoClient['call']): DynamoClient['keysOf'] {
  const keys = new Map<string, Promise<readonly KeyPart[]>>()
  return (table) => {
    const known = keys.get(table)
    if (known) return known
    const asking = call('DescribeTable', { TableName: table }).then(readKeys)
    keys.set(table, asking)
    asking.catch(() => keys.delete(table))
    return asking
  }
}

/** Throws `DatabaseFailure`. */
function readAnswer(result: HttpResult): PlainObject & { readonly bytes: number } {
  if (result.kind === 'unreachable')
    throw new DatabaseFailure(result.code, result.message, { source: 'connection', passing: result.passing })
  const { statusCode, body } = result
  const said = parse(body)
  if (statusCode < 300 && said) return { ...said, bytes: body.length }
  const { __type, message, Message } = (said ?? {}) as { readonly __type?: string; readonly message?: string; readonly Message?: string }
  const code = __type?.replace(/^.*#/, '') ?? String(statusCode)
  const isRefusal = refusals.has(code)
  throw new DatabaseFailure(code, message ?? Message ?? `DynamoDB answered ${statusCode}.`, {
    ...(isRefusal && { source: 'connection', isRefusal }),
    passing: statusCode >= 500 || passing.has(code),
  })
}

function parse(body: Buffer): PlainObject | undefined {
  try {
    const value = parseExact(body.toString())
    return isPlainObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

interface Described {
  readonly Table?: {
    readonly KeySchema?: readonly { readonly AttributeName: string; readonly KeyType: string }[]
    readonly AttributeDefinitions?: readonly { readonly AttributeName: string; readonly AttributeType: string }[]
  }
}

function readKeys(answer: unknown): readonly KeyPart[] {
  const { KeySchema = [], AttributeDefinitions = [] } = (answer as Described).Table ?? {}
  const types = new Map(AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]))
  return KeySchema.toSorted((a, b) => a.KeyType.localeCompare(b.KeyType)).map(({ AttributeName: name }) => ({
    name,
    type: types.get(name) ?? 'S',
  }))
}

export const stepFailure = (code: string, message: string): StepFailure => new StepFailure({ source: 'internal', code, message })
