/**
 * Access levels, for every operation of the contract: what is expected is written down here and not read off the contract, and an operation without an
 * expectation fails. Nothing is changed on the way: what a caller may do is asked of ids that nobody has.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { AccessLevel, Operation } from '../../src/contract/operation.ts'
import { documentOperations, named, operations, type Named, type Verb } from '../../src/contract/operations/index.ts'
import { nameOperations } from '../../src/contract/operations/documents/key-value-state.ts'
import { apiForFile } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const verbs: Readonly<Record<Verb, AccessLevel>> = {
  list: 'monitor',
  create: 'manage',
  read: 'monitor',
  replace: 'manage',
  remove: 'manage',
  dependencies: 'monitor',
  audit: 'monitor',
}
const administered: ReadonlySet<string> = new Set(['createEnvironment', 'updateEnvironment', 'deleteEnvironment'])

const ofState = { list: 'monitor', deleteAll: 'manage', get: 'monitor', put: 'manage', delete: 'manage' } as const

const expectedOfNamed: Readonly<Record<keyof Named, AccessLevel>> = {
  patchScript: 'manage',
  listScriptLogs: 'monitor',
  ...nameOperations('', ofState),
  ...nameOperations('Integration', ofState),
  ...nameOperations('Flow', ofState),
  ...nameOperations('Export', ofState),
  ...nameOperations('Import', ofState),
  ...nameOperations('Connection', ofState),
  getSettingsForm: 'monitor',
  patchIntegration: 'manage',
  patchFlow: 'manage',
  patchExport: 'manage',
  patchImport: 'manage',
  listIntegrationErrors: 'monitor',
  listIntegrationFlows: 'monitor',
  listIntegrationExports: 'monitor',
  listIntegrationImports: 'monitor',
  listIntegrationConnections: 'monitor',
  listIntegrationAsyncHelpers: 'monitor',
  listIntegrationAshares: 'monitor',
  registerConnectionToIntegration: 'manage',
  registerConnectionToIntegrationByBody: 'manage',
  unregisterConnectionFromIntegration: 'manage',
  previewCloneIntegration: 'monitor',
  cloneIntegration: 'manage',
  cloneFlow: 'manage',
  cloneApi: 'manage',
  cloneExport: 'manage',
  cloneImport: 'manage',
  listRecycleBin: 'monitor',
  restoreFromRecycleBin: 'manage',
  purgeFromRecycleBin: 'manage',
  getIntegrationTreeMetadata: 'monitor',
  listIntegrationRevisions: 'monitor',
  getIntegrationRevision: 'monitor',
  getIntegrationRevisionDiff: 'monitor',
  createIntegrationRevision: 'manage',
  planRevision: 'manage',
  pullIntegration: 'manage',
  revertIntegration: 'manage',
  listRevisionConflicts: 'monitor',
  resolveRevisionConflicts: 'manage',
  completeRevisionInstallStep: 'manage',
  applyRevision: 'manage',
  refreshRevision: 'manage',
  cancelRevision: 'manage',
  diffIntegration: 'monitor',
  exportIntegrationFiles: 'monitor',
  importIntegrationFiles: 'manage',
  runFlow: 'monitor',
  pingConnection: 'manage',
  getAuthorizationURL: 'manage',
  signOutConnection: 'manage',
  pingConnectionByPost: 'manage',
  testConnection: 'manage',
  pingVirtualConnection: 'manage',
  invokeExport: 'manage',
  testFlow: 'manage',
  testApi: 'manage',
  testTool: 'manage',
  previewFilter: 'manage',
  previewTransform: 'manage',
  previewTemplate: 'manage',
  previewFunction: 'manage',
  listExecutionLogs: 'monitor',
  searchExecutionLogs: 'monitor',
  queryExecutionLogs: 'monitor',
  queryExecutionLogData: 'monitor',
  deleteExecutionLogs: 'manage',
  patchConnection: 'manage',
  getConnectionDebug: 'manage',
  getConnectionDebugOfResource: 'manage',
  deleteConnectionDebug: 'manage',
  listStepRequests: 'monitor',
  getStepRequest: 'monitor',
  deleteStepRequests: 'manage',
  invokeImport: 'manage',
  exportOverConnection: 'manage',
  exportPageOverConnection: 'manage',
  importOverConnection: 'manage',
  mapOverConnection: 'manage',
  getJob: 'monitor',
  listJobs: 'monitor',
  listLatestFlowJobs: 'monitor',
  listLatestIntegrationJobs: 'monitor',
  listCurrentJobs: 'monitor',
  listLatestJobs: 'monitor',
  listJobErrors: 'monitor',
  listErrorsOfJob: 'monitor',
  getJobDiagnostics: 'monitor',
  listFlowRunStats: 'monitor',
  listRunTimeSeries: 'monitor',
  listRuns: 'monitor',
  getFlowStats: 'monitor',
  streamEvents: 'monitor',
  listTiles: 'monitor',
  listHttpConnectors: 'monitor',
  listNotifications: 'monitor',
  updateNotifications: 'monitor',
  getNotificationSettings: 'monitor',
  updateNotificationSettings: 'monitor',
  testNotifications: 'monitor',
  listNotificationMessages: 'monitor',
  cancelJob: 'manage',
  listApiCalls: 'monitor',
  getApiCall: 'monitor',
  getApiStats: 'monitor',
  listApiErrors: 'monitor',
  listApiStepErrors: 'monitor',
  listResolvedApiStepErrors: 'monitor',
  resolveApiStepErrors: 'monitor',
  listApiStepRequests: 'monitor',
  getApiStepRequest: 'monitor',
  listToolErrors: 'monitor',
  listToolStepErrors: 'monitor',
  listResolvedToolStepErrors: 'monitor',
  resolveToolStepErrors: 'monitor',
  listFlowErrors: 'monitor',
  countMatchingErrors: 'monitor',
  changeMatchingErrors: 'monitor',
  downloadErrors: 'monitor',
  searchFlowErrors: 'monitor',
  searchIntegrationErrors: 'monitor',
  startErrorJob: 'monitor',
  listErrorJobs: 'monitor',
  getErrorJob: 'monitor',
  cancelErrorJob: 'monitor',
  downloadErrorJob: 'monitor',
  listNextRuns: 'monitor',
  getFlowTemplate: 'monitor',
  getIntegrationTemplate: 'monitor',
  getLastExportDateTime: 'monitor',
  listFlowDescendants: 'monitor',
  searchDocuments: 'monitor',
  listStepErrors: 'monitor',
  listExportErrors: 'monitor',
  listImportErrors: 'monitor',
  listResolvedErrors: 'monitor',
  resolveErrors: 'monitor',
  retryErrors: 'monitor',
  getRetryData: 'monitor',
  updateRetryData: 'manage',
  createUpload: 'manage',
  appendUpload: 'manage',
  listUploads: 'monitor',
  deleteUpload: 'manage',
  upsertLookupCacheData: 'manage',
  getLookupCacheData: 'monitor',
  deleteLookupCacheData: 'manage',
  purgeLookupCacheData: 'manage',
  getSystemToken: 'manage',
  rotateSystemToken: 'manage',
  updateApiGrouping: 'manage',
  replaceFlowConnection: 'manage',
  replaceExportConnection: 'manage',
  replaceImportConnection: 'manage',
  listAudit: 'monitor',
  getTokenInfo: 'monitor',
  listIntegrationCloneFamily: 'monitor',
  getIntegrationILMIgnoreFields: 'monitor',
  assignIntegrationErrors: 'monitor',
  assignStepErrors: 'monitor',
  tagStepErrors: 'monitor',
  listAccessTokens: 'monitor',
  createAccessToken: 'monitor',
  getAccessToken: 'monitor',
  updateAccessToken: 'monitor',
  deleteAccessToken: 'monitor',
  getProfile: 'monitor',
  listSignInMethods: 'monitor',
  createSession: 'monitor',
  getSession: 'monitor',
  deleteSession: 'monitor',
  listSessions: 'monitor',
  endSession: 'monitor',
  endOtherSessions: 'monitor',
  beginOpenIdSignIn: 'monitor',
  finishOpenIdSignIn: 'monitor',
  getPreferences: 'monitor',
  updatePreferences: 'monitor',
  pinTile: 'monitor',
  unpinTile: 'monitor',
  redeemPasswordLink: 'monitor',
  changePassword: 'monitor',
  listConnectorLicenses: 'monitor',
  createConnectorLicense: 'manage',
  getConnectorLicense: 'monitor',
  updateConnectorLicense: 'manage',
  deleteConnectorLicense: 'manage',
  listLicenses: 'monitor',
  previewInstallConnector: 'monitor',
  installConnector: 'manage',
  listInstallBase: 'monitor',
  updateInstallations: 'manage',
  resumeIntegration: 'manage',
  detachIntegrationLicense: 'manage',
  changeIntegrationEdition: 'manage',
  initChildIntegration: 'manage',
  uninstallIntegration: 'manage',
  showInstallStep: 'manage',
  takeInstallStep: 'manage',
  showUninstallStep: 'manage',
  takeUninstallStep: 'manage',
  showChangeEditionStep: 'manage',
  takeChangeEditionStep: 'manage',
  inviteUser: 'administrator',
  inviteUsers: 'administrator',
  listAShares: 'administrator',
  getAShare: 'administrator',
  updateAShare: 'administrator',
  deleteAShare: 'administrator',
  disableAShare: 'administrator',
  reinviteAShare: 'administrator',
  listSharedAShares: 'monitor',
  acceptAShare: 'monitor',
  dismissAShare: 'monitor',
}

/** Operations that no document stands at the beginning of, or that are the whole account's all the same, and what those get whose level is for some integrations only. */
const withoutSubject: Readonly<Record<string, 'refused' | 'served'>> = {
  ...Object.fromEntries(Object.entries(documentOperations).flatMap(([id, { verb }]) => (verb === 'list' ? [[id, 'served']] : []))),
  previewFilter: 'served',
  previewTransform: 'served',
  previewTemplate: 'served',
  previewFunction: 'served',
  updateApiGrouping: 'refused',
  listState: 'refused',
  deleteState: 'refused',
  getStateValue: 'refused',
  putStateValue: 'refused',
  deleteStateValue: 'refused',
  cloneIntegration: 'refused',
  initChildIntegration: 'refused',
  cloneFlow: 'refused',
  cloneApi: 'refused',
  cloneExport: 'refused',
  cloneImport: 'refused',
  listRecycleBin: 'refused',
  restoreFromRecycleBin: 'refused',
  purgeFromRecycleBin: 'refused',
  listAudit: 'refused',
  listLicenses: 'refused',
  pingVirtualConnection: 'served',
  listJobs: 'served',
  listCurrentJobs: 'served',
  listLatestJobs: 'served',
  listFlowRunStats: 'served',
  listRunTimeSeries: 'served',
  listRuns: 'served',
  listTiles: 'served',
  startErrorJob: 'served',
  listErrorJobs: 'served',
  getErrorJob: 'served',
  cancelErrorJob: 'served',
  downloadErrorJob: 'served',
  searchDocuments: 'served',
  streamEvents: 'served',
  listHttpConnectors: 'served',
  listNotifications: 'served',
  updateNotifications: 'served',
  getNotificationSettings: 'served',
  updateNotificationSettings: 'served',
  testNotifications: 'served',
  listNotificationMessages: 'served',
  getTokenInfo: 'served',
  getProfile: 'served',
  listSignInMethods: 'served',
  createSession: 'served',
  getSession: 'served',
  deleteSession: 'served',
  listSessions: 'served',
  endSession: 'served',
  endOtherSessions: 'served',
  beginOpenIdSignIn: 'served',
  finishOpenIdSignIn: 'served',
  getPreferences: 'served',
  updatePreferences: 'served',
  pinTile: 'served',
  unpinTile: 'served',
  redeemPasswordLink: 'served',
  changePassword: 'served',
  listAccessTokens: 'served',
  createAccessToken: 'served',
  getAccessToken: 'served',
  updateAccessToken: 'served',
  deleteAccessToken: 'served',
  listSharedAShares: 'served',
  acceptAShare: 'served',
  dismissAShare: 'served',
}
/** Types whose documents belong to no integration. */
const ofTheAccount: ReadonlySet<string> = new Set([
  'stacks',
  'iclients',
  'mcpservers',
  'templates',
  'connectors',
  'ediprofiles',
  'filedefinitions',
  'environments',
])

const expectedOf = (id: string): AccessLevel => {
  const document = documentOperations[id]
  if (document) return administered.has(id) ? 'administrator' : verbs[document.verb]
  const level = expectedOfNamed[id as keyof Named]
  if (!level) throw new Error(`say who may call ${id}`)
  return level
}

const levels = ['monitor', 'manage', 'administrator'] as const
const api = apiForFile()
let mine: Ids
let others: Ids
let byLevel: Record<AccessLevel, Colleague>
let manager: Colleague
let watcher: Colleague
beforeAll(async () => {
  mine = await makeOneOfEach(api.call)
  await api.call('PUT', `/v1/integrations/${mine.integrations}/connections/${mine.connections}/register`)
  others = await makeOneOfEach(api.call)
  const at = (accessLevel: string) => ({ integrationAccessLevel: [{ _integrationId: mine.integrations, accessLevel }] })
  const made = await Promise.all(levels.map((accessLevel) => colleague(api, `${accessLevel}@example.com`, { accessLevel })))
  byLevel = Object.fromEntries(levels.map((level, i) => [level, made[i]])) as Record<AccessLevel, Colleague>
  manager = await colleague(api, 'manager@example.com', at('manage'))
  watcher = await colleague(api, 'watcher@example.com', at('monitor'))
})

const subjectOf = ({ path }: Operation): keyof Ids | undefined => {
  const [, collection] = /^\/v1\/([^/:]+)\/:_id(?:\/|$)/.exec(path) ?? []
  return collection !== undefined && collection in samples ? (collection as keyof Ids) : undefined
}
const at = ({ path }: Operation, id: string): string => path.replace(':_id', id).replace(/:\w+/g, nobody)
const all = Object.entries(operations)

/** Documented to answer an unknown document with nothing; one that is hidden looks the same. */
const isEmptyWhereHidden = (id: string): boolean =>
  ['listIntegrationFlows', 'listIntegrationExports', 'listIntegrationImports'].includes(id) ||
  documentOperations[id]?.verb === 'dependencies'

describe.each(all)('%s', (id, operation) => {
  const { method, body } = operation
  // A body that no operation takes: it is looked at only once the caller is let through.
  const ask = (who: Colleague, path: string) => who.call(method, path, body && '"nothing of use"')

  test('declares the access level that is expected of it', () => {
    expect(operation.access).toBe(expectedOf(id))
  })

  test('refuses who has a lower level in the account, and nobody else', async () => {
    for (const level of levels) {
      const answer = await ask(byLevel[level], at(operation, nobody))
      const refused = answer.status === 403 && answer.body.errors[0].code === 'access_denied'
      expect({ level, refused }).toEqual({ level, refused: levels.indexOf(level) < levels.indexOf(expectedOf(id)) })
    }
  })

  test('of another integration: is hidden from who has a level in one only', async () => {
    const subject = subjectOf(operation)
    for (const who of [manager, watcher]) {
      const { status, body: answered } = await ask(who, at(operation, subject ? others[subject] : nobody))
      const isLow = expectedOf(id) === 'administrator' || (who === watcher && expectedOf(id) === 'manage')
      if (isLow || withoutSubject[id] === 'refused') expect(status).toBe(403)
      else if (isEmptyWhereHidden(id)) expect({ status, body: answered ?? {} }).toEqual({ status: answered ? 200 : 204, body: {} })
      else if (subject === 'tags') expect(status).toBe(expectedOf(id) === 'monitor' ? 200 : 404)
      else if (subject || /^\/v1\/(?:jobs|ashares)\/:_id/.test(operation.path)) expect(status).toBe(404)
      else
        expect({ status, known: withoutSubject[id] ?? documentOperations[id]?.verb }).toEqual({
          status,
          known: expect.stringMatching(/served|create/),
        })
    }
  })

  test('of their integration: is open to look at, and to change with that level there', async () => {
    const subject = subjectOf(operation)
    if (!subject || subject === 'tags' || withoutSubject[id] === 'refused') return
    const path = at(operation, mine[subject])
    const looks = expectedOf(id) === 'monitor'
    if (ofTheAccount.has(subject)) {
      if (looks) expect((await ask(manager, path)).status).toBe(isEmptyWhereHidden(id) ? 200 : 404)
      return
    }
    // What changes is asked with a body that is refused, or not at all.
    const bySomebody = async (who: Colleague) => (await ask(who, path)).status
    const watched = looks && method !== 'GET' ? 'not asked' : await bySomebody(watcher)
    const managed = looks ? watched : body ? await bySomebody(manager) : 'not asked'
    const isOpen = expect.toSatisfy(
      (status) => status === 'not asked' || status < 403 || status > 404 || (path.includes(nobody) && status === 404),
    )
    expect({ watched, managed }).toEqual({ watched: looks ? isOpen : 403, managed: isOpen })
  })
})

test('every operation has an expectation, and no expectation is left over', () => {
  expect(Object.keys(expectedOfNamed).toSorted()).toEqual(Object.keys(named).toSorted())
})

describe('a manager of one integration', () => {
  test('sees of each list what belongs to it, and nothing else', async () => {
    const collections = (Object.keys(samples) as (keyof Ids)[]).filter((collection) => collection !== 'tags')
    const seen = await Promise.all(
      collections.map(async (collection) => {
        const { status, body } = await manager.call('GET', `/v1/${collection}`)
        return [collection, status === 204 ? [] : body.map(({ _id }: { _id: string }) => _id)] as const
      }),
    )
    const expected = collections.map((collection) => [collection, ofTheAccount.has(collection) ? [] : [mine[collection]]] as const)
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected))
  })

  test('reads and changes what belongs to it', async () => {
    for (const collection of ['integrations', 'flows', 'exports', 'imports', 'connections', 'scripts'] as const) {
      const path = `/v1/${collection}/${mine[collection]}`
      const { body } = await manager.call('GET', path)
      expect({ collection, status: (await manager.call('PUT', path, body)).status }).toEqual({ collection, status: 200 })
    }
    expect((await manager.call('POST', `/v1/flows/${mine.flows}/run`)).status).toBe(201)
  })

  test('builds a flow in it, from parts of their own making', async () => {
    const { body: step } = await manager.call('POST', '/v1/exports', { name: 'Mine', _connectionId: mine.connections })
    expect((await manager.call('GET', `/v1/exports/${step._id}`)).status).toBe(200)
    expect((await watcher.call('GET', `/v1/exports/${step._id}`)).status).toBe(404)
    const flow = { name: 'Mine', _integrationId: mine.integrations, pageGenerators: [{ _exportId: step._id }] }
    expect((await manager.call('POST', '/v1/flows', flow)).status).toBe(201)
    expect((await watcher.call('GET', `/v1/exports/${step._id}`)).status).toBe(200)
  })

  test('makes nothing outside it, and draws nothing into it', async () => {
    const codes = async (method: string, path: string, body: object) => {
      const answer = await manager.call(method, path, body)
      return {
        status: answer.status,
        errors: answer.body.errors.map(({ code, field }: { code: string; field?: string }) => `${code} ${field}`),
      }
    }
    expect(await codes('POST', '/v1/flows', { name: 'F' })).toMatchObject({ status: 403 })
    expect(await codes('POST', '/v1/integrations', { name: 'I' })).toMatchObject({ status: 403 })
    expect(await codes('POST', '/v1/stacks', samples.stacks(mine))).toMatchObject({ status: 403 })
    expect(await codes('POST', '/v1/flows', { name: 'F', _integrationId: others.integrations })).toEqual({
      status: 422,
      errors: ['invalid_ref _integrationId'],
    })
    const drawn = { name: 'F', _integrationId: mine.integrations, pageGenerators: [{ _exportId: others.exports }] }
    expect(await codes('POST', '/v1/flows', drawn)).toEqual({ status: 422, errors: ['invalid_ref pageGenerators.0._exportId'] })
    expect(await codes('PUT', `/v1/flows/${mine.flows}`, drawn)).toMatchObject({ status: 422 })
    for (const method of ['PUT', 'DELETE'])
      expect((await manager.call(method, `/v1/integrations/${mine.integrations}/connections/${others.connections}/register`)).status).toBe(
        404,
      )
    expect(
      (await manager.call('PUT', `/v1/integrations/${mine.integrations}/connections/register`, { _connectionId: others.connections }))
        .status,
    ).toBe(404)
    expect((await manager.call('GET', `/v1/exports/${others.exports}`)).status).toBe(404)
  })

  test('sees the runs of its flows alone, and of dependents only those', async () => {
    const run = async (id: string) => (await api.call('POST', `/v1/flows/${id}/run`)).body._jobId as string
    const [own, foreign] = [await run(mine.flows), await run(others.flows)]
    const { body } = await manager.call('GET', '/v1/jobs?createdAt_gte=2020-01-01')
    const seen = body.map(({ _id }: { _id: string }) => _id)
    expect([seen.includes(own), seen.includes(foreign)]).toEqual([true, false])
    expect([(await manager.call('GET', `/v1/jobs/${own}`)).status, (await manager.call('GET', `/v1/jobs/${foreign}`)).status]).toEqual([
      200, 404,
    ])
    await api.call('POST', '/v1/flows', {
      name: 'Uses it too',
      _integrationId: others.integrations,
      pageGenerators: [{ _exportId: mine.exports }],
    })
    const dependents = (await manager.call('GET', `/v1/exports/${mine.exports}/dependencies`)).body
    expect(JSON.stringify(dependents)).not.toContain('Uses it too')
    expect(JSON.stringify((await api.call('GET', `/v1/exports/${mine.exports}/dependencies`)).body)).toContain('Uses it too')
  })
})

test('a level in an integration is added to a lower one in the account, and draws nothing else in', async () => {
  const both = await colleague(api, 'both@example.com', {
    accessLevel: 'monitor',
    integrationAccessLevel: [{ _integrationId: mine.integrations, accessLevel: 'manage' }],
  })
  const rename = (id: string) => both.call('PATCH', `/v1/flows/${id}`, [{ op: 'replace', path: '/name', value: 'Renamed' }])
  expect([(await rename(mine.flows)).status, (await rename(others.flows)).status]).toEqual([204, 403])
  expect((await both.call('GET', `/v1/flows/${others.flows}`)).status).toBe(200)
  const drawn = { name: 'F', _integrationId: mine.integrations, pageGenerators: [{ _exportId: others.exports }] }
  expect((await both.call('POST', '/v1/flows', drawn)).status).toBe(422)
})

describe('the header integrator-ashareid', () => {
  const codeWith = async (header: string, path = '/v1/integrations') => {
    const { status, body } = await api.call('GET', path, undefined, { 'integrator-ashareid': header })
    return { status, code: body.errors[0].code }
  }
  test.each(['', 'abc', '12345678901234567890123g', `${nobody}0`, `${nobody}, ${nobody}`])(
    'that is no id (%s): 403 invalid_header_value',
    async (header) => {
      expect(await codeWith(header)).toEqual({ status: 403, code: 'invalid_header_value' })
    },
  )

  test("of nobody, of another user, of a share one's own account: 404 access_restricted", async () => {
    for (const id of [nobody, watcher.ashareId]) expect(await codeWith(id)).toEqual({ status: 404, code: 'access_restricted' })
    const { status, body } = await watcher.alone('GET', '/v1/integrations', undefined, { 'integrator-ashareid': manager.ashareId })
    expect({ status, code: body.errors[0].code }).toEqual({ status: 404, code: 'access_restricted' })
  })

  test('in capital letters is the same', async () => {
    expect((await manager.alone('GET', '/v1/flows', undefined, { 'integrator-ashareid': manager.ashareId.toUpperCase() })).status).toBe(200)
  })
})
