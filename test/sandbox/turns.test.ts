/** Whose turn it is to have a process: accounts first, then their environments; and what becomes of calls that call each other. */
import { expect, test } from 'vitest'
import type { Sandbox } from '../../src/sandbox/open.ts'
import { best } from '../harness/best.ts'
import { call, faultOf, sandboxForTest } from './stage.ts'

const loop = (accountId: string, envId: string, runMs = 500) => call('function f() { for (;;); }', { accountId, envId, bounds: { runMs } })
const ok = (accountId: string, envId = accountId) => call('function f(o) { return o.n }', { accountId, envId })

/** Milliseconds until it has answered. */
async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work
  return performance.now() - start
}

/** Longest of five calls of an account beside 24 of another one's that do not end. Milliseconds. */
async function longestBesideLoops(): Promise<number> {
  const sandbox = sandboxForTest()
  await sandbox.call(ok('quiet'), { n: 0 })
  const loops = ['a', 'b', 'c'].flatMap((envId) => Array.from({ length: 8 }, () => faultOf(sandbox.call(loop('greedy', envId), {}))))
  let longest = 0
  for (let n = 0; n < 5; n++) longest = Math.max(longest, await timed(sandbox.call(ok('quiet'), { n })))
  sandbox.close()
  await Promise.all(loops)
  return longest
}

test('three environments of one account leave the others a process', async () => {
  expect(await best(longestBesideLoops, 3000)).toBeLessThan(3000)
}, 120_000)

test('the environments of an account take turns', async () => {
  const sandbox = sandboxForTest()
  const ended: string[] = []
  const loops = Array.from({ length: 12 }, () => faultOf(sandbox.call(loop('one', 'loops', 300), {})).then(() => ended.push('loop')))
  const quiet = sandbox.call(ok('one', 'quiet'), { n: 1 }).then(() => ended.push('quiet'))
  await quiet
  // Those of the other environment that were there before it are not all done.
  expect(ended.length).toBeLessThan(12)
  sandbox.close()
  await Promise.all(loops)
}, 60_000)

test('a full queue is that of its account, and the answer says so', async () => {
  const sandbox = sandboxForTest()
  const calls = Array.from({ length: 560 }, () => faultOf(sandbox.call(loop('greedy', 'greedy'), {})))
  const full = calls.at(-1)
  expect(await full).toMatchObject({ bound: 'queue', message: expect.stringContaining('of this account') })
  expect(await sandbox.call(ok('quiet'), { n: 7 })).toBe(7)
  sandbox.close()
  const faults = await Promise.all(calls)
  expect(faults.filter(({ bound, message }) => bound === 'queue' && message.includes('of this account')).length).toBeGreaterThan(300)
}, 60_000)

test('an account whose calls are large is refused by what they hold, and no other is', async () => {
  const sandbox = sandboxForTest()
  const text = 'x'.repeat(10_000_000)
  const calls = Array.from({ length: 12 }, () => faultOf(sandbox.call(loop('large', 'large'), { text })))
  expect((await calls.at(-1))?.message).toContain('64 MB')
  expect(await sandbox.call(ok('quiet'), { n: 7 })).toBe(7)
  sandbox.close()
  await Promise.all(calls)
}, 60_000)

/** Each calls the next one, down to the last that may be called. */
const chain = (sandbox: Sandbox, accountId: string, most: () => void, depth = 0): Promise<unknown> =>
  sandbox.call(
    call(`const { flows } = require('integrator-api'); function f() { return ${depth < 3 ? 'flows.run()' : depth} }`, {
      accountId,
      envId: accountId,
      depth,
      api: () => {
        most()
        return chain(sandbox, accountId, most, depth + 1)
      },
    }),
    {},
  )

test('chains of calls all come to their end, however many begin at once, in a fixed number of processes', async () => {
  const sandbox = sandboxForTest()
  let processes = 0
  const count = (): void => void (processes = Math.max(processes, sandbox.pids.length))
  const chains = ['a', 'b', 'c', 'd'].flatMap((accountId) => Array.from({ length: 6 }, () => chain(sandbox, accountId, count)))
  expect(await Promise.all(chains)).toEqual(chains.map(() => 3))
  expect(processes).toBeLessThanOrEqual(26)
}, 120_000)

test('calls that wait for applications leave the processor to others', async () => {
  const sandbox = sandboxForTest()
  const { promise: answered, resolve } = Promise.withResolvers<undefined>()
  const waiting = call(`const { flows } = require('integrator-api'); function f() { flows.run(); return 1 }`, { api: () => answered })
  const calls = ['a', 'b', 'c'].map((accountId) => sandbox.call({ ...waiting, accountId, envId: accountId }, {}))
  await new Promise((done) => setTimeout(done, 2000))
  expect(await sandbox.call(ok('quiet'), { n: 1 })).toBe(1)
  resolve(undefined)
  expect(await Promise.all(calls)).toEqual([1, 1, 1])
}, 60_000)

test('processes that nobody needs end, down to those that run at once', async () => {
  const sandbox = sandboxForTest()
  await Promise.all(['a', 'b', 'c', 'd'].map((accountId) => chain(sandbox, accountId, () => undefined)))
  await expect.poll(() => sandbox.pids.length, { timeout: 5000 }).toBeLessThanOrEqual(8)
  expect(await sandbox.call(ok('a'), { n: 1 })).toBe(1)
})
