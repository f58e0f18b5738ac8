/** Scripts of one account that do not end, more than the queue holds, from one environment and from three: another account's hooks go on. */
import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startApplication } from '../harness/application.ts'
import { make, makeConnection } from '../harness/flows.ts'
import { keepDrawing, makeEndless } from './endless.ts'
import { childrenOf, startTarget, type Call, type Target } from './target.ts'

const hook = 'function preMap(o) { return o.data.map((data) => ({ data: { hooked: data.id } })) }'
/** Processes that run scripts at once: no fewer than two, and one account leaves one to the others (src/sandbox). */
const processes = Math.min(8, Math.max(2, availableParallelism()))
/** What somebody else's hook takes at the most: a process that starts, on a machine whose other processor runs what does not end. Milliseconds. */
const patience = 10_000

function withTheTest(): AbortSignal {
  const over = new AbortController()
  onTestFinished(() => over.abort())
  return over.signal
}

/** An import of the other account whose hook runs with each call. */
async function makeHooked({ other }: Target): Promise<() => Promise<number>> {
  const application = await startApplication()
  onTestFinished(() => application.close())
  const _connectionId = await makeConnection({ call: other }, application)
  const { _id: _scriptId } = await make({ call: other }, 'scripts', { name: 'Hook', content: hook })
  const http = { method: ['POST'], relativeURI: ['/sink/hooked'] }
  const hooks = { preMap: { _scriptId, function: 'preMap' } }
  const { _id } = await make({ call: other }, 'imports', { name: 'Hooked', adaptorType: 'HTTPImport', _connectionId, http, hooks })
  return async () => {
    const began = performance.now()
    const { body, text } = await other('POST', `/v1/imports/${_id}/invoke`, { data: [{ id: 1 }] })
    if (body?.[0]?.statusCode !== 200) throw new Error(text)
    expect(application.ledger.at(-1)?.body).toEqual({ hooked: 1 })
    return performance.now() - began
  }
}

async function longestOf(times: number, work: () => Promise<number>): Promise<number> {
  let longest = 0
  for (let i = 0; i < times; i++) longest = Math.max(longest, await work())
  return longest
}

test('560 scripts that do not end fill the queue of their account, which is told so, and no other', async () => {
  const target = await startTarget()
  const integration = await makeEndless(target.call)
  const runHook = await makeHooked(target)
  const statuses = keepDrawing(target, integration, 560, withTheTest())
  await expect.poll(() => statuses.length, { timeout: 30_000 }).toBeGreaterThan(300)
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(300)
  // On a machine that is busy some have run out of time by now.
  expect(statuses.filter((status) => status !== 429 && status !== 422)).toEqual([])
  expect(await longestOf(20, runHook)).toBeLessThan(patience)
}, 300_000)

test('three environments of one account have the share of one account', async () => {
  const target = await startTarget()
  const runHook = await makeHooked(target)
  const names = ['One', 'Two']
  const environments = await Promise.all(names.map(async (name) => (await make(target, 'environments', { name }))._id as string))
  for (const environment of [undefined, ...environments]) {
    const headers = {
      authorization: `Bearer ${target.token}`,
      'content-type': 'application/json',
      ...(environment && { 'sluice-environment': environment }),
    }
    const call: Call = async (method, path, body) => {
      const answer = await fetch(target.url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
      const text = await answer.text()
      return { status: answer.status, text, body: text ? JSON.parse(text) : undefined }
    }
    keepDrawing(target, await makeEndless(call), 60, withTheTest(), environment)
  }
  await pause(2000)
  const server = target.program.child.pid as number
  const before = childrenOf(server).length
  expect(await longestOf(20, runHook)).toBeLessThan(patience)
  // Their share, and what the other account runs in.
  expect(before).toBeLessThanOrEqual(processes)
  expect(childrenOf(server).length).toBeLessThanOrEqual(processes + 1)
}, 300_000)
