/** A token that ends in the middle of runs: one worker renews it for all, nothing is lost, and nobody asks twice. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { client, startAuthorizationServer, type AuthorizationServer } from '../harness/authorization-server.ts'
import { ended, make, numbered, startRun, until } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

const api = apiForFile()
let server: AuthorizationServer
beforeAll(async () => {
  server = await startAuthorizationServer({ redirectURIs: [`${api.url}/connection/oauth2callback`], records: numbered(150) })
})
afterAll(() => server.close())

it(
  'is renewed once for two workers, in the middle of their runs, with a refresh token that can be used once',
  { timeout: 120_000 },
  async () => {
    const oauth = {
      grantType: 'authorizecode',
      authURI: `${server.origin}/auth`,
      tokenURI: `${server.origin}/token`,
      clientId: client.id,
      clientSecret: client.secret,
      scope: ['openid', 'offline_access'],
    }
    const http = {
      mediaType: 'json',
      baseURI: server.origin,
      concurrencyLevel: 6,
      auth: { type: 'oauth', oauth },
      ping: { relativeURI: '/source/orders' },
    }
    const _connectionId = (await make(api, 'connections', { name: 'Shop', type: 'http', http }))._id
    const { body } = await api.call('GET', `/v1/connections/${_connectionId}/oauth2`)
    expect((await fetch(await server.agree(body.authorizationURL))).status).toBe(200)
    const signedInAt = Date.now()
    const flow = async (name: string): Promise<string> => {
      const source = (
        await make(api, 'exports', {
          name,
          _connectionId,
          adaptorType: 'HTTPExport',
          http: { method: 'GET', relativeURI: '/source/orders' },
        })
      )._id
      const sink = (
        await make(api, 'imports', {
          name,
          _connectionId,
          adaptorType: 'HTTPImport',
          http: { method: ['POST'], relativeURI: [`/sink/${name}`] },
        })
      )._id
      return (
        await make(api, 'flows', { name, pageGenerators: [{ _exportId: source }], pageProcessors: [{ type: 'import', _importId: sink }] })
      )._id as string
    }
    const flows = [await flow('a'), await flow('b')]
    server.slow = 120
    await Promise.all([0, 1].map(() => startWorkerProcess(api.config, { SLUICE_CONCURRENCY: '1' })))
    const runs = await Promise.all(flows.map((id) => startRun(api, id)))
    const sent = (name: string): number => server.requests.filter((line) => line === `POST /sink/${name} 200`).length
    await until(async () => (sent('a') > 3 && sent('b') > 3 ? true : undefined))
    await until(async () => (Date.now() - signedInAt > 5100 ? true : undefined))
    expect(sent('a') + sent('b')).toBeLessThan(250)
    const before = server.asked.length
    server.forgetAccessTokens()
    for (const run of runs) expect(await ended(api, run)).toMatchObject({ status: 'completed', numError: 0 })
    expect(server.requests.filter((line) => line.endsWith(' 401')).length).toBeGreaterThan(0)
    expect(server.asked.slice(before).map(({ grant }) => grant)).toEqual(['refresh_token'])
    expect([sent('a'), sent('b')]).toEqual([150, 150])
  },
)
