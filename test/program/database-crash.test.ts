/**
 * Rows that are written into PostgreSQL and MariaDB while server, workers and database of ours are killed at random moments, and now and then the sessions at
 * theirs: every row arrives, a page is there as often as another one of its rows is, and no more is there twice than was in flight. `KILLS=200 npx vitest run` of
 * this file kills so often.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { make } from '../harness/flows.ts'
import { beginStage, callStage, goesOnMs, killOne, startOneRun, type Stage } from '../harness/kill-stage.ts'
import { endSessions, listOutsideDatabases, type OutsideDatabase } from '../harness/outside-databases.ts'

const kills = Number(process.env['KILLS'] ?? 3)
const pageSize = 10
const records = 400
const pagesInFlight = 4
/** One of so many kills is of the sessions at a database that is written to. */
const outsideEvery = 4

const slowly = {
  postgresql: 'insert into ledger (id) select {{record.id}}::int from pg_sleep(0.01)',
  mariadb: 'insert into ledger (id) select {{record.id}} + sleep(0.01)',
}

async function connect(stage: Stage, { kind, host, port, database, user, password }: OutsideDatabase): Promise<string> {
  const rdbms = { type: kind, host, port, database, user, password, concurrencyLevel: 4 }
  const call = (method: string, path: string, body?: unknown) => callStage(stage, method, path, body)
  return (await make({ call }, 'connections', { name: kind, type: 'rdbms', rdbms }))._id as string
}

/** Reads the rows of the first database, and writes them into all, one after the other. */
async function makeFlow(stage: Stage, databases: readonly OutsideDatabase[]): Promise<string> {
  const maker = { call: (method: string, path: string, body?: unknown) => callStage(stage, method, path, body) }
  const connections = new Map<OutsideDatabase, string>()
  for (const database of databases) connections.set(database, await connect(stage, database))
  const [first] = databases as readonly [OutsideDatabase]
  const { _id: _exportId } = await make(maker, 'exports', {
    name: 'rows',
    adaptorType: 'RDBMSExport',
    _connectionId: connections.get(first),
    pageSize,
    rdbms: { query: 'select id from orders order by id' },
  })
  const pageProcessors: object[] = []
  for (const database of databases) {
    const rdbms = { queryType: ['per_record'], query: [slowly[database.kind]] }
    const name = `into ${database.kind}`
    const { _id: _importId } = await make(maker, 'imports', {
      name,
      adaptorType: 'RDBMSImport',
      _connectionId: connections.get(database),
      rdbms,
    })
    pageProcessors.push({ type: 'import', _importId })
  }
  return (await make(maker, 'flows', { name: 'rows', pageGenerators: [{ _exportId }], pageProcessors }))._id as string
}

const idsIn = async (database: OutsideDatabase): Promise<number[]> =>
  (await database.ask('select id from ledger order by n')).map(({ id }) => Number(id))

/** Ends sessions of the flow, not of the program: a page that was committed and whose answer was lost is written once more. */
async function killAny(stage: Stage, databases: readonly OutsideDatabase[]): Promise<void> {
  if (Math.random() * outsideEvery >= 1) return killOne(stage)
  const database = databases[Math.floor(Math.random() * databases.length)] as OutsideDatabase
  await endSessions(database)
  const name = `sessions of ${database.kind}`
  stage.victims.set(name, (stage.victims.get(name) ?? 0) + 1)
}

/** Kills while the run goes on, each time after some rows came; answers how often. */
async function killDuring(stage: Stage, databases: readonly OutsideDatabase[], jobId: string, left: number): Promise<number> {
  const written = async (): Promise<number> => (await Promise.all(databases.map(idsIn))).reduce((count, ids) => count + ids.length, 0)
  let times = 0
  for (let before = 0; ;) {
    const end = Date.now() + goesOnMs
    let count = 0
    while ((count = await written()) <= before + 20) {
      const { body: job } = await callStage(stage, 'GET', `/v1/jobs/${jobId}`)
      if (job.status === 'completed') {
        expect(job).toMatchObject({ numExport: records, numSuccess: databases.length * records, numError: 0 })
        return times
      }
      if (job.status === 'failed' || Date.now() > end) throw new Error(`the run does not go on: ${JSON.stringify(job)}`)
      await pause(100)
    }
    before = count
    if (times >= left) continue
    await pause(Math.random() * 500)
    await killAny(stage, databases)
    times += 1
  }
}

function expectWithinBound(ids: readonly number[], times: number): number {
  const counts = new Map<number, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  expect(counts.size).toBe(records)
  for (let page = 0; page < records / pageSize; page++) {
    const ofPage = Array.from({ length: pageSize }, (_, i) => counts.get(page * pageSize + i + 1))
    expect(new Set(ofPage).size, `page ${page}`).toBe(1)
  }
  expect(ids.length - records).toBeLessThanOrEqual(times * pagesInFlight * pageSize)
  return ids.length - records
}

test('kills at random moments lose no row, and write pages as a whole', { timeout: 240_000 + kills * 30_000 }, async () => {
  const databases = await Promise.all(listOutsideDatabases().map(([, start]) => start()))
  onTestFinished(async () => {
    await Promise.all(databases.map((database) => database.stop()))
  })
  const rows = Array.from({ length: records }, (_, i) => `(${i + 1})`).join(',')
  await databases[0]?.ask('create table orders (id int primary key)', `insert into orders values ${rows}`)
  for (const database of databases)
    await database.ask(`create table ledger (n ${database.kind === 'postgresql' ? 'serial' : 'int auto_increment'} primary key, id int)`)
  const stage = await beginStage({ SLUICE_PAGES_IN_FLIGHT: String(pagesInFlight) })
  const flowId = await makeFlow(stage, databases)
  let [done, runs, twice] = [0, 0, 0]
  while (done < kills) {
    for (const database of databases) await database.ask('delete from ledger')
    const times = await killDuring(stage, databases, await startOneRun(stage, flowId), kills - done)
    for (const database of databases) twice += expectWithinBound(await idsIn(database), times)
    done += times
    runs += 1
    if (process.env['KILLS']) process.stdout.write(`${done} kills, ${runs} runs of ${records} records, ${twice} written twice so far\n`)
  }
  expect(done).toBe(kills)
  if (process.env['KILLS']) process.stdout.write(`${[...stage.victims].map(([name, times]) => `${name} ${times} times`).join(', ')}\n`)
})
