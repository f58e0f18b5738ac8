/** An export or import by itself, read and made ready: no flow, no job, and nobody waits longer than its bounds. */
import { contextOf } from '../../domain/app-code/app-functions.ts'
import { DomainError } from '../../domain/errors.ts'
import type { Context } from '../../domain/context.ts'
import type { Failure, Told } from '../../domain/ports/applications.ts'
import { maskerOf, nothingHidden } from '../../domain/redaction/masker.ts'
import { asCode, placeOf, type Place } from '../../domain/access/code-rights.ts'
import { requestBounds } from '../../domain/scripts/run-script.ts'
import { StepFailure, type ConnectionDoc, type ExportDoc, type ImportDoc, type Run } from '../adaptor.ts'
import { evaluating, type Evaluating } from '../evaluation/evaluating.ts'
import type { Evaluate, Evaluator } from '../evaluation/evaluator.ts'
import { lookupCachesOf } from '../plan/lookup-caches.ts'
import { secretsOf } from '../outgoing/connection-secrets.ts'
import {
  appScripts,
  missing,
  online,
  readConnections,
  reader,
  readScripts,
  referencesOfSteps,
  type Definitions,
} from '../plan/read-documents.ts'
import { redacted } from '../run/redacted.ts'
import { hooksOf } from '../hooks/call-function.ts'
import type { Adaptors } from '../adaptor.ts'

/** Of one call, whatever it waits for. Milliseconds. */
const totalMs = 120_000

type StepDoc = { readonly exports: ExportDoc } | { readonly imports: ImportDoc }

/** What steps on request are made with. */
export interface Parts {
  readonly adaptors: Adaptors
  readonly evaluator: Evaluator
}

async function standalone(ctx: Context, step: StepDoc, told: Told, evaluate: Evaluate): Promise<Definitions> {
  const { accountId, envId } = ctx.caller
  const read = reader(ctx, envId)
  const [collection, doc] = 'exports' in step ? (['exports', step.exports] as const) : (['imports', step.imports] as const)
  const { _connectionId, _integrationId } = doc
  const connections = await readConnections(read, _connectionId ? [_connectionId] : [])
  const integration = _integrationId ? ((await read('integrations', _integrationId)) as Run['integration']) : undefined
  const run: Run = {
    signal: AbortSignal.timeout(totalMs),
    accountId,
    envId,
    ...(integration && { integration }),
    currentExportDateTime: told.currentExportDateTime ?? ctx.now().toISOString(),
    ...(told.lastExportDateTime !== undefined && { lastExportDateTime: told.lastExportDateTime }),
    testMode: false,
  }
  const references = referencesOfSteps('exports' in step ? [step.exports] : [], 'imports' in step ? [step.imports] : [])
  const { redact } = maskerOf([...connections.values()].flatMap(secretsOf))
  let asked: Promise<Place> | undefined
  const place = (): Promise<Place> => (asked ??= placeOf(ctx, collection, doc._id))
  const hookOf = hooksOf({
    redact,
    // The code of an app runs where the app itself asks for it: with its own rights, and with no data of somebody else's choice.
    caller: async (script) => (ctx.app ? contextOf(ctx, collection, doc) : asCode(ctx, await place(), script)),
    scripts: await readScripts(ctx.app ? appScripts(ctx, envId, ctx.app.connectorId) : read, references),
    bounds: requestBounds,
  })
  const connectionOf = (id: string | undefined): ConnectionDoc | undefined => {
    if (id === undefined) return undefined
    const connection = connections.get(id)
    if (!connection) throw missing('connection', id)
    return online(connection)
  }
  const own = <D>(found: D | undefined): D => {
    if (!found) throw new Error('a step by itself knows no other')
    return found
  }
  return {
    run,
    runOf: () => run,
    exportOf: () => own('exports' in step ? step.exports : undefined),
    importOf: () => own('imports' in step ? step.imports : undefined),
    connectionOf,
    caches: lookupCachesOf(ctx, envId),
    hookOf,
    redact,
    evaluate,
  }
}

/** Whoever asked is told where the step could not do what it was asked for. `ready` is to be waited for once the step is compiled. */
export async function byItself<T>(
  { evaluator }: Parts,
  ctx: Context,
  step: StepDoc,
  told: Told,
  work: (definitions: Definitions, ready: Evaluating['ready']) => Promise<T>,
): Promise<T> {
  const code = 'exports' in step ? 'export_failed' : 'import_failed'
  let definitions: Definitions | undefined
  try {
    const { evaluate, ready } = evaluating(evaluator, ctx.caller.accountId)
    definitions = await standalone(ctx, step, told, evaluate)
    return await work(definitions, ready)
  } catch (error) {
    if (error instanceof StepFailure) throw refusal(code, redacted(error.failure, definitions?.redact ?? nothingHidden))
    if (definitions?.run.signal.aborted) throw refusal(code, late)
    throw error
  }
}

const late: Failure = { source: 'connection', code: 'timeout', message: `It took longer than ${totalMs / 1000} s.` }

export const refusal = (code: 'export_failed' | 'import_failed', { source, code: failureCode, message }: Failure): DomainError =>
  new DomainError(code, message, undefined, [], { source, failureCode })
