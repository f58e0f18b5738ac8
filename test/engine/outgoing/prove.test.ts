/** Proofs that are made for a request: when they are made, renewed, and where they do not go. */
import { expect, it, onTestFinished } from 'vitest'
import { withRenewal } from '../../../src/engine/outgoing/auth/prove.ts'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import type { HttpResult, Proof } from '../../../src/engine/outgoing/message.ts'
import { serve } from './server.ts'

const isRefused = (result: HttpResult): boolean => result.kind === 'answer' && result.statusCode === 401
function send(url: string, proof: Proof) {
  const client = createHttpClient({ privateNetwork: 'allow' })
  onTestFinished(() => client.close())
  return withRenewal(client.send, isRefused)({ method: 'GET', url, headers: {}, proof }, AbortSignal.timeout(5000))
}

/** Counts what it makes. */
const counting = (renew?: Proof['renew']): Proof => {
  let made = 0
  return {
    prove: async (request) => ({
      ...request,
      headers: { ...request.headers, authorization: `${++made} for ${new URL(request.url).pathname}` },
    }),
    ...(renew && { renew }),
  }
}

it('a proof is made for every redirect within the origin, and goes to no other', async () => {
  const elsewhere = await serve((_request, response) => response.end())
  const server = await serve(({ url }, response) =>
    response.writeHead(307, { location: url === '/a' ? '/b' : `${elsewhere.origin}/c` }).end(),
  )
  await send(`${server.origin}/a`, counting())
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['1 for /a', '2 for /b'])
  expect(elsewhere.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/c', undefined]])
})

it('a proof that is not accepted is renewed once, and the request made once more', async () => {
  const server = await serve((_request, response) => response.writeHead(401).end())
  const renewed: unknown[] = []
  const renew = async (...[request, answer]: Parameters<NonNullable<Proof['renew']>>) => {
    renewed.push([new URL(request.url).pathname, answer.statusCode])
    return true
  }
  expect(await send(`${server.origin}/a`, counting(renew))).toMatchObject({ statusCode: 401 })
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['1 for /a', '2 for /a'])
  expect(renewed).toEqual([['/a', 401]])
})

it('where there is no other proof, the answer counts; where there cannot be one, the reason does', async () => {
  const server = await serve((_request, response) => response.writeHead(401).end())
  expect(
    await send(
      server.origin,
      counting(async () => false),
    ),
  ).toMatchObject({ statusCode: 401 })
  const reason = { kind: 'unreachable', code: 'connection_refused', message: 'No tokens today.', passing: true } as const
  expect(
    await send(
      server.origin,
      counting(async () => reason),
    ),
  ).toBe(reason)
  expect(await send(server.origin, { prove: async () => reason })).toBe(reason)
  expect(server.asked.length).toBe(2)
})
