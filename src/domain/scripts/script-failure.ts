/** A script threw, or passed a bound. Told in the words of the script's owner: nothing of ours is in it. */
import { DomainError } from '../errors.ts'
import { maskTokens } from '../mask-tokens.ts'

export interface ScriptFault {
  readonly message: string
  readonly script: string
  readonly function: string
  /** Which bound the call passed; absent where the script threw or could not be called. */
  readonly bound?: 'time' | 'memory' | 'source' | 'options' | 'result' | 'depth' | 'calls' | 'queue'
  /** Where in the script it happened. */
  readonly line?: number
  /** The stack, frames of the script only. */
  readonly trace?: string
  /** The script has no function of that name: nothing ran. */
  readonly isAbsent?: true
}

/** The refusal that comes of it. */
export class NoSuchFunction extends DomainError {}

export class ScriptFailure extends Error {
  override readonly name = 'ScriptFailure'
  readonly code = 'script_error'
  readonly fault: ScriptFault
  constructor(fault: ScriptFault) {
    const message = maskTokens(fault.message)
    super(message)
    this.fault = { ...fault, message, ...(fault.trace !== undefined && { trace: maskTokens(fault.trace) }) }
  }

  /** As the answer to whoever asked for something that needed the script. */
  asDomainError(field?: string): DomainError {
    const { message, isAbsent, ...details } = this.fault
    // Nothing ran, and nothing is wrong with the script: the same request can succeed in a moment.
    if (details.bound === 'queue') return new DomainError('too_many_at_once', message, field, [], details)
    return new (isAbsent ? NoSuchFunction : DomainError)('script_error', message, field, [], details)
  }
}
