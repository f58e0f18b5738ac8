/** What holds for every operation of the contract, read off the contract: one that is added is tested here without being named. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { codeOf, errors, statusOf, type ErrorCode } from '../../src/contract/errors.ts'
import { openapi } from '../../src/contract/openapi.ts'
import { outsideIds } from '../../src/contract/openapi-outside.ts'
import type { Operation } from '../../src/contract/operation.ts'
import { documentOperations, named, operations } from '../../src/contract/operations/index.ts'
import { state } from '../../src/contract/operations/documents/key-value-state.ts'
import { schemas } from '../../src/contract/schemas.ts'
import { apiForFile } from '../harness/api.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let theirEnvironment: string
let theirs: Ids & { job: string; errorJob: string; retryDataKey: string; ashare: string; accessToken: string; session: string }
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  theirs = {
    ...(await makeOneOfEach(api.stranger)),
    job: '',
    errorJob: '',
    retryDataKey: 'their-key',
    ashare: '',
    accessToken: '',
    session: '',
  }
  const { body } = await api.stranger('POST', `/v1/flows/${theirs.flows}/run`)
  const shared = await api.stranger('POST', '/v1/invite', { email: 'friend@example.com', accessLevel: 'manage' })
  const token = await api.stranger('POST', '/v1/accesstokens', { name: 'theirs', fullAccess: true })
  theirs = {
    ...theirs,
    job: body._jobId,
    errorJob: (await api.stranger('POST', '/v1/errors/jobs', { _flowId: theirs.flows, action: 'resolve', filter: {} })).body._id,
    ashare: shared.body._id,
    accessToken: token.body._id,
    session: await signInWith(token.body.token),
  }
  theirEnvironment = (await api.stranger('GET', '/v1/tokenInfo')).body._userId
  const common = { occurredAt: new Date().toISOString(), source: 'application', code: '500', message: 'no', _flowJobId: theirs.job }
  const error = {
    ...common,
    errorId: 'their-error',
    stepId: theirs.imports,
    retryDataKey: theirs.retryDataKey,
    retry: { data: { theirs: true } },
  }
  await api.world.store.transaction((rows) => rows.flowErrors.add(theirEnvironment, theirs.flows, [error]))
  for (const of of ['', ...Object.values(theirs)]) await api.world.store.state.put(theirEnvironment, of, theirKey, '{"theirs":true}')
})

/** Answers the id of the session. */
async function signInWith(token: string): Promise<string> {
  const page = { 'sec-fetch-site': 'same-origin', 'x-sluice-console': '1', 'content-type': 'application/json' }
  const signedIn = await fetch(`${api.url}/v1/session`, { method: 'POST', headers: page, body: JSON.stringify({ token }) })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  return ((await (await fetch(`${api.url}/v1/session`, { headers: { cookie } })).json()) as { _id: string })._id
}

const all = Object.entries(operations)
/** Served to those who have yet to show who they are. */
const atTheDoor = (operation: Operation): boolean => operation.withoutToken === true
const withParams = all.filter(([, { params }]) => params !== undefined)

/** In every state of the stranger's. */
const theirKey = 'their-key'
/** Writes the caller's own under whichever key is told, whoever else has one of that name. */
const ownKey: ReadonlySet<string> = new Set(['putStateValue'])

/** A body that is right, for operations that need one: without it a refusal of the body would hide what is tested. An operation without one here fails. */
const bodies: Readonly<Record<string, () => unknown>> = {
  ...Object.fromEntries(
    Object.entries(documentOperations)
      .filter(([, { operation }]) => operation.body)
      .map(([id, { collection }]) => [id, () => samples[collection](ids)]),
  ),
  patchIntegration: () => [{ op: 'replace', path: '/settings', value: { changed: true } }],
  ...Object.fromEntries(Object.keys(state).map((id) => [id, () => ({ changed: true })])),
  patchScript: () => [{ op: 'replace', path: '/debugUntil', value: new Date().toISOString() }],
  getSettingsForm: () => ({}),
  patchFlow: () => [{ op: 'replace', path: '/disabled', value: true }],
  patchExport: () => [{ op: 'replace', path: '/assistantMetadata', value: { changed: true } }],
  patchImport: () => [{ op: 'replace', path: '/assistantMetadata', value: { changed: true } }],
  registerConnectionToIntegrationByBody: () => ({ _connectionId: ids.connections }),
  replaceFlowConnection: () => ({ _connectionId: ids.connections, _newConnectionId: ids.connections }),
  replaceExportConnection: () => ({ _newConnectionId: ids.connections }),
  replaceImportConnection: () => ({ _newConnectionId: ids.connections }),
  cloneIntegration: () => ({ connectionMap: {} }),
  cloneFlow: () => ({ _integrationId: ids.integrations }),
  cloneApi: () => ({ version: 'v2' }),
  cloneExport: () => ({}),
  cloneImport: () => ({}),
  createIntegrationRevision: () => ({ description: 'As it was' }),
  planRevision: () => ({ type: 'pull', _fromIntegrationId: ids.integrations }),
  pullIntegration: () => ({ _fromIntegrationId: ids.integrations, description: 'What is new' }),
  revertIntegration: () => ({ _revertToRevisionId: ids.integrations, description: 'As it was' }),
  importIntegrationFiles: () => new Uint8Array([0]),
  resolveRevisionConflicts: () => ({ use: 'ours' }),
  applyRevision: () => ({ confirm: [] }),
  completeRevisionInstallStep: () => ({ _sourceConnectionId: ids.connections, _connectionId: ids.connections }),
  pingVirtualConnection: () => samples.connections(ids),
  invokeExport: () => ({}),
  invokeImport: () => ({ data: [{ id: 1 }] }),
  exportOverConnection: () => ({ export: { http: { method: 'GET' } } }),
  exportPageOverConnection: () => ({ export: { http: { method: 'GET' } } }),
  importOverConnection: () => ({ import: { http: { method: ['POST'] } } }),
  mapOverConnection: () => ({ import: { http: { method: ['POST'] } } }),
  runFlow: () => ({}),
  testFlow: () => ({}),
  testApi: () => ({}),
  testTool: () => ({}),
  previewFilter: () => ({ filter: {}, records: [{}] }),
  previewTransform: () => ({ transform: {}, records: [{}] }),
  previewTemplate: () => ({ template: '{{record.id}}', step: 'import', records: [{ id: 1 }] }),
  previewFunction: () => ({ content: 'function f() { return 1 }', function: 'f' }),
  queryExecutionLogs: () => ({ _expOrImpId: theirs.imports, groupId: 'theirs', recordId: 'theirs' }),
  queryExecutionLogData: () => ({ _expOrImpId: theirs.imports, groupId: 'theirs', recordId: 'theirs', stage: 'apiCall' }),
  patchConnection: () => [{ op: 'replace', path: '/debugDate', value: new Date().toISOString() }],
  deleteStepRequests: () => ({ keys: ['their-key'] }),
  listCurrentJobs: () => ({}),
  listLatestJobs: () => ({ _flowIds: [ids.flows] }),
  listFlowRunStats: () => ({}),
  listRunTimeSeries: () => ({}),
  resolveErrors: () => ({ errors: ['their-error'] }),
  resolveApiStepErrors: () => ({ errors: ['their-error'] }),
  resolveToolStepErrors: () => ({ errors: ['their-error'] }),
  countMatchingErrors: () => ({ filter: {} }),
  startErrorJob: () => ({ _flowId: theirs.flows, action: 'resolve', filter: {} }),
  changeMatchingErrors: () => ({ filter: {}, resolve: true }),
  retryErrors: () => ({ retryDataKeys: [theirs.retryDataKey] }),
  updateRetryData: () => ({ data: { changed: true } }),
  createUpload: () => ({ fileName: 'orders.csv' }),
  appendUpload: () => new Uint8Array([0]),
  upsertLookupCacheData: () => ({ data: [{ key: 'changed', value: true }] }),
  updateApiGrouping: () => ({ _apiIds: [ids.apis], _apiGroupingId: null }),
  getLookupCacheData: () => ({}),
  assignIntegrationErrors: () => ({ errorIds: ['their-error'], email: 'owner@example.com' }),
  assignStepErrors: () => ({ errorIds: ['their-error'], email: 'owner@example.com' }),
  tagStepErrors: () => ({ errorIds: ['their-error'], tagIds: [] }),
  createAccessToken: () => ({ name: 'mine', fullAccess: true }),
  updateAccessToken: () => ({ name: 'changed', fullAccess: true, revoked: true }),
  createSession: () => ({ token: 'nobody-has-this-one' }),
  redeemPasswordLink: () => ({ oneTimeToken: 'nobody-has-this-one', password: 'long enough to be one' }),
  finishOpenIdSignIn: () => ({ state: 'nobody-began', code: 'this-one' }),
  updatePreferences: () => ({ tilesView: 'list' }),
  updateNotifications: () => [{ _flowId: ids.flows, subscribed: true }],
  updateNotificationSettings: () => ({ frequency: 'daily' }),
  changePassword: () => ({ password: 'long enough to be one' }),
  createConnectorLicense: () => ({ user: { email: 'stranger@example.com' }, _editionId: ids.connectors }),
  updateConnectorLicense: () => ({ expires: '2099-01-01T00:00:00.000Z' }),
  installConnector: () => ({}),
  updateInstallations: () => ({ _integrationIds: [ids.integrations] }),
  changeIntegrationEdition: () => ({}),
  takeInstallStep: () => ({}),
  takeUninstallStep: () => ({}),
  takeChangeEditionStep: () => ({}),
  inviteUser: () => ({ email: 'colleague@example.com', accessLevel: 'monitor' }),
  inviteUsers: () => ({ emails: ['others@example.com'], accessLevel: 'monitor' }),
  updateAShare: () => ({ accessLevel: 'manage' }),
  deleteLookupCacheData: () => ({ keys: ['changed'] }),
}

/** The stranger's id for each parameter of a path, or one that is in no account. An unknown parameter fails. */
function valueOf({ path }: Operation, param: string): string {
  if (param === 'key') return theirKey
  if (param === 'retryDataKey') return theirs.retryDataKey
  if (param === 'reqAndResKey') return 'their-key'
  if (param === '_resourceId') return theirs.exports
  if (param === '_jobId') return theirs.job
  if (param === 'index') return '0'
  if (param === '_licenseId' || param === '_fileId') return nobody
  if (param === 'resourceType') return 'flows'
  if (param === '_revisionId') return theirs.integrations
  if (param === '_stepId') return theirs.imports
  if (param === '_integrationId') return theirs.integrations
  if (param === '_connectionId') return theirs.connections
  const root = path.split('/')[2] ?? ''
  if (param === '_id' && root === 'jobs') return theirs.job
  if (param === '_id' && root === 'errors') return theirs.errorJob
  if (param === '_id' && root === 'recycleBinTTL') return theirs.flows
  if (param === '_id' && root === 'ashares') return theirs.ashare
  if (param === '_id' && root === 'accesstokens') return theirs.accessToken
  if (param === '_id' && root === 'sessions') return theirs.session
  if (param === '_id' && root in theirs) return theirs[root as keyof Ids]
  throw new Error(`say what the stranger has as ${param} of ${path}`)
}

/** Of operations that need one. */
const queries: Readonly<Record<string, string>> = {
  deleteExecutionLogs: '?startedAt=2026-01-01&endAt=2026-01-02',
  searchExecutionLogs: '?traceKey=theirs',
  appendUpload: '?offset=0',
}
const pathOf = (operation: Operation): string => operation.path.replace(/:(\w+)/g, (_all, param: string) => valueOf(operation, param))

function bodyOf(id: string, operation: Operation): unknown {
  if (!operation.body) return undefined
  const body = bodies[id]
  if (!body) throw new Error(`say what a right body of ${id} is`)
  return body()
}

/** Everything of the stranger's, to tell whether anything changed. */
const everythingOfTheirs = async (): Promise<string> => {
  const tables = [
    'documents',
    'edges',
    'jobs',
    'error_jobs',
    'flow_errors',
    'retry_data',
    'recorded_requests',
    'open_errors',
    'lookup_cache_data',
    'revisions',
    'integration_state',
  ]
  const ofAccount = ['ashares', 'tokens']
  const rows = [
    ...tables.map((table) => [table, 'env_id']),
    ...ofAccount.map((table) => [table, 'account_id']),
    ['user_sessions', 'user_id'],
  ].map(([table, owner]) => `select '${table}' as source, t::text as row from sluice.${table} t where ${owner} = $1`)
  return JSON.stringify((await api.database.pool.query(`${rows.join(' union all ')} order by 1, 2`, [theirEnvironment])).rows)
}

test('there are operations', () => {
  expect(all.length).toBe(Object.keys(named).length + Object.keys(documentOperations).length)
  expect(withParams.length).toBeGreaterThan(20)
})

describe.each(all)('%s', (id, operation) => {
  test('is served: its route is known', async () => {
    const { status, text } = await api.call(operation.method, operation.path.replace(/:\w+/g, 'abc'), undefined, {
      'content-type': 'text/x',
    })
    expect(text).not.toContain('There is no ')
    expect(status).toBeLessThan(500)
  })

  test('refuses a request without a token, and one with a wrong token', async () => {
    if (atTheDoor(operation))
      return expect([
        '/v1/session',
        '/v1/session/methods',
        '/v1/session/password',
        '/v1/session/openid',
        '/v1/session/openid/callback',
      ]).toContain(operation.path)
    const init = { method: operation.method, ...(operation.body && { body: JSON.stringify(bodyOf(id, operation)) }) }
    const headers = { 'content-type': 'application/json' }
    const missing = await fetch(api.url + pathOf(operation), { ...init, headers })
    expect({ status: missing.status, body: await missing.json() }).toEqual({ status: 401, body: { message: 'Unauthorized' } })
    const wrong = await fetch(api.url + pathOf(operation), { ...init, headers: { ...headers, authorization: 'Bearer x' } })
    expect({ status: wrong.status, body: await wrong.json() }).toEqual({ status: 401, body: { message: 'Bearer Authentication Failed' } })
  })
})

describe.each(withParams.filter(([id]) => !ownKey.has(id)))('%s', (id, operation) => {
  test("answers a stranger's id with 404, as if there were nothing, and changes nothing", async () => {
    const before = await everythingOfTheirs()
    // Some lists take an unknown integration for an empty one, unless the caller asks for strictness.
    const strict = { prefer: 'handling=strict' }
    const { status, body } = await api.call(operation.method, pathOf(operation) + (queries[id] ?? ''), bodyOf(id, operation), strict)
    expect({ status, code: body?.errors?.[0]?.code }).toEqual({ status: 404, code: 'invalid_ref' })
    expect(body.errors[0].message).not.toMatch(/account|permission|forbidden/i)
    expect(await everythingOfTheirs()).toBe(before)
  })

  test('documents its 404', () => {
    expect(operation.errors).toContain('not_found')
  })
})

test.each([...ownKey])("%s: the caller's own key, and nothing of a stranger's who has one of the same name", async (id) => {
  const operation = operations[id] as Operation
  const before = await everythingOfTheirs()
  expect((await api.call(operation.method, pathOf(operation), bodyOf(id, operation))).status).toBe(200)
  expect(await everythingOfTheirs()).toBe(before)
  expect((await api.call('DELETE', pathOf(operation))).status).toBe(204)
})

describe('the document of the contract', () => {
  const committed = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, Record<string, { operationId: string; responses: Record<string, Answered | { $ref: string }> }>>
    components: { responses: Record<string, Answered> }
  }
  interface Answered {
    readonly description: string
  }
  /** Answers of several operations are written once, and linked. */
  const followed = (answer: Answered | { $ref: string } | undefined): Answered | undefined =>
    answer && '$ref' in answer ? committed.components.responses[answer.$ref.split('/').at(-1) ?? ''] : answer

  test('openapi.json is what the contract says: `npm run -s openapi` makes it anew', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(openapi(operations, schemas, manifest.version))))
  })

  test('/openapi.json serves the same, to everybody', async () => {
    const served = (await (await fetch(`${api.url}/openapi.json`)).json()) as typeof committed & { info: { version: string } }
    expect({ ...served, info: { ...served.info, version: manifest.version } }).toEqual(committed)
  })

  test('every operation is in it under its name, and what is called from outside', () => {
    const found = Object.values(committed.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
    expect(found.toSorted()).toEqual([...Object.keys(operations), ...outsideIds].toSorted())
  })

  test('every error code that an operation names exists, and stands with its status', () => {
    for (const [id, { errors: names, path, method }] of all) {
      const responses = committed.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]?.responses ?? {}
      for (const name of names) {
        expect(Object.keys(errors)).toContain(name)
        expect({ id, text: followed(responses[String(statusOf(name))])?.description }).toMatchObject({
          text: expect.stringContaining(`\`${codeOf(name)}\``),
        })
      }
    }
  })

  /** Answers of the server itself, before an operation is known. */
  const ofTheServer: readonly ErrorCode[] = ['unknown_route', 'method_not_allowed', 'uri_too_long', 'header_too_large']

  test('every error code is documented with an operation, or is one of the server itself', () => {
    const everywhere: readonly ErrorCode[] = [
      'access_denied',
      'rate_limited',
      'too_many_at_once',
      'server_busy',
      'invalid_header_value',
      'access_restricted',
      'internal_error',
      'service_unavailable',
      'malformed_json',
      'request_too_large',
      'unsupported_media_type',
    ]
    const ofOperations = new Set<string>([...everywhere, ...all.flatMap(([, { errors: names }]) => names)])
    expect(
      Object.keys(errors)
        .filter((name) => !ofOperations.has(name))
        .toSorted(),
    ).toEqual(ofTheServer.toSorted())
  })
})

describe('/docs', () => {
  test('is one page that loads nothing from elsewhere', async () => {
    const response = await fetch(`${api.url}/docs`)
    const page = await response.text()
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'self'/)
    expect(page).not.toMatch(/https?:\/\/|src="\/\/|href="\/\//)
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '')
    expect(assets.length).toBeGreaterThan(2)
    for (const path of assets) {
      expect(path).toMatch(/^\/docs\//)
      expect({ path, status: (await fetch(api.url + path)).status }).toEqual({ path, status: 200 })
    }
  })

  test('its script loads the document of this server', async () => {
    const script = await (await fetch(`${api.url}/docs/page.js`)).text()
    expect(script).toContain("url: '/openapi.json'")
    expect(script).not.toMatch(/https?:\/\//)
  })

  test('its assets are no way out of their folder', async () => {
    for (const path of [
      '/docs/assets/%2e%2e/package.json',
      '/docs/assets/..%2f..%2f..%2fpackage.json',
      '/docs/assets/%5c..%5cpackage.json',
    ])
      expect({ path, status: (await fetch(api.url + path)).status }).toEqual({
        path,
        status: expect.toSatisfy((n: number) => n === 403 || n === 404),
      })
  })
})
