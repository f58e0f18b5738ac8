/** Reads everything that the steps of a flow, an API or a tool name, and makes of it what they are compiled with. */
import type { World } from '../../domain/context.ts'
import { onlyReading } from '../../domain/access/code-rights.ts'
import type { Reference } from '../../domain/ports/document.ts'
import type { ScriptBounds } from '../../domain/ports/scripts.ts'
import { createGrowingMasker } from '../../domain/redaction/growing-masker.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import type { Script } from '../../domain/scripts/run-script.ts'
import { openSessions } from '../../domain/sessions/sessions.ts'
import type { ConnectionDoc, DebugConnection, ExportDoc, ImportDoc, Run } from '../adaptor.ts'
import { createEvaluating, type Evaluating } from '../evaluation/track-stages.ts'
import { createHooks, createWrapperCalls, type FindCaller } from '../hooks/call-function.ts'
import { listConnectionSecrets } from '../outgoing/connection-secrets.ts'
import { createConnectionDebug } from '../recording/connection-debug.ts'
import type { Recorder } from '../recording/recorder.ts'
import type { Engine } from './engine.ts'
import { createLookupCaches } from './lookup-caches.ts'
import {
  createAppScriptReader,
  listStepReferences,
  readAll,
  readConnections,
  readFileDefinitions,
  readHelpers,
  readScripts,
  requireDocument,
  requireOnline,
  type Definitions,
  type Read,
} from './read-documents.ts'

/** What is different where somebody looks at what becomes of the records. */
export interface RecordOptions {
  /** Who follows the records, where somebody wants to know. */
  readonly record?: (redact: Redact) => Recorder | undefined
}

/** And where it is a test. */
export interface TestOptions extends RecordOptions {
  /** Whether the application of a step is asked. Any other may be offline. */
  readonly asks: (doc: ExportDoc | ImportDoc) => boolean
  /** Functions may look at what is in the account, and change nothing of it. */
  readonly readsOnly: boolean
}

/** The document that names the steps, as far as it decides what they are made of. */
export interface StepsOwner {
  readonly envId: string
  readonly accountId: string
  readonly exports: readonly string[]
  readonly imports: readonly string[]
  /** What it names itself: its scripts are read too. */
  readonly references: readonly Reference[]
  readonly connectorId: string | undefined
  readonly caller: FindCaller
  run(debug: DebugConnection): Run
  /** The run as this page generator sees it. */
  getRun?(run: Run, exportId: string): Run
  /** Of its functions; those of every script by default. */
  readonly bounds?: ScriptBounds
  /** Connections that others take the place of, by id. */
  readonly connections?: ReadonlyMap<string, string>
}

export interface Readings {
  readonly definitions: Definitions
  readonly steps: { readonly exports: ReadonlyMap<string, ExportDoc>; readonly imports: ReadonlyMap<string, ImportDoc> }
  readonly references: readonly Reference[]
  readonly scripts: ReadonlyMap<string, Script>
  readonly ofStep: Evaluating['ofStep']
  /** Throws the `StepFailure` of the first stage that can never work. To be waited for once all steps are made. */
  readonly compiled: Evaluating['ready']
}

export async function readDefinitions(
  { world, evaluator }: Pick<Engine, 'world' | 'evaluator'>,
  read: Read,
  owner: StepsOwner,
  options: RecordOptions | TestOptions = {},
): Promise<Readings> {
  const { envId, accountId, connectorId } = owner
  const test = 'asks' in options ? options : undefined
  const steps = {
    exports: overConnections(await readAll(read, 'exports', owner.exports), owner.connections),
    imports: overConnections(await readAll(read, 'imports', owner.imports), owner.connections),
  }
  const docs = [...steps.exports.values(), ...steps.imports.values()]
  const helpers = await readHelpers(read, listStepReferences(steps.exports.values(), steps.imports.values()))
  const connections = await readConnections(read, listConnectionIds([...docs, ...helpers.exports]))
  const { redact, learn } = createGrowingMasker([...connections.values()].flatMap(listConnectionSecrets))
  const references = [...owner.references, ...listStepReferences(steps.exports.values(), steps.imports.values())]
  const caller: FindCaller = test?.readsOnly ? async (script) => onlyReading(await owner.caller(script)) : owner.caller
  const ownRun = owner.run(createConnectionDebug(world, envId, redact))
  const run: Run = {
    ...ownRun,
    // Asked for each time: of an API or a tool it is another one in each call.
    get signal() {
      return ownRun.signal
    },
    sessions: openSessions(world, envId),
    learn,
    callStack: createWrapperCalls(caller),
    findHelper: (id) => helpers.find(id, connections),
    ...(await readFileDefinitions(read, references)),
  }
  const scripts = await readScripts(await scriptReader(world, read, envId, connectorId, caller), references)
  const { evaluate, ofStep, ready } = createEvaluating(evaluator, accountId)
  const definitions: Definitions = {
    run,
    getRun: (exportId) => owner.getRun?.(run, exportId) ?? run,
    getExport: (id) => requireDocument(steps.exports, 'export', id),
    getImport: (id) => requireDocument(steps.imports, 'import', id),
    getConnection: createGetConnection(connections, test ? docs.filter(test.asks) : docs),
    recorder: options.record?.(redact),
    caches: createLookupCaches(world, envId),
    redact,
    createHook: createHooks({ redact, caller, scripts, ...(owner.bounds && { bounds: owner.bounds }) }),
    evaluate,
  }
  return { definitions, steps, references, scripts, ofStep, compiled: ready }
}

/** What an Integration App made has the scripts of its publisher. */
async function scriptReader(world: World, read: Read, envId: string, connectorId: string | undefined, caller: FindCaller) {
  const app = connectorId === undefined ? undefined : (await caller()).onBehalf?.app
  return app ? createAppScriptReader(world, envId, app.connectorId) : (id: string) => read('scripts', id)
}

const listConnectionIds = (docs: readonly (ExportDoc | ImportDoc)[]): string[] => docs.flatMap(({ _connectionId }) => _connectionId ?? [])

function overConnections<D extends ExportDoc | ImportDoc>(
  docs: ReadonlyMap<string, D>,
  others: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, D> {
  if (!others) return docs
  return new Map(
    [...docs].map(([id, doc]) => {
      const other = others.get(doc._connectionId ?? '')
      return [id, other === undefined ? doc : { ...doc, _connectionId: other }]
    }),
  )
}

/** Connections of the steps that ask their application have to be online. */
function createGetConnection(
  connections: ReadonlyMap<string, ConnectionDoc>,
  asking: readonly (ExportDoc | ImportDoc)[],
): Definitions['getConnection'] {
  const asked = new Set(listConnectionIds(asking))
  return (id) => {
    if (id === undefined) return undefined
    const connection = requireDocument(connections, 'connection', id)
    return asked.has(id) ? requireOnline(connection) : connection
  }
}
