/** An export or import by itself, read and made ready: no flow, no job, and nobody waits longer than its bounds. */
import { resolveCallContext } from '../../domain/app-code/app-functions.ts'
import { DomainError } from '../../domain/errors.ts'
import type { Context } from '../../domain/context.ts'
import type { Failure, CallOverrides } from '../../domain/ports/applications.ts'
import { createGrowingMasker } from '../../domain/redaction/growing-masker.ts'
import { redactNothing } from '../../domain/redaction/masker.ts'
import { openSessions } from '../../domain/sessions/sessions.ts'
import { limitToCode, findIntegrationIds, type IntegrationIds } from '../../domain/access/code-rights.ts'
import { requestBounds } from '../../domain/scripts/run-script.ts'
import { StepFailure, type ConnectionDoc, type ExportDoc, type ImportDoc, type Run } from '../adaptor.ts'
import { createEvaluating, type Evaluating } from '../evaluation/track-stages.ts'
import type { Evaluate, Evaluator } from '../evaluation/evaluator.ts'
import { createLookupCaches } from '../plan/lookup-caches.ts'
import { listConnectionSecrets } from '../outgoing/connection-secrets.ts'
import {
  createAppScriptReader,
  documentMissing,
  requireOnline,
  readConnections,
  readFileDefinitions,
  readHelpers,
  createReader,
  readScripts,
  listStepReferences,
  type Definitions,
} from '../plan/read-documents.ts'
import { redactFailure } from '../run/redact-failure.ts'
import { createConnectionDebug } from '../recording/connection-debug.ts'
import { createHooks, createWrapperCalls, type FindCaller } from '../hooks/call-function.ts'
import type { Adaptors } from '../adaptor.ts'

/** Of one call, whatever it waits for. Milliseconds. */
const totalMs = 120_000

type StepDoc = { readonly exports: ExportDoc } | { readonly imports: ImportDoc }

/** What steps on request are made with. */
export interface Parts {
  readonly adaptors: Adaptors
  readonly evaluator: Evaluator
}

/** The flow that the step is said to be used in, and the integration of it or of the step. */
async function readAround(
  read: ReturnType<typeof createReader>,
  flowId: string | undefined,
  integrationId: string | undefined,
): Promise<Pick<Run, 'flow' | 'integration'>> {
  const flow = flowId === undefined ? undefined : ((await read('flows', flowId)) as Run['flow'])
  const holder = flow?._integrationId ?? integrationId
  const integration = holder ? ((await read('integrations', holder)) as Run['integration']) : undefined
  // Somebody waits: what it asks is not asked again.
  return { ...(flow && { flow: { ...flow, skipRetries: true } }), ...(integration && { integration }) }
}

async function readStandalone(ctx: Context, step: StepDoc, told: CallOverrides, evaluate: Evaluate): Promise<Definitions> {
  const { accountId, envId } = ctx.caller
  const read = createReader(ctx, envId)
  const [collection, doc] = 'exports' in step ? (['exports', step.exports] as const) : (['imports', step.imports] as const)
  const { _connectionId, _integrationId } = doc
  const references = listStepReferences('exports' in step ? [step.exports] : [], 'imports' in step ? [step.imports] : [])
  const helpers = await readHelpers(read, references)
  const named = helpers.exports.flatMap((each) => each._connectionId ?? [])
  const connections = await readConnections(read, [...(_connectionId ? [_connectionId] : []), ...named])
  const around = await readAround(read, told.flowId, _integrationId)
  const { redact, learn } = createGrowingMasker([...connections.values()].flatMap(listConnectionSecrets))
  const run: Run = {
    signal: AbortSignal.timeout(totalMs),
    debug: createConnectionDebug(ctx, envId, redact),
    sessions: openSessions(ctx, envId),
    learn,
    accountId,
    envId,
    ...around,
    currentExportDateTime: told.currentExportDateTime ?? ctx.now().toISOString(),
    ...(told.lastExportDateTime !== undefined && { lastExportDateTime: told.lastExportDateTime }),
    testMode: false,
    findHelper: (id) => helpers.find(id, connections),
    ...(await readFileDefinitions(read, references)),
    callStack: (stackId, name, options) => createWrapperCalls(caller)(stackId, name, options),
  }
  let asked: Promise<IntegrationIds> | undefined
  const place = (): Promise<IntegrationIds> => (asked ??= findIntegrationIds(ctx, collection, doc._id))
  // The code of an app runs where the app itself asks for it: with its own rights, and with no data of somebody else's choice.
  const caller: FindCaller = async (script) => ({
    ...(await (ctx.app ? resolveCallContext(ctx, collection, doc) : limitToCode(ctx, await place(), script))),
    aliases: around.integration?.aliases ?? [],
  })
  const createHook = createHooks({
    redact,
    caller,
    scripts: await readScripts(ctx.app ? createAppScriptReader(ctx, envId, ctx.app.connectorId) : (id) => read('scripts', id), references),
    bounds: requestBounds,
  })
  const getConnection = (id: string | undefined): ConnectionDoc | undefined => {
    if (id === undefined) return undefined
    const connection = connections.get(id)
    if (!connection) throw documentMissing('connection', id)
    return requireOnline(connection)
  }
  const own = <D>(found: D | undefined): D => {
    if (!found) throw new Error('a step by itself knows no other')
    return found
  }
  return {
    run,
    getRun: () => run,
    getExport: () => own('exports' in step ? step.exports : undefined),
    getImport: () => own('imports' in step ? step.imports : undefined),
    getConnection,
    caches: createLookupCaches(ctx, envId),
    createHook,
    redact,
    evaluate,
  }
}

/** Whoever asked is told where the step could not do what it was asked for. `ready` is to be waited for once the step is compiled. */
export async function runStandalone<T>(
  { evaluator }: Parts,
  ctx: Context,
  step: StepDoc,
  told: CallOverrides,
  work: (definitions: Definitions, ready: Evaluating['ready']) => Promise<T>,
): Promise<T> {
  const code = 'exports' in step ? 'export_failed' : 'import_failed'
  let definitions: Definitions | undefined
  try {
    const { evaluate, ready } = createEvaluating(evaluator, ctx.caller.accountId)
    definitions = await readStandalone(ctx, step, told, evaluate)
    return await work(definitions, ready)
  } catch (error) {
    if (error instanceof StepFailure) throw toDomainError(code, redactFailure(error.failure, definitions?.redact ?? redactNothing))
    if (definitions?.run.signal.aborted) throw toDomainError(code, late)
    throw error
  }
}

const late: Failure = { source: 'connection', code: 'timeout', message: `It took longer than ${totalMs / 1000} s.` }

export const toDomainError = (code: 'export_failed' | 'import_failed', { source, code: failureCode, message }: Failure): DomainError =>
  new DomainError(code, message, undefined, [], { source, failureCode })
