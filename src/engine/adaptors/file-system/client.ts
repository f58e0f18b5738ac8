/** What the steps of a file system share: the root of their environment, and work on it with slots and retries around it. */
import { realpath } from 'node:fs/promises'
import { skipsRetries, StepFailure, type ConnectionDoc, type Run } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { Attempt } from '../../around/attempt.ts'
import { retrying } from '../../around/retry.ts'
import { toSlotOwner, withSlots, type ConnectionSlots } from '../../around/slots.ts'
import type { Evaluate, Evaluator } from '../../evaluation/evaluator.ts'
import { FileFailure, toFileFailure } from './failure.ts'
import { openFolder, splitPath } from './path.ts'

export interface FileSystemPorts {
  /** Folder below which flows may use files, each environment in the folder of its id; absent where they may use none. */
  readonly files?: string
  readonly slots: ConnectionSlots
  readonly evaluator: Evaluator
  /** Milliseconds before the first retry, for tests. */
  readonly firstWait?: number
}

export interface FileClient {
  readonly connection: ConnectionDoc
  readonly evaluate: Evaluate
  /** The folder at a path as users write it. */
  folder(path: string, makes?: boolean): Promise<string>
  /** Work on files, in a slot of the connection, again where that may help. Throws `StepFailure`. `what` names the file or folder. */
  work<T>(what: string, act: () => Promise<T>): Promise<T>
  /** The same for what cannot be begun anew. */
  workOnce<T>(what: string, act: () => Promise<T>): Promise<T>
}

/** Of one piece of work, the first try included. */
const maxTries = 3
/** integrator.io's default for file systems. */
const defaultConcurrencyLevel = 1

const concurrencyLevel = ({ filesystem, autoRecoverRateLimitErrors }: ConnectionDoc): number =>
  (autoRecoverRateLimitErrors ? filesystem?.targetConcurrencyLevel : undefined) ?? filesystem?.concurrencyLevel ?? defaultConcurrencyLevel

/** Throws `StepFailure` where the server reaches no files. */
export function mustReachFiles({ files }: FileSystemPorts, connection: ConnectionDoc | undefined): string {
  if (connection?.type !== 'filesystem') throw failure('connection_missing', 'The step has no connection to a file system.')
  refuseFields('connections', connection)
  if (files !== undefined) return files
  throw failure('files_unavailable', 'Flows of this server may use no files: whoever runs it has set no folder for them (SLUICE_FILES).')
}

const failure = (code: string, message: string): StepFailure => new StepFailure({ source: 'connection', code, message })

type Work = () => Promise<unknown>
type Done = { readonly value: unknown } | FileFailure

async function tryOnce(act: Work, signal: AbortSignal): Promise<Done> {
  signal.throwIfAborted()
  try {
    return { value: await act() }
  } catch (error) {
    const failed = toFileFailure(error)
    if (failed) return failed
    throw error
  }
}

export function fileClient(ports: FileSystemPorts, connection: ConnectionDoc | undefined, run: Run): FileClient {
  const files = mustReachFiles(ports, connection)
  const inSlot = withSlots(
    tryOnce,
    ports.slots,
    toSlotOwner(run.envId, connection as ConnectionDoc, concurrencyLevel(connection as ConnectionDoc)),
  )
  const again = retrying(inSlot, {
    mostTries: (_work, done) => (done instanceof FileFailure && done.passing && !skipsRetries(run) ? maxTries : 1),
    ...(ports.firstWait !== undefined && { firstWait: ports.firstWait }),
  })
  const by =
    (attempt: Attempt<Work, Done>) =>
    async <T>(what: string, act: () => Promise<T>): Promise<T> => {
      const done = await attempt(act, run.signal)
      if (!(done instanceof FileFailure)) return done.value as T
      throw new StepFailure({ source: 'application', code: done.code, message: `${what}: ${done.message}` })
    }
  return {
    connection: connection as ConnectionDoc,
    evaluate: (stage, caches) => ports.evaluator.stage(run.accountId, stage, caches),
    async folder(path, makes = false) {
      const root = await realpath(files).catch(() => {
        throw new FileFailure('files_unavailable', 'The folder for the files of this server is not there.')
      })
      return openFolder(root, [run.envId, ...splitPath(path)], makes)
    },
    work: by(again),
    workOnce: by(inSlot),
  }
}
