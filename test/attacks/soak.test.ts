/** All of the attacks on what accounts share, on one server: when they are over it holds what it held before. One round, or as many as SLUICE_SOAK_ROUNDS says. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startApplication, type Application } from '../harness/application.ts'
import { make, makeConnection } from '../harness/flows.ts'
import { archiveBomb, sendArchives } from './archive-bomb.ts'
import { keepDrawing, makeEndless } from './endless.ts'
import { attacks, importOf, list, recordsOf } from './expensive.ts'
import { handedOn } from './nested-calls.ts'
import { processesOf, residentMB, startTarget, type Target } from './target.ts'
import { askWithoutReading, makeLarge } from './unread.ts'

const rounds = Number(process.env['SLUICE_SOAK_ROUNDS'] ?? 1)
/** What the server and its processes may hold more than before the first of them. MB. */
const mostMB = 100
/** How long after a round what was under way may take to be over, and what is garbage to be collected; a busy machine gets all of it. Milliseconds. */
const restMs = 60_000
/** What a source of failures waits at the most: 300 at 5 a second. Milliseconds. */
const againMs = 90_000
/** How long each of the attacks that would go on for ever goes on in a round. Milliseconds. */
const forMs = 1500

/** Texts of a round, besides what is refused before it is evaluated; each round has others. */
const textsAtOnce = 3

type Attack = (round: number) => Promise<void>

async function allOf(target: Target, application: Application): Promise<readonly Attack[]> {
  const { url, token, call } = target
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const _connectionId = await makeConnection(target, application)
  const bodies = attacks.map((attack) => JSON.stringify({ import: importOf(attack, _connectionId), data: recordsOf(attack) }))
  const unknown = JSON.stringify(Object.fromEntries(list(400_000, (i) => [`f${i}`, 1])))
  const nested = await handedOn(target, 20)
  const [endless, short] = [await makeEndless(call), await makeEndless(call, 'short')]
  const archive = await archiveBomb()
  const integration = (await make(target, 'integrations', { name: 'Archives' }))._id as string
  await makeLarge(target)
  return [
    async function texts(round) {
      const some = list(textsAtOnce, (i) => bodies[(textsAtOnce * round + i) % bodies.length] as string)
      const over = AbortSignal.timeout(2 * forMs)
      const send = (body: string) =>
        fetch(`${url}/v1/connections/${_connectionId}/import/map`, { method: 'POST', headers, body, signal: over })
      await Promise.allSettled([...some, unknown].map(async (body) => (await send(body)).arrayBuffer()))
    },
    async function nestedCalls() {
      await Promise.all(nested.bodies.map(({ _id, ...body }) => target.program.call('PUT', `/v1/imports/${_id}`, body, nested.token)))
    },
    async function endlessScripts() {
      // More of those that do not end would be at work for minutes.
      keepDrawing(target, endless, 1, AbortSignal.timeout(60_000))
      const drawn = keepDrawing(target, short, 560, AbortSignal.timeout(60_000))
      while (drawn.length < 560) await pause(50)
    },
    async function archives() {
      await sendArchives(target, integration, archive, 10)
    },
    async function unreadAnswers() {
      const wires = await Promise.all(list(120, () => askWithoutReading(target)))
      await pause(forMs)
      for (const wire of wires) wire.close()
    },
    async function nonsense() {
      const get = (path: string, authorization: string) =>
        fetch(url + path, { headers: { authorization } }).then((answer) => answer.arrayBuffer())
      for (let i = 0; i < 400; i += 20)
        await Promise.all(
          list(20, (n) => get(n % 2 ? '/v1/integrations/%zz' : '/v1/flows', n % 3 ? `Bearer wrong${i}` : headers.authorization)),
        )
    },
  ]
}

/** To whoever asked for more rounds. */
function say(what: string, told: unknown): void {
  if (process.env['SLUICE_SOAK_ROUNDS']) process.stdout.write(`${what} ${JSON.stringify(told)}\n`)
}

async function warmUp({ call }: Target, application: Application): Promise<void> {
  const _connectionId = await makeConnection({ call }, application)
  const mappings = [{ generate: 'a', dataType: 'string', extract: '{{trim record.a}}', status: 'Active' }]
  const http = { method: ['POST'], relativeURI: ['/'] }
  const body = { import: { name: 'Warm', adaptorType: 'HTTPImport', _connectionId, http, mappings }, data: [{ a: 1 }] }
  const { status } = await call('POST', `/v1/connections/${_connectionId}/import/map`, body)
  expect(status).toBe(200)
}

interface Held {
  readonly megabytes: number
  readonly processes: number
}

function held(target: Target): Held {
  const pids = processesOf(target.program.child.pid as number)
  return { megabytes: pids.reduce((all, pid) => all + residentMB(pid), 0), processes: pids.length }
}

/** As soon as it is within the bounds, or when there was time enough for that. Requests go on meanwhile: a server that allocates nothing collects no garbage. */
async function heldAtRest(target: Target, began: Held): Promise<Held> {
  for (const end = Date.now() + restMs; ; await pause(250)) {
    await target.other('GET', '/v1/integrations')
    const now = held(target)
    if ((now.megabytes - began.megabytes < mostMB && now.processes <= began.processes + 1) || Date.now() > end) return now
  }
}

test(
  'what a server holds after all attacks is what it held before',
  async () => {
    const target = await startTarget()
    const application = await startApplication()
    const all = await allOf(target, application)
    // With a process of each kind, as a server at work has them.
    await warmUp(target, application)
    const began = held(target)
    const after: Held[] = []
    for (let round = 0; round < rounds; round++) {
      for (const attack of all) {
        const began = performance.now()
        await attack(round)
        say(attack.name, Math.round(performance.now() - began))
      }
      after.push(await heldAtRest(target, began))
      say(`round ${round + 1}`, { began, ...after.at(-1) })
    }
    await application.close()
    const last = after.at(-1) as Held
    expect(last.megabytes - began.megabytes).toBeLessThan(mostMB)
    expect(last.processes).toBeLessThanOrEqual(began.processes + 1)
    // It works as it did, once the source of so many failures may ask again.
    for (const end = Date.now() + againMs; Date.now() < end; await pause(1000))
      if ((await target.other('GET', '/v1/integrations')).status !== 429) break
    expect((await target.other('GET', '/v1/integrations')).status).toBeLessThan(300)
  },
  240_000 + rounds * 120_000,
)
