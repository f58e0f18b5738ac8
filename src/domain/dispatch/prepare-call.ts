/** Prepares the call of one operation, for HTTP requests and scripts alike: runs every check that comes before the handler, in one order. */
import { normalizeParameters, type Accepted } from '../../contract/accept.ts'
import type { ErrorCode } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import { pagingQuery } from '../../contract/paging.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { acceptBounded } from '../accept-body.ts'
import { canSee, checkAccess, findSubject } from '../access/access.ts'
import { findOffer } from '../apps/installable-app.ts'
import { exists, notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import { idParameters, checkIds, refuseNul } from '../parameters.ts'
import type { Context } from '../context.ts'
import { findStorageProblem } from '../limits/json-limits.ts'
import { validator } from '../validation.ts'

export interface Call {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** What is called, with the body cut to its schema; and the fields that were cut off because nothing declares them. */
interface Prepared {
  readonly call: Call
  readonly ignored: readonly string[]
}

export type Prepare = (ctx: Context, asked: Call) => Promise<Prepared>

/** Made once an operation: its schemas are compiled when they are first needed. */
export function buildPreparation(operation: Operation): Prepare {
  const ids = idParameters(operation)
  const checkQuery = operation.query && validator(operation.query, 'query')
  const readBody = bodyReader(operation)
  return async (ctx, { body, ...asked }) => {
    const params = normalizeParameters(operation.params, asked.params)
    checkIds(ids, params)
    const query = normalizeParameters(operation.query, dropEmptyParameters(asked.query))
    refuseNul(params, query)
    await checkAccess(ctx, operation, params)
    checkQuery?.(query)
    try {
      const { value, ignored } = readBody(ctx.strict, body)
      return { call: { params, query, body: value }, ignored }
    } catch (error) {
      await checkSubject(ctx, operation, params)
      throw error
    }
  }
}

/** Throws 404 where the document of the path does not exist: that comes before what is wrong with the body. */
async function checkSubject(ctx: Context, operation: Operation, params: Readonly<Record<string, string>>): Promise<void> {
  const subject = await findSubject(ctx, operation, params)
  if (!subject || !isCollection(subject.collection)) return
  // An app is offered from wherever its publisher keeps it.
  if (operation.path === '/v1/connectors/:_id/install') return void (await findOffer(ctx.store, ctx, subject.id, { toShow: true }))
  if (!(await exists(ctx, subject.collection, subject.id)) || !(await canSee(ctx, subject))) throw notFound(subject.collection)
}

const isCollection = (name: string): name is Collection => name in resources

/** How a list is cut into pages. All other parameters choose what is listed, and an empty one chooses nothing: forms send a field that nobody filled in so. */
const paging: ReadonlySet<string> = new Set(Object.keys(pagingQuery.properties))

const dropEmptyParameters = (query: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(query).filter(([name, value]) => value !== '' || paging.has(name)))

interface Read {
  readonly value: unknown
  readonly ignored: readonly string[]
}

const nothing: Read = { value: undefined, ignored: [] }

function bodyReader(operation: Operation): (strict: boolean, body: unknown) => Read {
  const { body: schema, bodyType, optionalBody, known, badBody, refusesUnknown = false } = operation
  if (!schema) return () => nothing
  if (bodyType) return (_strict, body) => ({ value: readBytes(body, bodyType), ignored: [] })
  const check = validator(schema, 'body')
  const told = badBody ? asBadRequest : same
  return (strict, body) => {
    if (body === undefined && optionalBody) return nothing
    if (body === undefined) throw new DomainError('malformed_json', 'The request needs a JSON body.')
    if (Buffer.isBuffer(body)) throw new DomainError('unsupported_media_type', 'Bodies are JSON: send Content-Type: application/json.')
    const problem = findStorageProblem(body)
    if (problem) throw told(problem)
    const { value, ignored, mistaken } = acceptBounded(known ?? schema, body)
    if (mistaken.length > 0) throw told(wrongNames(mistaken))
    if ((strict || refusesUnknown) && ignored.length > 0) throw unknownFields(ignored)
    try {
      check(value)
    } catch (error) {
      throw error instanceof DomainError ? told(error) : error
    }
    return { value, ignored }
  }
}

function readBytes(body: unknown, bodyType: string): Buffer {
  if (body === undefined) throw new DomainError('malformed_json', 'The request needs a body.')
  if (Buffer.isBuffer(body)) return body
  throw new DomainError('unsupported_media_type', `The body is bytes: send Content-Type: ${bodyType}.`)
}

const bad: { readonly [code in ErrorCode]?: ErrorCode } = { invalid_field: 'bad_field', missing_required_field: 'bad_missing_field' }

const same = (error: DomainError): DomainError => error

/** What is wrong with the body is a bad request, not a document that cannot be stored. */
function asBadRequest(error: DomainError): DomainError {
  const [first, ...more] = error.problems.map((problem) => ({ ...problem, code: bad[problem.code] ?? problem.code }))
  return new DomainError(first?.code ?? 'bad_field', first?.message ?? '', first?.field, more)
}

function wrongNames(mistaken: Accepted['mistaken']): DomainError {
  const [first, ...more] = mistaken.map(({ field, meant }) => ({
    code: 'unknown_field' as const,
    message: `There is no field ${field}. The field for it is ${meant}.`,
    field,
  }))
  return new DomainError('unknown_field', first?.message ?? '', first?.field, more)
}

function unknownFields(fields: readonly string[]): DomainError {
  const [first, ...more] = fields.map((field) => ({ code: 'unknown_field' as const, message: `There is no field ${field}.`, field }))
  return new DomainError('unknown_field', first?.message ?? '', first?.field, more)
}
