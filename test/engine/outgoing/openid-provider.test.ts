/** What is asked of an OpenID provider, and what is said of one that does not answer as it should: the person at the door reads it. */
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import { createOpenIdProvider } from '../../../src/engine/outgoing/openid/openid-provider.ts'
import { startOpenIdProvider, type OpenIdPeer } from '../../harness/openid-provider.ts'

const redirectURI = 'http://127.0.0.1:9/sign-in/openid'
let peer: OpenIdPeer
beforeAll(async () => {
  peer = await startOpenIdProvider()
  peer.register(redirectURI)
})
afterAll(() => peer.close())
beforeEach(() => {
  peer.answers = () => false
})
const client = createHttpClient({ privateNetwork: 'allow' })
afterAll(() => client.close())

const json = (response: ServerResponse, value: unknown): boolean =>
  !!response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
/** Who waits long enough for the slow: with the time of the settings, it is ten seconds. */
const asked = (timeoutMs?: number) => createOpenIdProvider(peer.settings, client.send, timeoutMs)
const failure = async (answers: OpenIdPeer['answers'], timeoutMs?: number): Promise<unknown> => {
  peer.answers = answers
  return asked(timeoutMs).begin(redirectURI, undefined)
}
const down = (failed: RegExp) => ({ failed: expect.stringMatching(failed), isDown: true })

describe('a provider', () => {
  test('that is at fault, or leads elsewhere', async () => {
    expect(await failure((_request, response) => !!response.writeHead(500).end('oops'))).toEqual(
      down(/^The company answered with the status 500\.$/),
    )
    expect(await failure((_request, response) => !!response.writeHead(302, { location: 'http://169.254.169.254/' }).end())).toEqual(
      down(/^The company answered with the status 302\.$/),
    )
  })

  test('that closes the connection, or does not answer in time', async () => {
    expect(await failure((request) => !!request.socket.destroy())).toEqual(
      down(/^The company cannot be asked: http:\/\/127\.0\.0\.1:\d+ closed the connection before it answered\.$/),
    )
    expect(await failure(() => true, 100)).toEqual(
      down(/^The company cannot be asked: http:\/\/127\.0\.0\.1:\d+ did not answer within 0\.1 s\.$/),
    )
  })

  test('that answers a page, or more than it can have to say', async () => {
    expect(await failure((_request, response) => !!response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'))).toEqual(
      down(/^The company answered something that is no JSON\.$/),
    )
    expect(await failure((_request, response) => json(response, 'x'.repeat(2 * 1024 * 1024)))).toEqual(
      down(/^The company cannot be asked: .* answered more than 1 MB\.$/),
    )
  })

  test('that is another one, or none', async () => {
    expect(await failure((_request, response) => json(response, { issuer: 'https://evil.example' }))).toEqual(
      down(/^The company is not who SLUICE_OIDC_ISSUER says, or answered for somebody else\.$/),
    )
    expect(await failure((_request, response) => json(response, { issuer: peer.origin }))).toEqual(down(/^The company /))
    expect(await failure((_request, response) => json(response, []))).toEqual(down(/^The company /))
  })

  test('is asked once what it is by all who come at a time, and again after it failed', async () => {
    const provider = asked()
    peer.answers = (request) => !!request.socket.destroy()
    expect(await provider.begin(redirectURI, undefined)).toMatchObject({ isDown: true })
    let discovered = 0
    peer.answers = (request) => {
      if (request.url?.includes('.well-known')) discovered++
      return false
    }
    const begun = await Promise.all(Array.from({ length: 5 }, () => provider.begin(redirectURI, undefined)))
    expect(new Set(begun.map((each) => ('url' in each ? each.kept.state : each.failed))).size).toBe(5)
    expect(begun.every((each) => 'url' in each)).toBe(true)
    expect(discovered).toBe(1)
  })

  test('on a metadata address is not asked, though private networks are open to it', async () => {
    const settings = { ...peer.settings, issuer: 'http://169.254.169.254' }
    expect(await createOpenIdProvider(settings, client.send).begin(redirectURI, undefined)).toEqual(down(/cannot be asked: .*169\.254/))
  })
})
