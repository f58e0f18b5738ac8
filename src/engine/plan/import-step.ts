/** An import in a flow: filter, map, submit, map the response. */
import type { Choice, Failure, FlowRecord, Found, SinkStep, StepResult, SettingsByResource, Adaptors } from '../adaptor.ts'
import type { Lookup } from '../../contract/shared/lookup.ts'
import { createDataURIs, type DataURIs } from './data-uris.ts'
import type { StageOf } from '../evaluation/stage.ts'
import type { Definitions } from './read-documents.ts'
import { alone, type Item, type FlowStep, type Turn, type Processor } from './plan.ts'
import type { Mapped } from '../mapping/mapper.ts'
import { noChildren, splitRecord, type JoinedResult } from './one-to-many.ts'
import { prepareImport } from './prepare-step.ts'
import { createChildResponseMap } from '../hooks/child-response-map.ts'
import { createPostResponseMap } from '../hooks/post-response-map.ts'
import { splitsRecords } from '../values/one-to-many-children.ts'
import { createMapResponses, type MapResponses } from './map-responses.ts'
import { createTraceKeys } from './trace-keys.ts'
import { createApart } from './submit-apart.ts'
import { finishFile, toHookResponse, submit, type MapRecords, type Submitted, type Submitter } from './submit-records.ts'
import { toMapped, createTransform, type TransformStage } from './transform-stage.ts'
import { createFilter } from './filter-stage.ts'

/** What an import does with records by itself, without what a flow does with its answers. */
export interface Importer {
  readonly adaptorType: string
  /** Records that one request takes together. */
  readonly batchSize: number
  /** Whether the target is asked about records before they are written. */
  readonly asksFirst: boolean
  readonly settings: SettingsByResource
  /** For every function of the step, beside what it is called with. */
  readonly hookContext: object
  readonly dataURIs: DataURIs | undefined
  ready(): Promise<void>
  /** Filters, maps and writes. One answer a record, in order. */
  submit(records: readonly FlowRecord[], sent?: readonly Item['sent'][], turn?: Turn): Promise<readonly JoinedResult[]>
  /** Writes a file of what was gathered of a run; absent where it gathers nothing. */
  readonly finish?: FlowStep['finish']
  /** Maps, and does nothing else. */
  map(records: readonly FlowRecord[]): Promise<readonly Mapped[]>
}

export function createImporter({ sinks, locks }: Adaptors, definitions: Definitions, doc: SinkStep['doc']): Importer {
  const { createHook } = definitions
  const { adaptor, step, settings, hookContext } = prepareImport(sinks, definitions, doc)
  const passes = createFilter(doc.filter, 'import_filter', settings, definitions, hookContext)
  const looks = adaptor.looks?.(doc) ?? false
  const submitter: Submitter = {
    adaptor,
    step,
    looks,
    map: createMapper(doc, adaptor.lookups(doc), looks, { settings }, definitions),
    apart: createApart(doc, settings, definitions, locks),
    preMap: createHook(doc.hooks?.preMap, 'pre_map_hook', hookContext),
    postMap: createHook(doc.hooks?.postMap, 'post_map_hook', hookContext),
    postAggregate: createHook(doc.hooks?.postAggregate, 'post_aggregate_hook', hookContext),
    postSubmit: createHook(doc.hooks?.postSubmit, 'post_submit_hook', hookContext),
  }
  return {
    adaptorType: adaptor.adaptorType ?? 'import',
    batchSize: adaptor.batchSize(doc),
    asksFirst: adaptor.asksFirst?.(doc) ?? false,
    settings,
    hookContext,
    dataURIs: createDataURIs(doc.dataURITemplate, settings, definitions),
    ready: () => adaptor.ready(step),
    ...(adaptor.finish && { finish: (file) => finishFile(submitter, file) }),
    async submit(records, sent = [], turn = alone) {
      const answers = await passes(records)
      const families = records.map((record, i) => (answers[i] === true ? splitRecord(doc, record, sent[i]) : noChildren))
      const submitted = (
        await submit(
          submitter,
          families.flatMap(({ open }) => open),
          turn,
        )
      ).values()
      return families.map(({ open, join }, i): JoinedResult => {
        const answer = answers[i]
        if (typeof answer === 'object') return { outcome: { kind: 'failed', failures: [answer] }, warnings: [] }
        return join(open.map(() => submitted.next().value as Submitted))
      })
    },
    async map(records) {
      const { map } = submitter
      const looked = looks ? await adaptor.look?.(step, records) : undefined
      const choices = map.needsOperation ? await adaptor.choose?.(step, records, false) : undefined
      const mapped = await map(
        records,
        choices,
        looked?.map((each) => ('found' in each ? each : { found: {} })),
      )
      return mapped.map((each, i) => toFailed(looked?.[i]) ?? each)
    },
  }
}

const toFailed = (looked: Found | Failure | undefined): Mapped | undefined =>
  looked && !('found' in looked) ? { ok: false, failures: [looked] } : undefined

export function createImportStep(adaptors: Adaptors, definitions: Definitions, processor: Processor): Omit<FlowStep, 'place'> {
  const doc = definitions.getImport(processor._importId ?? '')
  const { adaptorType, settings, hookContext, ...importer } = createImporter(adaptors, definitions, doc)
  const { createHook } = definitions
  const toResult = createResultMapper(
    createMapResponses(processor.responseMapping, definitions),
    createTransform(doc.responseTransform, definitions, settings, hookContext),
  )
  const hook = createHook(processor.hooks?.postResponseMap, 'response_mapping', hookContext)
  const { oneToMany = false, pathToMany } = doc
  const onRecords = createPostResponseMap(hook, { oneToMany, ...(pathToMany !== undefined && { pathToMany }) })
  const onChildren = hook?.takesChildren && splitsRecords(doc) ? createChildResponseMap(hook, doc) : undefined

  const process = async (items: readonly Item[], turn: Turn): Promise<StepResult[]> => {
    const records = items.map(({ record }) => record)
    const joint = await importer.submit(
      records,
      items.map(({ sent }) => sent),
      turn,
    )
    const results = await toResult(records, joint)
    if (!onChildren)
      return onRecords(
        records,
        results,
        joint.map(({ outcome }) => toHookResponse(outcome)),
      )
    return onChildren(
      records,
      results,
      joint.map(({ children = [] }) => children.map(toHookResponse)),
    )
  }
  return {
    stepId: doc._id,
    kind: 'import',
    adaptorType,
    stage: 'apiCall',
    proceedOnFailure: processor.proceedOnFailure ?? false,
    onePageAtATime: importer.asksFirst,
    traceKeys: doc.traceKeyTemplate ? createTraceKeys(doc.traceKeyTemplate, definitions) : undefined,
    dataURIs: importer.dataURIs,
    ready: importer.ready,
    ...(importer.finish && { finish: importer.finish }),
    process,
  }
}

/** What was answered, reshaped and copied into the record that it is about. */
function createResultMapper(mapResponses: MapResponses, reshape: TransformStage | undefined) {
  return async (records: readonly FlowRecord[], submitted: readonly JoinedResult[]): Promise<StepResult[]> => {
    const done = submitted.flatMap(({ outcome }, i) =>
      outcome.kind === 'done' ? [{ record: records[i] as FlowRecord, response: outcome.response }] : [],
    )
    const reshaped = reshape
      ? await reshape(done.map(({ response }) => response as FlowRecord))
      : done.map(({ response }): Mapped => ({ ok: true, value: response }))
    const fit = done.flatMap(({ record }, i) => {
      const mapped = reshaped[i]
      return mapped?.ok ? [{ record, response: mapped.value as Readonly<Record<string, unknown>> }] : []
    })
    const [each, goingOn] = [reshaped.values(), (await mapResponses(fit)).values()]
    return submitted.map(({ outcome, warnings, sent }): StepResult => {
      if (outcome.kind === 'failed' && sent) return { ...outcome, sent }
      if (outcome.kind !== 'done') return outcome
      const response = each.next().value as Mapped
      if (!response.ok) return { kind: 'failed', failures: response.failures }
      const mapped = goingOn.next().value as Awaited<ReturnType<MapResponses>>[number]
      if ('failure' in mapped) return { kind: 'failed', failures: [mapped.failure] }
      return { kind: 'done', record: mapped.record, ...(warnings.length > 0 && { warnings }) }
    })
  }
}

/** Without mappings a record passes as it is. */
function createMapper(
  doc: SinkStep['doc'],
  tables: readonly Lookup[],
  looks: boolean,
  surroundings: Readonly<Record<string, unknown>>,
  { caches, evaluate }: Definitions,
): MapRecords {
  const { fields, lists } = doc.mapping ?? {}
  const isFirst = (fields?.length ?? 0) + (lists?.length ?? 0) > 0 && !doc.mappings?.length
  if (!isFirst && !doc.mappings?.length)
    return Object.assign(async (records: readonly FlowRecord[]) => records.map((value): Mapped => ({ ok: true, value })), {
      needsOperation: false,
    })
  const lookups = [...(doc.lookups ?? []), ...tables]
  const written = isFirst ? { mapping: doc.mapping ?? {} } : { mappings: doc.mappings ?? [] }
  const stage = { source: 'mapping' as const, ...written, lookups, surroundings }
  const needsOperation = /"(record_created|record_updated|immutable)"/.test(JSON.stringify(written))
  const map = looks ? mapLooked(stage, needsOperation, evaluate, caches) : mapAlone(stage, needsOperation, evaluate, caches)
  return Object.assign(map, { needsOperation })
}

type MappingStage = Omit<StageOf<'mapping'>, 'kind'>
type Operation = Choice['operation']
type Evaluating = [Definitions['evaluate'], Definitions['caches']]

/** One evaluation for each operation, where fields depend on it. */
function byOperation<T>(needsOperation: boolean, make: (operation?: Operation) => T): (choice: Choice | undefined) => T {
  const unknown = make()
  if (!needsOperation) return () => unknown
  const known = { create: make('create'), update: make('update') }
  return (choice) => (choice?.operation ? known[choice.operation] : unknown)
}

function mapAlone(stage: MappingStage, needsOperation: boolean, ...[evaluate, caches]: Evaluating) {
  const evaluationOf = byOperation(needsOperation, (operation) =>
    evaluate({ kind: 'mapping', ...stage, ...(operation && { operation }) }, caches),
  )
  return async (records: readonly FlowRecord[], choices: readonly Choice[] = []): Promise<readonly Mapped[]> => {
    if (!needsOperation) return (await evaluationOf(undefined).all(records)).map(toMapped)
    return Promise.all(records.map(async (record, i) => toMapped(await evaluationOf(choices[i]).one(record))))
  }
}

function mapLooked(stage: MappingStage, needsOperation: boolean, ...[evaluate, caches]: Evaluating) {
  const evaluationOf = byOperation(needsOperation, (operation) =>
    evaluate({ kind: 'lookedMapping', ...stage, ...(operation && { operation }) }, caches),
  )
  return (records: readonly FlowRecord[], choices: readonly Choice[] = [], looked: readonly Found[] = []): Promise<readonly Mapped[]> =>
    Promise.all(records.map(async (record, i) => toMapped(await evaluationOf(choices[i]).one({ record, found: looked[i]?.found ?? {} }))))
}
