/** The functions of an account's own that the steps of a run call, in scripts and on stacks. Scripts are read with the run's other documents: it ends on those it began with. */
import { resolveCallContext } from '../../domain/app-code/app-functions.ts'
import { DomainError } from '../../domain/errors.ts'
import type { Context, World } from '../../domain/context.ts'
import type { ScriptBounds } from '../../domain/ports/scripts.ts'
import { limitToAuthors } from '../../domain/access/code-rights.ts'
import { ScriptFailure } from '../../domain/scripts/script-failure.ts'
import { callLogged, runFunction, addBearerToken, type FunctionReference, type Script } from '../../domain/scripts/run-script.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import { StepFailure, type ErrorSource, type Failure, type Run } from '../adaptor.ts'

/** A function that a step calls with a page, or with each record of one. */
export interface Hook {
  /** Throws StepFailure where the function does. */
  call(options: object): Promise<unknown>
  /** What the function gives for each; a throw concerns its own. */
  each(options: readonly object[]): Promise<readonly Each[]>
  /** After a step of many it is called with the children, and not with their parents. */
  readonly takesChildren?: boolean
}
type Each = { readonly value: unknown } | { readonly failure: Failure }

interface Callee extends FunctionReference {
  readonly configuration?: unknown
}

/** Undefined where nothing is named. `hookContext` is handed to every call, beside what it is called with. Throws StepFailure where the script is gone. */
export type CreateHook = (callee: Callee | undefined, source: ErrorSource, hookContext: object) => Hook | undefined

export type FindCaller = (script?: Script) => Promise<Context>

interface Scripts {
  /** With whose rights the functions of a script work, or those on stacks. */
  readonly caller: FindCaller
  readonly scripts: ReadonlyMap<string, Script>
  /** Takes out of what functions log and throw the secrets that an answer may have told them. */
  readonly redact: Redact
  /** Those of every script by default. */
  readonly bounds?: ScriptBounds
}

export function createHooks({ redact, ...scripts }: Scripts): CreateHook {
  const caller: FindCaller = async (script) => ({ ...(await scripts.caller(script)), redact })
  const parts = { ...scripts, redact, caller }
  return (callee, source, hookContext) => {
    if (!callee?._scriptId && !callee?._stackId) return undefined
    const shared = { ...hookContext, ...(callee.configuration !== undefined && { configuration: callee.configuration }) }
    return callee._stackId ? createStackHook(caller, callee, source, shared) : createScriptHook(parts, callee, source, shared)
  }
}

/** The document whose steps call functions. */
export interface CodeOwner {
  readonly collection: 'flows' | 'apis' | 'tools'
  readonly doc: Pick<NonNullable<Run['flow']>, '_id' | '_integrationId' | '_connectorId' | 'aliases'>
}

/**
 * Whoever starts a run, or writes a script of it, may have no more than one integration: its scripts reach what belongs to the integration of the flow, API or tool, with
 * the access level `manage` and what they make themselves, and act in the name of the one who started it, or of the account's owner. One without an integration
 * reaches nothing. A script whose authors manage other integrations alone reaches what both do. The scripts of an Integration App reach what is the app's.
 */
export function createCaller(
  world: World,
  envId: string,
  userId: string | undefined,
  { collection, doc }: CodeOwner,
  integration?: Run['integration'],
): FindCaller {
  let asked: Promise<Context> | undefined
  const callId = world.newId()
  const ask = async (): Promise<Context> => {
    const accountId = (await world.store.accounts.findAccount(envId)) ?? envId
    const reach = { callId, integrations: doc._integrationId === undefined ? {} : { [doc._integrationId]: 'manage' as const } }
    const own: Context = {
      ...world,
      caller: { accountId, envId, userId: userId ?? accountId, scope: '*', level: 'manage', reach },
      strict: false,
    }
    return { ...(await resolveCallContext(own, collection, doc)), aliases: [...(doc.aliases ?? []), ...(integration?.aliases ?? [])] }
  }
  return async (script) => limitToAuthors(await (asked ??= ask()), script)
}

function createScriptHook({ scripts, caller, bounds }: Scripts, callee: Callee, source: ErrorSource, shared: object): Hook {
  const script = scripts.get(callee._scriptId ?? '')
  if (!script)
    throw new StepFailure({ source: 'resource', code: 'script_missing', message: `The script ${callee._scriptId} no longer exists.` })
  const name = callee.function ?? ''
  let asked: Promise<Context> | undefined
  const mine = (): Promise<Context> => (asked ??= caller(script))
  return {
    takesChildren: script.takesChildren ?? false,
    call: (options) =>
      asStepFailure(source, async () => {
        const ctx = await mine()
        return callLogged(ctx, script, name, (call) => ctx.scripts.call(call, addBearerToken(ctx, { ...shared, ...options })), bounds)
      }),
    each: (options) =>
      asStepFailure(source, async () => {
        const ctx = await mine()
        const answers = await callLogged(
          ctx,
          script,
          name,
          (call) => ctx.scripts.callEach(call, options, addBearerToken(ctx, shared)),
          bounds,
        )
        return answers.map((answer): Each => ('failure' in answer ? { failure: toFailure(answer.failure, source) } : answer))
      }),
  }
}

/** The functions of wrapper connections. */
export const createWrapperCalls =
  (caller: FindCaller): NonNullable<Run['callStack']> =>
  (stackId, name, options) =>
    asStepFailure('application', async () =>
      runFunction(await caller(), { _stackId: stackId, function: name }, options, { place: undefined, type: 'wrapper' }),
    )

/** A stack takes one call at a time. */
function createStackHook(caller: FindCaller, callee: Callee, source: ErrorSource, shared: object): Hook {
  const call: Hook['call'] = (options) =>
    asStepFailure(source, async () => runFunction(await caller(), callee, { ...shared, ...options }, { place: undefined }))
  return {
    call,
    each: (options) =>
      Promise.all(
        options.map(async (each): Promise<Each> => {
          try {
            return { value: await call(each) }
          } catch (error) {
            if (error instanceof StepFailure) return { failure: error.failure }
            throw error
          }
        }),
      ),
  }
}

async function asStepFailure<T>(source: ErrorSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ScriptFailure) throw new StepFailure(toFailure(error, source))
    // There is no such script or stack, or it is not to run.
    if (error instanceof DomainError)
      throw new StepFailure({ source: 'resource', code: error.problems[0]?.code ?? 'script_error', message: error.message })
    throw error
  }
}

/** Where it happened stands behind what happened: an error of a flow is one sentence, and somebody has to find the line. */
function toFailure(error: Error, source: ErrorSource): Failure {
  if (!(error instanceof ScriptFailure)) return { source, code: 'script_error', message: error.message }
  const { script, line, message, function: name } = error.fault
  const where = line === undefined ? '' : ` (${script}: ${name}, line ${line})`
  return { source, code: 'script_error', message: `${message}${where}` }
}
