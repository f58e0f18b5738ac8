/** Connections whose proof an application did not accept in a run go offline before the run ends: the next one says so instead of being refused again. */
import { StoreUnavailable } from '../../domain/errors.ts'
import { takeOffline } from '../../domain/on-request/pings.ts'
import type { Context, World } from '../../domain/context.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'
import type { Plan } from '../plan/plan.ts'

export async function takeRefusedOffline(
  world: World,
  envId: string,
  { job }: RunningJob,
  refused: Plan['refused'] | undefined,
): Promise<void> {
  if (!refused?.size) return
  const accountId = (await world.store.accounts.findAccount(envId)) ?? envId
  const caller: Context['caller'] = { accountId, envId, userId: job._userId ?? accountId, scope: '*', level: 'manage' }
  for (const connection of refused) {
    try {
      await takeOffline({ ...world, caller, strict: false }, connection)
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error
      world.log.warn({ err: error, jobId: job._id, connectionId: connection._id }, 'a connection that was refused could not be tried')
    }
  }
}
