/** Calls a function of an account's own: of a script of the caller's environment, or on a stack. The one door for hooks, forms and Integration Apps. */
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import { signOneTimeToken } from './one-time-tokens.ts'
import type { Context } from '../context.ts'
import { maxNesting, type LogLine, type ScriptBounds, type ScriptCall, type ScriptSource } from '../ports/scripts.ts'
import { redactNothing } from '../redaction/masker.ts'
import { limitToCode, type IntegrationIds } from '../access/code-rights.ts'
import { ScriptFailure } from './script-failure.ts'
import { revealSecrets } from '../secrets.ts'
import { maskTokens } from '../mask-tokens.ts'
import type { Doc } from '../ports/document.ts'
import type { ScriptLine, StackCall } from '../ports/scripts.ts'

/** What a document says of a function: where it is, and its name. */
export interface FunctionReference {
  readonly _scriptId?: string | undefined
  readonly _stackId?: string | undefined
  readonly function?: string | undefined
}

export interface CallOptions {
  /** Where the document lies that names the function. */
  readonly place: IntegrationIds
  /** The field of the request or document that names the function, for the answer where it fails. */
  readonly field?: string
  readonly bounds?: Partial<ScriptBounds>
  /** What kind of function a stack is to look for; a hook by default. */
  readonly type?: StackCall['type']
  readonly _connectorId?: string
}

/** Somebody waits for the answer of the request that needs this. Milliseconds. */
export const requestBounds: ScriptBounds = { runMs: 10_000, totalMs: 60_000 }

/** What the function returned. Throws ScriptFailure where it failed, DomainError where there is no such script or stack. */
export async function runFunction(ctx: Context, callee: FunctionReference, options: object, how: CallOptions): Promise<unknown> {
  if (callee._stackId) return callStack(await limitToCode(ctx, how.place), { ...callee, _stackId: callee._stackId }, options, how)
  const script = await readScript(ctx, callee._scriptId, how.field)
  const own = await limitToCode(ctx, how.place, script)
  return callLogged(own, script, callee.function ?? '', (call) => own.scripts.call(call, addBearerToken(own, options)), how.bounds)
}

/** What every function is told besides. */
export const addBearerToken = (ctx: Context, options: object): object => ({ ...options, bearerToken: signOneTimeToken(ctx) })

/** The same for a request: what the script says is its answer, 422. */
export async function runScript(ctx: Context, callee: FunctionReference, options: object, how: CallOptions): Promise<unknown> {
  try {
    return await runFunction(ctx, callee, options, { bounds: requestBounds, ...how })
  } catch (error) {
    throw error instanceof ScriptFailure ? error.asDomainError(how.field) : error
  }
}

/** A script as it is read from the store. */
export interface Script extends ScriptSource {
  readonly _id: string
  /** Until when what it logs is kept. */
  readonly debugUntil?: string
  readonly _authorIntegrationIds?: readonly string[]
  /** Its postResponseMap functions are called with the children of a step of many. */
  readonly takesChildren?: boolean
}

/** `field` names the function: what is missing is the script beside it, and is told like any reference to nothing. */
async function readScript(ctx: Context, id: string | undefined, field?: string): Promise<Script> {
  const entry = id === undefined ? undefined : await ctx.store.documents.find(ctx.caller.envId, 'scripts', id)
  const place = [field?.replace(/\.?function$/, ''), '_scriptId'].filter(Boolean).join('.')
  if (!entry) throw new DomainError('invalid_ref', `There is no document ${id ?? ''} in scripts.`, place)
  return toScript(entry.doc)
}

export const toScript = ({
  _id,
  name,
  content,
  debugUntil,
  _authorIntegrationIds: authors,
  postResponseHookToProcessOnChildRecord: takesChildren,
}: Doc): Script => ({
  _id,
  name: String(name),
  content: String(content),
  ...(typeof debugUntil === 'string' && { debugUntil }),
  ...(Array.isArray(authors) && { _authorIntegrationIds: authors as readonly string[] }),
  ...(takesChildren === true && { takesChildren }),
})

/** Lines of a script that are kept. */
const keptLines = 1000

/** Lets `work` call the script with the rights of the context, and keeps what it logs meanwhile where somebody wants to know. */
export async function callLogged<T>(
  ctx: Context,
  { debugUntil, _authorIntegrationIds, ...script }: Script,
  name: string,
  work: (call: ScriptCall) => Promise<T>,
  bounds?: Partial<ScriptBounds>,
): Promise<T> {
  const depth = ctx.scriptDepth ?? 0
  const call: ScriptCall = {
    accountId: ctx.caller.accountId,
    envId: ctx.caller.envId,
    script,
    function: name,
    depth,
    api: ctx.integratorApi({ ...(ctx.onBehalf ?? ctx), scriptDepth: depth + 1 }),
    ...(bounds && { bounds }),
  }
  if (debugUntil === undefined || new Date(debugUntil) <= ctx.now()) return work(call)
  const lines: ScriptLine[] = []
  const { redact = redactNothing } = ctx
  const note = (line: LogLine): void =>
    void lines.push({ ...line, message: redact(maskTokens(line.message)), function: name, time: ctx.now().toISOString() })
  try {
    return await work({ ...call, log: note })
  } catch (error) {
    if (error instanceof ScriptFailure) note({ level: 'error', message: error.message })
    throw error
  } finally {
    if (lines.length > 0) await ctx.store.scriptLogs.add(ctx.caller.envId, script._id, lines, keptLines)
  }
}

async function callStack(
  ctx: Context,
  { _stackId, function: name = '' }: FunctionReference & { _stackId: string },
  options: object,
  { type = 'hook', _connectorId, field = '_stackId' }: CallOptions,
): Promise<unknown> {
  if ((ctx.scriptDepth ?? 0) > maxNesting) {
    const message = `The function ${name} was called by more than ${maxNesting} functions, one after the other.`
    throw new ScriptFailure({ message, script: 'stack', function: name, bound: 'calls' })
  }
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'stacks', _stackId)
  if (!entry) throw new DomainError('invalid_ref', `The stack ${_stackId} does not exist.`, field)
  const { server, name: stackName } = revealSecrets(ctx.vault, ctx.caller.envId, entry)
  if (!isObject(server)) {
    const message = `The stack ${String(stackName)} is no server, and only servers are called from here.`
    throw new ScriptFailure({ message, script: String(stackName), function: name })
  }
  return ctx.stacks.call({
    hostURI: String(server.hostURI),
    systemToken: String(server.systemToken),
    type,
    function: name,
    options: addBearerToken(ctx, options),
    ...(_connectorId !== undefined && { _connectorId }),
  })
}
