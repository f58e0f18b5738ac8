/** The concurrency level of a connection over several workers: never more at once, nobody starves, and the dead hold nothing. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectionSlots } from '../../src/store/slots/connection-slots.ts'
import { toClientConfig } from '../../src/store/database/client-config.ts'
import { ask, createTestDatabase, type TestDatabase } from '../harness/database.ts'

type Slots = ReturnType<typeof connectionSlots>

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const forever = AbortSignal.timeout(120_000)
let ids = 0
const aConnection = () => ({ envId: 'account', _id: `connection ${++ids}` })

const look = (text: string) => ask(database.config, text) as Promise<never[]>

function aWorker(clients: pg.Client[] = []): Slots {
  const slots = connectionSlots(async () => {
    const client = new pg.Client({ ...toClientConfig(database.config), application_name: 'sluice slots' })
    await client.connect()
    clients.push(client)
    return client
  }, look)
  onTestFinished(() => slots.close())
  return slots
}

/** Counts who is at work, as the application would. */
function counter() {
  const count = { now: 0, most: 0, done: 0 }
  const work = async (ms: number): Promise<void> => {
    count.most = Math.max(count.most, ++count.now)
    await pause(ms)
    count.now--
    count.done++
  }
  return { count, work }
}

const until = async (isSo: () => boolean | Promise<boolean>, ms: number): Promise<number> => {
  const begun = Date.now()
  while (!(await isSo())) {
    if (Date.now() - begun > ms) throw new Error(`not within ${ms} ms: ${isSo.toString()}`)
    await pause(5)
  }
  return Date.now() - begun
}

const locksOf = async (): Promise<number> =>
  (
    await ask(
      database.config,
      `select 1 from pg_locks join pg_database on pg_database.oid = database where datname = current_database() and locktype = 'advisory'`,
    )
  ).length

/** How many locks each session has, the least first; one that waits has one that says so. */
const heldBySession = async (): Promise<number[]> =>
  (
    await ask(
      database.config,
      `select count(*)::int as n from pg_locks join pg_database on pg_database.oid = database where datname = current_database() and locktype = 'advisory' group by pid order by 1`,
    )
  ).map((row) => row['n'] as number)

it.each([1, 3, 25])('at level %i two workers have never more at work, and get everything done', async (level) => {
  const connection = aConnection()
  const { count, work } = counter()
  const workers = [aWorker(), aWorker()]
  await Promise.all(workers.flatMap((slots) => Array.from({ length: 60 }, () => slots.use(connection, level, forever, () => work(8)))))
  expect(count).toEqual({ now: 0, most: level, done: 120 })
})

it('one connection does not wait for another', async () => {
  const slots = aWorker()
  let release: (() => void) | undefined
  const held = slots.use(aConnection(), 1, forever, () => new Promise<void>((done) => (release = done)))
  await until(() => release !== undefined, 30_000)
  expect(await slots.use(aConnection(), 1, forever, async () => 'in')).toBe('in')
  release?.()
  await held
})

it('a single slot goes round among three workers that always want it', async () => {
  const connection = aConnection()
  const stop = new AbortController()
  const { count, work } = counter()
  const turns = await Promise.all(
    [aWorker(), aWorker(), aWorker()].map(async (slots) => {
      let own = 0
      const always = async (): Promise<void> => {
        while (!stop.signal.aborted) await slots.use(connection, 1, stop.signal, () => work(5)).then(() => own++)
      }
      const all = Promise.allSettled([always(), always(), always()])
      await Promise.race([all, pause(8000)])
      stop.abort()
      await all
      return own
    }),
  )
  expect(count.most).toBe(1)
  // A third each is 100 %; nobody may get less than a tenth of it.
  for (const own of turns) expect(own).toBeGreaterThan(count.done / 30)
})

it.each([
  ['that go on with them', forever],
  ['that have just ended with them', undefined],
])('a third worker gets slots of two that have half of the level each, %s', async (_, going) => {
  const connection = aConnection()
  const stop = new AbortController()
  const { count, work } = counter()
  const [first, second, third] = [aWorker(), aWorker(), aWorker()]
  const always = async (slots: Slots): Promise<void> => {
    while (!stop.signal.aborted) await slots.use(connection, 4, forever, () => work(20))
  }
  const all = [first, second].flatMap((slots) => Array.from({ length: 4 }, () => always(slots)))
  await until(async () => (await heldBySession()).toString() === '2,2', 30_000)
  // On a busy machine one look takes longer than a turn: the third keeps its slot until it was seen.
  const seen = Promise.withResolvers<undefined>()
  const late = third.use(connection, 4, forever, () => seen.promise.then(() => work(1)))
  await until(async () => (await heldBySession()).length === 3, 30_000)
  seen.resolve(undefined)
  if (!going) stop.abort()
  await late
  stop.abort()
  await Promise.all(all)
  expect(count.most).toBeLessThanOrEqual(4)
})

it.each([
  ['that all end together', 0],
  ['that end one after the other', 70],
])('a worker that comes late gets its share of slots that work for long, %s', async (_, apart) => {
  const connection = aConnection()
  const [early, late] = [aWorker(), aWorker()]
  const atWork = { early: 0, late: 0 }
  const stop = new AbortController()
  const always = async (slots: Slots, name: 'early' | 'late'): Promise<void> => {
    while (!stop.signal.aborted)
      await slots
        .use(connection, 10, stop.signal, async () => {
          atWork[name]++
          await pause(700)
          atWork[name]--
        })
        .catch(() => undefined)
  }
  const all = Array.from({ length: 12 }, async (__, i) => {
    await pause(i * apart)
    await always(early, 'early')
  })
  await until(() => atWork.early === 10, 3000)
  all.push(...Array.from({ length: 12 }, () => always(late, 'late')))
  await until(() => atWork.late >= 4, 10_000)
  expect(atWork.early + atWork.late).toBeLessThanOrEqual(10)
  stop.abort()
  await Promise.all(all)
})

it('gives everything back that it does not use, however often it asked', async () => {
  const connection = aConnection()
  const slots = aWorker()
  // Held slots must not be locked a second time when more are asked for: one unlock would not free them then.
  const others = aWorker()
  const { work } = counter()
  await Promise.all([slots, others].flatMap((each) => Array.from({ length: 100 }, () => each.use(connection, 8, forever, () => work(20)))))
  await until(async () => (await locksOf()) === 0, 5000)
  expect(await locksOf()).toBe(0)
})

it('slots of a worker that is killed are free at once', async () => {
  const connection = aConnection()
  const holder = await holderOf(connection)
  let isIn = false
  const waiting = aWorker().use(connection, 2, forever, async () => {
    isIn = true
  })
  await pause(1500)
  expect(isIn).toBe(false)
  holder.kill('SIGKILL')
  expect(await until(() => isIn, 5000)).toBeLessThan(2000)
  await waiting
})

it('slots of a worker that stands still become free, and not at once', async () => {
  const connection = aConnection()
  const holder = await holderOf(connection)
  holder.kill('SIGSTOP')
  let isIn = false
  const waiting = aWorker().use(connection, 2, forever, async () => {
    isIn = true
  })
  expect(await until(() => isIn, 30_000)).toBeGreaterThan(1000)
  await waiting
})

/** A program of its own that has both slots at work. */
async function holderOf(connection: object): Promise<ChildProcess> {
  const script = holding(new URL('../../src/store/slots/connection-slots.ts', import.meta.url), connection)
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, CONFIG: JSON.stringify(toClientConfig(database.config)) },
    cwd: new URL('../../', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  return holder
}

/** A program that works on both slots of the connection for ever. */
function holding(module: URL, connection: object): string {
  return `
    import pg from 'pg'
    import { connectionSlots } from ${JSON.stringify(module.href)}
    const slots = connectionSlots(async () => {
      const client = new pg.Client({ ...JSON.parse(process.env.CONFIG), application_name: 'sluice slots' })
      await client.connect()
      return client
    }, async () => [])
    const busy = () => slots.use(${JSON.stringify(connection)}, 2, new AbortController().signal, () => new Promise(() => {
      console.log('at work')
      setInterval(() => {}, 1000)
    }))
    busy()
    busy()`
}

it('whoever gives up waiting gets the reason, and takes no slot', async () => {
  const connection = aConnection()
  const [holder, other] = [aWorker(), aWorker()]
  let release: (() => void) | undefined
  const held = holder.use(connection, 1, forever, () => new Promise<void>((done) => (release = done)))
  await until(() => release !== undefined, 30_000)
  const reason = new Error('canceled')
  for (const slots of [holder, other]) {
    const control = new AbortController()
    const waiting = slots.use(connection, 1, control.signal, async () => 'never')
    await pause(100)
    control.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(slots.use(connection, 1, control.signal, async () => 'never')).rejects.toBe(reason)
  }
  release?.()
  await held
  // Nobody says any more that he waits, and nobody holds anything.
  await until(async () => (await locksOf()) === 0, 5000)
  expect(await other.use(connection, 1, forever, async () => 'mine')).toBe('mine')
})

it('goes on when its connection to the database is lost, and when it could not be made at first', async () => {
  const connection = aConnection()
  let refusals = 2
  const slots = connectionSlots(async () => {
    if (refusals-- > 0) throw new Error('the database is away')
    const client = new pg.Client(toClientConfig(database.config))
    await client.connect()
    return client
  }, look)
  onTestFinished(() => slots.close())
  const { count, work } = counter()
  await slots.use(connection, 2, forever, () => work(1))
  const all = Array.from({ length: 40 }, () => slots.use(connection, 2, forever, () => work(50)))
  await until(() => count.done > 4, 5000)
  await ask(
    database.config,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await Promise.all(all)
  expect(count.done).toBe(41)
  await until(async () => (await locksOf()) === 0, 5000)
})

it('a level that was lowered holds for what begins from then on', async () => {
  const connection = aConnection()
  const slots = aWorker()
  const first = counter()
  await Promise.all(Array.from({ length: 20 }, () => slots.use(connection, 10, forever, () => first.work(20))))
  const second = counter()
  await Promise.all(Array.from({ length: 20 }, () => slots.use(connection, 2, forever, () => second.work(5))))
  expect([first.count.most, second.count.most]).toEqual([10, 2])
})

it('an application that says that there are too many requests gets one at once from all workers, and twice as many whenever as many went well', async () => {
  const connection = { ...aConnection(), recovers: true }
  const [first, second] = [aWorker(), aWorker()]
  const before = counter()
  const busy = (count: number, ms: number, { work }: ReturnType<typeof counter>) =>
    [first, second].flatMap((slots) => Array.from({ length: count }, () => slots.use(connection, 8, forever, () => work(ms))))
  await Promise.all(busy(12, 60, before))
  expect(before.count.most).toBe(8)

  first.tooMany(connection, 8)
  // The other worker hears of it within half a second, and what is beyond the level is given back.
  await pause(1200)
  const slow = counter()
  await Promise.all(busy(6, 20, slow))
  expect(slow.count.most).toBe(1)

  for (let n = 0; n < 3; n++) first.wentWell(connection, 8)
  await pause(1200)
  const quicker = counter()
  await Promise.all(busy(8, 60, quicker))
  expect(quicker.count.most).toBe(4)

  for (let n = 0; n < 4; n++) first.wentWell(connection, 8)
  await pause(1200)
  const full = counter()
  await Promise.all(busy(12, 100, full))
  expect(full.count.most).toBe(8)
})

it('what a worker said of an application is forgotten when the worker ends', async () => {
  const connection = { ...aConnection(), recovers: true }
  const [first, second] = [aWorker(), aWorker()]
  await Promise.all([first, second].map((slots) => slots.use(connection, 4, forever, async () => undefined)))
  first.tooMany(connection, 4)
  const most = async (): Promise<number> => {
    const { count, work } = counter()
    await Promise.all(Array.from({ length: 8 }, () => second.use(connection, 4, forever, () => work(30))))
    return count.most
  }
  await until(async () => (await most()) === 1, 5000)
  await first.close()
  await until(async () => (await most()) === 4, 5000)
  expect(await most()).toBe(4)
})

it('who yields begins when nobody else waits, and asks in its turn when that is over', async () => {
  const connection = aConnection()
  const slots = aWorker()
  const begun: string[] = []
  const ends: (() => void)[] = []
  const use = (name: string, yieldsUntil?: Promise<void>): Promise<void> =>
    slots.use(
      connection,
      1,
      forever,
      () => {
        begun.push(name)
        return new Promise((resolve) => ends.push(resolve))
      },
      () => yieldsUntil,
    )
  const until = Promise.withResolvers<void>()
  const all = [use('first'), use('yields', new Promise(() => undefined)), use('yields for a while', until.promise), use('second')]
  await vi.waitFor(() => expect(begun).toEqual(['first']), 10_000)
  until.resolve()
  await Promise.resolve()
  all.push(use('third'))
  for (const name of ['second', 'yields for a while', 'third', 'yields']) {
    ends.pop()?.()
    await vi.waitFor(() => expect(begun.at(-1)).toBe(name), 10_000)
  }
  ends.pop()?.()
  await Promise.all(all)
})

it('who gives up while it yields takes no slot', async () => {
  const connection = aConnection()
  const slots = aWorker()
  const giveUp = new AbortController()
  const held = Promise.withResolvers<void>()
  const holding = slots.use(connection, 1, forever, () => held.promise)
  const never = slots.use(
    connection,
    1,
    giveUp.signal,
    async () => 'begun',
    () => new Promise(() => undefined),
  )
  giveUp.abort(new Error('the run is over'))
  await expect(never).rejects.toThrow('the run is over')
  held.resolve()
  await holding
  expect(await slots.use(connection, 1, forever, async () => 'free')).toBe('free')
})

describe('ids', () => {
  it('are held by one at a time over all workers, within a worker in the order of asking, and by nobody who waits', async () => {
    const [first, second, third] = [aWorker(), aWorker(), aWorker()]
    const owner = { envId: 'account', _id: `import ${++ids}` }
    const at: string[] = []
    const hold = async (slots: Slots, name: string, wanted: readonly string[], ms: number): Promise<void> => {
      const giveBack = await slots.lockIds(owner, wanted, forever)
      at.push(`+${name}`)
      await pause(ms)
      at.push(`-${name}`)
      giveBack?.()
    }
    const one = hold(first, 'one', ['a', 'b'], 800)
    await until(() => at.length > 0, 5000)
    // Those who want b as well as c hold neither of them meanwhile.
    const [two, three, other] = [hold(first, 'two', ['b', 'c'], 10), hold(first, 'three', ['b'], 10), hold(second, 'other', ['c', 'b'], 10)]
    await hold(third, 'free', ['c'], 10)
    expect(at).toEqual(['+one', '+free', '-free'])
    await Promise.all([one, two, three, other])
    for (let i = 3; i < at.length; i += 2) expect(at[i]?.slice(1)).toBe(at[i === 3 ? 0 : i - 1]?.slice(1))
    expect(at.indexOf('+two')).toBeLessThan(at.indexOf('+three'))
    await until(async () => (await locksOf()) === 0, 5000)
  })

  it('are free once the worker that held them is dead, and who gives up waiting gets the reason', async () => {
    const owner = { envId: 'account', _id: `import ${++ids}` }
    const clients: pg.Client[] = []
    const [first, second] = [aWorker(clients), aWorker()]
    await first.lockIds(owner, ['a'], forever)
    const control = new AbortController()
    const reason = new Error('canceled')
    setTimeout(() => control.abort(reason), 100)
    await expect(second.lockIds(owner, ['a'], control.signal)).rejects.toBe(reason)
    const waiting = second.lockIds(owner, ['a'], forever)
    await clients[0]?.end()
    expect(await waiting).toBeTypeOf('function')
  })
})
