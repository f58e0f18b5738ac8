/**
 * Every script of attacks/ tries what its first line says. Each has to be contained by the bound that it names, or to reach nothing, while the server goes on
 * answering and an innocent script beside it goes on finishing.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ScriptFailure } from '../../src/domain/script-failure.ts'
import { startApi, type Api } from '../harness/api.ts'

interface Attack {
  readonly name: string
  readonly by: readonly string[]
  readonly calls: number
  readonly content: string
}

const folder = new URL('attacks/', import.meta.url)
const attacks = readdirSync(folder).map((file): Attack => {
  const content = readFileSync(new URL(file, folder), 'utf8')
  const said = (what: string): string => new RegExp(`^// ${what}: (.+)$`, 'm').exec(content)?.[1] ?? ''
  return {
    name: `${file.replace('.js', '')}: ${said('Tries')}`,
    by: said('Contained by').split(', '),
    calls: Number(said('Calls') || 1),
    content,
  }
})

/** Each attack's own time. Milliseconds. */
const runMs = 1000
/** What the server may take to answer while an attack goes on: 95 in 100 answers. Milliseconds. */
const patienceMs = 100
/** A machine that is that slow without any attack says nothing about attacks. */
const slower = 3

let api: Api
const latencies: number[] = []
let quietP95 = 0
let isOver = false
let innocent: Promise<number>

beforeAll(async () => {
  api = await startApi()
  await innocentCall(0)
  const quiet = await Promise.all(Array.from({ length: 50 }, async (_, i) => pause(i * 20).then(ask)))
  quietP95 = p95(quiet)
  innocent = innocents()
  void requests()
})
afterAll(async () => {
  isOver = true
  await innocent
  await api.close()
})

async function ask(): Promise<number> {
  const start = performance.now()
  const { status } = await api.call('GET', '/v1/tokenInfo')
  expect(status).toBe(200)
  return performance.now() - start
}

/** 50 requests a second, whatever happens to the ones before. */
async function requests(): Promise<void> {
  while (!isOver) {
    void ask().then((ms) => latencies.push(ms))
    await pause(20)
  }
}

const p95 = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0

const innocentCall = async (n: number): Promise<void> => {
  const content = 'function f({ n }) { return { n: [n].map((x) => x + 1)[0], odd: ({}).poisoned, global: globalThis.poisoned } }'
  const answer = await api.world.scripts.call({ envId: 'innocent', script: { name: 'Innocent', content }, function: 'f' }, { n })
  expect(answer).toEqual({ n: n + 1 })
}

/** Answers how many calls it made. */
async function innocents(): Promise<number> {
  let made = 0
  for (; !isOver; made++) {
    await innocentCall(made)
    await pause(50)
  }
  return made
}

/** By what it was contained: its bound, its own throw, or the answer `nothing`. */
async function run({ content, calls }: Attack): Promise<string> {
  const call = {
    envId: 'attacker',
    script: { name: 'Attack', content },
    function: 'attack',
    bounds: { runMs, totalMs: 10_000 },
    api: async (): Promise<never> => {
      throw new Error('refused')
    },
    log: () => undefined,
  }
  const atOnce = 100
  try {
    let answer: unknown = await api.world.scripts.call(call, {})
    for (let made = 1; made < calls; made += atOnce) {
      const answers = await api.world.scripts.callEach(
        call,
        Array.from({ length: atOnce }, () => ({})),
      )
      answer = answers.every((each) => 'value' in each && each.value === 'nothing') ? 'nothing' : answers
    }
    return answer === 'nothing' ? 'nothing' : `it reached ${JSON.stringify(answer)?.slice(0, 500)}`
  } catch (error) {
    if (!(error instanceof ScriptFailure)) throw error
    expect(error.fault.message.length).toBeLessThanOrEqual(4500)
    expect(error.fault.trace ?? '').not.toMatch(/node:|sluice|\.ts/)
    return error.fault.bound ?? 'throw'
  }
}

test('there are attacks, and each says what it tries', () => {
  expect(attacks.length).toBeGreaterThan(50)
  expect(attacks.filter(({ name, by }) => name.endsWith(': ') || by.join() === '')).toEqual([])
})

describe('is contained:', () => {
  test.each(attacks)('$name', async (attack) => {
    latencies.length = 0
    const start = performance.now()
    const contained = await run(attack)
    const took = performance.now() - start
    expect(attack.by).toContain(contained)
    // Its own time, a second of grace, and the start of another process on a busy machine.
    if (attack.calls === 1) expect(took).toBeLessThan(runMs + 1000 + 5000)
    if (latencies.length > 20) expect(p95(latencies)).toBeLessThan(Math.max(patienceMs, quietP95 * slower))
  })
})

test('the innocent script went on all the while', async () => {
  isOver = true
  expect(await innocent).toBeGreaterThan(20)
})
