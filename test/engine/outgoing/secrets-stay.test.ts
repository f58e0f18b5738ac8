/** Secrets of a connection that the step's own templates take up stay with the connection's origin, and out of errors. */
import { describe, expect, it } from 'vitest'
import { requestBuilder } from '../../../src/engine/adaptors/http/request.ts'
import { readCredentials } from '../../../src/engine/outgoing/auth/credentials.ts'
import type { HttpRequest } from '../../../src/engine/outgoing/message.ts'
import { cpuTimeUntil } from '../../harness/cpu-time.ts'
import { connectionTo } from '../adaptors/stage.ts'
import { evaluate } from '../evaluator.ts'
import { signInPorts } from './sign-in-ports.ts'

const http = {
  auth: { type: 'token', token: { token: 'token-of-it', location: 'body' } },
  encrypted: { key: 'hush-hush', deep: { pin: 'deep-pin' } },
  unencrypted: { shop: 'public-shop' },
}
async function request(
  templates: { headers?: object[]; body?: string; relativeURI?: string },
  url?: string,
  connection: object = http,
): Promise<HttpRequest> {
  const credentials = await readCredentials(connectionTo('https://api.example', connection), signInPorts)
  const build = requestBuilder(
    { method: 'POST', relativeURI: '/a', headers: [], body: undefined, mediaType: 'json', shared: credentials.context, ...templates },
    { credentials, evaluate },
  )
  return (await build({ ...(url !== undefined && { url }) })) as HttpRequest
}
const headers = [
  { name: 'X-Key', value: '{{connection.http.encrypted.key}}' },
  { name: 'X-Shop', value: '{{connection.http.unencrypted.shop}}' },
]

describe('where an answer leads to another origin', () => {
  it('headers with a secret stay behind, others go along', async () => {
    expect((await request({ headers }, 'https://api.example/next')).headers).toMatchObject({
      'x-key': 'hush-hush',
      'x-shop': 'public-shop',
    })
    const elsewhere = await request({ headers }, 'https://elsewhere.example/next')
    expect(elsewhere.headers).toMatchObject({ 'x-shop': 'public-shop' })
    expect(JSON.stringify(elsewhere)).not.toContain('hush-hush')
  })

  it('a body with a secret is not sent', async () => {
    const body = '{"token":"{{connection.http.auth.token.token}}"}'
    expect((await request({ body }, 'https://api.example/next')).body).toBe('{"token":"token-of-it"}')
    await expect(request({ body }, 'https://elsewhere.example/next')).rejects.toThrow('holds a secret of the connection')
    expect((await request({ body: '{"shop":"{{connection.http.unencrypted.shop}}"}' }, 'https://elsewhere.example/next')).body).toContain(
      'public-shop',
    )
  })
})

describe('where a step names another origin itself', () => {
  const relativeURI = 'https://elsewhere.example/a'
  it('a secret in its address, its headers or its body is refused', async () => {
    const refused = 'names another origin than its connection'
    await expect(request({ relativeURI: `${relativeURI}?k={{connection.http.encrypted.key}}` })).rejects.toThrow(refused)
    await expect(request({ relativeURI, headers })).rejects.toThrow(refused)
    await expect(request({ relativeURI, body: '{"pin":"{{connection.http.encrypted.deep.pin}}"}' })).rejects.toThrow(refused)
  })

  it('a template that cuts, turns or encodes the secret has the mask to work on', async () => {
    for (const template of ['{{base64Encode connection.http.encrypted.key}}', '{{substring connection.http.encrypted.key 0 4}}'])
      expect(JSON.stringify(await request({ relativeURI, body: `{"a":"${template}"}` }))).not.toMatch(/hush|aHVzaC1odXNo/)
  })

  it('what is no secret goes there', async () => {
    const made = await request({ relativeURI, headers: [{ name: 'X-Shop', value: '{{connection.http.unencrypted.shop}}' }] })
    expect(made).toMatchObject({ url: relativeURI, headers: { 'x-shop': 'public-shop' } })
  })
})

it('a body that a template put a secret into follows no redirect to another origin', async () => {
  expect(await request({ body: '{"token":"{{connection.http.auth.token.token}}"}' })).toMatchObject({ secretBody: true })
  expect(await request({ body: '{"pin":"{{connection.http.encrypted.deep.pin}}"}' })).toMatchObject({ secretBody: true })
  expect(await request({ body: '{"shop":"{{connection.http.unencrypted.shop}}"}' })).not.toHaveProperty('secretBody')
})

it('a template that cannot be rendered does not tell the secret it stumbled over', async () => {
  for (const template of [
    '{{add connection.http.encrypted.key 1}}',
    '{{jsonParse connection.http.encrypted.key}}',
    '{{add connection.http.encrypted.deep 1}}',
  ])
    for (const templates of [{ body: template }, { relativeURI: template }, { headers: [{ name: 'x', value: template }] }])
      await expect(request(templates)).rejects.toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/hush-hush|deep-pin/) }),
      )
})

it('certificates bring no other option of a socket along', async () => {
  const clientCertificates = { cert: 'c', key: 'k', socketPath: '/run/docker.sock', path: '/run/docker.sock', host: 'h', lookup: 'l' }
  expect((await request({}, undefined, { clientCertificates, disableStrictSSL: true })).tls).toEqual({
    cert: 'c',
    key: 'k',
    rejectUnauthorized: false,
  })
})

describe('base URIs', () => {
  it('of many slashes are cut in one go', async () => {
    const { ms } = await cpuTimeUntil(() => readCredentials(connectionTo(`https://api.example/${'/'.repeat(300_000)}x`, {}), signInPorts))
    expect(ms).toBeLessThan(1_000)
  })

  it('with a percent sign in their password are taken as they are', async () => {
    const { headers: made } = await readCredentials(connectionTo('https://u:100%@api.example', {}), signInPorts)
    expect(made([''])).toEqual({ authorization: `Basic ${btoa('u:100%')}` })
  })
})
