/** A worker: takes runs from the queue and carries them out, several at once. */
import { pruneHistory } from '../domain/lifecycle/prune.ts'
import type { World } from '../domain/ports.ts'
import type { Queue, Worker } from '../domain/ports/queue.ts'
import { purgeEndedTokens } from '../domain/access-tokens.ts'
import { emptyBin } from '../domain/recycle-bin.ts'
import { makeUpMs, startScheduledRuns } from '../domain/scheduled-runs.ts'
import { adaptors } from './adaptors/index.ts'
import { createHttpClient } from './outgoing/client.ts'
import type { ConnectionSlots } from './outgoing/slots.ts'
import { carryOut } from './run.ts'

interface Parts {
  readonly world: World
  readonly queue: Queue
  readonly slots: ConnectionSlots
  readonly privateNetwork: 'allow' | 'refuse'
  /** Runs at once. */
  readonly concurrency: number
}

export async function startWorker({ world, queue, slots, privateNetwork, concurrency }: Parts): Promise<Worker> {
  const client = createHttpClient({ privateNetwork })
  const engine = { world, adaptors: adaptors({ send: client.send, slots }) }
  const worker = await queue.work((task, stopping) => carryOut(engine, task, stopping), concurrency, {
    async start(minute) {
      await startScheduledRuns(world, minute)
      await emptyBin(world).catch((error: unknown) => world.log.error({ err: error }, 'the recycle bin could not be emptied'))
      await pruneHistory(world).catch((error: unknown) => world.log.error({ err: error }, 'the history could not be pruned'))
      await purgeEndedTokens(world).catch((error: unknown) => world.log.error({ err: error }, 'ended tokens could not be removed'))
    },
    makeUpMs,
  })
  return {
    async stop() {
      await worker.stop()
      await client.close()
    },
  }
}
