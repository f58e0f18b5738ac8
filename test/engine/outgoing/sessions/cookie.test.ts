/** Sessions that live in cookies: begun, kept, and begun again. */
import { expect, it } from 'vitest'
import { serve, type Asked } from '../server.ts'
import { signedIn } from './stage.ts'

async function shop(login: (count: number, request: Asked) => { status?: number; headers: Record<string, string | string[]> }) {
  let count = 0
  let isOver = false
  const server = await serve((request, response) => {
    if (request.url.startsWith('/login')) {
      isOver = false
      const { status = 200, headers } = login(++count, request)
      return response.writeHead(status, headers).end('{}')
    }
    response.writeHead(!isOver && request.headers.cookie?.includes(`sid=${count}`) ? 200 : 401).end('{}')
  })
  return { server, end: () => void (isOver = true), logins: () => server.asked.filter(({ url }) => url.startsWith('/login')) }
}
const auth = (cookie: object) => ({
  auth: { type: 'cookie', cookie: { uri: '/login', method: 'POST', body: '{"p":"{{connection.http.encrypted.password}}"}', ...cookie } },
  encrypted: { password: 'the-password' },
})

it('a session is begun before the first request, kept for all of them, and begun again where it is no longer accepted', async () => {
  const { server, end, logins } = await shop((count) => ({
    headers: { 'set-cookie': [`sid=${count}; Path=/; HttpOnly`, 'lang=de; Path=/other'] },
  }))
  const { ask, told, age } = await signedIn(server.origin, auth({}))
  expect([await ask(), await ask({ headers: [{ name: 'cookie', value: 'own=1' }] })]).toEqual([200, 200])
  expect(server.asked.slice(1).map(({ headers }) => headers.cookie)).toEqual(['sid=1', 'own=1; sid=1'])
  expect(logins()).toMatchObject([{ method: 'POST', body: '{"p":"the-password"}' }])
  end()
  await age()
  expect(await ask()).toBe(200)
  expect(logins()).toHaveLength(2)
  expect(JSON.stringify(told.debug)).not.toMatch(/sid=\d|the-password/)
})

it('a session whose time is over is begun again before the next request', async () => {
  const { server, logins } = await shop((count) => ({ headers: { 'set-cookie': `sid=${count}; Max-Age=1` } }))
  const { ask } = await signedIn(server.origin, auth({}))
  await ask()
  await new Promise((later) => setTimeout(later, 950))
  expect(await ask()).toBe(200)
  expect(logins()).toHaveLength(2)
})

it('the page that a sign-in leads on to is not fetched: the cookie comes with the redirect', async () => {
  const { server } = await shop((count) => ({ status: 302, headers: { location: '/welcome', 'set-cookie': `sid=${count}` } }))
  const { ask } = await signedIn(server.origin, auth({ successStatusCode: 302 }))
  expect(await ask()).toBe(200)
  expect(server.asked.map(({ url }) => url)).toEqual(['/login', '/orders'])
})

it.each([
  ['is refused', { status: 403, headers: {} }, {}, /answered 403/],
  ['has another status than said', { status: 200, headers: { 'set-cookie': 'sid=1' } }, { successStatusCode: 201 }, /answered 200/],
  ['gives no cookie', { headers: {} }, {}, /It gave no cookie/],
])('a sign-in that %s fails the request in words', async (_name, answer, cookie, message) => {
  const { server } = await shop(() => answer)
  const { ask } = await signedIn(server.origin, auth(cookie))
  expect(await ask()).toMatchObject({ code: 'sign_in_refused', message: expect.stringMatching(message) })
  expect(server.asked).toHaveLength(1)
})
