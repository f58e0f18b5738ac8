/** Requests that come to nothing, by the thousand: they count against the address that they come from, and keep nobody else out. */
import { expect, test } from 'vitest'
import { startTarget } from './target.ts'

test('wrong tokens, shares and paths count against their address, which is told when to go on; a right token goes on, and no token at all is no try', async () => {
  const target = await startTarget()
  const { url, token } = target
  const get = (path: string, headers: Record<string, string>) => fetch(url + path, { headers })
  const right = { authorization: `Bearer ${token}` }
  expect((await get('/v1/integrations', right)).status).toBeLessThan(300)
  const withoutToken = () => Promise.all(Array.from({ length: 20 }, async () => (await get('/v1/integrations', {})).status))
  for (let i = 0; i < 400; i += 20) expect(new Set(await withoutToken())).toEqual(new Set([401]))
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
  expect(new Set(await withoutToken())).toEqual(new Set([401]))
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

test('wrong proofs for one webhook, and ids that are none, keep no other webhook from who sends from the same address', async () => {
  const { url, token } = await startTarget()
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  const make = async (path: string, body: object): Promise<string> =>
    ((await (await post(path, body, { authorization: `Bearer ${token}` })).json()) as { _id: string })._id
  const webhook = { verify: 'secret_url', token: 'right' }
  const makeWebhook = (name: string) => make('exports', { name, adaptorType: 'WebhookExport', type: 'webhook', webhook })
  const [attacked, other] = [await makeWebhook('attacked'), await makeWebhook('other')]
  for (const _exportId of [attacked, other]) await make('flows', { name: 'flow', pageGenerators: [{ _exportId }] })
  expect((await post(`exports/${other}/right/data`, { id: 1 })).status).toBe(204)
  const statusAfterMany = async (path: string): Promise<number | undefined> => {
    let statuses: number[] = []
    for (let i = 0; i < 50 && !statuses.includes(429); i++)
      statuses = await Promise.all(Array.from({ length: 20 }, async () => (await post(path, {})).status))
    return statuses.at(-1)
  }
  // Some are let through each second: one that comes late on a busy machine is tried after many again.
  let status = 204
  for (let i = 0; i < 20 && status === 204; i++) {
    expect(await statusAfterMany(`exports/${attacked}/wrong/data`)).toBe(429)
    status = (await post(`exports/${attacked}/right/data`, { id: 2 })).status
  }
  expect(status).toBe(429)
  expect((await post(`exports/${other}/right/data`, { id: 3 })).status).toBe(204)
  expect(await statusAfterMany('exports/0123456789abcdef01234567/data')).toBe(429)
  expect((await post(`exports/${other}/right/data`, { id: 4 })).status).toBe(204)
}, 180_000)
