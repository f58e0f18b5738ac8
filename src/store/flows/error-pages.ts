/**
 * Pages of errors, of one step or of many. A page looks at a bounded number of errors, newest or oldest first, so that it takes the same time among a
 * million as among a thousand; what it has not come to is on the next one. Open errors that hold a part of a message are found by an index beyond that.
 */
import type { ErrorFilter, ErrorPage, ErrorPlace, StepKey } from '../../domain/ports/flow-errors.ts'
import type { Client } from '../database/pool.ts'
import { findPieces, type MessagePieces } from './message-pieces.ts'
import { toConditions } from './retry-data.ts'

/** Errors that one page looks at where no index gives those that fit: 2,000 take some 6 ms. */
const lookedAt = 2000
/** Errors that it looks at before the index of messages is asked: what is common is among them, and what is rare soon found there. */
const lookedAtFirst = 500
/** Errors of each step that it looks at in any case, however many steps there are. */
const leastOfStep = 50

/** Filters that an index of open errors answers in the order of the list, the most selective first. One of them is used, the others are looked through. */
const indexed = ['traceKey', 'assignedTo', 'code', 'classifications', 'source'] as const satisfies readonly (keyof ErrorFilter)[]

interface PageOfErrors {
  readonly steps: readonly StepKey[]
  readonly isResolved: boolean
  readonly page: ErrorPage
  /** Errors that are looked at, where that is not left to this. */
  readonly looks?: number
}

/** `select` says what is read of the errors `e`. Each row has besides where the page was cut; there is one row where nothing fits. */
export function toPageQuery(envId: string, { steps, isResolved, page, looks }: PageOfErrors, select: string) {
  const values: unknown[] = [envId, steps.map(({ flowId }) => flowId), steps.map(({ stepId }) => stepId)]
  const bind = (value: unknown): string => `$${values.push(value)}`
  const { isAscending, after, limit, occurredAtGte, occurredAtLte, ...filter } = page
  const { first, rest } = splitFilter(filter, isResolved)
  const isWhole = Object.keys(rest).length === 0
  const ofStep = looks ?? Math.max(leastOfStep, Math.ceil(lookedAt / Math.max(1, steps.length)))
  const window = isWhole && looks === undefined ? Math.min(limit + 1, ofStep) : ofStep
  const [order, past, within] = isAscending ? (['asc', '>', '<='] as const) : (['desc', '<', '>='] as const)
  const inOrder = `order by e.occurred_at ${order}, e.error_id ${order}`
  const near = [
    `e.resolved_at is ${isResolved ? 'not null' : 'null'}`,
    ...toConditions({ ...(occurredAtGte && { occurredAtGte }), ...(occurredAtLte && { occurredAtLte }), ...first }, bind),
    ...(rest.tagId && !isResolved && Object.keys(first).length === 0 ? [`e.tag_ids <> '{}'`] : []),
    ...(after ? [`(e.occurred_at, e.error_id) ${past} (${bind(after.occurredAt)}, ${bind(after.errorId)})`] : []),
  ]
  const fitting = [...toConditions(rest, bind), `(c.cut_id is null or (e.occurred_at, e.error_id) ${within} (c.cut_at, c.cut_id))`]
  const [windowSize, pageSize] = [bind(window), bind(limit + 1)]
  const text = `
    with s as (select * from unnest($2::text[], $3::text[]) s (flow_id, step_id)),
    looked as materialized (
      select e.*, row_number() over (partition by e.flow_id, e.step_id ${inOrder}) as n from s cross join lateral (
        select * from sluice.flow_errors e where e.env_id = $1 and e.flow_id = s.flow_id and e.step_id = s.step_id and ${near.join(' and ')}
        ${inOrder} limit ${windowSize}) e),
    c as (select e.occurred_at as cut_at, e.error_id as cut_id from looked e where n = ${windowSize} ${inOrder} limit 1)
    select ${select}, c.cut_at, c.cut_id
    from (select 1) one left join c on true left join lateral (
      select * from looked e where ${fitting.join(' and ')} ${inOrder} limit ${pageSize}) e on true
    ${inOrder}`
  return { text, values }
}

/** What the index is asked for, and what the errors that it gives are looked through for. Resolved errors have an index by time alone. */
function splitFilter(filter: ErrorFilter, isResolved: boolean): { readonly first: ErrorFilter; readonly rest: ErrorFilter } {
  const { errorId, ...others } = filter
  // There is one at the most, and the key of the table finds it.
  if (errorId !== undefined) return { first: { errorId }, rest: others }
  const name = isResolved ? undefined : indexed.find((each) => isIndexed(filter, each))
  if (name === undefined) return { first: {}, rest: filter }
  const { [name]: value, ...rest } = filter
  const first: ErrorFilter = { [name]: value }
  return { first, rest }
}

const isIndexed = (filter: ErrorFilter, name: (typeof indexed)[number]): boolean =>
  name === 'classifications' ? filter.classifications?.length === 1 : Boolean(filter[name])

/** The errors of the page, and where the next one begins: absent on the last. */
export async function readPage<Row extends CutRow>(
  db: Client,
  envId: string,
  { steps, isResolved, page }: PageOfErrors,
  select: string,
): Promise<{ readonly rows: readonly Row[]; readonly next?: ErrorPlace }> {
  const pieces = isResolved || !page.message ? undefined : findPieces(page.message)
  const looks = pieces && Math.max(leastOfStep, Math.ceil(lookedAtFirst / Math.max(1, steps.length)))
  const near = toPageQuery(envId, { steps, isResolved, page, ...(looks !== undefined && { looks }) }, select)
  const first = cutRows((await db.query<Row>(near.text, near.values)).rows, page.limit)
  if (!pieces || !first.next || first.rows.length === page.limit) return first
  const limit = page.limit - first.rows.length
  const far = toMessageQuery(envId, steps, { ...page, after: first.next, limit }, pieces, select)
  const { rows, next } = cutRows((await db.query<Row>(far.text, far.values)).rows, limit)
  return { rows: [...first.rows, ...rows], ...(next && { next }) }
}

/** By the index of messages: all errors of the page that there are. */
function toMessageQuery(envId: string, steps: readonly StepKey[], page: ErrorPage, pieces: MessagePieces, select: string) {
  const values: unknown[] = [envId, steps.map(({ flowId }) => flowId), steps.map(({ stepId }) => stepId)]
  const bind = (value: unknown): string => `$${values.push(value)}`
  const { isAscending, after, limit, ...filter } = page
  const [order, past] = isAscending ? (['asc', '>'] as const) : (['desc', '<'] as const)
  const keysOf = (some: readonly string[]): string =>
    `array(select unnest(sluice.message_keys($1, s.flow_id, s.step_id, piece)) from unnest(${bind(some)}::text[]) piece)`
  const keys = 'sluice.message_keys(e.env_id, e.flow_id, e.step_id, e.message)'
  const conditions = [
    `e.env_id = $1 and e.flow_id = s.flow_id and e.step_id = s.step_id`,
    ...(after ? [`(e.occurred_at, e.error_id) ${past} (${bind(after.occurredAt)}, ${bind(after.errorId)})`] : []),
    ...toConditions(filter, bind),
  ]
  // Set apart, so that no other index is thought to be better.
  const text = `
    select ${select}, null::timestamptz as cut_at, null::text as cut_id
    from unnest($2::text[], $3::text[]) s (flow_id, step_id)
    cross join lateral (select ${keysOf(pieces.odd)} as odd, ${keysOf(pieces.even)} as even offset 0) wanted
    cross join lateral (
      select * from sluice.flow_errors e where e.resolved_at is null and (${keys} @> wanted.odd or ${keys} @> wanted.even) offset 0) e
    where ${conditions.join(' and ')}
    order by e.occurred_at ${order}, e.error_id ${order} limit ${bind(limit + 1)}`
  return { text, values }
}

export interface CutRow {
  readonly error_id: string | null
  readonly occurred_at: Date | null
  readonly cut_at: Date | null
  readonly cut_id: string | null
}

/** The errors of the page, and where the next one begins: absent on the last. */
export function cutRows<Row extends CutRow>(
  found: readonly Row[],
  limit: number,
): { readonly rows: readonly Row[]; readonly next?: ErrorPlace } {
  const all = found.filter((row) => row.error_id !== null)
  const rows = all.slice(0, limit)
  const last = rows.at(-1)
  if (all.length > limit && last) return { rows, next: toPlace(last.occurred_at, last.error_id) }
  const [row] = found
  return row?.cut_id != null ? { rows, next: toPlace(row.cut_at, row.cut_id) } : { rows }
}

const toPlace = (at: Date | null, id: string | null): ErrorPlace => ({ occurredAt: at?.toISOString() ?? '', errorId: id ?? '' })
