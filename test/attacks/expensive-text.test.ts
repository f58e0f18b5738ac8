/**
 * Texts of users that are expensive to read or to evaluate, by every way in which they get to the server: the account that sends them waits, and nobody else.
 * What is too large to be evaluated at all is refused in words. Stored imports and flows evaluate by the same code as requests do: each takes a third of the
 * texts, or all with ATTACKS=all.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, make, makeConnection, makeFlow, startRun } from '../harness/flows.ts'
import { attacks, importOf, list, mapped, one, recordsOf, times, type Attack } from './expensive.ts'
import { besideAll, childrenOf, residentMB, stalls, startTarget, tellsStalls, type Target } from './target.ts'

/** At once, of each attack. */
const atOnce = 2
/** How long each of them goes on before nobody waits for it any more. Milliseconds. */
const forMs = 1500
/** In which what is refused is refused, on a machine that is busy. Milliseconds. */
const answeredMs = 30_000
/** p99 of the other account's requests and of /health on a machine that has nothing else to do. Milliseconds. */
const goal = 100
/** A machine that is busy with other things is no fault of the server: as much longer than with nothing going on. */
const timesAsLong = 3
const tries = 3

const third = (n: number): readonly Attack[] => attacks.filter((_, i) => process.env['ATTACKS'] === 'all' || i % 3 === n)

interface Way {
  /** Ready to be sent: what is measured is no work of this program. */
  prepare(attack: Attack): Promise<() => Promise<readonly number[]>>
}

interface Sent {
  readonly status: number
  readonly text: string
}

/** Undefined where nobody waits for the answer any more. */
async function send(target: Target, method: string, path: string, body: string, ms = forMs): Promise<Sent | undefined> {
  const headers = { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' }
  try {
    const answer = await fetch(target.url + path, { method, headers, body, signal: AbortSignal.timeout(ms) })
    return { status: answer.status, text: await answer.text() }
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return undefined
    throw error
  }
}

/** Of what was made; undefined where nothing was. */
const idIn = (sent: Sent | undefined): string | undefined => (sent?.status === 201 ? /"_id": ?"(\w{24})"/.exec(sent.text)?.[1] : undefined)

const statusesOf = (sent: readonly (Sent | undefined)[]): number[] => sent.flatMap((each) => (each ? [each.status] : []))

/** What p99 may be: on a machine that is busy with other things, as many times as long as with nothing going on here. */
async function boundOf(target: Target): Promise<number> {
  const { p99 } = await besideAll(target, () => pause(1000))
  return Math.max(goal, timesAsLong * p99)
}

/** p99 beside the attack where it is too long, as often as it is tried, and the server's own thread is what was waited for. */
async function tooLong(target: Target, attempt: () => Promise<readonly number[]>): Promise<string | undefined> {
  const longestStall = stalls(target.program)
  for (let i = 1; ; i++) {
    longestStall()
    const { p99, result } = await besideAll(target, attempt)
    expect(result.filter((status) => status >= 500)).toEqual([])
    const longest = longestStall()
    if (p99 <= goal || longest <= goal) return undefined
    const bound = await boundOf(target)
    if (p99 <= bound) return undefined
    if (i === tries) return `${p99.toFixed(0)} ms instead of ${bound.toFixed(0)} ms, ${longest} ms of them at one thing`
  }
}

/** Attacks beside which others waited, with how long. */
async function slow(target: Target, way: Way, all = attacks): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const attack of all) {
    const waited = await tooLong(target, await way.prepare(attack))
    if (waited !== undefined) found[attack.name] = waited
  }
  return found
}

async function scene(): Promise<{ target: Target; application: Application; _connectionId: string }> {
  const target = await startTarget(tellsStalls)
  const application = await startApplication({ sources: {} })
  onTestFinished(() => application.close())
  const _connectionId = await makeConnection(target, application)
  // Schemas are compiled when they are first needed, and processes started.
  const warm = importOf({ name: 'warm', fields: mapped('{{a}}'), record: one }, _connectionId)
  const { _id } = await make(target, 'imports', warm)
  await target.call('POST', `/v1/imports/${_id}/invoke`, { data: [one] })
  await target.call('POST', `/v1/connections/${_connectionId}/import/map`, { import: warm, data: [one] })
  return { target, application, _connectionId }
}

test('no text that is mapped on request holds others up', async () => {
  const { target, _connectionId } = await scene()
  const server = target.program.child.pid as number
  const way: Way = {
    async prepare(attack) {
      const body = JSON.stringify({ import: importOf(attack, _connectionId), data: recordsOf(attack) })
      const path = `/v1/connections/${_connectionId}/import/map`
      return async () => statusesOf(await Promise.all(list(atOnce, () => send(target, 'POST', path, body))))
    },
  }
  expect(await slow(target, way)).toEqual({})
  // What was compiled is kept by bytes: 1.4 GB were.
  expect(residentMB(server)).toBeLessThan(700)
  for (const pid of childrenOf(server)) expect(residentMB(pid)).toBeLessThan(500)
}, 900_000)

test('no text that is stored and invoked holds others up', async () => {
  const { target, _connectionId } = await scene()
  const way: Way = {
    async prepare(attack) {
      const doc = JSON.stringify(importOf(attack, _connectionId))
      const data = JSON.stringify({ data: recordsOf(attack) })
      return async () => {
        const made = await send(target, 'POST', '/v1/imports', doc)
        const id = idIn(made)
        if (id === undefined) return statusesOf([made])
        return statusesOf(await Promise.all(list(atOnce, () => send(target, 'POST', `/v1/imports/${id}/invoke`, data))))
      }
    },
  }
  expect(await slow(target, way, third(0))).toEqual({})
}, 900_000)

test('no text in a flow holds others up, and their runs go on', async () => {
  const { target, application, _connectionId } = await scene()
  const others = { call: target.other }
  application.script = { sources: { theirs: list(40, (id) => ({ id })) } }
  const their = await makeFlow(others, application, { exports: { theirs: {} }, imports: { sink: { ...mapped('{{trim record.id}}') } } })
  const way: Way = {
    async prepare(attack) {
      const made = await send(target, 'POST', '/v1/imports', JSON.stringify(importOf(attack, _connectionId)))
      const _importId = idIn(made)
      // What cannot be stored gets into no flow.
      if (_importId === undefined) return async () => statusesOf([made])
      application.script = { sources: { ...application.script.sources, attack: recordsOf(attack) } }
      const source = {
        name: 'attack',
        adaptorType: 'HTTPExport',
        _connectionId,
        http: { method: 'GET', relativeURI: '/source/attack', response: { resourcePath: 'records' } },
      }
      const { _id: _exportId } = await make(target, 'exports', source)
      const flow = { name: attack.name, pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] }
      const { _id } = await make(target, 'flows', flow)
      return async () => {
        const attacking = await startRun(target, _id)
        const job = await ended(others, await startRun(others, their._id), 60_000)
        expect(job).toMatchObject({ status: 'completed', numSuccess: 40, numError: 0 })
        await pause(forMs / 2)
        await target.call('PUT', `/v1/jobs/${attacking}/cancel`)
        return []
      }
    },
  }
  expect(await slow(target, way, third(1))).toEqual({})
}, 900_000)

test('fields that nothing declares, by the 100,000, hold nobody up', async () => {
  const { target, _connectionId } = await scene()
  const unknown = JSON.stringify({ name: 'x', ...Object.fromEntries(list(400_000, (i) => [`f${i}`, 1])) })
  const declared = JSON.stringify(importOf({ name: 'x', record: one, fields: times(40_000, '$.a') }, _connectionId))
  for (const body of [unknown, declared]) {
    const attempt = async (): Promise<number[]> => {
      const sent = await Promise.all(list(5, () => send(target, 'POST', '/v1/imports', body, answeredMs)))
      expect(new Set(statusesOf(sent))).toEqual(new Set([413]))
      return []
    }
    expect(await tooLong(target, attempt)).toBeUndefined()
  }
}, 300_000)
