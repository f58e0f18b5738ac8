/** The rows of what connections obtained by signing in, and of people who are on their way to an application to agree there. */

export interface SessionRow {
  /** Undefined until somebody has signed in. */
  readonly sealed: string | undefined
  /** One more with each that is kept. */
  readonly version: number
}

export interface ConnectionSessions {
  find(envId: string, connectionId: string): Promise<SessionRow | undefined>
  /** The row, which nobody else gets for so long by the database's clock; undefined where somebody else has it. */
  take(envId: string, connectionId: string, holder: string, ms: number): Promise<SessionRow | undefined>
  /** Nothing is obtained after all: whoever waits may try. */
  release(envId: string, connectionId: string, holder: string): Promise<void>
  /** Keeps what was obtained, unless another one was kept since `version`, or the row is gone. Answers whether it did. */
  keep(envId: string, connectionId: string, version: number, sealed: string): Promise<boolean>
  /** Keeps what was obtained, whatever there is: somebody signed in anew. */
  replace(envId: string, connectionId: string, sealed: string): Promise<void>
  /** Some of those whose connections are in the recycle bin, and that nobody has tried to give back. */
  listOfRemoved(limit: number): Promise<readonly { readonly envId: string; readonly connectionId: string }[]>
  /** It could not be given back, or nobody says how: it stays until the connection is gone for good, or is back. */
  leave(envId: string, connectionId: string): Promise<void>
  /** Forgets what these connections obtained, and who was on the way for them. */
  remove(envId: string, connectionIds: readonly string[]): Promise<void>
}

interface Authorization {
  readonly envId: string
  readonly connectionId: string
  readonly userId: string
  readonly sealed: string
}

export interface Authorizations {
  add(state: string, authorization: Authorization, endsAt: string): Promise<void>
  /** It is gone with that. Undefined where there is none, or it has ended. */
  take(state: string, now: string): Promise<Authorization | undefined>
  /** Removes some of those that have ended; answers how many. */
  purge(before: string, limit: number): Promise<number>
}
