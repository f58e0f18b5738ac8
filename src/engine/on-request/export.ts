/** An export by itself: its pages, refined as in a flow, as many as one answer holds. */
import type { Context } from '../../domain/context.ts'
import type { ExportCall, ExportResult, Failure } from '../../domain/ports/applications.ts'
import type { Cursor, ExportDoc, FlowRecord, Outcome, Adaptors } from '../adaptor.ts'
import { createDataURIs } from '../plan/data-uris.ts'
import { createGenerator } from '../plan/page-generator.ts'
import { createLookupRunner } from '../plan/lookup-step.ts'
import type { Generator } from '../plan/plan.ts'
import { openPageResult } from '../run/page-result.ts'
import type { Definitions } from '../plan/read-documents.ts'
import { redactFailure } from '../run/redact-failure.ts'
import { runStandalone, toDomainError, type Parts } from './single-step.ts'

/** Of one answer: it ends after the page that reaches any of these. A page has 5 MB at the most, and scripts take no more than that. */
const most = { pages: 50, records: 1000, bytes: 2 * 1024 * 1024, ms: 30_000 } as const

export async function exportOnRequest(parts: Parts, ctx: Context, call: ExportCall): Promise<ExportResult> {
  const doc = asAsked(call)
  return runStandalone(parts, ctx, { exports: doc }, call, async (definitions, ready) => {
    const ask =
      call.data === undefined ? fetching(parts.adaptors, ctx, definitions, doc, call) : looking(parts.adaptors, definitions, doc, call.data)
    const urisOf = createDataURIs(doc.dataURITemplate, { export: doc.settings ?? {} }, definitions)
    await ready()
    const exported = await ask()
    return { ...exported, dataURIs: [...((await urisOf?.(exported.data)) ?? exported.data.map(() => null))] }
  })
}

/** Whoever asks sees the records and nobody imports them: they are not marked as exported. */
function asAsked({ doc, settings }: ExportCall): ExportDoc {
  const { type, ...rest } = doc as unknown as ExportDoc
  return {
    ...rest,
    ...(type && type !== 'once' && { type }),
    ...(settings !== undefined && { settings: settings as ExportDoc['settings'] }),
  } as ExportDoc
}

type Fetched = Omit<ExportResult, 'dataURIs'>

function fetching(adaptors: Adaptors, ctx: Context, definitions: Definitions, doc: ExportDoc, call: ExportCall): () => Promise<Fetched> {
  const node = createGenerator(adaptors, definitions, { _exportId: doc._id })
  return () => fetched(node, ctx, definitions, call)
}

async function fetched(node: Generator, ctx: Context, { redact }: Definitions, call: ExportCall): Promise<Fetched> {
  const pageResult = openPageResult(ctx, '', false, redact)
  const until = performance.now() + most.ms
  const data: FlowRecord[] = []
  let pages = 0
  let bytes = 0
  const answer = (next?: Cursor): Fetched => {
    const errors = pageResult.errors.map(({ source, code, message }): Failure => ({ source, code, message }))
    return { data, errors, pages, ...(next && { next }) }
  }
  for await (const page of node.pages(call.from as Cursor | undefined)) {
    const { items, abort } = await node.refine(page, pageResult)
    for (const failure of page.failures ?? []) pageResult.failStep(node.stepId, failure)
    pages++
    for (const { record } of items) {
      data.push(record)
      bytes += Buffer.byteLength(JSON.stringify(record))
    }
    const isFull = pages >= most.pages || data.length >= most.records || bytes >= most.bytes || performance.now() >= until
    if (abort) return answer()
    if (call.onePage || isFull) return answer(page.next)
  }
  return answer()
}

function looking(adaptors: Adaptors, definitions: Definitions, doc: ExportDoc, data: unknown): () => Promise<Fetched> {
  const { ask, refine } = createLookupRunner(adaptors, definitions, doc)
  return async () => found(await refine((await ask([data as FlowRecord]))[0] as Outcome), definitions)
}

function found(outcome: Outcome, { redact }: Definitions): Fetched {
  if (outcome.kind === 'failed') throw toDomainError('export_failed', redactFailure(outcome.failures[0] as Failure, redact))
  return { data: outcome.kind === 'done' ? (outcome.response.data as unknown[]) : [], errors: [], pages: 1 }
}
