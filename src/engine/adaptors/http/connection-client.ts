/** What the HTTP steps share: a connection's credentials and one `send` with its retries, rate limits and slots around it. Made once a step. */
import { mask } from '../../../contract/kit.ts'
import { StepFailure, type RequestSummary, type ConnectionDoc, type Failure, type Run, type WatchedStep } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { Evaluate, Evaluator } from '../../evaluation/evaluator.ts'
import { untilCompiled, type Compiling } from '../../evaluation/track-stages.ts'
import { readCredentials, type Credentials, type SignInPorts } from '../../outgoing/auth/credentials.ts'
import { withRenewal } from '../../outgoing/auth/prove.ts'
import type { SignInMeans } from '../../outgoing/sessions/sign-in-request.ts'
import { createSparing, longestRest } from '../../outgoing/sparing.ts'
import type { HttpAnswer, HttpRequest, HttpResult, Send } from '../../outgoing/message.ts'
import { readWaitAsked, withRetries, type RetryRules } from '../../outgoing/may-retry.ts'
import { measured } from '../../around/measured.ts'
import { spaced, toSlotOwner, withSlots, type ConnectionSlots, type SlotOwner } from '../../around/slots.ts'
import { asHttp } from '../../outgoing/older-rest.ts'
import type { Unreachable } from '../../outgoing/failure.ts'
import { judgeSoapFault } from '../../outgoing/soap-fault.ts'
import type { Exchange } from '../../exchange.ts'
import type { KeepingPorts } from '../kept-bytes.ts'
import { readResponseBody } from './response-body.ts'
import { isUnreadable, readPaths } from './response-paths.ts'
import { isOwnOrigin } from './own-origin.ts'
import { isOneOf } from './response-check.ts'

/** What HTTP adaptors are made from. */
export interface HttpPorts extends KeepingPorts {
  readonly send: Send
  readonly slots: ConnectionSlots
  readonly evaluator: Evaluator
  /** Of one request, where it says nothing itself. Milliseconds. */
  readonly requestMs?: number
  /** Milliseconds before the first retry, for tests. */
  readonly firstWait?: number
}

/** With what the account's templates are evaluated, and whether those that were made can work. */
export interface ConnectionClient extends Compiling {
  readonly connection: ConnectionDoc
  readonly credentials: Credentials
  readonly concurrency: number
  send(request: HttpRequest): Promise<HttpResult>
  /** The same with what was sent, for whoever tells of it. */
  exchange(request: HttpRequest): Promise<HttpExchange>
}

/** A request and the result of its last try. */
interface HttpExchange extends Exchange {
  readonly request: HttpRequest
  readonly result: HttpResult
}

interface Step {
  readonly doc: WatchedStep
  readonly connection?: ConnectionDoc
  readonly run: Run
}

/** integrator.io's default for HTTP connections. */
const defaultConcurrencyLevel = 25

/** Where a level is lowered and comes back by itself, it comes back to its target. */
function concurrencyLevel({ http, autoRecoverRateLimitErrors }: ConnectionDoc): number {
  const target = autoRecoverRateLimitErrors ? http?.targetConcurrencyLevel : undefined
  return http?.rateLimit?.limit ? 1 : (target ?? http?.concurrencyLevel ?? defaultConcurrencyLevel)
}

/** What a step says of being tried again. */
interface Tries {
  readonly skipRetries: boolean
  readonly maxAttempts?: number | undefined
  readonly mostWhenDown?: number
}

export async function createConnectionClient(ports: HttpPorts, step: Step, tries: Tries): Promise<ConnectionClient> {
  if (!step.connection) throw new StepFailure({ source: 'connection', code: 'connection_missing', message: 'The step has no connection.' })
  const { run, doc } = step
  const connection = asHttp(step.connection)
  refuseFields('connections', connection)
  const { requestMs } = ports
  const sendNow = measured(ports.send, step.connection.type, describeResult)
  const inTime: Send = requestMs === undefined ? sendNow : (request, signal) => sendNow({ timeout: requestMs, ...request }, signal)
  const bounded = watched(inTime, connection, run, doc)
  const concurrency = concurrencyLevel(connection)
  const { evaluate, compiled } = untilCompiled((stage, caches) => ports.evaluator.stage(run.accountId, stage, caches))
  const isRefused = createRefusalCheck(connection, evaluate)
  const proven = withRenewal(bounded, isRefused)
  const { retryHeader, rateLimit } = connection.http ?? {}
  const isRateLimit = createRuleCheck(rateLimit ?? {}, 429, evaluate)
  const recovers = connection.autoRecoverRateLimitErrors ?? false
  const owner = toSlotOwner(run.envId, connection, concurrency)
  const limited = rateLimit?.limit
    ? spaced(proven, ports.slots, owner, rateLimit.limit)
    : withSlots(proven, ports.slots, owner, ({ yields }) => yields)
  const sparing = createSparing()
  const rules: RetryRules = {
    ...tries,
    isRateLimit,
    isSilent: ({ url }) => sparing.isSilent(url),
    ...(recovers && { mostWhenLimited }),
    ...(retryHeader !== undefined && { retryHeader }),
    ...(ports.firstWait !== undefined && { firstWait: ports.firstWait }),
  }
  const send = withRetries(recovers ? recovering(limited, ports.slots, owner, isRateLimit) : limited, rules)
  const waitAsked = readWaitAsked(rules)
  const credentials = await readCredentials(connection, {
    evaluate,
    send: inTime,
    told: tellSignIn(connection, run, doc),
    ...pickOfRun(run),
  })
  const judged = sparing.around(async (request) => {
    const result = judgeSoapFault(await send(request, run.signal))
    // Its address may be one that the application named.
    if (result.kind === 'unreachable') {
      if (isLastWord.has(result.code)) run.refused?.(connection)
      return { ...result, message: credentials.redact(result.message) }
    }
    if (await isRateLimit(result)) return { ...inStatus(result, 429), waitAsked: waitAsked(result) ?? 0, ...readBackAt(waitAsked(result)) }
    if (result.statusCode === 503) return { ...result, ...readBackAt(waitAsked(result)) }
    if (!isOwnOrigin(credentials.origin, request.url) || !(await isRefused(result))) return result
    run.refused?.(connection)
    return inStatus(result, 401)
  })
  return {
    connection,
    evaluate,
    compiled: () => compiled().catch(withoutSecrets(credentials)),
    credentials,
    concurrency,
    send: judged,
    exchange: timed(judged),
  }
}

const describeResult = (result: HttpResult): string => (result.kind === 'answer' ? String(result.statusCode) : 'unreachable')

const timed =
  (send: ConnectionClient['send']): ConnectionClient['exchange'] =>
  async (request) => {
    const at = Date.now()
    const begun = performance.now()
    const result = await send(request)
    return { request, result, at, ms: performance.now() - begun }
  }

const readBackAt = (waitAsked: number | undefined): Pick<HttpAnswer, 'backAt'> =>
  waitAsked === undefined ? {} : { backAt: Date.now() + Math.min(waitAsked, longestRest) }

/** Throws a failure anew: a template that cannot be rendered says which value it stumbled over, and that may be a secret of the connection. */
export const withoutSecrets =
  ({ redact }: Pick<Credentials, 'redact'>) =>
  (error: unknown): never => {
    if (!(error instanceof StepFailure)) throw error
    throw new StepFailure({ ...error.failure, message: redact(error.failure.message) })
  }

/** Tells of every try while somebody watches the connection. */
function watched(send: Send, connection: ConnectionDoc, { debug }: Run, doc: Step['doc']): Send {
  if (!debug) return send
  return async (request, signal) => {
    if (!debug.isWatched(connection, doc)) return send(request, signal)
    const at = Date.now()
    const begun = performance.now()
    const result = await send(request, signal)
    debug.tell(connection, doc, { request, result, at, ms: performance.now() - begun })
    return result
  }
}

/** Nobody can sign in until somebody has done something. */
const isLastWord: ReadonlySet<string> = new Set(['authorization_needed', 'sign_in_refused'])

const pickOfRun = ({ sessions, learn, signal }: Run): Pick<SignInPorts, 'sessions' | 'learn' | 'signal'> => ({ sessions, learn, signal })

/** Tells that somebody signed in while the connection is watched. What these requests and answers hold is nothing but secrets. */
function tellSignIn(connection: ConnectionDoc, { debug }: Run, doc: Step['doc']): SignInMeans['told'] {
  if (!debug) return undefined
  return ({ method, url }, answer, ms, at) => {
    if (!debug.isWatched(connection, doc)) return
    const { origin, pathname } = new URL(url)
    const request: HttpRequest = { method, url: `${origin}${pathname}`, headers: {}, body: mask }
    const result: HttpResult = answer
      ? { kind: 'answer', statusCode: answer.statusCode, headers: {}, body: Buffer.from(mask) }
      : { kind: 'unreachable', code: 'sign_in_unavailable', message: `${origin} did not answer.`, passing: true }
    debug.tell(connection, doc, { request, result, at, ms })
  }
}

/** Tries of a request that was one too many, where the level is lowered meanwhile: as many as integrator.io makes. */
const mostWhenLimited = 11

/** Tells the slots of the connection what the application takes. */
function recovering(send: Send, slots: ConnectionSlots, { level, ...owner }: SlotOwner, isRateLimit: AnswerCheck): Send {
  return async (request, signal) => {
    const result = await send(request, signal)
    if (await isRateLimit(result)) slots.tooMany(owner, level)
    else if (result.kind === 'answer' && result.statusCode < 400) slots.wentWell(owner, level)
    return result
  }
}

/** Applications that say it in words say it with any status: what they call a failure is no success. */
const inStatus = (answer: HttpAnswer, statusCode: number): HttpAnswer =>
  answer.statusCode < 300 ? { ...answer, statusCode, statusSent: answer.statusCode } : answer

/** Most answers are told by their status alone, and nothing is waited for. */
type AnswerCheck = (result: HttpResult) => boolean | Promise<boolean>

interface FailureRule {
  readonly failStatusCode?: number
  readonly failPath?: string
  readonly failValues?: readonly string[]
}

/** Whether the proof was not accepted: by the fields that say it once, or by any entry of the list that takes their place. */
function createRefusalCheck({ http, iClient }: ConnectionDoc, evaluate: Evaluate): AnswerCheck {
  const ofClient = iClient?.oauth2 ?? {}
  const auth: NonNullable<NonNullable<ConnectionDoc['http']>['auth']> = { ...pickFailure(ofClient), ...http?.auth }
  const useNewAuthFailSchema = http?.useNewAuthFailSchema ?? ofClient.useNewAuthFailSchema ?? false
  const listed = (auth.failures ?? []).map(({ statusCode, path, values }): FailureRule => ({
    ...(statusCode !== undefined && { failStatusCode: statusCode }),
    ...(path !== undefined && { failPath: path }),
    ...(values !== undefined && { failValues: values }),
  }))
  const rules = useNewAuthFailSchema && listed.length > 0 ? listed : [auth, ...listed]
  // Where only a path is said, the status does not tell.
  const checks = rules.map((rule) => createRuleCheck(rule, rule.failPath ? undefined : 401, evaluate))
  const [only, ...more] = checks
  if (only && more.length === 0) return only
  return async (result) => {
    for (const check of checks) if (await check(result)) return true
    return false
  }
}

/** An iClient may say it for all connections that use it. */
const pickFailure = ({ failStatusCode, failPath, failValues, failures }: NonNullable<NonNullable<ConnectionDoc['iClient']>['oauth2']>) => ({
  ...(failStatusCode !== undefined && { failStatusCode }),
  ...(failPath !== undefined && { failPath }),
  ...(failValues !== undefined && { failValues }),
  ...(failures !== undefined && { failures }),
})

/** APIs that say "too much" or "who are you" with another status than the usual one, or with any status and a word in the body. */
function createRuleCheck(
  { failStatusCode, failPath, failValues }: FailureRule,
  usual: number | undefined,
  evaluate: Evaluate,
): AnswerCheck {
  const status = failStatusCode ?? usual
  const saysSo = async (result: HttpAnswer, failPath: string): Promise<boolean> => {
    const said = await readPaths(evaluate, await readResponseBody(result, undefined), [failPath])
    if (isUnreadable(said)) return false
    const value = said.at(failPath)
    return failValues?.length ? isOneOf(value, failValues) : value != null
  }
  return (result) => {
    if (result.kind !== 'answer' || (status !== undefined && result.statusCode !== status)) return false
    if (!failPath) return true
    return result.body.length <= maxRefusal && saysSo(result, failPath)
  }
}

/** What says that it was too much, or that somebody is unknown, is a sentence. Bytes. */
const maxRefusal = 1024 * 1024

export const toFailure = ({ code, message }: Unreachable, asked?: RequestSummary): Failure => ({
  source: 'connection',
  code,
  message,
  ...(asked && { asked }),
})

/** Characters of an address that are told. */
const maxAddress = 500

export function describeRequest({ method, url }: HttpRequest, { redact }: Credentials, result: HttpResult): RequestSummary {
  const parsed = URL.parse(url)
  const address = redact(parsed ? `${parsed.origin}${parsed.pathname}` : 'an address that is none', maxAddress)
  return { method, address, ...(result.kind === 'answer' && { statusCode: result.statusSent ?? result.statusCode }) }
}
