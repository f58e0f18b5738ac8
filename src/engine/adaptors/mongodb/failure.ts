/** What errors of the driver of MongoDB mean. */
import { DatabaseFailure, toConnectionFailure } from '../database-failure.ts'

/** As the driver has it. */
interface MongoError extends Error {
  readonly code?: number | string
  readonly codeName?: string
  readonly errmsg?: string
  readonly errorLabels?: readonly string[]
}

/** Servers that end or begin, that are another one's turn, cursors that were forgotten, conflicts between writes, bounds of time. */
const passing: ReadonlySet<number> = new Set([6, 7, 43, 50, 63, 89, 91, 112, 189, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436])
const refused = 18

const named: Readonly<Record<number, string>> = { 11000: 'DuplicateKey' }

export function toFailure(error: unknown, where: string): unknown {
  if (error instanceof DatabaseFailure || !(error instanceof Error)) return error
  if (!error.name.startsWith('Mongo')) return error
  const { code, codeName, message, errmsg } = error as MongoError
  if (typeof code === 'number') {
    const isRefusal = code === refused
    return new DatabaseFailure(codeName ?? named[code] ?? String(code), errmsg ?? message, {
      ...(isRefusal && { source: 'connection', isRefusal }),
      passing: passing.has(code),
    })
  }
  const socket = findSocketError(error)
  if (socket) return toConnectionFailure(socket, where)
  // A command of many writes whose connection was lost is told without any of them.
  const isLostBulk = error.name === 'MongoBulkWriteError' && /connection|socket|timed? ?out|pool|topology|server/i.test(message)
  if (isLostBulk || /Network|ServerSelection|Topology|PoolCleared|WaitQueue|Expired/.test(error.name)) {
    const isLate = /timed? ?out/i.test(message)
    return toConnectionFailure(Object.assign(new Error(message), { code: isLate ? 'ETIMEDOUT' : 'ECONNRESET' }), where)
  }
  // What the driver itself refuses to send is a fault of the record, or of the step.
  return new DatabaseFailure('invalid_request', message)
}

/** The innermost one says why. */
function findSocketError(error: Error): Error | undefined {
  let found: Error | undefined
  for (let at: unknown = error.cause; at instanceof Error; at = at.cause) if (typeof (at as MongoError).code === 'string') found = at
  return found
}
