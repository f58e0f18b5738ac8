/** Thousands of bad requests, made from the contract, over every operation: none is a fault of the server, none that is refused leaves a trace. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../../src/contract/operation.ts'
import { operations } from '../../src/contract/operations/index.ts'
import { apiForFile } from '../harness/api.ts'
import { fill } from '../harness/bad-input/account.ts'
import { badRequests, type Accounts } from '../harness/bad-input/generate.ts'
import { randomOf, seedOf } from '../harness/bad-input/random.ts'
import { faultOf, send, type BadRequest } from '../harness/bad-input/request.ts'
import { openRows, type Rows } from '../harness/bad-input/rows.ts'
import { nobody } from '../harness/samples.ts'

/** Another one is other requests: `BAD_INPUT_SEED=7 npx vitest run test/http/bad-input.test.ts`. */
const seed = Number(process.env['BAD_INPUT_SEED'] ?? 1)
const least = 2000
const atOnce = 6
/** Operations that are attacked a second time, to see what memory does. */
const again = 40
/** What the heap may have grown by after thousands of requests: caches that fill, code that is compiled. What they send is tens of megabytes. */
const maxGrowthMb = 40

const api = apiForFile()
let accounts: Accounts
let rows: Rows
let sent = 0
beforeAll(async () => {
  accounts = { own: await fill(api, api.call, 'ours'), theirs: await fill(api, api.stranger, 'theirs'), nobody }
  rows = await openRows(api.database.pool, (await api.stranger('GET', '/v1/tokenInfo')).body._userId)
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const usedMb = (): number => {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1024 / 1024
}

interface Answers {
  readonly refused: readonly BadRequest[]
  readonly faults: readonly string[]
}

/** Sends them, a few at a time. */
async function sendAll(operation: Operation, requests: readonly BadRequest[]): Promise<Answers> {
  const refused = new Set<BadRequest>()
  const faults: string[] = []
  const left = [...requests]
  const work = async (): Promise<void> => {
    for (let request = left.shift(); request; request = left.shift()) {
      const answer = await send(api.url, 'owner-token-for-tests', request)
      sent += 1
      if (answer.status >= 400) refused.add(request)
      const fault = faultOf(operation, request, answer)
      if (fault !== undefined) faults.push(fault)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return { refused: requests.filter((request) => refused.has(request)), faults }
}

/**
 * Sends them to the account as it was; where some were taken, the refused ones once more alone, until none is taken, to see that they change nothing.
 * Answers what was not in order.
 */
async function attack(operation: Operation, requests: readonly BadRequest[]): Promise<string[]> {
  const before = await rows.fingerprint()
  const found: string[] = []
  for (let left = requests; ;) {
    const { refused, faults } = await sendAll(operation, left)
    const after = await rows.fingerprint()
    const allRefused = refused.length === left.length
    const changed = Object.keys(after).filter((name) => (allRefused || name.endsWith(' of theirs')) && after[name] !== before[name])
    found.push(...faults, ...changed.map((name) => `${name} changed by refused requests: ${JSON.stringify(left.map(({ what }) => what))}`))
    if (JSON.stringify(after) !== JSON.stringify(before)) await rows.restore()
    if (allRefused) return found
    left = refused
  }
}

const all = Object.entries(operations)
const round = (number: number) => (id: string, operation: Operation) =>
  badRequests(id, operation, accounts, randomOf(seedOf(seed * 2 + number, id)))

describe(`bad requests of the seed ${seed}: no 5xx, refused in the one envelope with a documented code, and nothing changed by what was refused`, () => {
  test.each(all)('%s', async (id, operation) => {
    expect(await attack(operation, round(0)(id, operation))).toEqual([])
  })
})

test('memory is flat while they come', { timeout: 120_000 }, async () => {
  const before = usedMb()
  const earlier = sent
  for (const [id, operation] of randomOf(seed).some(all, again))
    expect({ id, faults: await attack(operation, round(1)(id, operation)) }).toEqual({ id, faults: [] })
  expect(sent - earlier).toBeGreaterThan(again * 5)
  expect(usedMb() - before).toBeLessThan(maxGrowthMb)
})

test(`there were at least ${least} of them, and the server is well`, async () => {
  expect(sent).toBeGreaterThanOrEqual(least)
  expect((await api.call('POST', '/v1/integrations', { name: 'after all that' })).status).toBe(201)
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
})
