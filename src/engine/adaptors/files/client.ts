/** What the steps of files share: the way to the place where they lie, and work on them with slots and retries around it. */
import { skipsRetries, StepFailure, type ConnectionDoc, type ExportDoc, type ImportDoc, type Run } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { Attempt } from '../../around/attempt.ts'
import { measured } from '../../around/measured.ts'
import { retrying } from '../../around/retry.ts'
import { toSlotOwner, withSlots, type ConnectionSlots } from '../../around/slots.ts'
import type { Evaluate, Evaluator } from '../../evaluation/evaluator.ts'
import { FileFailure, toFileFailure } from './failure.ts'
import type { KeepingPorts } from '../kept-bytes.ts'
import type { FilePlace } from './place.ts'
import type { FileTransport } from './transport.ts'

export interface FilePorts extends KeepingPorts {
  readonly slots: ConnectionSlots
  readonly evaluator: Evaluator
  /** Milliseconds before the first retry, for tests. */
  readonly firstWait?: number
  /** Files that are kept of one look at a folder, for tests. */
  readonly filesAtOnce?: number
  /** How long a file has to be as it is before a run takes it; any is taken where it is absent. Milliseconds. */
  readonly settleMs?: number
}

export interface FileClient {
  readonly connection: ConnectionDoc
  readonly transport: FileTransport
  readonly evaluate: Evaluate
  /** Work on files, in a slot of the connection, again where that may help. Throws `StepFailure`. `what` names the file or folder. */
  work<T>(what: string, act: () => Promise<T>): Promise<T>
  /** One at a time over the connection does this to a file, in all workers. Throws `StepFailure`. */
  alone<T>(path: string, act: () => Promise<T>): Promise<T>
  /** The same as `work` for what cannot be begun anew. */
  workOnce<T>(what: string, act: () => Promise<T>): Promise<T>
}

/** Of one piece of work, the first try included. */
const maxTries = 3

/** Throws `StepFailure` where no step can ever work over the connection. */
export function mustBeUsable(place: FilePlace, connection: ConnectionDoc | undefined): ConnectionDoc {
  if (connection?.type !== place.type)
    throw new StepFailure({ source: 'connection', code: 'connection_missing', message: `The step has no connection to ${place.noun}.` })
  refuseFields('connections', connection)
  const obstacle = place.obstacle(connection)
  if (obstacle) throw obstacle
  return connection
}

type Work = () => Promise<unknown>
type Done = { readonly value: unknown } | FileFailure

const tryOnce =
  ({ explain }: FileTransport) =>
  async (act: Work, signal: AbortSignal): Promise<Done> => {
    signal.throwIfAborted()
    try {
      return { value: await act() }
    } catch (error) {
      // What was given up failed for no reason of its own.
      signal.throwIfAborted()
      const failed = toFileFailure(error) ?? explain(error)
      if (failed) return failed
      throw error
    }
  }

function concurrencyLevel(place: FilePlace, connection: ConnectionDoc): number {
  const { concurrencyLevel: level, targetConcurrencyLevel } = place.levels(connection)
  return (connection.autoRecoverRateLimitErrors ? targetConcurrencyLevel : undefined) ?? level ?? place.level
}

interface Over {
  readonly connection?: ConnectionDoc | undefined
  readonly run: Run
  readonly doc?: ExportDoc | ImportDoc
}

export function fileClient(place: FilePlace, ports: FilePorts, over: Over): FileClient {
  const { run } = over
  const connection = mustBeUsable(place, over.connection)
  const transport = place.open(connection, run, over.doc)
  const attempt = measured(tryOnce(transport), place.type, (done) => (done instanceof FileFailure ? 'failed' : 'ok'))
  const inSlot = withSlots(attempt, ports.slots, toSlotOwner(run.envId, connection, concurrencyLevel(place, connection)))
  const again = retrying(inSlot, {
    mostTries: (_work, done) => (done instanceof FileFailure && done.passing && !skipsRetries(run) ? maxTries : 1),
    ...(ports.firstWait !== undefined && { firstWait: ports.firstWait }),
  })
  const by =
    (attempt: Attempt<Work, Done>) =>
    async <T>(what: string, act: () => Promise<T>): Promise<T> => {
      const done = await attempt(act, run.signal)
      if (!(done instanceof FileFailure)) return done.value as T
      if (done.refusesProof) run.refused?.(connection)
      throw new StepFailure({ source: 'application', code: done.code, message: `${what}: ${done.message}` })
    }
  return {
    connection,
    transport,
    evaluate: (stage, caches) => ports.evaluator.stage(run.accountId, stage, caches),
    async alone(path, act) {
      const giveBack = await ports.slots.lockIds({ envId: run.envId, _id: connection._id }, [path], run.signal)
      if (!giveBack)
        throw new StepFailure({
          source: 'internal',
          code: 'file_busy',
          message: `The file ${path}: another worker has been writing to it for too long. Try again once that is through.`,
        })
      return act().finally(giveBack)
    },
    work: by(again),
    workOnce: by(inSlot),
  }
}
