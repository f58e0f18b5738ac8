/** An import in a flow: filter, map, submit, map the response. */
import type { Failure, FlowRecord, Outcome, SinkAdaptor, SinkStep, Submission } from '../adaptor.ts'
import type { Adaptors } from '../adaptors/index.ts'
import type { Definitions } from '../load.ts'
import type { Step, StepResult } from '../plan.ts'
import { compileFilter } from '../steps/filter.ts'
import { extract } from '../steps/json-path.ts'
import { compileMapper, type LookupCaches, type Mapped, type Mapper } from '../steps/mapper.ts'
import { compileMapper1 } from '../steps/mapper1.ts'
import { isPlainObject } from '../steps/plain-value.ts'
import { compileResponseMapping, type MapResponse } from '../steps/response-mapping.ts'
import { compileTransform } from '../steps/transform.ts'
import type { Processor } from './flow.ts'
import { findAdaptor } from './find-adaptor.ts'
import { refuseHooks } from './hooks.ts'
import { settingsOf } from './settings.ts'

export function importStep({ sinks }: Adaptors, definitions: Definitions, processor: Processor): Step {
  const doc = definitions.importOf(processor._importId ?? '')
  const connection = definitions.connectionOf(doc._connectionId)
  const { run } = definitions
  const adaptor = findAdaptor(sinks, 'import', doc)
  refuseHooks(doc.name, doc.hooks, processor.hooks)
  const step: SinkStep = { doc, run, ...(connection && { connection }) }
  const settings = settingsOf(run, { import: doc }, connection)
  const isWanted = compileFilter(doc.filter, 'import_filter')
  const submit = submitter(adaptor, step, mapperOf(doc, definitions.caches), { settings })
  const mapResponse = compileResponseMapping(processor.responseMapping)
  const reshape = compileTransform(doc.responseTransform, definitions.caches)

  const carry = async (items: readonly { readonly record: FlowRecord }[]): Promise<StepResult[]> => {
    const wanted = items.map(({ record }) => isWanted(record, settings))
    const outcomes = (await submit(items.filter((_, i) => wanted[i]).map(({ record }) => childrenOf(doc, record)))).values()
    const results: StepResult[] = []
    for (const [i, { record }] of items.entries()) {
      if (!wanted[i]) results.push({ kind: 'ignored' })
      else results.push(await resultOf(record, outcomes.next().value as Outcome, mapResponse, reshape))
    }
    return results
  }
  return {
    stepId: doc._id,
    kind: 'import',
    adaptorType: adaptor.adaptorType ?? 'import',
    stage: 'apiCall',
    proceedOnFailure: processor.proceedOnFailure ?? false,
    carry,
  }
}

async function resultOf(record: FlowRecord, outcome: Outcome, mapResponse: MapResponse, reshape: Mapper | undefined): Promise<StepResult> {
  if (outcome.kind !== 'done') return outcome
  const reshaped = reshape ? await reshape.apply(outcome.response as FlowRecord) : undefined
  if (reshaped && !reshaped.ok) return { kind: 'failed', failures: reshaped.failures }
  return { kind: 'done', record: mapResponse(record, reshaped ? (reshaped.value as Readonly<Record<string, unknown>>) : outcome.response) }
}

function mapperOf(doc: SinkStep['doc'], caches: LookupCaches): Mapper {
  const lookups = [...(doc.lookups ?? []), ...(doc.http?.lookups ?? [])]
  const { fields, lists } = doc.mapping ?? {}
  const isFirst = (fields?.length ?? 0) + (lists?.length ?? 0) > 0
  if (isFirst && !doc.mappings?.length) return compileMapper1(doc.mapping ?? {}, lookups, { caches })
  return compileMapper(doc.mappings ?? [], lookups, { caches })
}

/** `oneToMany`: what is imported are the elements at `pathToMany`; each sees the record it comes from as `_PARENT`. */
function childrenOf({ oneToMany, pathToMany }: SinkStep['doc'], record: FlowRecord): readonly FlowRecord[] {
  if (!oneToMany || !pathToMany) return [record]
  const many = extract(record, pathToMany)
  const children = Array.isArray(many) ? many : many == null ? [] : [many]
  return children.map((child: unknown) => ({ ...(isPlainObject(child) ? child : { value: child }), _PARENT: record }))
}

/** Maps and submits all children of a page in one go; one outcome for each parent. */
function submitter(adaptor: SinkAdaptor, step: SinkStep, mapper: Mapper, surroundings: Readonly<Record<string, unknown>>) {
  return async (families: readonly (readonly FlowRecord[])[]): Promise<Outcome[]> => {
    const children = families.flat()
    const mapped = await mapper.applyAll(children, () => ({ surroundings }))
    const submissions = children.flatMap((record, i): Submission[] => (mapped[i]?.ok ? [{ record, mapped: mapped[i].value }] : []))
    const written = (submissions.length > 0 ? await adaptor.write(step, submissions) : []).values()
    const outcomes = mapped
      .map((each: Mapped): Outcome => (each.ok ? (written.next().value as Outcome) : { kind: 'failed', failures: each.failures }))
      .values()
    return families.map((family) => joined(family.map(() => outcomes.next().value as Outcome)))
  }
}

/** A parent failed if any child did; its response is that of its last child. */
function joined(outcomes: readonly Outcome[]): Outcome {
  const failures = outcomes.flatMap((outcome): readonly Failure[] => (outcome.kind === 'failed' ? outcome.failures : []))
  if (failures.length > 0) return { kind: 'failed', failures }
  return outcomes.findLast(({ kind }) => kind === 'done') ?? { kind: 'ignored' }
}
