/**
 * What the token of an environment is tried with: every operation of the contract, on production's things and on its own with production's named in the body.
 * How far each operation reaches is written down here and not read off the contract, and an operation of which it is not said fails.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Extent, Operation } from '../../src/contract/operation.ts'
import { documentOperations, named, operations } from '../../src/contract/operations/index.ts'
import { apiForFile, type Answer, type Api } from '../harness/api.ts'
import { fill, parameterOf, type Everything } from '../harness/bad-input/account.ts'
import { simplest } from '../harness/bad-input/places.ts'
import { openRows, type Rows } from '../harness/bad-input/rows.ts'
import { fill as pathOf } from '../harness/bad-input/targets.ts'
import { colleague } from '../harness/colleague.ts'
import { makeEnvironment, type MadeEnvironment } from '../harness/environment.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Of named operations. */
const reaching: Readonly<Record<Extent, readonly string[]>> = {
  account: words(`
    inviteUser inviteUsers listAShares getAShare updateAShare deleteAShare disableAShare reinviteAShare listSharedAShares acceptAShare dismissAShare
    listSessions endSession endOtherSessions changePassword getPreferences updatePreferences
    getNotificationSettings updateNotificationSettings testNotifications listNotificationMessages`),
  own: words(`
    cloneIntegration previewInstallConnector installConnector listInstallBase updateInstallations listConnectorLicenses createConnectorLicense
    getConnectorLicense updateConnectorLicense deleteConnectorLicense listLicenses resumeIntegration changeIntegrationEdition getTokenInfo
    planRevision pullIntegration revertIntegration listRevisionConflicts resolveRevisionConflicts completeRevisionInstallStep applyRevision refreshRevision
    cancelRevision diffIntegration importIntegrationFiles listAudit listIntegrationCloneFamily getIntegrationILMIgnoreFields listAccessTokens
    createAccessToken getAccessToken updateAccessToken deleteAccessToken getProfile listSignInMethods createSession getSession deleteSession redeemPasswordLink beginOpenIdSignIn finishOpenIdSignIn`),
  environment: words(`
    listIntegrationErrors patchIntegration patchFlow patchExport patchImport patchScript listIntegrationFlows listIntegrationExports
    listIntegrationImports listIntegrationConnections listIntegrationAsyncHelpers registerConnectionToIntegration
    registerConnectionToIntegrationByBody unregisterConnectionFromIntegration previewCloneIntegration cloneFlow cloneApi cloneExport cloneImport
    listRecycleBin restoreFromRecycleBin purgeFromRecycleBin getIntegrationTreeMetadata getAuthorizationURL signOutConnection pingConnection pingConnectionByPost testConnection
    pingVirtualConnection invokeExport invokeImport exportOverConnection exportPageOverConnection importOverConnection mapOverConnection runFlow testFlow testApi testTool
    previewFilter previewTransform previewTemplate previewFunction
    replaceFlowConnection replaceExportConnection replaceImportConnection
    patchConnection getConnectionDebug getConnectionDebugOfResource deleteConnectionDebug
    listExecutionLogs searchExecutionLogs queryExecutionLogs queryExecutionLogData deleteExecutionLogs
    listStepRequests getStepRequest deleteStepRequests
    listApiCalls getApiCall getApiStats listToolErrors listToolStepErrors listResolvedToolStepErrors resolveToolStepErrors listApiErrors listApiStepErrors listResolvedApiStepErrors resolveApiStepErrors listApiStepRequests getApiStepRequest
    getJob listJobs cancelJob listFlowErrors countMatchingErrors changeMatchingErrors downloadErrors searchFlowErrors searchIntegrationErrors startErrorJob listErrorJobs getErrorJob cancelErrorJob downloadErrorJob
    listNextRuns getFlowTemplate getIntegrationTemplate getLastExportDateTime listFlowDescendants listStepErrors listResolvedErrors resolveErrors retryErrors getRetryData updateRetryData
    createUpload appendUpload listUploads deleteUpload upsertLookupCacheData getLookupCacheData deleteLookupCacheData purgeLookupCacheData listScriptLogs getSettingsForm getSystemToken
    rotateSystemToken updateApiGrouping initChildIntegration detachIntegrationLicense uninstallIntegration showInstallStep takeInstallStep
    showUninstallStep takeUninstallStep showChangeEditionStep takeChangeEditionStep listState deleteState getStateValue putStateValue
    deleteStateValue listIntegrationState deleteIntegrationState getIntegrationStateValue putIntegrationStateValue deleteIntegrationStateValue
    listFlowState deleteFlowState getFlowStateValue putFlowStateValue deleteFlowStateValue listExportState deleteExportState getExportStateValue
    putExportStateValue deleteExportStateValue listImportState deleteImportState getImportStateValue putImportStateValue deleteImportStateValue
    listConnectionState deleteConnectionState getConnectionStateValue putConnectionStateValue deleteConnectionStateValue listIntegrationRevisions
    getIntegrationRevision createIntegrationRevision getIntegrationRevisionDiff exportIntegrationFiles listIntegrationAshares
    assignIntegrationErrors assignStepErrors tagStepErrors listLatestFlowJobs listLatestIntegrationJobs listCurrentJobs listLatestJobs listJobErrors listErrorsOfJob
    getJobDiagnostics listFlowRunStats listRunTimeSeries listRuns getFlowStats streamEvents listExportErrors listImportErrors listTiles pinTile unpinTile searchDocuments listHttpConnectors
    listNotifications updateNotifications`),
}

function expectedOf(id: string): Extent {
  const document = documentOperations[id]
  if (document?.collection === 'environments') return ['create', 'replace', 'remove'].includes(document.verb) ? 'account' : 'own'
  if (document) return 'environment'
  const [found] = Object.entries(reaching).find(([, names]) => names.includes(id)) ?? []
  if (!found) throw new Error(`say how far ${id} reaches`)
  return found as Extent
}

/** Stands in the name of everything in production, and in its values. */
const mark = 'PRODUCTION'
/** Who works in the account is told to whoever may look at an integration that they work in. */
const tellsUsers = 'listIntegrationAshares'

const api = apiForFile()
let account: string
let theirs: Everything
let sandbox: MadeEnvironment
let own: Everything
let rows: Rows
beforeAll(async () => {
  account = (await api.call('GET', '/v1/tokenInfo')).body._userId
  const marking: Api['call'] = (method, path, body, headers) =>
    api.call(
      method,
      path,
      body && typeof body === 'object' ? { ...body, ...('name' in body && { name: `${mark} ${String(body.name)}` }) } : body,
      headers,
    )
  theirs = await fill(api, marking, mark)
  sandbox = await makeEnvironment(api, 'Sandbox')
  const inSandbox: Api['call'] = async (method, path, body) => {
    const answer = await sandbox.call(method, path, body)
    return path === '/v1/environments' ? { ...answer, status: 201, body: { _id: sandbox._id } } : answer
  }
  own = { ...(await makeOneOfEach(inSandbox)) }
  rows = await openRows(api.database.pool, account)
})

/** Tables whose rows are nobody's environment, and of all others the rows of production and of the account. */
async function untouchable(): Promise<Record<string, string>> {
  const all = await rows.fingerprint()
  const apart = new Set(Object.keys(all).filter((name) => name.endsWith(' of theirs')))
  return Object.fromEntries(Object.entries(all).filter(([name]) => apart.has(name) || !apart.has(`${name} of theirs`)))
}

const all = Object.entries(operations).toSorted(([, a], [, b]) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'))

/** Its path of these ids, and the right body with those of production in it. */
const attempt = (id: string, operation: Operation, ids: Everything): Promise<Answer> => {
  const params = Object.keys(operation.params?.properties ?? {})
  const path = pathOf(operation.path, Object.fromEntries(params.map((name) => [name, parameterOf(operation.path, name, ids, nobody)])))
  const collection = documentOperations[id]?.collection
  const body = !operation.body
    ? undefined
    : collection
      ? samples[collection](theirs as unknown as Ids)
      : simplest(operation.body, (of) => theirs[of] ?? nobody)
  return sandbox.call(operation.method, path, body, { prefer: 'handling=strict' })
}

describe.each(all)('%s', (id, operation) => {
  test('declares the reach that is expected of it', () => {
    expect(operation.extent).toBe(expectedOf(id))
  })

  test('with the token of an environment: reads and changes nothing of production or of the account', async () => {
    const before = await untouchable()
    for (const ids of [theirs, own]) {
      const { status, text } = await attempt(id, operation, ids)
      if (expectedOf(id) === 'account') expect({ status, text }).toEqual({ status: 403, text: expect.stringContaining('access_denied') })
      expect(status).toBeLessThan(500)
      if (id !== tellsUsers) expect(text).not.toContain(mark)
    }
    expect(await untouchable()).toEqual(before)
  })
})

test('every operation has an expectation, and no expectation is left over', () => {
  expect(Object.values(reaching).flat().toSorted()).toEqual(Object.keys(named).toSorted())
})

describe('what a body or a query names', () => {
  const code = ({ status, body }: Answer) => ({ status, code: body?.errors?.[0]?.code, field: body?.errors?.[0]?.field })
  let copy: string
  let original: string
  beforeAll(async () => {
    original = (await make(api, 'integrations', { name: `${mark} original` }))._id
    const cloned = await api.call('POST', `/v1/integrations/${original}/clone`, { name: 'Copy', _envId: sandbox._id, connectionMap: {} })
    copy = cloned.body._id
    await api.call('PUT', `/v1/integrations/${original}`, { name: `${mark} original`, description: 'newer' })
  })

  test('no clone goes into another environment, one that is there or not', async () => {
    const before = await untouchable()
    for (const _envId of [account, nobody])
      expect(code(await sandbox.call('POST', `/v1/integrations/${copy}/clone`, { _envId, connectionMap: {} }))).toEqual({
        status: 403,
        code: 'access_denied',
        field: '_envId',
      })
    expect((await sandbox.call('POST', `/v1/integrations/${copy}/clone`, { _envId: sandbox._id, connectionMap: {} })).status).toBe(200)
    expect(await untouchable()).toEqual(before)
  })

  test('a relative in another environment is neither pulled from, nor compared with, nor told of', async () => {
    const pull = { _fromIntegrationId: original, description: 'Mine' }
    expect(code(await sandbox.call('POST', `/v1/integrations/${copy}/revisions/pull`, pull))).toEqual({
      status: 422,
      code: 'invalid_ref',
      field: '_fromIntegrationId',
    })
    const snapshot = (await api.call('POST', `/v1/integrations/${original}/revisions/create`, { description: 'x' })).body._id
    for (const to of [original, snapshot])
      expect(code(await sandbox.call('GET', `/v1/integrations/${copy}/diff?to=${to}`))).toMatchObject({ status: 422, code: 'invalid_ref' })
    const family = await sandbox.call('GET', `/v1/integrations/${copy}/clonefamily`, undefined, { prefer: 'handling=strict' })
    expect(family.text).not.toContain(mark)
  })

  test('a pull that the account opened is not read anew, and not applied', async () => {
    const at = { 'sluice-environment': sandbox._id }
    const pull = { _fromIntegrationId: original, description: "The owner's" }
    const opened = await api.call('POST', `/v1/integrations/${copy}/revisions/pull`, pull, at)
    expect(opened.status).toBe(201)
    const path = `/v1/integrations/${copy}/revisions/${opened.body._id}`
    const before = await untouchable()
    for (const verb of ['refresh', 'apply'])
      expect(code(await sandbox.call('POST', `${path}/${verb}`))).toMatchObject({ status: 422, code: 'invalid_ref' })
    expect((await api.call('GET', path, undefined, at)).body.status).toBe('inprogress')
    expect(await untouchable()).toEqual(before)
    expect((await api.call('POST', `${path}/apply`, undefined, at)).status).toBe(200)
  })

  test('files of a relative in another environment are not taken', async () => {
    const { arrayBuffer } = await fetch(`${api.url}/v1/integrations/${original}/files`, {
      headers: { authorization: 'Bearer owner-token-for-tests' },
    }).then(async (response) => ({ arrayBuffer: await response.arrayBuffer() }))
    const before = await untouchable()
    expect(code(await sandbox.call('PUT', `/v1/integrations/${copy}/files`, new Uint8Array(arrayBuffer)))).toMatchObject({
      status: 422,
      code: 'invalid_ref',
    })
    expect(await untouchable()).toEqual(before)
  })

  test('tokens are seen, made and ended in its environment only', async () => {
    const seen = (await sandbox.call('GET', '/v1/accesstokens')).body as { _envId: string }[]
    expect(new Set(seen.map(({ _envId }) => _envId))).toEqual(new Set([sandbox._id]))
    expect(code(await sandbox.call('POST', '/v1/accesstokens', { name: 'Out', fullAccess: true, _envId: account }))).toMatchObject({
      status: 403,
      field: '_envId',
    })
    const foreign = `/v1/accesstokens/${theirs['accesstokens']}`
    for (const [method, body] of [['GET'], ['PUT', { name: 'x', fullAccess: true, revoked: true }], ['DELETE']] as const)
      expect((await sandbox.call(method, foreign, body)).status).toBe(404)
  })

  test('the audit tells of its environment, and of that environment itself', async () => {
    const told = (await sandbox.call('GET', '/v1/audit')).body as { resourceType: string; _resourceId: string }[]
    expect(told.length).toBeGreaterThan(0)
    expect(JSON.stringify(told)).not.toContain(mark)
    expect(new Set(told.filter(({ resourceType }) => resourceType === 'environment').map(({ _resourceId }) => _resourceId))).toEqual(
      new Set([sandbox._id]),
    )
    expect(told.filter(({ resourceType }) => ['ashare', 'accesstoken'].includes(resourceType))).toEqual([])
  })

  test('licences of the account are neither seen nor used, and its own app is installed without one', async () => {
    const connector = (
      await make(sandbox, 'connectors', { name: 'App', published: true, framework: 'twoDotZero', twoDotZero: { _integrationId: copy } })
    )._id
    const licence = (body: object, call = sandbox.call) => call('POST', `/v1/connectors/${connector}/licenses`, body)
    expect(code(await licence({ user: { email: 'owner@localhost' } }))).toMatchObject({ status: 403, field: 'user.email' })
    const given = await licence({ user: { email: 'owner@localhost' } }, (method, path, body) =>
      api.call(method, path, body, { 'sluice-environment': sandbox._id }),
    )
    expect(given.status).toBe(201)
    const before = await untouchable()
    expect((await sandbox.call('GET', '/v1/licenses')).status).toBe(204)
    expect((await sandbox.call('GET', `/v1/connectors/${connector}/licenses`)).text).not.toContain(given.body._id)
    expect((await sandbox.call('DELETE', `/v1/connectors/${connector}/licenses/${given.body._id}`)).status).toBe(404)
    expect(code(await sandbox.call('POST', `/v1/connectors/${connector}/install`, { _licenseId: given.body._id }))).toMatchObject({
      status: 403,
    })
    expect((await sandbox.call('POST', `/v1/connectors/${connector}/install`)).status).toBe(201)
    expect((await api.call('GET', '/v1/licenses')).body[0]._integrationId).toBeUndefined()
    expect(await untouchable()).toEqual(before)
  })
})

describe('the header Sluice-Environment', () => {
  const withHeader = async (value: string, headers: Record<string, string> = {}) => {
    const { status, body } = await api.call('POST', '/v1/tags', { name: 'T' }, { 'sluice-environment': value, ...headers })
    return { status, code: body.errors?.[0].code, _envId: body._envId }
  }

  test("beside the owner's token names where a write lands", async () => {
    expect(await withHeader(sandbox._id)).toMatchObject({ status: 201, _envId: sandbox._id })
    expect(await withHeader(sandbox._id.toUpperCase())).toMatchObject({ status: 201, _envId: sandbox._id })
    expect(await withHeader(account)).toMatchObject({ status: 201, _envId: account })
  })

  test('that is no id, or of no environment of the account, is refused, and nothing is written', async () => {
    const before = await untouchable()
    const stranger = (await api.stranger('GET', '/v1/tokenInfo')).body._userId as string
    for (const value of ['', 'development', `${nobody}0`, `${sandbox._id}, ${account}`])
      expect(await withHeader(value)).toMatchObject({ status: 403, code: 'invalid_header_value' })
    for (const value of [nobody, stranger]) expect(await withHeader(value)).toMatchObject({ status: 404, code: 'access_restricted' })
    expect(await untouchable()).toEqual(before)
  })

  test('beside the token of an environment may be that one, and no other, there or not', async () => {
    const authorization = `Bearer ${sandbox.token}`
    expect(await withHeader(sandbox._id, { authorization })).toMatchObject({ status: 201, _envId: sandbox._id })
    for (const value of [account, nobody])
      expect(await withHeader(value, { authorization })).toMatchObject({ status: 403, code: 'access_denied' })
  })

  test('beside a token for some documents may be their environment only', async () => {
    const { token } = await make(api, 'accesstokens', { name: 'Some', _connectionIds: [theirs['connections']] })
    const read = async (value: string) =>
      (
        await api.call('GET', `/v1/connections/${theirs['connections']}`, undefined, {
          authorization: `Bearer ${token}`,
          'sluice-environment': value,
        })
      ).status
    expect([await read(account), await read(sandbox._id)]).toEqual([200, 403])
  })

  test('beside a share, and a token made through one: any environment of the account; a share of some integrations the environments of these', async () => {
    const whole = await colleague(api, 'whole@example.com', { accessLevel: 'manage' })
    const made = await whole.call('POST', '/v1/accesstokens', { name: 'Through the share', fullAccess: true })
    const authorization = `Bearer ${made.body.token}`
    expect(await withHeader(sandbox._id, { authorization })).toMatchObject({ status: 201, _envId: sandbox._id })
    expect(await withHeader(sandbox._id, { authorization, 'integrator-ashareid': whole.ashareId })).toMatchObject({
      status: 201,
      _envId: sandbox._id,
    })
    const part = await colleague(api, 'part@example.com', {
      integrationAccessLevel: [{ _integrationId: theirs['integrations'], accessLevel: 'monitor' }],
    })
    const read = async (value: string) => (await part.call('GET', '/v1/integrations', undefined, { 'sluice-environment': value })).status
    expect([await read(account), await read(sandbox._id)]).toEqual([200, 404])
  })

  test('does not make a token of an environment one of the account that it is shared with', async () => {
    const friend = await colleague(api, 'friend@example.com', { accessLevel: 'administrator' })
    const { body: there } = await friend.alone('POST', '/v1/environments', { name: 'Of the friend' })
    const { body } = await friend.alone('POST', '/v1/accesstokens', { name: 'x', fullAccess: true, _envId: there._id })
    const answer = await api.call('GET', '/v1/integrations', undefined, {
      authorization: `Bearer ${body.token}`,
      'integrator-ashareid': friend.ashareId,
    })
    expect(answer.status).toBe(404)
  })
})
