/** An application that hangs, and a run that somebody cancels for that. */
import { expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { makeFlow, numbered, runToEnd, startRun, until } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
const count = 60
const hanging: ReadonlySet<number> = new Set([11, 12, 33])

it('a run that is canceled gives the request up after 20 s, and what came before it is counted', { timeout: 90_000 }, async () => {
  const application = await startApplication({ sources: { orders: numbered(count) } })
  try {
    let isMended = false
    application.before = (asked, body) =>
      asked.startsWith('POST') && !isMended && hanging.has((body as { id: number }).id) ? new Promise(() => undefined) : undefined
    const flow = await makeFlow(api, application, { exports: { orders: { pageSize: 5 } } })
    const id = await startRun(api, flow._id)
    await until(() => (application.ledger.length === count - hanging.size ? true : undefined))
    // Two pages are through, and none after the one that hangs is committed.
    await until(async () => ((await api.call('GET', `/v1/jobs/${id}`)).body.numExport === 10 ? true : undefined))
    await api.call('PUT', `/v1/jobs/${id}/cancel`)
    const began = Date.now()
    await until(async () => {
      const { rows } = await api.database.pool.query(`select 1 from graphile_worker._private_jobs where payload ->> 'jobId' = $1`, [id])
      return rows.length === 0 ? true : undefined
    }, 60_000)
    expect(Date.now() - began).toBeGreaterThan(15_000)
    expect((await api.call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ status: 'canceled', numExport: 10, numSuccess: 10 })
    // Its lane is free again.
    isMended = true
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: count, numSuccess: count })
  } finally {
    await application.close()
  }
})
