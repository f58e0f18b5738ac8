/** The failures a person can cause. The domain names them; only http/ asks for a status, only main.ts for an exit code. */
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

/** The program cannot start as it was asked to. The message is one line for the person who started it. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
