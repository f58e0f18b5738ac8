/** The watch over the workers of the queue: whose tasks it frees, and whose it leaves. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Pool } from 'pg'
import { expect, it } from 'vitest'
import { DatabaseOutage } from '../../src/domain/observability/database-outage.ts'
import { lendConnections } from '../../src/store/queue/lend-connections.ts'
import { watchQueue } from '../../src/store/queue/watch-workers.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { until } from '../harness/flows.ts'

const api = apiForFile()

it('frees the tasks of one that does not beat, and never those of its own program, whose heartbeat comes late', async () => {
  for (const name of ['own', 'gone']) {
    await ask(api.config, `select graphile_worker.add_job($1, '{}'::json, job_key => $1)`, [name])
    await ask(
      api.config,
      `update graphile_worker._private_jobs set locked_by = $1, locked_at = now() - interval '1 minute' where key = $1`,
      [name],
    )
  }
  const lockedBy = async () =>
    (await ask(api.config, `select locked_by from graphile_worker._private_jobs where locked_by is not null`)).map(
      (row) => row['locked_by'],
    )
  const late = Promise.withResolvers<void>()
  const { pool } = api.database
  const query = async (text: string, values?: unknown[]) => {
    if (text.includes('insert into sluice.workers')) await late.promise
    return pool.query(text, values)
  }
  const watch = watchQueue({ query } as unknown as Pool, ['own'], api.world.log, new DatabaseOutage(api.world.log))
  await until(async () => ((await lockedBy()).includes('gone') ? undefined : true))
  await pause(2000)
  expect(await lockedBy()).toEqual(['own'])
  late.resolve()
  await watch.stop()
})

it('lends a connection that may be given back twice, as graphile-worker does with one that breaks while it ends, and takes it back once', async () => {
  const { pool } = api.database
  const lent = lendConnections(pool)
  const idle = async (): Promise<number> => {
    await lent.query('select')
    return pool.idleCount
  }
  const before = await idle()
  await new Promise<void>((done, fail) => {
    lent.connect((error, _client, release) => {
      if (error) return fail(error)
      release()
      expect(() => release()).not.toThrow()
      done()
    })
  })
  expect(await idle()).toBe(before)
  const client = await lent.connect()
  client.release()
  expect(await idle()).toBe(before)
})
