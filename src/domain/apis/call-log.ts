/** Writes down calls of APIs, many together, and after they were answered: a server that is killed loses those of a moment. What went wrong is kept before. */
import type { World } from '../context.ts'
import type { ApiOutcome, NewApiCallRow } from '../ports/apis/api-calls.ts'

/** How long calls are gathered. Milliseconds. */
const gatherMs = 200
/** Calls that wait to be written: some seconds of a busy server. More are counted and not told of. */
const maxWaiting = 5000
/** Of one statement. */
const maxRows = 500

type Call = Pick<NewApiCallRow, 'envId' | 'apiId' | 'callId' | 'at' | 'method' | 'path' | 'ms' | 'userId'>

interface Waiting {
  readonly call: Call
  readonly outcome: ApiOutcome
}

/** Where what was asked and answered is sealed for. */
export const placeOfCall = (envId: string, apiId: string, callId: string): string => `api-calls/${envId}/${apiId}/${callId}`

export class CallLog {
  readonly #world: Pick<World, 'store' | 'vault' | 'log'>
  #waiting: Waiting[] = []
  #leftOut = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(world: Pick<World, 'store' | 'vault' | 'log'>) {
    this.#world = world
  }

  add(call: Call, outcome: ApiOutcome): void {
    if (this.#waiting.length >= maxWaiting) this.#leftOut++
    else this.#waiting.push({ call, outcome })
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs)
  }

  /** Resolves when all that was added by now is written, or could not be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const waiting = this.#waiting
    this.#waiting = []
    if (this.#leftOut > 0)
      this.#world.log.warn({ calls: this.#leftOut }, 'calls of APIs came faster than they are written down: some are not')
    this.#leftOut = 0
    for (let from = 0; from < waiting.length; from += maxRows) {
      const rows = waiting.slice(from, from + maxRows)
      this.#writing = this.#writing.then(() =>
        this.#world.store.apiCalls
          .add(rows.map((each) => this.#toRow(each)))
          .catch((error: unknown) => this.#world.log.warn({ err: error, calls: rows.length }, 'calls of APIs could not be written down')),
      )
    }
    return this.#writing
  }

  #toRow({ call, outcome }: Waiting): NewApiCallRow {
    const { envId, apiId, callId, path } = call
    const { answer, hasSucceeded, errors } = outcome
    const told = { ...outcome.tell(path), ...(errors.length > 0 && { errors }) }
    return {
      ...call,
      path: path.slice(0, 2000),
      statusCode: answer.statusCode,
      hasSucceeded,
      numError: errors.length,
      sealed: this.#world.vault.seal(JSON.stringify(told), placeOfCall(envId, apiId, callId)),
    }
  }
}
