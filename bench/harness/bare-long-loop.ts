/** What a flow of lookup, import and import is compared with: a loop that makes the same three requests for each record, as many at once, and remembers nothing. */
import { Pool } from 'undici'
import { serveParent } from './child.ts'

export interface LongLoop {
  readonly application: string
  readonly path: string
  readonly records: number
  /** Requests at once to each of the three places. */
  readonly concurrency: number
}

const headers = { 'content-type': 'application/json' }

serveParent<LongLoop>(async ({ application, path, records, concurrency }) => {
  const poolOf = (): Pool => new Pool(application, { connections: concurrency, pipelining: 1 })
  const [customers, invoices, notes] = [poolOf(), poolOf(), poolOf()]
  const send = async (id: number): Promise<void> => {
    const found = await customers.request({ path: `${path}/customers/${id}`, method: 'GET' })
    const body = JSON.stringify({ reference: id, customer: await found.body.json() })
    for (const [pool, place] of [
      [invoices, 'invoices'],
      [notes, 'notes'],
    ] as const) {
      const answer = await pool.request({ path: `${path}/${place}`, method: 'POST', headers, body })
      if (answer.statusCode !== 201) throw new Error(`the application answered ${answer.statusCode}`)
      await answer.body.json()
    }
  }
  const began = performance.now()
  let id = 0
  const work = async (): Promise<void> => {
    while (id < records) await send(++id)
  }
  // As many records under way as fill the three places.
  await Promise.all(Array.from({ length: 3 * concurrency }, work))
  const perSecond = records / ((performance.now() - began) / 1000)
  await Promise.all([customers, invoices, notes].map((pool) => pool.close()))
  return { perSecond }
})
