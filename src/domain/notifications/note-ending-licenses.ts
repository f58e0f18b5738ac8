/** Notes licences in use whose end comes near: 30 days, 7 days and a day ahead, each once. */
import type { World } from '../context.ts'

/** The nearest first: one that is given late is not notified three times. */
const daysAhead = [1, 7, 30] as const
/** Licences of one transaction. What is left follows a minute later. */
const atOnce = 500

/** Once a minute, by one of all workers. */
export async function noteEndingLicenses({ store, now }: Pick<World, 'store' | 'now'>): Promise<void> {
  const at = now().toISOString()
  await store.transaction(async (rows) => {
    for (const days of daysAhead)
      for (const { envId, licenseId, integrationId, endsAt, app } of await rows.notices.takeEndingLicenses(at, days, atOnce))
        await rows.notices.add(envId, {
          kind: 'license',
          placeId: '',
          subjectId: licenseId,
          num: 1,
          detail: { endsAt, integrationId, ...(app !== undefined && { app }) },
          at,
        })
  })
}
