/**
 * The rules by which errors are classified, as data: the first one that fits decides. What an error is called decides whether its record is sent again by
 * itself, so nothing is called `intermittent` or `rate_limit` that would come back the same.
 */
import type { Classification } from '../../contract/operations/flows/flow-errors.ts'
import type { ErrorSource } from '../adaptor.ts'

export interface Rule {
  readonly is: Classification
  /** Codes that it holds for. */
  readonly codes?: ReadonlySet<string>
  /** Code and message, in words: what an application or a script calls its error. */
  readonly says?: RegExp
  readonly sources?: ReadonlySet<ErrorSource>
}

const by = (is: Classification, ...codes: readonly string[]): Rule => ({ is, codes: new Set(codes) })

/** What reads as a limit of requests, and not as the limit of a value. */
const limit =
  /too many (?:requests|calls|connections)|throttl|(?:rate|request|requests|api|usage|call|concurrency|governance) limit(?:ed|s)?\b|limit (?:of|for|on) (?:requests|calls)|rate ?limit|quota (?:has been |was )?(?:exceeded|reached)|exceeded .{0,40}quota/i

/** As PostgreSQL, MySQL, BigQuery and SQL Server call what passes: deadlocks, serialization, locks, too many sessions, servers that end or begin. */
const databasesThatPass = [
  '40001',
  '40P01',
  '55P03',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'backendError',
  'jobBackendError',
  '596',
  '1205',
  '1222',
  '3960',
  '40197',
  '40501',
  '40613',
  '49918',
  '49919',
  '49920',
]

/** Requests that got no answer, as `outgoing/failure.ts` calls them, and what this program says of itself. */
const ours: readonly Rule[] = [
  by(
    'intermittent',
    'timeout',
    'connection_refused',
    'connection_reset',
    'connection_failed',
    'host_not_found',
    'evaluation_busy',
    'file_busy',
    ...databasesThatPass,
    'sign_in_unavailable',
  ),
  by('rate_limit', 'left_alone'),
  by(
    'connection',
    'connection_offline',
    'connection_missing',
    'connection_type_unsupported',
    'auth_type_unsupported',
    'sign_in_failed',
    'private_key_invalid',
    'selling_region_unknown',
  ),
  by('connection', 'token_location_unsupported', 'tls_failed', 'address_refused', 'invalid_url', 'invalid_base_uri', 'redirect_refused'),
  by('connection', 'authorization_needed', 'sign_in_refused', 'invalid_jwt'),
  by('connection', 'files_unavailable', 'permission_denied', 'path_refused'),
  by(
    'connection',
    'database_unsupported',
    'tls_missing',
    'invalid_option',
    '18456',
    '28P01',
    '28000',
    'ER_ACCESS_DENIED_ERROR',
    'ER_DBACCESS_DENIED_ERROR',
  ),
  by('missing', 'table_missing', 'column_missing'),
  by(
    'too_large',
    'response_too_large',
    'result_too_large',
    'body_too_large',
    'lookup_too_large',
    'paging_state_too_large',
    'file_too_large',
    'too_many_files',
  ),
  by('parse', 'response_invalid', 'invalid_json', 'media_type_unsupported', 'format_unsupported'),
  by(
    'missing',
    'configuration_missing',
    'file_missing',
    'file_name_missing',
    'folder_missing',
    'lookup_cache_missing',
    'script_missing',
    'step_missing',
  ),
  by('missing', 'flow_missing', 'export_missing', 'import_missing', 'invalid_ref'),
]

/** Answers that say so by themselves: those that pass, and those that somebody has to see to. */
const statuses: readonly Rule[] = [
  by('rate_limit', '429'),
  // Whatever else a server says of a fault of its own, it passes.
  { ...by('rate_limit', '500', '502', '503', '504'), says: limit },
  by('intermittent', '408', '500', '502', '503', '504', '507', '520', '521', '522', '523', '524'),
  by('too_large', '413', '414', '431'),
  // Applications that know no 429 say it in words.
  { ...by('rate_limit', '400', '403'), says: limit },
  by('connection', '401', '403', '407'),
  by('duplicate', '409'),
  by('missing', '404', '410'),
  by('value', '405'),
]

/** Statuses that somebody has to see to: their words never make them pass. */
const final = new Set(['400', '401', '403', '404', '405', '409', '422'])

const words: readonly Rule[] = [
  {
    is: 'duplicate',
    says: /duplicat|already (?:exists?|in use|taken|been (?:taken|used|created))|must be unique|unique (?:constraint|key|index)|not unique/i,
  },
  {
    is: 'too_large',
    says: /too (?:large|long|big)|(?:exceeds?|exceeding|exceeded|over) .{0,60}(?:size|length|characters|bytes)|maximum (?:size|length)|(?:size|length) limit/i,
  },
  {
    is: 'parse',
    says: /\bpars(?:e|ed|er|ing)\b|unexpected (?:token|end of|character)|malformed|(?:invalid|not valid|not well.formed) (?:json|xml|csv)|deserializ/i,
  },
  {
    is: 'connection',
    says: /unauthori[sz]ed|authentication (?:failed|required|error)|invalid (?:session|login|credentials|api key|(?:access )?token)|token (?:has |is )?(?:expired|revoked|invalid)|expired (?:access )?token/i,
  },
  {
    is: 'missing',
    says: /not (?:be )?found|(?:does|do|did) not exist|no such|\bunknown\b|missing|required|(?:must|can ?not|may not) be (?:blank|empty|null)|no longer exists/i,
  },
]

/** Said by applications whose status says nothing: 200 with an error inside, errors of scripts and of drivers. */
const passing: readonly Rule[] = [
  { is: 'rate_limit', says: limit },
  {
    is: 'intermittent',
    says: /tim(?:ed|e) ?out|temporar(?:y|ily) (?:unavailable|error|failure|problem)|(?:service|server) (?:is )?(?:currently |temporarily )?(?:unavailable|busy|overloaded)|try again (?:later|in a|after)|deadlock|lock wait|unable to lock row|internal server error|bad gateway|econnre(?:set|fused)|connection (?:was |has been )?(?:reset|refused|closed)/i,
  },
]

const http = /^[1-5]\d\d$/

/** The rules for an error of this code, in their order. */
export function listRules(code: string): readonly Rule[] {
  if (final.has(code)) return [...statuses, ...words]
  return http.test(code) ? [...statuses, ...passing, ...words] : [...ours, ...passing, ...words]
}

/** Where no rule fits. */
export const otherwise: readonly Rule[] = [{ is: 'connection', sources: new Set(['connection']) }, { is: 'value' }]
