/** Sessions of connections: one signs in for all, whoever dies on the way keeps nobody for long, and nothing is used by another sign-in than it was obtained by. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/domain/errors.ts'
import type { KeptSession, NoSession, Session } from '../../src/domain/ports/sessions/session.ts'
import { openSessions, openUnkeptSessions, sealSession } from '../../src/domain/sessions/sessions.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'

const api = apiForFile()
const signal = AbortSignal.timeout(60_000)
let next = 0
const of = (print = 'p') => ({ connectionId: `connection-${++next}`, print })
const session = (token: string, print = 'p'): Session => ({ token, obtainedAt: 0, print })
const token = (kept: KeptSession | NoSession | undefined): string | undefined =>
  kept && 'session' in kept ? kept.session.token : undefined
const open = () => openSessions(api.world, 'env')

it('those who ask at the same time, in one worker or in several, share what one obtains', async () => {
  const at = of()
  let asked = 0
  const obtain = async (): Promise<Session> => {
    await pause(150)
    return session(`token-${++asked}`)
  }
  const workers = [open(), open(), open()]
  const found = await Promise.all(
    workers.flatMap((worker) => [worker.renew(at, undefined, obtain, signal), worker.renew(at, undefined, obtain, signal)]),
  )
  expect(found.map(token)).toEqual(Array.from({ length: 6 }, () => 'token-1'))
  expect(token(await workers[1]?.renew(at, 1, obtain, signal))).toBe('token-2')
  // Those who know the one before get the newest, and nobody is asked.
  expect(token(await workers[0]?.renew(at, 1, obtain, signal))).toBe('token-2')
  expect(token(await open().current(at))).toBe('token-2')
  expect(asked).toBe(2)
})

it('the one before is handed to whoever obtains the next', async () => {
  const at = of()
  const worker = open()
  await worker.renew(at, undefined, async () => ({ ...session('a'), refreshToken: 'r' }), signal)
  const seen: (Session | undefined)[] = []
  await open().renew(at, 1, async (before) => (seen.push(before), session('b')), signal)
  expect(seen).toEqual([{ ...session('a'), refreshToken: 'r' }])
})

it('a worker that died while it signed in keeps the others for its time and no longer', async () => {
  const at = of()
  await api.world.store.connectionSessions.take('env', at.connectionId, 'dead', 700)
  const begun = performance.now()
  expect(token(await open().renew(at, undefined, async () => session('a'), signal))).toBe('a')
  expect(performance.now() - begun).toBeGreaterThan(600)
})

it('whoever fails lets the others try at once, and does not ask again for each of its own requests', async () => {
  const at = of()
  const worker = open()
  const why: NoSession = { refused: 'no', isFinal: true }
  let asked = 0
  const failing = async (): Promise<NoSession> => (asked++, why)
  expect(await worker.renew(at, undefined, failing, signal)).toBe(why)
  expect(await worker.renew(at, undefined, failing, signal)).toBe(why)
  expect(asked).toBe(1)
  expect(token(await open().renew(at, undefined, async () => session('a'), signal))).toBe('a')
  await expect(open().renew(of(), undefined, () => Promise.reject(new Error('a fault')), signal)).rejects.toThrow('a fault')
})

it('what was obtained is kept although the database is away for a moment', async () => {
  const at = of()
  const { connectionSessions } = api.world.store
  let tries = 0
  const keep: typeof connectionSessions.keep = async (...row) => {
    if (++tries < 3) throw new StoreUnavailable('gone')
    return connectionSessions.keep(...row)
  }
  const world = { ...api.world, store: { ...api.world.store, connectionSessions: { ...connectionSessions, keep } } }
  expect(token(await openSessions(world, 'env').renew(at, undefined, async () => session('a'), signal))).toBe('a')
  expect(tries).toBe(3)
  expect(token(await open().current(at))).toBe('a')
})

it('is not used by another sign-in than it was obtained by, in another environment or of another connection', async () => {
  const at = of()
  await open().renew(at, undefined, async () => session('a'), signal)
  expect(await open().current({ ...at, print: 'q' })).toBeUndefined()
  expect(await openSessions(api.world, 'other').current(at)).toBeUndefined()
  const other = of()
  await ask(
    api.config,
    'insert into sluice.connection_sessions (env_id, connection_id, sealed) select env_id, $2, sealed from sluice.connection_sessions where connection_id = $1',
    [at.connectionId, other.connectionId],
  )
  await expect(open().current(other)).rejects.toThrow(/authenticate/)
  // It takes the place of what another sign-in left.
  expect(
    token(await open().renew({ ...at, print: 'q' }, undefined, async (before) => session(`after ${before?.token}`, 'q'), signal)),
  ).toBe('after undefined')
})

it('a person who signs in meanwhile counts more than what is obtained', async () => {
  const at = of()
  const obtain = async (): Promise<Session> => {
    await api.world.store.connectionSessions.replace(
      'env',
      at.connectionId,
      sealSession(api.world, 'env', at.connectionId, session('of the person')),
    )
    return session('of the worker')
  }
  expect(token(await open().renew(at, undefined, obtain, signal))).toBe('of the person')
})

it('whoever gives up waiting keeps nobody else from it', async () => {
  const at = of()
  const worker = open()
  const obtain = async (): Promise<Session> => {
    await pause(200)
    return session('a')
  }
  const given = AbortSignal.timeout(50)
  const [gaveUp, got] = await Promise.allSettled([worker.renew(at, undefined, obtain, given), worker.renew(at, undefined, obtain, signal)])
  expect([gaveUp.status, got.status === 'fulfilled' && token(got.value)]).toEqual(['rejected', 'a'])
})

it('of a connection that is not stored nothing is kept', async () => {
  const sessions = openUnkeptSessions()
  const at = of()
  expect(token(await sessions.renew(at, undefined, async () => session('a'), signal))).toBe('a')
  expect(token(await sessions.renew(at, 1, async (before) => session(`${before?.token}b`), signal))).toBe('ab')
  expect(await ask(api.config, 'select 1 from sluice.connection_sessions where connection_id = $1', [at.connectionId])).toEqual([])
})
