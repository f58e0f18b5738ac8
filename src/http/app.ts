/** Binds the contract to handlers. No route is written by hand here but the pages about the contract itself (docs.ts), where applications call that have no token (webhooks.ts, oauth2-callback.ts), and where MCP servers are called (mcp.ts). */
import { fileURLToPath } from 'node:url'
import compress from '@fastify/compress'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { documentOperations, named } from '../contract/operations/index.ts'
import { documentHandlers } from '../domain/dispatch/document-handlers.ts'
import { enterEnvironment } from '../domain/access/extent.ts'
import { handlers } from '../domain/dispatch/handlers.ts'
import { DomainError } from '../domain/errors.ts'
import { openJournaledStore } from '../domain/app-code/journaled-store.ts'
import type { Context, World } from '../domain/context.ts'
import type { Call } from '../domain/dispatch/prepare-call.ts'
import type { Bucket } from '../domain/ports/rate-limits.ts'
import type { CountRequest } from '../domain/limits/rate-limit.ts'
import type { AskReadiness } from '../domain/observability/readiness.ts'
import { endStreams } from '../domain/flows/events.ts'
import { enterShare } from '../domain/accounts/shared-ashares.ts'
import { trackSignIns } from '../domain/audit/sign-ins.ts'
import { admit, authentication, createAuthenticateSession, isApiRequest, type Admission, type Authenticate } from './authentication.ts'
import { restrictBrowsers } from './browser-headers.ts'
import { bindOperation } from './bind-operation.ts'
import { maxBodyBytes, readArchives, installJsonParser } from './body.ts'
import { createReceive } from '../domain/webhooks/receive.ts'
import { oauth2Callback } from './oauth2-callback.ts'
import { templateDownloads } from './template-downloads.ts'
import { unsubscribing } from './unsubscribe.ts'
import { webhooks } from './webhooks.ts'
import { apiCalls } from './api-calls.ts'
import { createApiCaller } from '../domain/apis/call-api.ts'
import { mcp } from './mcp.ts'
import { endConnections } from './end-connections.ts'
import { serveConsole } from './console/serve-console.ts'
import { takeSessionCookies } from './console/session-cookie.ts'
import { docs } from './docs.ts'
import { answerBroken, answerError } from './errors.ts'
import { health, probes } from './health.ts'
import { trackMethods, refuseOtherMethods } from './methods.ts'
import { measureAnswers } from './observability/measure-answers.ts'
import { limitRates } from './rate-limit.ts'
import { traceRequests } from './observability/trace-requests.ts'
import { logAccess, nameInLog, nameRequestsInLog } from './observability/log-requests.ts'
import { isStrict } from './strictness.ts'
import { trackSources, readClientSource } from './failed-request-limit.ts'
import { queryString, normalizeTarget } from './normalize-target.ts'
import { countAnswers, limitInflight, InflightBytes } from './held-bytes.ts'
import type { Identity } from '../domain/ports/accounts.ts'

/** A request that sends its headers or body slower than this is cut off. */
const requestTimeoutMs = 60_000
/** An idle connection is kept for the next request this long; longer than the 60 s of usual load balancers, so that they close first. */
const keepAliveTimeoutMs = 72_000
/** Answers shorter than this are not worth compressing. */
const compressFromBytes = 1024
/** Ids are 24 characters, keys of retry data somewhat more. */
const maxParamLength = 200
/** Routes have no schemas of Fastify's: what comes in is checked by the domain. It loads its compilers for them unless it is given others. */
const noSchemas = (): never => {
  throw new Error('Routes have no schemas here: operations have theirs in the contract.')
}

const builtConsole = fileURLToPath(new URL('../../console/dist', import.meta.url))

export interface AppOptions {
  readonly world: World
  readonly authenticate: Authenticate
  readonly logger: FastifyBaseLogger
  readonly version: string
  /** Of requests that do not say themselves whether they want integrator.io's quirks. */
  readonly strict: boolean
  /** Counts requests against the account's limit; without it there is none. */
  readonly countRequest?: CountRequest
  /** Whether requests can be served at the moment: the database is there. */
  readonly isReady: () => Promise<boolean>
  /** What keeps this program from its work; without it there is no `/livez` and no `/readyz`. */
  readonly askReadiness?: AskReadiness
  /** Believe `X-Forwarded-*` headers. */
  readonly trustProxy?: boolean
  /** A line of the log for each request. */
  readonly accessLog?: boolean
  /** Where the build of the console is, or would be. */
  readonly consoleFolder?: string
  /** Requests that fail before their account is known, of one address; without it there is no limit. */
  readonly failuresOfSource?: Bucket
}

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { world, version, strict, countRequest, isReady, askReadiness, trustProxy = false, failuresOfSource } = options
  const { consoleFolder = builtConsole } = options
  const sources = failuresOfSource && trackSources(trustProxy, failuresOfSource)
  const record = trackSignIns(world)
  const from = (request: FastifyRequest): string => readClientSource(request, trustProxy)
  const authenticate: Admission = {
    authenticate: options.authenticate,
    authenticateSession: createAuthenticateSession(world, true),
    renewSession: createAuthenticateSession(world, false),
    sources,
    signIns: record,
    from,
  }
  const app = createFastify(options, authenticate)
  nameRequestsInLog(app)
  traceRequests(app)
  measureAnswers(app)
  if (options.accessLog) logAccess(app)
  const methodsOf = trackMethods(app)
  app.setErrorHandler((error: Error, request, reply) => {
    if (error instanceof DomainError && error.problems[0]?.code === 'sign_in_failed') record.recordRefusal(from(request))
    return answerError(error, request, reply)
  })
  takeSessionCookies(app)
  restrictBrowsers(app)
  const apis = createApiCaller(world)
  const underWay = new InflightBytes()
  installJsonParser(app, underWay)
  readArchives(app)
  endConnections(app)
  countAnswers(app, underWay)
  await app.register(compress, { global: true, threshold: compressFromBytes, encodings: ['gzip', 'deflate'] })
  await app.register(docs, { version })
  apiCalls(app, apis, methodsOf, await serveConsole(app, consoleFolder))
  health(app, isReady)
  if (askReadiness) probes(app, askReadiness)
  authentication(app, authenticate, {
    share: (caller, id) => enterShare(world.store, caller, id),
    environment: (caller, id) => enterEnvironment(world.store, caller, id),
  })
  app.addHook('onClose', () => record.flush())
  app.addHook('preClose', async () => endStreams(world.changes))
  if (countRequest) limitRates(app, countRequest)
  limitInflight(app, underWay)
  refuseOtherMethods(app, methodsOf)
  webhooks(app, createReceive(world, world.webhookReader), sources, underWay)
  oauth2Callback(app, world, sources)
  unsubscribing(app, world, sources)
  templateDownloads(app, world, sources, countRequest)

  const contextOf = createContextOf(world, strict, from)
  mcp(app, { contextOf, callApi: apis.callKnown, underWay, version })
  bindOperations(app, contextOf)
  return app
}

function createFastify({ logger, trustProxy = false, world: { newId } }: AppOptions, authenticate: Admission): FastifyInstance {
  return Fastify({
    loggerInstance: logger,
    genReqId: () => newId(),
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (log) => log,
    bodyLimit: maxBodyBytes,
    trustProxy,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    rewriteUrl: normalizeTarget,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { ignoreTrailingSlash: true, caseSensitive: false, maxParamLength, querystringParser: queryString },
    // Before any route and its hooks: a path that cannot be decoded.
    frameworkErrors: (error, request, reply) => void answerUnrouted(error as Error, request, reply, authenticate),
    clientErrorHandler: answerBroken,
  })
}

function bindOperations(app: FastifyInstance, contextOf: (request: FastifyRequest) => Context): void {
  for (const [name, each] of Object.entries(documentOperations)) {
    bindOperation(app, name, each.operation, contextOf, (ctx, call) => documentHandlers(ctx, each, call))
  }
  for (const name of Object.keys(named) as (keyof typeof named)[]) {
    const handle = handlers[name] as (ctx: Context, call: Call) => Promise<unknown>
    bindOperation(app, name, named[name], contextOf, handle)
  }
}

/** At the door: somebody who has yet to show who they are. They reach nothing but the operations for that. */
const nobody: Identity = { accountId: '', envId: '', userId: '', scope: '', level: 'monitor' }

/** The world as the caller of a request sees it. */
const createContextOf =
  (world: World, strict: boolean, from: (request: FastifyRequest) => string) =>
  (request: FastifyRequest): Context => {
    const { caller = nobody, session, sessionSecret, signInSecret } = request
    const { 'user-agent': userAgent, 'last-event-id': lastEventId } = request.headers
    const own = { ...world, store: world.storeOf(caller.accountId), log: request.log }
    return {
      ...own,
      caller,
      strict: isStrict(request, strict),
      home: `${request.protocol}://${request.host}`,
      client: {
        source: from(request),
        ...(userAgent !== undefined && { userAgent }),
        ...(!request.caller && sessionSecret !== undefined && { sessionSecret }),
        ...(!request.caller && signInSecret !== undefined && { signInSecret }),
      },
      ...(session && { session: { ...session, userId: caller.userId } }),
      ...oneTimeContext(own, caller),
      ...(request.renewCaller && { renewCaller: request.renewCaller }),
      ...(lastEventId !== undefined && { lastEventId: String(lastEventId) }),
      ...(request.headers['if-match'] !== undefined && { ifMatch: request.headers['if-match'] }),
    }
  }

/** A function that calls back acts as the call does that it was made by. */
function oneTimeContext(world: World, caller: Identity): Partial<Context> {
  if (!caller.oneTime) return {}
  const { depth, app } = caller.oneTime
  const claim = app?.claim
  return {
    scriptDepth: depth,
    ...(app && { app }),
    ...(claim && { store: openJournaledStore(world, { envId: caller.envId, rootId: claim.rootId }, claim.who) }),
  }
}

async function answerUnrouted(error: Error, request: FastifyRequest, reply: FastifyReply, admission: Admission): Promise<void> {
  nameInLog(request, reply)
  try {
    const refusal = admission.sources?.refusal(request)
    if (refusal) return void answerError(refusal, request, reply)
    if (isApiRequest(request) && !(await admit(request, reply, admission))) return
    admission.sources?.failed(request)
    answerError(error, request, reply)
  } catch (failure) {
    answerError(failure as Error, request, reply)
  }
}
