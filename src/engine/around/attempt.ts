/** One try at something outside of this program. Rejects with the signal's reason and for nothing else: what went wrong is a result. */

export type Attempt<Request, Result> = (request: Request, signal: AbortSignal) => Promise<Result>
