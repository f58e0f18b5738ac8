/** An import in a flow: filter, map, submit, map the response. */
import type { Failure, FlowRecord, SinkStep } from '../adaptor.ts'
import type { Adaptors } from '../adaptors/index.ts'
import type { Definitions } from '../read.ts'
import type { Step, StepResult } from '../plan.ts'
import { extract } from '../steps/json-path.ts'
import type { Mapped } from '../steps/mapper.ts'
import { isPlainObject } from '../steps/plain-value.ts'
import type { Processor } from './flow.ts'
import { findAdaptor } from './find-adaptor.ts'
import { commonOptions } from './hooks.ts'
import { postResponseMapBy } from './post-response-map.ts'
import { mapResponsesBy, type MapResponses } from './responses.ts'
import { settingsOf, type SettingsByResource } from './settings.ts'
import { responseOf, submit, type Submitted, type Submitter } from './submit.ts'
import { mappedBy, transformBy, type Transformed } from './transformed.ts'
import { wantedBy } from './wanted.ts'

/** What an import does with records by itself, without what a flow does with its answers. */
export interface Importer {
  readonly adaptorType: string
  readonly settings: SettingsByResource
  /** For every function of the step, beside what it is called with. */
  readonly common: object
  /** Filters, maps and writes. One answer a record, in order. */
  submit(records: readonly FlowRecord[]): Promise<readonly Submitted[]>
  /** Maps, and does nothing else. */
  readonly map: MapRecords
}

export function importerOf({ sinks }: Adaptors, definitions: Definitions, doc: SinkStep['doc']): Importer {
  const connection = definitions.connectionOf(doc._connectionId)
  const { run, hookOf } = definitions
  const adaptor = findAdaptor(sinks, 'import', doc)
  const settings = settingsOf(run, { import: doc }, connection)
  const common = commonOptions({ run, settings, import: doc, connection })
  const wanted = wantedBy(doc.filter, 'import_filter', settings, definitions, common)
  const submitter: Submitter = {
    adaptor,
    step: { doc, run, ...(connection && { connection }) },
    map: mapperOf(doc, { settings }, definitions),
    preMap: hookOf(doc.hooks?.preMap, 'pre_map_hook', common),
    postMap: hookOf(doc.hooks?.postMap, 'post_map_hook', common),
    postSubmit: hookOf(doc.hooks?.postSubmit, 'post_submit_hook', common),
  }
  return {
    adaptorType: adaptor.adaptorType ?? 'import',
    settings,
    common,
    async submit(records) {
      const answers = await wanted(records)
      const families = records.map((record, i) => (answers[i] === true ? childrenOf(doc, record) : []))
      const submitted = (await submit(submitter, families.flat())).values()
      return families.map((family, i): Submitted => {
        const answer = answers[i]
        if (typeof answer === 'object') return { outcome: { kind: 'failed', failures: [answer] }, noted: [] }
        return joined(family.map(() => submitted.next().value as Submitted))
      })
    },
    map: submitter.map,
  }
}

export function importStep(adaptors: Adaptors, definitions: Definitions, processor: Processor): Step {
  const doc = definitions.importOf(processor._importId ?? '')
  const { adaptorType, settings, common, ...importer } = importerOf(adaptors, definitions, doc)
  const { hookOf } = definitions
  const toResult = resultsBy(
    mapResponsesBy(processor.responseMapping, definitions),
    transformBy(doc.responseTransform, definitions, settings, common),
  )
  const { oneToMany = false, pathToMany } = doc
  const postResponseMap = postResponseMapBy(hookOf(processor.hooks?.postResponseMap, 'response_mapping', common), {
    oneToMany,
    ...(pathToMany !== undefined && { pathToMany }),
  })

  const carry = async (items: readonly { readonly record: FlowRecord }[]): Promise<StepResult[]> => {
    const records = items.map(({ record }) => record)
    const joint = await importer.submit(records)
    return postResponseMap(
      records,
      await toResult(records, joint),
      joint.map(({ outcome }) => responseOf(outcome)),
    )
  }
  return {
    stepId: doc._id,
    kind: 'import',
    adaptorType,
    stage: 'apiCall',
    proceedOnFailure: processor.proceedOnFailure ?? false,
    carry,
  }
}

/** What was answered, reshaped and copied into the record that it is about. */
function resultsBy(mapResponses: MapResponses, reshape: Transformed | undefined) {
  return async (records: readonly FlowRecord[], submitted: readonly Submitted[]): Promise<StepResult[]> => {
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
    return submitted.map(({ outcome, noted }): StepResult => {
      if (outcome.kind !== 'done') return outcome
      const response = each.next().value as Mapped
      if (!response.ok) return { kind: 'failed', failures: response.failures }
      const mapped = goingOn.next().value as Awaited<ReturnType<MapResponses>>[number]
      if ('failure' in mapped) return { kind: 'failed', failures: [mapped.failure] }
      return { kind: 'done', record: mapped.record, ...(noted.length > 0 && { noted }) }
    })
  }
}

export type MapRecords = (records: readonly FlowRecord[]) => Promise<readonly Mapped[]>

/** Without mappings a record passes as it is. */
function mapperOf(doc: SinkStep['doc'], surroundings: Readonly<Record<string, unknown>>, { caches, evaluate }: Definitions): MapRecords {
  const { fields, lists } = doc.mapping ?? {}
  const isFirst = (fields?.length ?? 0) + (lists?.length ?? 0) > 0 && !doc.mappings?.length
  if (!isFirst && !doc.mappings?.length) return async (records) => records.map((value) => ({ ok: true, value }))
  const lookups = [...(doc.lookups ?? []), ...(doc.http?.lookups ?? [])]
  const written = isFirst ? { mapping: doc.mapping ?? {} } : { mappings: doc.mappings ?? [] }
  const evaluation = evaluate({ kind: 'mapping', source: 'mapping', ...written, lookups, surroundings }, caches)
  return async (records) => (await evaluation.all(records)).map(mappedBy)
}

/** `oneToMany`: what is imported are the elements at `pathToMany`; each sees the record it comes from as `_PARENT`. */
function childrenOf({ oneToMany, pathToMany }: SinkStep['doc'], record: FlowRecord): readonly FlowRecord[] {
  if (!oneToMany || !pathToMany) return [record]
  const many = extract(record, pathToMany)
  const children = Array.isArray(many) ? many : many == null ? [] : [many]
  return children.map((child: unknown) => ({ ...(isPlainObject(child) ? child : { value: child }), _PARENT: record }))
}

/** A parent failed if any child did; its response is that of its last child. */
function joined(children: readonly Submitted[]): Submitted {
  const noted = children.flatMap((child) => child.noted)
  const failures = children.flatMap(({ outcome }): readonly Failure[] => (outcome.kind === 'failed' ? outcome.failures : []))
  if (failures.length > 0) return { outcome: { kind: 'failed', failures: [...failures, ...noted] }, noted: [] }
  return { outcome: children.findLast(({ outcome }) => outcome.kind === 'done')?.outcome ?? { kind: 'ignored' }, noted }
}
