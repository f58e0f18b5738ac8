/** Asks connections that are offline again whether they work: after an hour, every hour for some time, and then less and less often. */
import type { Context, World } from '../context.ts'
import { platformUser } from '../audit/audit-entry.ts'
import type { OfflinePing } from '../ports/flows/pauses.ts'
import { nextPingAt } from './ping-times.ts'
import { tryConnection } from './pings.ts'

/** Connections that one worker asks, one after the other, before it looks for anything else. */
const maxAsked = 20
/** A worker that dies while it asks leaves the connection to another one after this: a ping takes 30 s at the most. Milliseconds. */
const takenMs = 60_000

/** Of several workers each takes other connections. */
export async function pingOffline(world: World): Promise<void> {
  for (let asked = 0; asked < maxAsked; asked++) {
    const now = world.now()
    const due = await world.store.offlinePings.takeDue(now.toISOString(), new Date(now.getTime() + takenMs).toISOString())
    if (!due) return
    await pingAgain(world, due)
  }
}

async function pingAgain(world: World, { envId, connectionId, tries }: OfflinePing): Promise<void> {
  const { store } = world
  const entry = await store.documents.find(envId, 'connections', connectionId)
  if (entry && !entry.doc.offline) return store.offlinePings.remove(envId, connectionId)
  if (entry) {
    const accountId = (await store.accounts.findAccount(envId)) ?? envId
    const caller: Context['caller'] = { accountId, envId, userId: platformUser, scope: '*', level: 'manage' }
    if ((await tryConnection({ ...world, caller, strict: false }, entry)) === undefined) return
  }
  // What is in the recycle bin may come back.
  await store.offlinePings.postpone(envId, connectionId, nextPingAt(world, tries + 1))
}
