/**
 * What an import does with the records of a page: preMap, map, postMap, write, postSubmit. A record that ends on the way has its outcome and takes no part
 * in what follows. A hook that throws ends the records that it was given, and no others.
 */
import {
  StepFailure,
  type Choice,
  type ErrorSource,
  type Failure,
  type FlowRecord,
  type Found,
  type Outcome,
  type SinkAdaptor,
  type SinkStep,
} from '../adaptor.ts'
import type { GatheredFile } from '../../domain/ports/flows/gathered-files.ts'
import type { Hook } from '../hooks/call-function.ts'
import type { Mapped } from '../mapping/mapper.ts'
import type { FinishedFile, Turn } from './plan.ts'
import { submitApart, type Apart } from './submit-apart.ts'
import { toResultList, parseFailures, isHookRecord, parseHookResult } from '../hooks/hook-options.ts'

export interface MapRecords {
  /** Whether a field depends on what becomes of the record at the target. */
  readonly needsOperation: boolean
  (records: readonly FlowRecord[], choices?: readonly Choice[], looked?: readonly Found[]): Promise<readonly Mapped[]>
}

export interface Submitter {
  readonly adaptor: SinkAdaptor
  readonly step: SinkStep
  /** Whether lookups ask the application about a record before it is mapped. */
  readonly looks: boolean
  readonly apart: Apart | undefined
  readonly map: MapRecords
  readonly preMap: Hook | undefined
  readonly postMap: Hook | undefined
  /** Called for each file that was written, or could not be. */
  readonly postAggregate: Hook | undefined
  readonly postSubmit: Hook | undefined
}

export interface Submitted {
  readonly outcome: Outcome
  /** What a hook found wrong with a record that it let go on all the same. */
  readonly warnings: readonly Failure[]
}

interface Row {
  record: FlowRecord
  mapped: unknown
  looked?: Found
  choice?: Choice
  warnings: Failure[]
  outcome: Outcome | undefined
}

export async function submit(parts: Submitter, records: readonly FlowRecord[], turn: Turn): Promise<Submitted[]> {
  const rows = records.map((record): Row => ({ record, mapped: undefined, warnings: [], outcome: undefined }))
  await runHook(parts.preMap, rows, 'pre_map_hook', preMap)
  const given = filterPending(rows)
  const written: Row[] = []
  if (parts.apart)
    await submitApart(parts.apart, given, turn, async (wave, own) => {
      written.push(...(await prepare(parts, wave)))
      await write(parts, filterPending(wave), own)
    })
  else {
    written.push(...(await prepare(parts, given)))
    await turn.start()
    await write(parts, written, turn)
    turn.begun()
  }
  await turn.finish()
  await runHook(parts.postSubmit, written, 'post_submit_hook', postSubmit)
  return rows.map(({ outcome, warnings }) => ({ outcome: outcome ?? { kind: 'ignored' }, warnings }))
}

/** What is to be written of them. */
async function prepare(parts: Submitter, rows: readonly Row[]): Promise<Row[]> {
  await look(parts, rows)
  await map(parts, filterPending(rows))
  await runHook(parts.postMap, rows, 'post_map_hook', postMap)
  return filterPending(rows)
}

const noneFound: Found = { found: {} }

const filterPending = (rows: readonly Row[]): Row[] => rows.filter(({ outcome }) => outcome === undefined)

async function runHook(
  hook: Hook | undefined,
  rows: readonly Row[],
  source: ErrorSource,
  call: (hook: Hook, rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  const given = source === 'post_submit_hook' ? rows : filterPending(rows)
  if (!hook || given.length === 0) return
  try {
    await call(hook, given)
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    for (const row of given) row.outcome = { kind: 'failed', failures: [error.failure] }
  }
}

async function preMap(hook: Hook, rows: readonly Row[]): Promise<void> {
  const answers = toResultList(await hook.call({ data: rows.map(({ record }) => record) }), rows.length, 'pre_map_hook')
  for (const [i, row] of rows.entries()) {
    const { kind, data, failures } = parseHookResult(answers[i], 'pre_map_hook')
    if (kind === 'goes-on' && isHookRecord(data)) settle(row, failures, () => (row.record = data))
    else end(row, kind, failures, 'pre_map_hook')
  }
}

/** What lookups find about the records comes before everything that may depend on it. */
async function look({ adaptor, step, looks }: Submitter, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0 || !looks) return
  const looked =
    (await adaptor.look?.(
      step,
      rows.map(({ record }) => record),
    )) ?? []
  for (const [i, row] of rows.entries()) {
    const each = looked[i]
    if (each && 'found' in each) row.looked = each
    else if (each) row.outcome = { kind: 'failed', failures: [each] }
  }
}

async function map(parts: Submitter, rows: readonly Row[]): Promise<void> {
  const records = rows.map(({ record }) => record)
  // Fields may be for new records only, or for known ones: then what the target will do with a record is found out before it is mapped.
  const choices = parts.map.needsOperation ? await parts.adaptor.choose?.(parts.step, records, true) : undefined
  for (const [i, choice] of (choices ?? []).entries()) (rows[i] as Row).choice = choice
  const looked = rows.some((row) => row.looked) ? rows.map((row) => row.looked ?? noneFound) : undefined
  const mapped = await parts.map(records, choices, looked)
  for (const [i, row] of rows.entries()) {
    const made = mapped[i]
    if (made?.ok) row.mapped = made.value
    else row.outcome = { kind: 'failed', failures: made?.failures ?? [] }
  }
}

async function postMap(hook: Hook, rows: readonly Row[]): Promise<void> {
  const options = { preMapData: rows.map(({ record }) => record), postMapData: rows.map(({ mapped }) => mapped) }
  const answers = toResultList(await hook.call(options), rows.length, 'post_map_hook')
  for (const [i, row] of rows.entries()) {
    const { kind, data, failures } = parseHookResult(answers[i], 'post_map_hook')
    if (kind === 'goes-on') settle(row, failures, () => (row.mapped = data))
    else end(row, kind, failures, 'post_map_hook')
  }
}

function settle(row: Row, warnings: readonly Failure[], change: () => void): void {
  row.warnings.push(...warnings)
  change()
}

function end(row: Row, kind: 'goes-on' | 'failed' | 'ignored', failures: readonly Failure[], source: ErrorSource): void {
  if (kind === 'ignored') row.outcome = { kind: 'ignored' }
  else if (kind === 'failed') row.outcome = { kind: 'failed', failures }
  else row.outcome = { kind: 'failed', failures: [{ source, code: 'script_error', message: 'The hook returned data that is no record.' }] }
}

async function write({ adaptor, step, postAggregate }: Submitter, rows: readonly Row[], turn: Turn): Promise<void> {
  if (rows.length === 0) return
  const outcomes = await adaptor.write(step, rows, turn)
  for (const [i, row] of rows.entries()) row.outcome = outcomes[i]
  // What is gathered is no file before the run ends.
  if (postAggregate && !(turn.gather && adaptor.gathers?.(step.doc))) await tellOfFiles(postAggregate, rows)
}

/** Writes a file of what was gathered, and tells of it. */
export async function finishFile(
  { adaptor, step, postAggregate }: Pick<Submitter, 'adaptor' | 'step' | 'postAggregate'>,
  file: GatheredFile,
): Promise<FinishedFile> {
  if (!adaptor.finish) throw new Error(`${adaptor.adaptorType} gathers no files`)
  const outcome = await adaptor.finish(step, file)
  const warnings: Failure[] = []
  try {
    await postAggregate?.call({ postAggregateData: describeFile(outcome) })
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    warnings.push(error.failure)
  }
  return { failures: outcome.kind === 'failed' ? outcome.failures : [], warnings }
}

/** The records of a file have one outcome, and what the function finds wrong is told with the last of them. */
async function tellOfFiles(hook: Hook, rows: readonly Row[]): Promise<void> {
  const lastOf = new Map(rows.map((row) => [row.outcome, row]))
  for (const [outcome, row] of lastOf) {
    try {
      await hook.call({ postAggregateData: describeFile(outcome) })
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      if (outcome?.kind === 'failed') row.outcome = { kind: 'failed', failures: [...outcome.failures, error.failure] }
      else row.warnings.push(error.failure)
    }
  }
}

function describeFile(outcome: Outcome | undefined): object {
  if (outcome?.kind === 'done') return { success: true, _json: (outcome.response as { readonly _json?: unknown })._json }
  const { code, message, source } = (outcome?.kind === 'failed' ? outcome.failures[0] : undefined) ?? {}
  return { success: false, code, message, source }
}

async function postSubmit(hook: Hook, rows: readonly Row[]): Promise<void> {
  const options = {
    preMapData: rows.map(({ record }) => record),
    postMapData: rows.map(({ mapped }) => mapped),
    responseData: rows.map(({ outcome }) => toHookResponse(outcome)),
  }
  const answers = toResultList(await hook.call(options), rows.length, 'post_submit_hook')
  for (const [i, row] of rows.entries()) row.outcome = keepExchange(row.outcome, parseOutcome(answers[i]))
}

/** A record that failed has the request that it failed with, whatever the function makes of the words. */
const keepExchange = (before: Outcome | undefined, outcome: Outcome): Outcome =>
  before?.kind === 'failed' && before.exchange && outcome.kind === 'failed' ? { ...outcome, exchange: before.exchange } : outcome

/** What became of a record, as hooks after it see it. */
export function toHookResponse(outcome: Outcome | undefined): Readonly<Record<string, unknown>> {
  if (outcome?.kind === 'done') return { statusCode: 200, ...outcome.response }
  if (outcome?.kind === 'failed') return { statusCode: 422, errors: outcome.failures }
  return { statusCode: 200, ignored: true }
}

function parseOutcome(answer: unknown): Outcome {
  if (!isHookRecord(answer) || Array.isArray(answer)) {
    const message = 'The hook returned a response that is no object.'
    return { kind: 'failed', failures: [{ source: 'post_submit_hook', code: 'script_error', message }] }
  }
  const { errors, ignored } = answer
  const failures = parseFailures(errors, 'post_submit_hook')
  if (failures.length > 0) return { kind: 'failed', failures }
  return ignored === true ? { kind: 'ignored' } : { kind: 'done', response: answer }
}
