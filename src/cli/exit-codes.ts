/** What a command says of itself to a pipeline, besides what it prints. */
export const exitCodes = {
  /** It is done, or both sides are the same. */
  done: 0,
  error: 1,
  /** Both sides differ. */
  differs: 2,
  /** Both sides changed the same thing, and somebody has to decide. */
  conflicts: 3,
} as const

/** The request cannot be carried out, for a reason that the user can do something about. */
export class CommandError extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode: number = exitCodes.error) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}
