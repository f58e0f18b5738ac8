/** What is sent again, how often, after which wait, and what is not. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import { maxWait } from '../../../src/engine/around/retry.ts'
import { retryAfter, withRetries, type RetryRules } from '../../../src/engine/outgoing/may-retry.ts'
import { json, serve, type TestServer } from './server.ts'

function sender(rules: RetryRules = {}) {
  const client = createHttpClient({ privateNetwork: 'allow' })
  onTestFinished(() => client.close())
  const send = withRetries(client.send, { firstWait: 1, ...rules })
  return (server: TestServer, method = 'POST', signal = AbortSignal.timeout(5000)) =>
    send({ method, url: server.origin, headers: {}, body: 'x' }, signal)
}

describe('retries', () => {
  it.each([
    ['POST', 429, 5],
    ['POST', 503, 5],
    ['POST', 502, 3],
    ['POST', 504, 3],
    ['POST', 408, 3],
    ['POST', 500, 1],
    ['PUT', 500, 3],
    ['POST', 400, 1],
    ['POST', 401, 1],
    ['GET', 501, 1],
  ])('send a %s that is answered %s %s times', async (method, status, times) => {
    const server = await serve((_request, response) => json(response, status, {}))
    expect(await sender()(server, method)).toMatchObject({ statusCode: status })
    expect(server.asked).toHaveLength(times)
  })

  it('end with the first answer that is none of these', async () => {
    const server = await serve((_request, response, index) => json(response, index < 2 ? 503 : 200, {}))
    expect(await sender()(server)).toMatchObject({ statusCode: 200 })
    expect(server.asked).toHaveLength(3)
  })

  it('send a POST again whose connection was lost', async () => {
    const server = await serve((_request, response, index) => (index < 2 ? response.socket?.destroy() : json(response, 200, {})))
    expect(await sender()(server)).toMatchObject({ statusCode: 200 })
    expect(server.asked).toHaveLength(3)
  })

  it('do not happen when the flow skips them', async () => {
    const server = await serve((_request, response) => json(response, 429, {}))
    await sender({ skipRetries: true })(server)
    expect(server.asked).toHaveLength(1)
  })

  it('wait as long as they are told, by the header the connection names', async () => {
    const server = await serve((_request, response, index) => json(response, index === 0 ? 429 : 200, {}, { 'X-Come-Back': '0.2' }))
    const before = performance.now()
    await sender({ retryHeader: 'X-Come-Back' })(server)
    expect(performance.now() - before).toBeGreaterThan(190)
    expect(server.asked).toHaveLength(2)
  })

  it('give up on a server that asks for more than the longest wait', async () => {
    const server = await serve((_request, response) => json(response, 429, {}, { 'Retry-After': String(365 * 24 * 3600) }))
    expect(await sender()(server)).toMatchObject({ statusCode: 429 })
    expect(server.asked).toHaveLength(1)
  })

  it('take what the connection calls a rate limit for one', async () => {
    const server = await serve((_request, response, index) => json(response, 200, { limited: index < 4 }))
    await sender({ isRateLimit: (result) => result.kind === 'answer' && result.body.includes('true') })(server)
    expect(server.asked).toHaveLength(5)
  })

  it('end at once when the run is cancelled', async () => {
    const server = await serve((_request, response) => json(response, 503, {}, { 'Retry-After': '50' }))
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('cancelled')), 50)
    await expect(sender()(server, 'POST', controller.signal)).rejects.toThrow('cancelled')
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  it.each([
    ['3', 3000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:00:09 GMT', 9000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['31536000', 31_536_000_000],
  ])('%s', (value, wait) => expect(retryAfter(value, now)).toBe(wait))
  it('is bounded', () => expect(maxWait).toBeLessThanOrEqual(60_000))
})
