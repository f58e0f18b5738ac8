/** Which errors of a step are meant, as a query or a body says it. */
import { classifications, type Classification } from '../../contract/operations/flows/flow-errors.ts'
import { DomainError } from '../errors.ts'
import type { ErrorFilter } from '../ports/flow-errors.ts'
import { parseTime } from '../times.ts'
import { parseIdParameter } from './jobs.ts'

interface Words {
  readonly occurredAt_gte?: string
  readonly occurredAt_lte?: string
  readonly source?: string
  readonly classification?: string
  readonly _flowJobId?: string
  readonly code?: string
  readonly message?: string
  readonly traceKey?: string
  readonly assignedTo?: string
  readonly tagId?: string
  readonly errorId?: string
  readonly resolvedAt_gte?: string
  readonly resolvedAt_lte?: string
}

const names: ReadonlySet<string> = new Set<keyof Words>([
  ...(['occurredAt_gte', 'occurredAt_lte', 'source', 'classification', '_flowJobId'] as const),
  ...(['code', 'message', 'traceKey', 'assignedTo', 'tagId'] as const),
])

export const readErrorFilter = (query: Words): ErrorFilter => ({
  ...(query.occurredAt_gte !== undefined && { occurredAtGte: parseTime(query.occurredAt_gte, 'occurredAt_gte') }),
  ...(query.occurredAt_lte !== undefined && { occurredAtLte: parseTime(query.occurredAt_lte, 'occurredAt_lte') }),
  ...(query.source !== undefined && { source: query.source }),
  ...(query.classification !== undefined && { classifications: parseClassifications(query.classification) }),
  ...(query._flowJobId !== undefined && { flowJobId: parseIdParameter(query._flowJobId, '_flowJobId') }),
  ...(query.code !== undefined && { code: query.code }),
  ...(query.message !== undefined && { message: query.message }),
  ...(query.traceKey !== undefined && { traceKey: query.traceKey }),
  ...(query.assignedTo !== undefined && { assignedTo: query.assignedTo === 'nobody' ? null : query.assignedTo.trim().toLowerCase() }),
  ...(query.tagId !== undefined && { tagId: query.tagId }),
  ...(query.errorId !== undefined && { errorId: query.errorId }),
  ...(query.resolvedAt_gte !== undefined && { resolvedAtGte: parseTime(query.resolvedAt_gte, 'resolvedAt_gte') }),
  ...(query.resolvedAt_lte !== undefined && { resolvedAtLte: parseTime(query.resolvedAt_lte, 'resolvedAt_lte') }),
})

/** The same in a body, at `field`. A filter that is not known is refused: without it more errors would fit than were meant. */
export function readBodyFilter(filter: Words, field: string): ErrorFilter {
  const stranger = Object.keys(filter).find((name) => !names.has(name))
  if (stranger !== undefined)
    throw new DomainError('invalid_field', `${stranger} is no filter of errors: ${[...names].join(', ')} are.`, `${field}.${stranger}`)
  const empty = Object.entries(filter).find(([, value]) => value === '')
  if (empty)
    throw new DomainError(
      'invalid_field',
      `${empty[0]} is empty: every error would fit. Leave it out where that is meant.`,
      `${field}.${empty[0]}`,
    )
  try {
    return readErrorFilter(filter)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const [problem] = error.problems
    const message = error.message.replace(' query param', '')
    throw new DomainError('invalid_field', message, problem?.field === undefined ? field : `${field}.${problem.field}`)
  }
}

function parseClassifications(text: string): Classification[] {
  const named = text.split(',') as Classification[]
  const stranger = named.find((each) => !classifications.includes(each))
  if (stranger === undefined) return named
  const message = `The classification query param does not know ${stranger}: it is one of ${classifications.join(', ')}.`
  throw new DomainError('invalid_query_params', message, 'classification')
}
