/** Evaluates one filter, transform or template over records that came along, as a step would. Nobody is asked but lookup caches. */
import type { Context } from '../../domain/context.ts'
import type { Evaluated, PreviewCall, TemplatePreview } from '../../domain/ports/applications.ts'
import { StepFailure, type FlowRecord } from '../adaptor.ts'
import type { TextsInput, TextsResult } from '../evaluation/request-templates.ts'
import { createLookupCaches } from '../plan/lookup-caches.ts'
import { toMapped } from '../plan/transform-stage.ts'
import type { Mapped } from '../mapping/mapper.ts'
import type { Parts } from './single-step.ts'

type Each = Evaluated['results'][number]

export async function preview({ evaluator }: Pick<Parts, 'evaluator'>, ctx: Context, call: PreviewCall): Promise<Evaluated> {
  try {
    return { results: await evaluate(evaluator, ctx, call) }
  } catch (error) {
    if (error instanceof StepFailure) return { results: [], failures: [error.failure] }
    throw error
  }
}

async function evaluate(evaluator: Parts['evaluator'], ctx: Context, call: PreviewCall): Promise<Each[]> {
  const { accountId, envId } = ctx.caller
  const records = call.records as readonly FlowRecord[]
  if (call.kind === 'filter') {
    const { filter, settings } = call
    const answers = await evaluator.stage(accountId, { kind: 'filter', source: 'output_filter', filter, settings }).all(records)
    return answers.map((each) => toEach('stopped' in each ? each.stopped : each.value))
  }
  if (call.kind === 'transform') {
    const { transform, settings } = call
    const stage = { kind: 'transform', source: 'transformation', transform, surroundings: { settings } } as const
    const answers = await evaluator.stage(accountId, stage, createLookupCaches(ctx, envId)).all(records)
    return answers.map(toMapped).map(ofMapped)
  }
  const { template, writtenFor: escaping, surroundings: shared, lookups: tables } = call
  const texts = [{ template, escaping, sees: 'context' as const }]
  const answers = await evaluator
    .stage(accountId, { kind: 'texts', source: 'internal', texts, shared, tables })
    .all(inputsOf(call, records))
  return answers.map((each) => toEach('stopped' in each ? each.stopped : firstText(each.value)))
}

const ofMapped = (mapped: Mapped): Each => (mapped.ok ? { value: mapped.value } : { failures: mapped.failures })

const firstText = (texts: TextsResult) => ('code' in texts ? texts : (texts[0] ?? ''))

const toEach = (answer: boolean | string | StepFailure['failure']): Each =>
  typeof answer === 'object' ? { failures: [answer] } : { value: answer }

function inputsOf({ step, batched }: TemplatePreview, records: readonly FlowRecord[]): readonly TextsInput[] {
  if (step === 'export') return [{}]
  if (step === 'lookup') return records.map((record) => ({ record }))
  return batched ? [{ records, batched }] : records.map((record) => ({ records: [record] }))
}
