/** What connections sign in with ends in the middle of runs: one worker renews it for all, nothing is lost, and nothing that signs in is shown. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { assertionSecret, jwtBearer, user } from '../harness/authorization-grants.ts'
import { client, startAuthorizationServer, type AuthorizationServer } from '../harness/authorization-server.ts'
import { ended, make, numbered, startRun, until } from '../harness/flows.ts'
import { login, startSessionApplication, type SessionApplication } from '../harness/session-application.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

const api = apiForFile()
const records = numbered(30)
/** Requests of each run that are answered before what it signed in with ends. */
const early = 6
/** What was obtained is not renewed for a refusal within its first 5 s. Milliseconds. */
const freshMs = 5100

type Application = Pick<AuthorizationServer, 'origin' | 'handedOut' | 'requests' | 'taken' | 'hold' | 'forgetAccessTokens' | 'close'> &
  Pick<AuthorizationServer | SessionApplication, 'asked'>

interface Case {
  readonly start: () => Promise<Application>
  readonly http: (origin: string) => object
  /** How the connection signs in before the runs, and how it renews what it obtained. */
  readonly asked: readonly [first: string, renewal: string]
  /** It is renewed because it said when it ends, before any request is refused. */
  readonly endsBySchedule?: true
}

const authorizationServer = () => startAuthorizationServer({ redirectURIs: [`${api.url}/connection/oauth2callback`], records })
const oauth = (origin: string, fields: object) => ({
  auth: { type: 'oauth', oauth: { tokenURI: `${origin}/token`, clientId: client.id, clientSecret: client.secret, ...fields } },
})
const fetchedToken = () => ({
  auth: {
    type: 'token',
    token: {
      location: 'header',
      refreshToken: login.refreshToken,
      refreshMethod: 'PUT',
      refreshRelativeURI: '/session',
      refreshMediaType: 'json',
      refreshHeaders: [{ name: 'X-Key', value: '{{connection.http.encrypted.key}}' }],
      refreshBody: '{"with":"{{connection.http.auth.token.refreshToken}}"}',
      tokenPaths: ['refresh_token'],
    },
  },
  encrypted: { key: login.key },
})
const cookie = () => ({
  auth: { type: 'cookie', cookie: { uri: '/login', method: 'POST', body: '{"password":"{{connection.http.encrypted.password}}"}' } },
  encrypted: { password: login.password },
})

const cases: Readonly<Record<string, Case>> = {
  'OAuth 2, authorization code': {
    start: authorizationServer,
    http: (origin) => oauth(origin, { grantType: 'authorizecode', authURI: `${origin}/auth`, scope: ['openid', 'offline_access'] }),
    asked: ['authorization_code', 'refresh_token'],
  },
  'OAuth 2, client credentials': {
    start: authorizationServer,
    http: (origin) => oauth(origin, { grantType: 'clientcredentials', scope: ['orders'] }),
    asked: ['client_credentials', 'client_credentials'],
  },
  'OAuth 2, user name and password': {
    start: authorizationServer,
    http: (origin) => oauth(origin, { grantType: 'password', username: user.name, password: user.password }),
    asked: ['password', 'refresh_token'],
  },
  jwtbearer: {
    start: authorizationServer,
    http: (origin) => {
      const payload = { iss: user.name, aud: origin, exp: 4_102_444_800 }
      const { auth } = oauth(origin, {})
      return { auth: { ...auth, type: 'jwtbearer', jwt: { signatureMethod: 'hmac-sha256', secret: assertionSecret, payload } } }
    },
    asked: [jwtBearer, jwtBearer],
  },
  'token with refreshToken, refreshHeaders and refreshMethod': {
    start: () => startSessionApplication({ records }),
    http: fetchedToken,
    asked: ['PUT /session', 'PUT /session'],
  },
  'token that says when it ends': {
    start: () => startSessionApplication({ records, seconds: 4 }),
    http: fetchedToken,
    asked: ['PUT /session', 'PUT /session'],
    endsBySchedule: true,
  },
  cookie: {
    start: () => startSessionApplication({ records }),
    http: cookie,
    asked: ['POST /login', 'POST /login'],
  },
  'cookie that says when it ends': {
    start: () => startSessionApplication({ records, seconds: 4 }),
    http: cookie,
    asked: ['POST /login', 'POST /login'],
    endsBySchedule: true,
  },
}

const soon = (): string => new Date(Date.now() + 600_000).toISOString()

interface Shop {
  readonly application: Application
  readonly connectionId: string
  /** A flow for each worker. */
  readonly flows: readonly string[]
}
const shops = new Map<string, Shop>()
beforeAll(async () => {
  for (const [name, each] of Object.entries(cases)) shops.set(name, await openShop(name, each))
})
afterAll(() => Promise.all([...shops.values()].map(({ application }) => application.close())))

async function openShop(name: string, { start, http, endsBySchedule }: Case): Promise<Shop> {
  const application = await start()
  const { origin } = application
  const doc = {
    name,
    type: 'http',
    debugDate: soon(),
    http: { mediaType: 'json', baseURI: origin, concurrencyLevel: 10, ping: { relativeURI: '/source/orders' }, ...http(origin) },
  }
  const _connectionId = (await make(api, 'connections', doc))._id as string
  if (name.endsWith('authorization code')) {
    const { body } = await api.call('GET', `/v1/connections/${_connectionId}/oauth2`)
    expect((await fetch(await (application as AuthorizationServer).agree(body.authorizationURL))).status).toBe(200)
  }
  const flows: string[] = []
  for (const run of ['a', 'b']) {
    const source = { name, _connectionId, adaptorType: 'HTTPExport', pageSize: 3, http: { method: 'GET', relativeURI: '/source/orders' } }
    const sink = { name, _connectionId, adaptorType: 'HTTPImport', http: { method: ['POST'], relativeURI: [`/sink/${run}`] } }
    const flow = {
      name,
      logging: { mode: 'debug', debugUntil: soon() },
      pageGenerators: [{ _exportId: (await make(api, 'exports', source))._id }],
      pageProcessors: [{ type: 'import', _importId: (await make(api, 'imports', sink))._id }],
    }
    flows.push((await make(api, 'flows', flow))._id)
  }
  holdInTheMiddle(application, endsBySchedule === true)
  return { application, connectionId: _connectionId, flows }
}

/** Requests of both runs wait after the first of each, with what they were signed in with, and go on when that is not accepted any more. */
function holdInTheMiddle(application: Application, endsBySchedule: boolean): void {
  const came = new Map<string, number>()
  let release = (): void => undefined
  const isOver = new Promise<void>((over) => (release = over))
  let isWaiting = false
  application.hold = async (pathname) => {
    if (!pathname.startsWith('/sink/')) return
    came.set(pathname, (came.get(pathname) ?? 0) + 1)
    if ((came.get(pathname) ?? 0) <= early) return
    if (!isWaiting && [...came.values()].filter((count) => count > early).length === 2) {
      isWaiting = true
      setTimeout(() => {
        if (!endsBySchedule) application.forgetAccessTokens()
        release()
      }, freshMs)
    }
    await isOver
  }
}

/** As many runs as there are cases, one in each worker: pages one after the other, so that a run leaves slots of its connection to the other. */
const startWorker = () =>
  startWorkerProcess(api.config, { SLUICE_CONCURRENCY: String(shops.size), SLUICE_PAGES_IN_FLIGHT: '1', SLUICE_LOG_LEVEL: 'debug' })

it(
  'is renewed once for two workers, in the middle of their runs, and no record, error, log or debug line tells of it',
  { timeout: 120_000 },
  async () => {
    const runs: { name: string; flow: string; run: string }[] = []
    const workers: Awaited<ReturnType<typeof startWorker>>[] = []
    for (const place of [0, 1]) {
      workers.push(await startWorker())
      for (const [name, { flows }] of shops)
        runs.push({ name, flow: flows[place] as string, run: await startRun(api, flows[place] as string) })
      // So each worker has one run of each connection: the first one has no place for another.
      for (const { application } of shops.values())
        await until(() => (application.requests.some((line) => line.includes(`/sink/${'ab'[place]}`)) ? true : undefined))
    }
    const secrets = [client.secret, user.password, assertionSecret, ...Object.values(login)]
    const told: string[] = []
    const tell = async (path: string, body?: object): Promise<string> => {
      const { text } = await api.call(body ? 'POST' : 'GET', path, body)
      told.push(text)
      return text
    }
    for (const { name, flow, run } of runs) {
      const job = await ended(api, run)
      expect([name, job]).toMatchObject([name, { status: 'completed', numError: 0, numSuccess: records.length }])
      await tell(`/v1/jobs/${run}`)
      const path = `/v1/flows/${flow}/jobs/${run}/logs`
      const { logs } = await until(async () => (await api.call('GET', `${path}?stage=apiCall`)).body)
      for (const { _expOrImpId, groupId, recordId, stage } of logs
        .filter(({ status }: { status: string }) => status === 'error')
        .slice(0, 2))
        expect(await tell(`${path}/data/query`, { _expOrImpId, groupId, recordId, stage })).toContain('******')
    }
    for (const [name, { application, connectionId }] of shops) {
      const { asked, requests, handedOut } = application
      const { endsBySchedule, asked: expected } = cases[name] as Case
      expect([name, asked.map((each) => (typeof each === 'string' ? each : each.grant))]).toEqual([name, expected])
      for (const run of ['a', 'b']) {
        expect([name, requests.filter((line) => line === `POST /sink/${run} 200`).length]).toEqual([name, records.length])
        // The runs were in the middle, both of them, when it ended.
        expect([name, requests.some((line) => line === `POST /sink/${run} 401`)]).toEqual([name, !endsBySchedule])
      }
      expect(await tell(`/v1/connections/${connectionId}/debug`)).toContain(endsBySchedule ? '< 200' : '< 401')
      await tell(`/v1/connections/${connectionId}`)
      secrets.push(...handedOut)
    }
    const all = [...told, ...workers.map(({ said }) => said())].join('\n')
    expect(secrets.length).toBeGreaterThan(20)
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
  },
)
