/** What the steps of MongoDB share: its clients, in slots of the connection and again where what failed may pass. Made once a step. */
import type * as MongoDB from 'mongodb'
import { StepFailure, type ConnectionDoc, type Run, type WatchedStep } from '../../adaptor.ts'
import type { Evaluate, Evaluator } from '../../evaluation/evaluator.ts'
import type { Exchange } from '../../exchange.ts'
import { offAbort, onAbort } from '../../outgoing/on-abort.ts'
import type { PrivateNetwork } from '../../outgoing/address-guard.ts'
import { databaseWork, type DatabaseWork, type WorkOptions, type WorkPorts } from '../database-work.ts'
import { describe, driver, type MongoClients, type Reads } from './clients.ts'
import { readMongoTarget, readNamespace } from './target.ts'

export interface MongoPorts extends WorkPorts {
  readonly evaluator: Evaluator
  /** Whether servers may be on private networks; refused where it is not said. */
  readonly privateNetwork?: PrivateNetwork
}

export type Collection = MongoDB.Collection<{ _id?: unknown; [field: string]: unknown }>

export interface MongoClient extends DatabaseWork {
  readonly connection: ConnectionDoc
  readonly evaluate: Evaluate
  readonly bson: typeof MongoDB.BSON
  /** Work on a collection, in a slot. Throws `StepFailure`. */
  work<T>(
    collection: string | undefined,
    act: (collection: Collection) => Promise<T>,
    options?: WorkOptions & { readonly reads?: Reads },
  ): Promise<T>
  /** The same without slot and retries. Throws `DatabaseFailure`. */
  on<T>(collection: string | undefined, reads: Reads, act: (collection: Collection) => Promise<T>): Promise<T>
  /** Does it, and tells what was asked. */
  telling<T>(
    told: { readonly command: object; readonly exchanged?: ((exchange: Exchange) => void) | undefined },
    act: () => Promise<T>,
    tell: (made: T) => unknown,
  ): Promise<T>
  describe(command: object): Exchange
}

/** Documents of an answer that are told. */
export const maxTold = 20

export function mongoClient(
  { evaluator, ...ports }: MongoPorts,
  clients: MongoClients,
  given: ConnectionDoc | undefined,
  run: Run,
  step: WatchedStep = {},
): MongoClient {
  const target = readMongoTarget(given)
  const connection = given as ConnectionDoc
  driver.check()
  const work = databaseWork(ports, connection, connection.mongodb, run)
  const url = `mongodb://${describe(target)}/${target.database ?? ''}`
  const on: MongoClient['on'] = (collection, reads, act) => {
    const names = readNamespace(target, collection)
    return untilAborted(
      run.signal,
      clients.use(target, reads, (client) => act(client.db(names.database).collection(names.collection) as unknown as Collection)),
    )
  }
  const toExchange = (command: object, result: Exchange['result'], at: number, ms: number): Exchange => ({
    request: { method: 'MONGODB', url, headers: { 'content-type': 'application/json' }, body: driver.load().BSON.EJSON.stringify(command) },
    ...(result && { result }),
    at,
    ms,
  })
  return {
    ...work,
    connection,
    evaluate: (stage, caches) => evaluator.stage(run.accountId, stage, caches),
    get bson() {
      return driver.load().BSON
    },
    work: (collection, act, { yields, maxTries, reads = 'primary' } = {}) =>
      work.again(() => work.inSlot(() => on(collection, reads, act), yields), maxTries),
    on,
    async telling({ command, exchanged }, act, tell) {
      const at = Date.now()
      const begun = performance.now()
      const isTold = exchanged !== undefined || run.debug?.isWatched(connection, step)
      const told = (result: Exchange['result']): Exchange => {
        const exchange = toExchange(command, result, at, performance.now() - begun)
        if (run.debug?.isWatched(connection, step)) run.debug.tell(connection, step, exchange)
        exchanged?.(exchange)
        return exchange
      }
      try {
        const made = await act()
        if (isTold) told(answerOf(tell(made)))
        return made
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error
        const { code, message } = error.failure
        throw new StepFailure(error.failure, told({ kind: 'unreachable', code, message }))
      }
    },
    describe: (command) => toExchange(command, undefined, Date.now(), 0),
  }
}

const answerOf = (told: unknown): Exchange['result'] => ({
  kind: 'answer',
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(told)),
})

/** The driver ends no command of its own accord: what comes of it is of no interest to a run that is left. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error)
    onAbort(signal, leave)
    work.then(resolve, reject).finally(() => offAbort(signal, leave))
  })
}
