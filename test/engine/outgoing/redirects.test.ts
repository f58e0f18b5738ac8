/** Redirects: how far, with which method, and what they never take along. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import { followRedirects } from '../../../src/engine/outgoing/redirects.ts'
import type { HttpRequest, Send } from '../../../src/engine/outgoing/message.ts'
import { json, serve } from './server.ts'

function send(request: Partial<HttpRequest> & { url: string }) {
  const client = createHttpClient({ privateNetwork: 'allow' })
  onTestFinished(() => client.close())
  return client.send({ method: 'GET', headers: {}, ...request }, AbortSignal.timeout(5000))
}

describe('redirects', () => {
  it('are followed up to five times', async () => {
    const server = await serve((request, response) => {
      const n = Number(request.url.slice(1))
      if (n === 0) return json(response, 200, 'end')
      response.writeHead(302, { location: `/${n - 1}` }).end()
    })
    expect(await send({ url: `${server.origin}/5` })).toMatchObject({ statusCode: 200 })
    expect(await send({ url: `${server.origin}/6` })).toMatchObject({ code: 'redirect_refused' })
  })

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', 'body'],
    [307, 'POST', 'POST', 'body'],
    [308, 'PATCH', 'PATCH', 'body'],
  ])('%s turns %s into %s', async (status, method, after, body) => {
    const server = await serve((_request, response, index) =>
      index === 0 ? response.writeHead(status, { location: '/there' }).end() : response.end(),
    )
    await send({ url: server.origin, method, body: 'body', headers: { 'content-type': 'text/plain' } })
    expect(server.asked[1]).toMatchObject({ method: after, body })
    expect(server.asked[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/plain')
  })

  it('keep headers on the same origin and drop all that may be secret on another', async () => {
    const other = await serve((_request, response) => response.end())
    const server = await serve((_request, response, index) =>
      response.writeHead(302, { location: index === 0 ? '/again' : other.origin }).end(),
    )
    const headers = { authorization: 'Bearer s3cret', cookie: 'a=b', 'x-api-key': 's3cret', accept: 'application/json' }
    await send({ url: server.origin, headers })
    expect(server.asked[1]?.headers).toMatchObject(headers)
    expect(other.asked[0]?.headers.accept).toBe('application/json')
    expect(JSON.stringify(other.asked)).not.toContain('s3cret')
    expect(other.asked[0]?.headers).not.toHaveProperty('cookie')
  })

  it('never take a body with credentials to another origin', async () => {
    const other = await serve((_request, response) => response.end())
    const server = await serve((_request, response) => response.writeHead(307, { location: `${other.origin}/?q=1` }).end())
    expect(await send({ url: server.origin, method: 'POST', body: '{"token":"x"}', secretBody: true })).toMatchObject({
      code: 'redirect_refused',
    })
    expect(other.asked).toEqual([])
  })

  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'http://[bad'])('to %s are refused', async (location) => {
    const server = await serve((_request, response) => response.writeHead(302, { location }).end())
    expect(await send({ url: server.origin })).toMatchObject({ code: 'redirect_refused' })
  })

  it('from https to http are refused', async () => {
    const asked: string[] = []
    const answers: Send = async (request) => {
      asked.push(request.url)
      return { kind: 'answer', statusCode: 302, headers: { location: 'http://secure.example/' }, body: Buffer.alloc(0) }
    }
    const result = await followRedirects(answers)(
      { method: 'GET', url: 'https://secure.example/?key=s3cret', headers: {} },
      AbortSignal.timeout(1000),
    )
    expect(result).toMatchObject({
      code: 'redirect_refused',
      message: 'https://secure.example redirected from https to http, which is not followed.',
    })
    expect(asked).toHaveLength(1)
  })

  it('without a location are answers', async () => {
    const server = await serve((_request, response) => response.writeHead(302).end('x'))
    expect(await send({ url: server.origin })).toMatchObject({ kind: 'answer', statusCode: 302 })
  })
})
