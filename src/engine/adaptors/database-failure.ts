/** Why a database did not do what it was asked, by its own code and in its own words; or why it could not be asked, in words for the owner of the flow. */
import type { ErrorSource, Failure } from '../adaptor.ts'
import { explainSocketError } from '../outgoing/failure.ts'

export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure'
  readonly code: string
  readonly source: ErrorSource
  /** Whether the same may well succeed in a moment. */
  readonly passing: boolean
  /** The session is gone, or is in a state that nobody knows. */
  readonly endsSession: boolean
  /** The transaction is gone, and the session is not. */
  readonly endsTransaction: boolean
  /** Who asks was not accepted. */
  readonly isRefusal: boolean

  constructor(
    code: string,
    message: string,
    { source = 'application', passing = false, endsSession = false, endsTransaction = false, isRefusal = false }: Partial<Kind> = {},
  ) {
    super(message)
    this.code = code
    this.source = source
    this.passing = passing
    this.endsSession = endsSession
    this.endsTransaction = endsTransaction
    this.isRefusal = isRefusal
  }

  get failure(): Failure {
    return { source: this.source, code: this.code, message: this.message }
  }
}

type Kind = Pick<DatabaseFailure, 'source' | 'passing' | 'endsSession' | 'endsTransaction' | 'isRefusal'>

/** What a socket or a driver says that has no answer of the database. */
export function toConnectionFailure(error: unknown, host: string): DatabaseFailure {
  if (error instanceof DatabaseFailure) return error
  const { code, message, passing } = explainSocketError(error, host, 'POST')
  return new DatabaseFailure(code, message, { source: 'connection', passing, endsSession: true })
}
