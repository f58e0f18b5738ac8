/** The failures a person can cause. The domain names them; only http/ asks for a status, only src/main.ts for an exit code. */
import type { ErrorCode } from '../contract/errors.ts'

export interface Problem {
  readonly code: ErrorCode
  readonly message: string
  /** Dotted path of the document field at fault, or the name of a parameter. */
  readonly field?: string
  /** More about it, answered beside the others. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** A request that cannot be carried out. All problems of one answer share the status of the first. */
export class DomainError extends Error {
  readonly problems: readonly Problem[]
  constructor(code: ErrorCode, message: string, field?: string, more: readonly Problem[] = [], details?: Problem['details']) {
    super(message)
    this.name = 'DomainError'
    this.problems = [{ code, message, ...(field !== undefined && { field }), ...(details && { details }) }, ...more]
  }
}

/** Too much was tried in a short time. The caller is told when to go on. */
export class RateLimited extends DomainError {
  /** Seconds. */
  readonly retryAfter: number
  constructor(seconds: number) {
    super('rate_limited', `Too many requests. Retry after ${seconds} seconds.`)
    this.retryAfter = seconds
  }
}

/** The database cannot be asked at the moment. That passes: callers are told to come again, and runs are taken up again. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  constructor(cause: unknown) {
    super('The database cannot be asked at the moment.', { cause })
  }
}

/** The transaction met another one in an order that cannot be. The store begins it again, so that nobody else has to look at it. */
export class TransactionConflict extends Error {
  override readonly name = 'TransactionConflict'
  constructor(cause: unknown) {
    super('The transaction has to be run again.', { cause })
  }
}

/** Seconds after which whoever was told that the database is away may come again: a PostgreSQL that crashed is back by then. */
export const unavailableRetrySeconds = 2

/** What a caller is told of it. Where the connection broke in the middle of a commit, nobody can say whether that was written. */
export const serviceUnavailable = (): DomainError =>
  new DomainError('service_unavailable', `The database does not answer at the moment. Try again in ${unavailableRetrySeconds} seconds.`)

/** The program cannot start as it was asked to. The message is one line for the person who started it. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
