/** The limit on the requests of an account: a leaky bucket that all servers share. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { rateLimit } from '../../src/domain/limits/rate-limit.ts'
import { apiForFile, type Answer } from '../harness/api.ts'

const bucket = { deep: 120, perSecond: 20 }
/** Long enough for the bucket to be empty again. Milliseconds. */
const emptyMs = (bucket.deep / bucket.perSecond) * 1000 + 200

const api = apiForFile({ bucket })

const many = (count: number, call: () => Promise<Answer>): Promise<Answer[]> => Promise.all(Array.from({ length: count }, call))

describe('an account', () => {
  test('may make as many requests at once as the bucket is deep, and is refused with 429 beyond that', async () => {
    const began = Date.now()
    const answers = await many(250, () => api.call('GET', '/v1/tokenInfo'))
    const drained = ((Date.now() - began) / 1000) * bucket.perSecond
    const passed = answers.filter(({ status }) => status === 200).length
    expect(passed).toBeGreaterThanOrEqual(bucket.deep)
    expect(passed).toBeLessThanOrEqual(bucket.deep + drained + 1)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(250 - passed)
    const seconds = refused[0]?.headers.get('retry-after')
    expect(seconds).toMatch(/^[1-9]\d*$/)
    expect(refused[0]?.body).toEqual({
      errors: [{ code: 'rate_limited', message: `Too many requests. Retry after ${seconds} seconds.` }],
    })
  })

  test('is alone with its limit: another account is served meanwhile', async () => {
    expect((await api.stranger('GET', '/v1/tokenInfo')).status).toBe(200)
  })

  test('is refused on paths that lead nowhere too, and nothing is done of what is refused', async () => {
    const nowhere = await many(200, () => api.call('GET', '/v1/nowhere'))
    expect(new Set(nowhere.map(({ status }) => status))).toContain(429)
    const sent = await many(200, () => api.call('POST', '/v1/integrations', { name: 'One of many' }))
    const made = sent.filter(({ status }) => status === 201).length
    expect(made).toBeLessThan(200)
    await pause(emptyMs)
    const listed = await api.call('GET', '/v1/integrations?limit=500')
    expect(listed.body?.length ?? 0).toBe(made)
  }, 30_000)

  test('goes on after the seconds that Retry-After says', async () => {
    const answers = await many(250, () => api.call('GET', '/v1/tokenInfo'))
    const refused = answers.find(({ status }) => status === 429)
    await pause(Number(refused?.headers.get('retry-after')) * 1000)
    expect((await api.call('GET', '/v1/tokenInfo')).status).toBe(200)
  }, 20_000)
})

describe('several servers', () => {
  const account = 'a'.repeat(24)
  const passing = async (count: (id: string) => Promise<number | undefined>, times: number): Promise<number> =>
    (await Promise.all(Array.from({ length: times }, () => count(account)))).filter((seconds) => seconds === undefined).length

  test('let no more pass together than one alone', async () => {
    const began = Date.now()
    const servers = Array.from({ length: 4 }, () => rateLimit(api.world.store.rateLimits, bucket))
    const passed = (await Promise.all(servers.map((count) => passing(count, 100)))).reduce((sum, each) => sum + each, 0)
    const drained = ((Date.now() - began) / 1000) * bucket.perSecond
    expect(passed).toBeGreaterThanOrEqual(bucket.deep)
    expect(passed).toBeLessThanOrEqual(bucket.deep + drained + 1)
  })

  test('ask the database once for fifty requests, and not at all while the account is refused', async () => {
    let asked = 0
    const rows = {
      take: async (_id: string, wanted: number) => {
        asked++
        return asked <= 2 ? { granted: wanted, level: asked * wanted } : { granted: 0, level: bucket.deep }
      },
    }
    const count = rateLimit(rows, bucket, () => 0)
    expect(await passing(count, 100)).toBe(100)
    expect(asked).toBe(2)
    expect(await passing(count, 100)).toBe(0)
    expect(asked).toBe(3)
  })
})
