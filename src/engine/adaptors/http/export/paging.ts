/** From one page to the next: what each paging method reads in an answer, and when it has seen the last one. */
import { isExact } from '../../../../domain/limits/exact-number.ts'
import { StepFailure, type ExportDoc } from '../../../adaptor.ts'
import { valueAt } from '../../../values/value-at.ts'
import { isEmpty } from '../../../values/plain-value.ts'
import { isOneOf } from '../response-check.ts'
import { linkTarget } from './link-header.ts'
import { emptyHistory, recordPage, type PageHistory } from './repeated-pages.ts'
import { previousPage } from './previous-page.ts'
import type { Reply } from './reply.ts'

export type Paging = NonNullable<NonNullable<ExportDoc['http']>['paging']>

/** Where an export is. Small and without secrets, for it is stored. */
export interface PagingState {
  /** Requests made before this one. */
  readonly request: number
  /** Records received before this one. */
  readonly received: number
  /** The page number, skip, token or URL of this request, as the method has it. */
  readonly at?: number | string
  /** Answers without records just before this one. */
  readonly empty: number
  readonly previous?: unknown
  readonly loop: PageHistory
}

/**
 * Empty answers in a row after which a source that still names a next page is believed to be at its end. One is not enough: filtered
 * scans (DynamoDB, Google) have gaps. Without a bound, feeds that always name a next page (Okta's log) never end.
 */
const maxEmpty = 5
/** Requests of one export in one run; a hundred million records in pages of a hundred. */
const maxRequests = 1_000_000

export function firstState(paging: Paging | undefined): PagingState {
  const at = firstPosition(paging)
  return { request: 0, received: 0, empty: 0, loop: emptyHistory, ...(at !== undefined && { at }) }
}

function firstPosition(paging: Paging | undefined): number | string | undefined {
  if (paging?.method === 'page') return paging.page ?? 0
  if (paging?.method === 'skip') return paging.skip ?? 0
  return paging?.method === 'token' ? paging.token : undefined
}

/** What templates see in `export.http.paging`. */
export function pagingVariables(paging: Paging | undefined, { at }: PagingState): Readonly<Record<string, unknown>> {
  if (paging?.method === 'page' || paging?.method === 'skip') return { [paging.method]: at }
  return paging?.method === 'token' ? { token: at ?? '' } : {}
}

/** The state of the request after this reply; undefined when there is none. */
export function nextState(
  paging: Paging | undefined,
  state: PagingState,
  reply: Reply,
  needs: readonly string[] | 'all',
): PagingState | undefined {
  if (!paging?.method || isLastPage(paging, reply.body) || state.request + 1 >= maxRequests) return undefined
  const empty = reply.records.length === 0 ? state.empty + 1 : 0
  if (empty >= (named.has(paging.method) ? maxEmpty : 1)) return undefined
  const step = methods[paging.method](paging, state, reply)
  if (step === undefined) return undefined
  const previous = previousPage(reply, needs)
  return {
    request: state.request + 1,
    received: state.received + reply.records.length,
    empty,
    loop: recordPage(state.loop, reply.records, state.request + 1),
    ...step,
    ...(previous !== undefined && { previous }),
  }
}

/** Methods whose answers name the next page; the others go on until a page is empty. */
const named: ReadonlySet<string> = new Set(['linkheader', 'token', 'url'])

/** With values, a path that is not there means nothing; without, its absence is what tells. */
export function isLastPage({ lastPagePath, lastPageValues }: Paging, body: unknown): boolean {
  if (!lastPagePath) return false
  const value = valueAt(body, lastPagePath)
  return lastPageValues?.length ? isOneOf(value, lastPageValues) : isEmpty(value)
}

type Step = { readonly at?: number | string } | undefined
type Method = (paging: Paging, state: PagingState, reply: Reply) => Step

const methods: Readonly<Record<NonNullable<Paging['method']>, Method>> = {
  page: (paging, state, reply) => (reachedEnd(paging, state, reply) ? undefined : { at: Number(state.at) + 1 }),
  skip: (paging, state, reply) => (reachedEnd(paging, state, reply) ? undefined : { at: Number(state.at) + reply.records.length }),
  token: (paging, state, reply) => {
    const path = (state.request > 0 && paging.pathAfterFirstRequest) || paging.path
    return scalar(readLocation(path, paging.pathLocation, reply))
  },
  url: (paging, _state, reply) => resolved(readLocation(paging.path, paging.pathLocation, reply), reply),
  linkheader: (paging, _state, reply) => resolved(linkTarget(reply.headers['link'], paging.linkHeaderRelation || 'next'), reply),
  relativeuri: () => ({}),
  body: () => ({}),
}

/** By the total of pages or else of records, where the application tells. */
function reachedEnd(paging: Paging, state: PagingState, reply: Reply): boolean {
  const pages = total(reply.body, paging.maxPagePath)
  if (pages !== undefined) return state.request + 1 >= pages
  const records = total(reply.body, paging.maxCountPath)
  return records !== undefined && state.received + reply.records.length >= records
}

function total(body: unknown, path: string | undefined): number | undefined {
  if (!path) return undefined
  const value = valueAt(body, path)
  const number = (typeof value === 'string' && value.trim() !== '') || isExact(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

function readLocation(path: string | undefined, location: Paging['pathLocation'], reply: Reply): unknown {
  if (!path) return undefined
  if (location !== 'header') return valueAt(reply.body, path)
  const value = reply.headers[path.toLowerCase()]
  return Array.isArray(value) ? value[0] : value
}

function scalar(found: unknown): Step {
  // Kept with the run as text: the database reads no such number back.
  const value = isExact(found) ? found.digits : found
  // Such a token cannot be kept with the run (no database text holds it), and as another one it would lead elsewhere.
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
    throw new StepFailure({
      source: 'application',
      code: 'invalid_paging_token',
      message: 'The token of the next page is not a valid text.',
    })
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? { at: value } : undefined
}

function resolved(value: unknown, { url: against, storable }: Reply): Step {
  const url = typeof value === 'string' && value !== '' ? URL.parse(value, against) : undefined
  return url ? { at: storable(url.href) } : undefined
}
