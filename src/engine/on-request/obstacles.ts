/** What would keep a run from using a document, found by the same code that makes a run ready: it is made ready, and nothing is sent. */
import { resources } from '../../contract/resources/index.ts'
import { findReferences } from '../../domain/references.ts'
import { createMasker, redactNothing, type Redact } from '../../domain/redaction/masker.ts'
import type { Context } from '../../domain/context.ts'
import type { Document } from '../../contract/document.ts'
import type { Obstacle, RunnableKind } from '../../domain/ports/applications.ts'
import { adaptors as adaptorsOn, type AdaptorPorts } from '../adaptors/index.ts'
import {
  StepFailure,
  type Adaptors,
  type ConnectionDoc,
  type ExportDoc,
  type Failure,
  type FieldOf,
  type ImportDoc,
  type Run,
} from '../adaptor.ts'
import { listRefusedFields } from '../fields/refuse-fields.ts'
import type { Evaluate, Evaluator } from '../evaluation/evaluator.ts'
import type { Stage } from '../evaluation/stage.ts'
import { adaptorOfConnection } from '../plan/find-adaptor.ts'
import { createLookupCaches } from '../plan/lookup-caches.ts'
import { routedPath } from '../plan/compile-flow.ts'
import type { Flow, Processor, RouterDoc } from '../plan/plan.ts'
import { createGenerator } from '../plan/page-generator.ts'
import { createImportStep } from '../plan/import-step.ts'
import { createLookupStep } from '../plan/lookup-step.ts'
import { createMapResponses } from '../plan/map-responses.ts'
import { listConnectionSecrets } from '../outgoing/connection-secrets.ts'
import { completeConnection, createReader, readConnections, readFileDefinitions, type Definitions } from '../plan/read-documents.ts'
import { redactFailure } from '../run/redact-failure.ts'
import { shareReads } from './shared-reads.ts'
import type { Hook } from '../hooks/call-function.ts'

type ApiDoc = Document<'apis'>

/** Says nothing of the document: too much else was to be evaluated. */
const passing = 'evaluation_busy'

/** A connection that a step goes by, opened, and what takes its secrets out of a text. */
interface Opened {
  readonly connection: ConnectionDoc | undefined
  readonly redact: Redact
}

/** Answers with what would keep a run from using `doc`. */
type FindObstacles = (ctx: Context, collection: RunnableKind, doc: object) => Promise<readonly Obstacle[]>

export function createFindObstacles(ports: AdaptorPorts): FindObstacles {
  const share = shareReads()
  const open: Open = (ctx, id) => share(ctx.store, `${ctx.caller.envId}/${id}`, () => openConnection(ctx, id))
  return (ctx, collection, doc) => findObstacles({ ports, open }, ctx, collection, doc)
}

type Open = (ctx: Context, id: string) => Promise<Opened>

async function openConnection(ctx: Context, id: string): Promise<Opened> {
  const connection = (await readConnections(createReader(ctx, ctx.caller.envId), [id])).get(id)
  return { connection, redact: connection ? createMasker(listConnectionSecrets(connection)).redact : redactNothing }
}

interface Means {
  readonly ports: AdaptorPorts
  readonly open: Open
}

async function findObstacles(means: Means, ctx: Context, collection: RunnableKind, doc: object): Promise<readonly Obstacle[]> {
  const looking = new Looking(means, ctx)
  if (collection === 'exports') await looking.export(doc as ExportDoc)
  else if (collection === 'imports') await looking.import(doc as ImportDoc)
  else if (collection === 'connections') await looking.connection(doc as ConnectionDoc)
  else if (collection === 'apis') await looking.api(doc as ApiDoc)
  else await looking.flow(doc as Flow)
  return looking.found()
}

/** Ends nothing: nothing is sent, and what is evaluated has bounds of its own. */
const unending = new AbortController().signal

/** A function that is named is not called here. */
const named: Hook = { call: async () => undefined, each: async (options) => options.map(() => ({ value: undefined })) }

/** Makes one document ready as a run does, and keeps what stood in the way. */
class Looking {
  readonly #ports: AdaptorPorts
  readonly #open: Open
  readonly #ctx: Context
  readonly #evaluate: Evaluate
  readonly #adaptors: Adaptors
  readonly #run: Run
  readonly #obstacles: Obstacle[] = []
  readonly #stages: { readonly ready: Promise<void>; readonly stage: Stage; readonly field: string | undefined }[] = []
  #field: string | undefined
  #doc: Stated = {}
  /** Of the adaptor of the step. */
  #fieldOf: FieldOf = noAdaptor
  #redact: Redact = redactNothing

  constructor({ ports, open }: Means, ctx: Context) {
    const { accountId, envId } = ctx.caller
    const evaluator = {
      ...ports.evaluator,
      stage: (account: string, stage: Stage, caches: never) => {
        const evaluation = ports.evaluator.stage(account, stage as never, caches)
        this.#stages.push({ ready: evaluation.ready, stage, field: this.#field })
        return evaluation
      },
    } as Evaluator
    this.#ports = ports
    this.#open = open
    this.#ctx = ctx
    this.#evaluate = (stage, caches) => evaluator.stage(accountId, stage, caches)
    this.#adaptors = adaptorsOn({ ...ports, evaluator })
    this.#run = {
      signal: unending,
      accountId,
      envId,
      currentExportDateTime: ctx.now().toISOString(),
      testMode: true,
    }
  }

  /** All that it asks for and that is not done; what makes it ready names the first of them again. */
  #refused(kind: RunnableKind, doc: object): void {
    for (const { code, field, message } of listRefusedFields(kind, doc)) this.#obstacles.push({ code, field, message })
  }

  async export(doc: ExportDoc): Promise<void> {
    this.#doc = doc
    if (this.#adaptors.sources.some(({ adaptorType }) => adaptorType === doc.adaptorType)) this.#refused('exports', doc)
    this.#fieldOf = this.#adaptors.sources.find(({ adaptorType }) => adaptorType === doc.adaptorType)?.fieldOf ?? noAdaptor
    const definitions = await this.#definitionsOf(doc)
    await this.#tryStep(async () => {
      const node = createGenerator(this.#adaptors, definitions, { _exportId: doc._id })
      if (doc.inputFilter) createLookupStep(this.#adaptors, definitions, { type: 'export', _exportId: doc._id })
      await node.ready()
    })
  }

  async import(doc: ImportDoc): Promise<void> {
    this.#doc = doc
    if (this.#adaptors.sinks.some(({ adaptorType }) => adaptorType === doc.adaptorType)) this.#refused('imports', doc)
    this.#fieldOf = this.#adaptors.sinks.find(({ adaptorType }) => adaptorType === doc.adaptorType)?.fieldOf ?? noAdaptor
    const definitions = await this.#definitionsOf(doc)
    await this.#tryStep(async () => createImportStep(this.#adaptors, definitions, { type: 'import', _importId: doc._id }).ready())
  }

  async connection(sent: ConnectionDoc): Promise<void> {
    const doc = await completeConnection(createReader(this.#ctx, this.#ctx.caller.envId), sent)
    if (this.#adaptors.connections.some((each) => each.isFor(doc))) this.#refused('connections', doc)
    this.#redact = createMasker(listConnectionSecrets(doc)).redact
    let fieldOf: FieldOf = () => 'type'
    await this.#try(
      async () => {
        const adaptor = adaptorOfConnection(this.#adaptors.connections, doc)
        fieldOf = adaptor.fieldOf
        for (const advice of adaptor.advise?.(doc) ?? []) this.#obstacles.push({ code: 'advice', ...advice, isAdvice: true })
        await adaptor.ready(doc, this.#run)
      },
      ({ code }) => fieldOf(code),
    )
  }

  async flow(flow: Flow): Promise<void> {
    this.#refused('flows', flow)
    for (const [i, { _flowId, _exportId }] of (flow._runNextExportIds ?? []).entries()) {
      if (_flowId && _exportId) continue
      const message = 'It starts nothing: it names a flow and a page generator of that flow, or nothing is run.'
      this.#obstacles.push({ code: 'next_export_incomplete', field: `_runNextExportIds.${i}`, message })
    }
    const routers = flow.routers ?? []
    for (const [i, { branches }] of routers.entries()) {
      for (const [j, { inputFilter, pageProcessors }] of branches.entries()) {
        this.#rules(`routers.${i}.branches.${j}.inputFilter.rules`, inputFilter)
        this.#responses(`routers.${i}.branches.${j}.pageProcessors`, pageProcessors)
      }
    }
    this.#responses('pageProcessors', flow.pageProcessors)
    await this.#routes(routers, 'routers')
  }

  async api(api: ApiDoc): Promise<void> {
    this.#refused('apis', api)
    const { request, routers = [], responses = [] } = api.builder ?? {}
    for (const [i, { branches }] of routers.entries())
      for (const [j, { inputFilter, pageProcessors }] of branches.entries()) {
        this.#rules(`builder.routers.${i}.branches.${j}.inputFilter.rules`, inputFilter)
        this.#responses(`builder.routers.${i}.branches.${j}.pageProcessors`, pageProcessors as readonly Processor[])
      }
    for (const [i, { inputFilter }] of responses.entries())
      this.#rules(`builder.responses.${i}.inputFilter.rules`, inputFilter, { success: true })
    if (request?.bodySchema) {
      this.#field = 'builder.request.bodySchema'
      this.#evaluate({ kind: 'schema', source: 'internal', schema: request.bodySchema })
    }
    await this.#routes(routers as unknown as readonly RouterDoc[], 'builder.routers', 'apiRouter')
  }

  #rules(field: string, { rules, version }: { rules?: unknown; version?: string } = {}, context?: object): void {
    this.#field = field
    this.#evaluate({
      kind: 'routes',
      source: 'input_filter',
      branches: [{ rules, ...(version !== undefined && { version }) }],
      takesAll: false,
      settings: {},
      ...(context && { context }),
    })
  }

  async #routes(routers: readonly RouterDoc[], field: string, endId?: string): Promise<void> {
    this.#field = undefined
    if (routers.length === 0) return
    const evaluate = unseen(this.#ports.evaluator, this.#ctx.caller.accountId)
    const definitions = { ...without(this.#ctx, this.#run, evaluate), redact: this.#redact }
    await this.#try(
      () => routedPath(routers, definitions, () => [], endId),
      () => field,
    )
  }

  async found(): Promise<readonly Obstacle[]> {
    for (const { ready, stage, field } of this.#stages)
      await this.#try(
        () => ready,
        (failure) => field ?? fieldOfStage(stage, failure, this.#doc, this.#fieldOf),
      )
    return this.#obstacles
  }

  readonly #fieldOfStep = ({ source, code }: Failure): string =>
    source === 'connection' ? '_connectionId' : (fields[code] ?? this.#fieldOf(code))

  /** Its stages know their fields better than the step that is made of them. */
  async #tryStep(act: () => Promise<void>): Promise<void> {
    const failure = await failureOf(act)
    await this.found()
    if (failure) this.#keep(failure, this.#fieldOfStep)
  }

  async #try(act: () => unknown, fieldOf: (failure: Failure) => string): Promise<void> {
    const failure = await failureOf(act)
    if (failure) this.#keep(failure, fieldOf)
  }

  #keep(found: Failure, fieldOf: (failure: Failure) => string): void {
    const failure = redactFailure(found, this.#redact)
    const isKnown = this.#obstacles.some(({ message }) => message === failure.message)
    if (failure.code === passing || isKnown) return
    this.#obstacles.push({ code: failure.code, message: failure.message, field: fieldOf(failure) })
  }

  async #definitionsOf(doc: ExportDoc | ImportDoc): Promise<Definitions> {
    const { connection, redact } = doc._connectionId ? await this.#open(this.#ctx, doc._connectionId) : noConnection
    this.#redact = redact
    const references = [...findReferences(resources.exports.stored, doc), ...findReferences(resources.imports.stored, doc)]
    const run = { ...this.#run, ...(await readFileDefinitions(createReader(this.#ctx, this.#ctx.caller.envId), references)) }
    return {
      ...without(this.#ctx, run, this.#evaluate),
      getExport: () => doc as ExportDoc,
      getImport: () => doc as ImportDoc,
      getConnection: (id) => (id === connection?._id ? connection : undefined),
      redact,
    }
  }

  #responses(path: string, processors: readonly Processor[] = []): void {
    for (const [i, { responseMapping }] of processors.entries()) {
      this.#field = `${path}.${i}.responseMapping`
      createMapResponses(responseMapping, { evaluate: this.#evaluate })
    }
  }
}

async function failureOf(act: () => unknown): Promise<Failure | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return error.failure
  }
}

/** Its branches have been looked at one by one. */
const unseen =
  (evaluator: Evaluator, accountId: string): Evaluate =>
  (stage, caches) =>
    evaluator.stage(accountId, stage, caches)

const without = (ctx: Context, run: Run, evaluate: Evaluate): Definitions => ({
  run,
  getRun: () => run,
  getExport: none,
  getImport: none,
  getConnection: () => undefined,
  caches: createLookupCaches(ctx, run.envId),
  createHook: (callee) => (callee?._scriptId || callee?._stackId ? named : undefined),
  redact: (text) => text,
  evaluate,
})

const none = (): never => {
  throw new Error('a document by itself knows no other')
}

/** Where the configuration says what cannot be done, whatever the adaptor. */
const fields: Readonly<Record<string, string>> = { adaptor_unsupported: 'adaptorType', script_missing: 'hooks' }

const noConnection: Opened = { connection: undefined, redact: redactNothing }

const noAdaptor: FieldOf = () => 'adaptorType'

/** What a step says of itself that is none of its adaptor's. */
type Stated = Partial<Pick<ImportDoc, 'dataURITemplate' | 'idLockTemplate' | 'responseTransform'>>

const ownTemplates = ['dataURITemplate', 'idLockTemplate'] as const

function fieldOfStage(stage: Stage, { code }: Failure, doc: Stated, fieldOf: FieldOf): string {
  if (stage.kind === 'filter') {
    const filter = stage.source === 'input_filter' ? 'inputFilter' : 'filter'
    return code === 'invalid_filter' ? `${filter}.expression.rules` : filter
  }
  if (stage.kind === 'mapping' || stage.kind === 'lookedMapping') return stage.mapping ? 'mapping' : 'mappings'
  if (stage.kind === 'transform') return stage.transform === doc.responseTransform ? 'responseTransform' : 'transform'
  if (stage.kind === 'texts') {
    const own = ownTemplates.find((name) => stage.texts.some(({ template }) => template === doc[name]))
    if (own) return own
  }
  return stage.kind === 'traceKey' ? 'traceKeyTemplate' : fieldOf(code)
}
