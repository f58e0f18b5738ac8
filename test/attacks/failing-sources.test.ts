/** Requests that come to nothing, by the thousand: they count against the address that they come from, and keep nobody else out. */
import { expect, test } from 'vitest'
import { startTarget } from './target.ts'

test('wrong tokens, shares and paths count against their address, which is told when to go on; a right token goes on', async () => {
  const target = await startTarget()
  const { url, token } = target
  const get = (path: string, headers: Record<string, string>) => fetch(url + path, { headers })
  const right = { authorization: `Bearer ${token}` }
  expect((await get('/v1/integrations', right)).status).toBeLessThan(300)
  const attempts = [
    () => get('/v1/integrations', { authorization: 'Bearer wrong' }),
    () => get('/v1/integrations', { ...right, 'integrator-ashareid': '0'.repeat(24) }),
    () => get('/v1/integrations/%zz', right),
    () => get(`/v1/integrations/${'a'.repeat(500)}`, right),
  ]
  const answers: Response[] = []
  for (let i = 0; i < 600; i += 20) answers.push(...(await Promise.all(Array.from({ length: 20 }, (_, n) => attempts[n % 4]!()))))
  const statuses = new Set(answers.slice(0, 200).map(({ status }) => status))
  expect(statuses).not.toContain(429)
  expect(answers.slice(-4).map(({ status }) => status)).toEqual([429, 429, 429, 429])
  expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await get('/v1/integrations', right)).status).toBeLessThan(300)
}, 180_000)

test('behind a proxy it is the address that the proxy saw that counts', async () => {
  const { url } = await startTarget({ SLUICE_TRUST_PROXY: 'yes' })
  const wrong = (from: string) => fetch(`${url}/v1/integrations`, { headers: { authorization: 'Bearer wrong', 'x-forwarded-for': from } })
  // What stands further left is the client's own word. The more slowly they come, the more are let through: 5 a second.
  let refused = 0
  for (let i = 0; i < 100 && refused === 0; i++) {
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => wrong(`10.0.${i}.${n}, 192.0.2.1`)))
    refused = answers.filter(({ status }) => status === 429).length
  }
  expect(refused).toBeGreaterThan(0)
  expect((await wrong('192.0.2.2')).status).toBe(401)
}, 180_000)
