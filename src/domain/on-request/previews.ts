/** Tries what users write for a step on records that they send along. Nothing is stored, and functions change nothing. */
import { isObject } from '../../contract/walk.ts'
import type { Input, Result } from '../../contract/operation.ts'
import type { previews as operations } from '../../contract/operations/on-request/previews.ts'
import { resources } from '../../contract/resources/index.ts'
import { onlyReading } from '../access/code-rights.ts'
import { checkReferences } from '../access/reference-access.ts'
import type { Context } from '../context.ts'
import { withInflightLimit } from '../limits/inflight-limit.ts'
import { checkTemplates } from '../limits/template-limits.ts'
import { maskTokens } from '../mask-tokens.ts'
import type { Evaluated } from '../ports/applications.ts'
import type { LogLine, ScriptBounds } from '../ports/scripts.ts'
import { findReferences } from '../references.ts'
import { addBearerToken } from '../scripts/run-script.ts'
import { ScriptFailure } from '../scripts/script-failure.ts'

type Ops = typeof operations

/** A function that no script has: the script is read as a whole, and nothing in it is called. */
const noFunction = '$none'
/** Somebody looks on while they write. A function that takes longer on a page of 20 records is too slow for a flow. Milliseconds. */
const functionBounds: ScriptBounds = { runMs: 3_000, totalMs: 30_000 }

export async function previewFilter(ctx: Context, { body }: Input<Ops['previewFilter']>): Promise<Result<Ops['previewFilter']>> {
  const { filter, records, settings = {} } = body
  const made = await withInflightLimit(ctx, () => ctx.applications.preview(ctx, { kind: 'filter', filter, records, settings }))
  return tell(made, (passes) => ({ passes: passes === true }))
}

export async function previewTransform(ctx: Context, { body }: Input<Ops['previewTransform']>): Promise<Result<Ops['previewTransform']>> {
  const { transform, records, settings = {} } = body
  const doc = { transform }
  checkTemplates(doc)
  const references = findReferences(resources.exports.stored, doc)
  await checkReferences(ctx, 'exports', doc, references, undefined)
  const made = await withInflightLimit(ctx, () => ctx.applications.preview(ctx, { kind: 'transform', transform, records, settings }))
  return tell(made, (data) => ({ data }))
}

export async function previewTemplate(ctx: Context, { body }: Input<Ops['previewTemplate']>): Promise<Result<Ops['previewTemplate']>> {
  const { template, step, records = [], writtenFor = 'raw', batched = false, surroundings = {}, lookups = [] } = body
  checkTemplates({ template })
  const made = await withInflightLimit(ctx, () =>
    ctx.applications.preview(ctx, { kind: 'template', template, step, records, writtenFor, batched, surroundings, lookups }),
  )
  return tell(made, (text) => ({ text: String(text) }))
}

function tell<T extends object>({ results, failures }: Evaluated, read: (value: unknown) => T) {
  return {
    results: results.map((each) => ('failures' in each ? { errors: [...each.failures] } : read(each.value))),
    ...(failures && { errors: [...failures] }),
  }
}

/** With the rights of whoever sends it, who wrote it, and no right to change anything. */
export async function previewFunction(ctx: Context, { body }: Input<Ops['previewFunction']>): Promise<Result<Ops['previewFunction']>> {
  const { content, name = 'script', function: called = noFunction, options = {} } = body
  const own = onlyReading(ctx)
  const logs: LogLine[] = []
  const call = {
    accountId: ctx.caller.accountId,
    envId: ctx.caller.envId,
    script: { name, content },
    function: called,
    depth: 0,
    api: ctx.integratorApi({ ...own, scriptDepth: 1 }),
    bounds: functionBounds,
    log: (line: LogLine) => void logs.push({ ...line, message: maskTokens(line.message) }),
  }
  try {
    const result = await withInflightLimit(ctx, () => ctx.scripts.call(call, addBearerToken(own, options)))
    return { ...(result !== undefined && { result: withoutTokens(result) }), logs }
  } catch (error) {
    if (!(error instanceof ScriptFailure)) throw error
    const { isAbsent, bound, message, line, trace } = error.fault
    if (bound === 'queue') throw error.asDomainError()
    // It was read as a whole, and that was all that was asked for.
    if (isAbsent && called === noFunction) return { logs }
    return { logs, error: { message, ...(line !== undefined && { line }), ...(trace !== undefined && { trace }), ...(bound && { bound }) } }
  }
}

/** A function may return what it was called with. */
function withoutTokens(value: unknown): unknown {
  if (typeof value === 'string') return maskTokens(value)
  if (Array.isArray(value)) return value.map(withoutTokens)
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutTokens(each)])) : value
}
