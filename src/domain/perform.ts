/** Carries out an operation of the contract by its name, as a caller without HTTP: the same rights, the same checks, the same answer. */
import { spelled } from '../contract/accept.ts'
import type { Operation } from '../contract/operation.ts'
import { acceptWithin } from './accepted.ts'
import { documentOperations, named } from '../contract/operations/index.ts'
import { mustReach } from './access.ts'
import { plain } from './answer.ts'
import { DomainError } from './errors.ts'
import { onDocuments } from './document-operations.ts'
import { handlers } from './handlers.ts'
import { idsIn, mustBeIds, refuseNul } from './parameters.ts'
import type { Context } from './ports.ts'
import { validator } from './validation.ts'

export interface Asked {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

const checks = new Map<string, ReturnType<typeof validator>>()

function check(name: string, part: 'query' | 'body', operation: Operation, value: unknown): void {
  const schema = operation[part]
  if (!schema || (part === 'body' && value === undefined && operation.optionalBody)) return
  const key = `${name} ${part}`
  const known = checks.get(key) ?? validator(schema, part)
  checks.set(key, known)
  known(value)
}

/** The answer as a value: a list as an array, nothing as undefined. */
export const perform = async (ctx: Context, name: string, asked: Asked = {}): Promise<unknown> => plain(await carryOut(ctx, name, asked))

/** The answer as its handler gives it. */
export async function carryOut(ctx: Context, name: string, { body, ...asked }: Asked = {}): Promise<unknown> {
  const ofDocument = documentOperations[name]
  const operation: Operation = ofDocument?.operation ?? named[name as keyof typeof named]
  const params = spelled(operation.params, asked.params ?? {})
  mustBeIds(idsIn(operation), params)
  const query = spelled(operation.query, asked.query ?? {})
  refuseNul(params, query)
  await mustReach(ctx, operation, params)
  check(name, 'query', operation, query)
  const accepted = operation.body && body !== undefined ? acceptWithin(operation.known ?? operation.body, body).value : body
  check(name, 'body', operation, accepted)
  if (operation.body && body === undefined && !operation.optionalBody)
    throw new DomainError('malformed_json', 'The request needs a JSON body.')
  const call = { params, query, body: accepted }
  const handle = handlers[name as keyof typeof named] as unknown as (ctx: Context, input: typeof call) => Promise<unknown>
  return ofDocument ? onDocuments(ctx, ofDocument, call) : handle(ctx, call)
}
