/**
 * Pages of errors, of one step or of many. A page looks at a bounded number of errors, newest or oldest first, so that it takes the same time among a
 * million as among a thousand; what it has not come to is on the next one.
 */
import type { ErrorFilter, ErrorPage, ErrorPlace, StepKey } from '../../domain/ports/flow-errors.ts'
import { toConditions } from './retry-data.ts'

/** Errors that one page looks at where no index gives those that fit: 2,000 take some 6 ms. */
const lookedAt = 2000
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
  const name = isResolved ? undefined : indexed.find((each) => isIndexed(filter, each))
  if (name === undefined) return { first: {}, rest: filter }
  const { [name]: value, ...others } = filter
  const first: ErrorFilter = { [name]: value }
  return { first, rest: others }
}

const isIndexed = (filter: ErrorFilter, name: (typeof indexed)[number]): boolean =>
  name === 'classifications' ? filter.classifications?.length === 1 : Boolean(filter[name])

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
