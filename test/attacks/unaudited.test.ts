/** Whatever is done leaves an entry on record. By subtraction: an operation that is added to the contract is asked for here until it has one, or a reason. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentOperations, operations } from '../../src/contract/operations/index.ts'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { archiveOf, filesIn } from '../harness/archives.ts'
import { ask } from '../harness/database.ts'
import { makeApi } from '../harness/apis.ts'
import { ended, makeFlow, runToEnd, startRun, until, type MadeFlow } from '../harness/flows.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

/** Leave no entry of their own, and why that is right. */
const without: Readonly<Record<string, string>> = {
  getLookupCacheData: 'reads',
  appendUpload: 'a part of a file whose beginning is on record',
  listCurrentJobs: 'reads',
  listLatestJobs: 'reads',
  countMatchingErrors: 'reads',
  listFlowRunStats: 'reads',
  listRunTimeSeries: 'reads',
  queryExecutionLogs: 'reads',
  queryExecutionLogData: 'reads',
  getSettingsForm: 'shows a form',
  planRevision: 'stores nothing',
  mapOverConnection: 'maps records that are sent along, and sends nothing anywhere',
  previewFilter: 'tries a filter on records that are sent along',
  previewTransform: 'tries a transform on records that are sent along',
  previewTemplate: 'tries a template on records that are sent along',
  previewFunction: 'tries a function that is sent along and may change nothing',
  pingConnectionByPost:
    'asks whether a connection works; where it goes offline or online by that, the change of the connection is on record',
  testConnection: 'the same under another path',
  showInstallStep: 'shows a step',
  showUninstallStep: 'shows a step',
  showChangeEditionStep: 'shows a step',
  completeRevisionInstallStep:
    'asked for in pulls between environments alone; it is noted as an update of the revision, like the others here',
  createSession: 'the first request of a session is a sign-in, which is counted; a refused one too',
  deleteSession: 'of the browser of the one who signs out',
  endSession: 'of a browser of the user',
  endOtherSessions: 'the same',
  beginOpenIdSignIn: 'nobody is anybody yet',
  finishOpenIdSignIn: 'as createSession; a user whom it makes is on record: test/http/openid-sign-in.test.ts',
  updatePreferences: 'how pages look to one user',
  pinTile: 'the same',
  unpinTile: 'the same',
  redeemPasswordLink: 'on record as an update of the user: test/http/user-sessions.test.ts',
  changePassword: 'the same',
  updateNotifications: 'on record as updates of the user: test/http/notifications.test.ts',
  updateNotificationSettings: 'the same',
  testNotifications: 'the same',
  cancelErrorJob: 'on record where the job has not ended: test/http/error-jobs.test.ts',
  dismissAShare: 'of the one who was invited, in whose account nothing changes',
  reinviteAShare: 'sends an invitation again that is on record',
}
/** Write the documents of an installation, licences and shares of two accounts: test/http/app-*.test.ts, licenses and ashares look at these entries. */
const ofTwoAccounts: ReadonlySet<string> = new Set([
  'installConnector',
  'updateInstallations',
  'createConnectorLicense',
  'updateConnectorLicense',
  'deleteConnectorLicense',
  'resumeIntegration',
  'changeIntegrationEdition',
  'initChildIntegration',
  'detachIntegrationLicense',
  'uninstallIntegration',
  'takeInstallStep',
  'takeUninstallStep',
  'takeChangeEditionStep',
  'acceptAShare',
])

let api: Api
let application: Application
let ids: Ids
beforeAll(async () => {
  api = await startApi({ worker: true })
  application = await startApplication({ sources: { orders: [{ id: 1, refuse: 400 }] } })
  ids = await makeOneOfEach(api.call)
})
afterAll(async () => {
  await application.close()
  await api.close()
})

const tested = new Set<string>()
const entries = async (): Promise<number> =>
  Number((await ask(api.config, `select count(*) from sluice.audit where collection <> 'users'`))[0]?.['count'])
/** The last entry but those of sign-ins, as the API tells it. */
const latest = async () =>
  (await api.call('GET', '/v1/audit')).body.find(({ resourceType }: { resourceType: string }) => resourceType !== 'user')

async function leavesEntry(id: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const { method } = operations[id] as { method: string }
  tested.add(id)
  const before = await entries()
  const answer = await api.call(method, path, body, headers)
  expect(answer.status, `${id}: ${answer.text}`).toBeLessThan(300)
  expect((await entries()) - before, `entries of ${id}`).toBeGreaterThan(0)
  return answer
}
interface Entry {
  readonly event: string
  readonly resourceType: string
  readonly fieldChanges: readonly { fieldPath: string; newValue: unknown }[]
}
const told = (entry: Entry): object => Object.fromEntries(entry.fieldChanges.map(({ fieldPath, newValue }) => [fieldPath, newValue]))

test('documents', async () => {
  for (const [id, { collection, verb, operation }] of Object.entries(documentOperations)) {
    if (operation.method === 'GET') continue
    const path = `/v1/${collection}`
    if (verb === 'create') {
      const sample = samples[collection](ids)
      const { body } = await leavesEntry(id, path, sample)
      const of = (other: string): string | undefined =>
        Object.entries(documentOperations).find(([, each]) => each.collection === collection && each.verb === other)?.[0]
      const [replace, remove] = [of('replace'), of('remove')]
      if (replace) await leavesEntry(replace, `${path}/${body._id}`, { ...sample, description: 'Changed', name: 'Changed' })
      if (remove) await leavesEntry(remove, `${path}/${body._id}`)
    }
  }
  expect(tested.size).toBeGreaterThan(40)
})

test('patches, registration, clones, the bin, tokens of stacks, groups of APIs', async () => {
  const { integrations, flows, exports, imports, scripts } = ids
  await leavesEntry('patchIntegration', `/v1/integrations/${integrations}`, [{ op: 'replace', path: '/settings', value: { a: 1 } }])
  for (const [id, path] of [
    ['patchExport', `exports/${exports}`],
    ['patchImport', `imports/${imports}`],
  ] as const)
    await leavesEntry(id, `/v1/${path}`, [{ op: 'replace', path: '/assistantMetadata', value: { a: 1 } }])
  await leavesEntry('patchFlow', `/v1/flows/${flows}`, [{ op: 'replace', path: '/disabled', value: true }])
  await leavesEntry('patchScript', `/v1/scripts/${scripts}`, [
    { op: 'replace', path: '/debugUntil', value: new Date(Date.now() + 9e5).toISOString() },
  ])
  const other = (await api.call('POST', '/v1/connections', samples.connections(ids))).body._id
  const third = (await api.call('POST', '/v1/connections', samples.connections(ids))).body._id
  await leavesEntry('registerConnectionToIntegration', `/v1/integrations/${integrations}/connections/${other}/register`)
  await leavesEntry('unregisterConnectionFromIntegration', `/v1/integrations/${integrations}/connections/${other}/register`)
  await leavesEntry('registerConnectionToIntegrationByBody', `/v1/integrations/${integrations}/connections/register`, {
    _connectionId: third,
  })
  await leavesEntry('replaceFlowConnection', `/v1/flows/${flows}/replaceConnection`, {
    _connectionId: ids.connections,
    _newConnectionId: third,
  })
  await leavesEntry('replaceExportConnection', `/v1/exports/${exports}/replaceConnection`, { _newConnectionId: ids.connections })
  await leavesEntry('replaceImportConnection', `/v1/imports/${imports}/replaceConnection`, { _newConnectionId: ids.connections })
  const plain = (await api.call('POST', '/v1/integrations', { name: 'Plain' })).body._id
  await leavesEntry('cloneIntegration', `/v1/integrations/${plain}/clone`, { connectionMap: {} })
  await leavesEntry('updateApiGrouping', '/v1/apis/updateApiGrouping', { _apiIds: [ids.apis], _apiGroupingId: null })
  await leavesEntry('cloneFlow', `/v1/flows/${flows}/clone`, { _integrationId: integrations })
  await leavesEntry('cloneApi', `/v1/apis/${ids.apis}/clone`, { version: 'v2' })
  await leavesEntry('cloneExport', `/v1/exports/${exports}/clone`, {})
  await leavesEntry('cloneImport', `/v1/imports/${imports}/clone`, {})
  await api.call('DELETE', `/v1/connections/${other}`)
  await leavesEntry('restoreFromRecycleBin', `/v1/recycleBinTTL/connections/${other}/doCascadeRestore`)
  await api.call('DELETE', `/v1/connections/${other}`)
  await leavesEntry('purgeFromRecycleBin', `/v1/recycleBinTTL/connections/${other}`)
  const server = (await api.call('POST', '/v1/stacks', { name: 'S', type: 'server', server: { hostURI: 'https://s.example' } })).body._id
  await leavesEntry('rotateSystemToken', `/v1/stacks/${server}/systemToken`)
  const before = await entries()
  await api.call('GET', `/v1/stacks/${server}/systemToken`)
  expect(await entries()).toBe(before + 1)
})

test('tokens and shares', async () => {
  const made = (await leavesEntry('createAccessToken', '/v1/accesstokens', { name: 'T', fullAccess: true })).body
  await leavesEntry('updateAccessToken', `/v1/accesstokens/${made._id}`, { name: 'U', fullAccess: true, revoked: true })
  await leavesEntry('deleteAccessToken', `/v1/accesstokens/${made._id}`)
  const share = (await leavesEntry('inviteUser', '/v1/invite', { email: 'a@example.com', accessLevel: 'manage' })).body
  await leavesEntry('inviteUsers', '/v1/invite/multiple', { emails: ['b@example.com'], accessLevel: 'monitor' })
  await leavesEntry('updateAShare', `/v1/ashares/${share._id}`, { accessLevel: 'monitor' })
  await leavesEntry('disableAShare', `/v1/ashares/${share._id}/disable`, { disabled: true })
  await leavesEntry('deleteAShare', `/v1/ashares/${share._id}`)
  expect(await latest()).toMatchObject({ event: 'delete', resourceType: 'ashare', _resourceId: share._id })
})

describe('sign-ins', () => {
  const signIns = (event: string): Promise<object[]> =>
    until(async () => {
      const { body } = await api.call('GET', `/v1/audit?resourceType=user&action=${event}`)
      return (body as object[] | undefined)?.length ? (body as object[]) : undefined
    })

  test('of a user from an address are one entry a day', async () => {
    for (let i = 0; i < 20; i++) await api.call('GET', '/v1/tokenInfo')
    const found = await signIns('signin')
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      byUser: { email: 'owner@localhost' },
      fieldChanges: [
        { fieldPath: 'times', newValue: 1 },
        { fieldPath: 'from', newValue: '127.0.0.1' },
      ],
    })
  })

  test('that failed are counted by address and hour, and hold nothing of what was tried', async () => {
    const tries = 300
    for (let i = 0; i < tries; i++)
      expect((await api.call('GET', '/v1/flows', undefined, { authorization: `Bearer guess-${i}-guess-guess` })).status).toBe(401)
    const counted = await until(async () => {
      const rows = await ask(api.config, `select field_changes from sluice.audit where event = 'signin_failed'`)
      const times = rows.map((row) => Number((row['field_changes'] as { newValue: number }[])[0]?.newValue))
      return times.reduce((sum, each) => sum + each, 0) === tries ? rows : undefined
    })
    // Two where the hour changes meanwhile.
    expect(counted.length).toBeLessThanOrEqual(2)
    expect(JSON.stringify(counted)).not.toContain('guess')
    expect(await signIns('signin_failed')).toMatchObject([{ byUser: { _id: 'unknown' }, _resourceId: '127.0.0.1' }])
  })
})

describe('a flow', () => {
  let flow: MadeFlow
  beforeAll(async () => {
    flow = await makeFlow(api, application)
  })
  const errors = async () => (await api.call('GET', `/v1/flows/${flow._id}/${flow.ids['sink']}/errors`)).body.errors

  test('its runs, one entry each, and their end by a person', async () => {
    const { body } = await leavesEntry('runFlow', `/v1/flows/${flow._id}/run`, {})
    expect(await latest()).toMatchObject({ event: 'run', resourceType: 'flow', _resourceId: flow._id, source: 'api' })
    expect(told(await latest())).toEqual({ _jobId: body._jobId })
    await ended(api, body._jobId)
    application.before = () => new Promise(() => undefined)
    const jobId = await startRun(api, flow._id)
    await leavesEntry('cancelJob', `/v1/jobs/${jobId}/cancel`)
    expect(await latest()).toMatchObject({ event: 'cancel', _resourceId: flow._id })
    const before = await entries()
    await api.call('PUT', `/v1/jobs/${jobId}/cancel`)
    expect(await entries()).toBe(before)
    application.before = () => undefined
  })

  test('its errors: corrected, assigned, tagged, sent again, resolved, one entry for however many', async () => {
    await until(async () => ((await errors()).length > 0 ? true : undefined))
    const step = `/v1/flows/${flow._id}/${flow.ids['sink']}`
    const [{ errorId, retryDataKey }] = await errors()
    await leavesEntry('deleteStepRequests', `${step}/requests`, { keys: ['any'] })
    const data = (await api.call('GET', `${step}/${retryDataKey}/data`)).body
    await leavesEntry('updateRetryData', `${step}/${retryDataKey}/data`, { ...data, data: { id: 2, refuse: 400 } })
    expect(JSON.stringify(await latest())).not.toContain('"id"')
    await leavesEntry('assignStepErrors', `${step}/errors/assign`, { errorIds: [errorId], email: 'owner@localhost' })
    const { _id: integration } = (await api.call('POST', '/v1/integrations', { name: 'I' })).body
    await leavesEntry(
      'assignIntegrationErrors',
      `/v1/integrations/${integration}/errors/assign`,
      {
        errorIds: [errorId],
        email: 'owner@localhost',
      },
      { prefer: 'handling=strict' },
    )
    const { tagId } = (await api.call('POST', '/v1/tags', { tag: 'late' })).body
    await leavesEntry('changeMatchingErrors', `${step}/errors/matching`, { filter: {}, tagIds: [tagId] })
    const asked = { _flowId: flow._id, action: 'tag', filter: {}, tagIds: [tagId] }
    const { body: job } = await leavesEntry('startErrorJob', '/v1/errors/jobs', asked)
    await until(async () => ((await api.call('GET', `/v1/errors/jobs/${job._id}`)).body.endedAt ? true : undefined))
    await leavesEntry('tagStepErrors', `${step}/tags`, { errorIds: [errorId], tagIds: [tagId] })
    const { body } = await leavesEntry('retryErrors', `${step}/retry`, { retryDataKeys: [retryDataKey] })
    await ended(api, body._jobId)
    await runToEnd(api, flow._id)
    const open = await errors()
    await leavesEntry('resolveErrors', `${step}/resolved`, { errors: open.map((each: { errorId: string }) => each.errorId) })
    expect(await latest()).toMatchObject({ event: 'resolve', _resourceId: flow._id })
    expect(told(await latest())).toEqual({ _stepId: flow.ids['sink'], count: open.length })
  })
})

test('files that are sent to a data loader, by content of none', async () => {
  const { body } = await api.call('POST', '/v1/exports', { name: 'Loader', type: 'simple', simple: { file: { type: 'csv' } } })
  const files = `/v1/exports/${body._id}/files`
  await leavesEntry('createUpload', files, { fileName: 'private.csv' })
  expect(JSON.stringify(await latest())).not.toContain('private')
  const [{ _id }] = (await api.call('GET', files)).body
  await leavesEntry('deleteUpload', `${files}/${_id}`)
})

test('caches and states, by content of neither', async () => {
  const cache = `/v1/lookupcaches/${ids.lookupcaches}/data`
  await leavesEntry('upsertLookupCacheData', cache, { data: [{ key: 'ann@example.com', value: 'private' }] })
  expect(JSON.stringify(await latest())).not.toMatch(/ann@|private/)
  await leavesEntry('deleteLookupCacheData', cache, { keys: ['ann@example.com'] })
  await leavesEntry('purgeLookupCacheData', `${cache}/purge`)
  const owners = { Integration: 'integrations', Flow: 'flows', Export: 'exports', Import: 'imports', Connection: 'connections' } as const
  const states = [
    ['', '/v1/state'],
    ...Object.entries(owners).map(([name, collection]) => [name, `/v1/${collection}/${ids[collection]}/state`]),
  ]
  for (const [name, path] of states) {
    await leavesEntry(`put${name}StateValue`, `${path}/one`, { private: true })
    expect(JSON.stringify(await latest())).not.toContain('private')
    await leavesEntry(`delete${name}StateValue`, `${path}/one`)
    await leavesEntry(`delete${name}State`, path ?? '')
  }
})

test('steps on request, before anything is sent', async () => {
  const { _id: flowId, connectionId, ids: steps } = await makeFlow(api, application)
  await leavesEntry('testFlow', `/v1/flows/${flowId}/test`, {})
  const { _id: apiId } = await makeApi(api, application)
  await leavesEntry('testApi', `/v1/apis/${apiId}/test`, {})
  await leavesEntry('testTool', `/v1/tools/${ids.tools}/test`, {})
  await leavesEntry('resolveToolStepErrors', `/v1/tools/${ids.tools}/${ids.exports}/resolved`, { errors: ['one'] })
  await leavesEntry('resolveApiStepErrors', `/v1/apis/${apiId}/${apiId}/resolved`, { errors: ['one'] })
  await leavesEntry('deleteExecutionLogs', `/v1/flows/${flowId}/logs?startedAt=2026-01-01&endAt=2026-01-02`)
  await leavesEntry('invokeExport', `/v1/exports/${steps['orders']}/invoke`, {})
  await leavesEntry('invokeImport', `/v1/imports/${steps['sink']}/invoke`, { data: [{ id: 1 }] })
  const over = `/v1/connections/${connectionId}`
  const virtual = { export: { http: { method: 'GET', relativeURI: '/source/orders' } } }
  const soon = new Date(Date.now() + 60_000).toISOString()
  await leavesEntry('patchConnection', over, [{ op: 'replace', path: '/debugDate', value: soon }])
  await leavesEntry('deleteConnectionDebug', `${over}/debug`)
  await leavesEntry('signOutConnection', `${over}/oauth2`)
  await leavesEntry('exportOverConnection', `${over}/export`, virtual)
  await leavesEntry('exportPageOverConnection', `${over}/export/pages`, virtual)
  await leavesEntry('importOverConnection', `${over}/import`, {
    import: { http: { method: ['POST'], relativeURI: ['/sink/x'] } },
    data: [{ id: 1 }],
  })
  await leavesEntry('pingVirtualConnection', '/v1/connections/ping', samples.connections(ids))
  expect(await latest()).toMatchObject({ event: 'ping', resourceType: 'connection' })
})

describe('a revision', () => {
  const broughtBy = async (revisionId: string): Promise<string[]> =>
    (await api.call('GET', '/v1/audit?limit=50')).body.flatMap((entry: Entry) =>
      (told(entry) as { _revisionId?: string })._revisionId === revisionId ? [`${entry.event} ${entry.resourceType}`] : [],
    )
  const flowOf = (_integrationId: string, fields: object): object => ({ name: 'F', _integrationId, ...fields })

  test('that is made, refreshed, decided about, prepared, applied, reverted, canceled; and what it writes names it', async () => {
    const source = (await api.call('POST', '/v1/integrations', { name: 'Source' })).body._id
    const flow = (await api.call('POST', '/v1/flows', flowOf(source, {}))).body._id
    const own = (await api.call('POST', `/v1/integrations/${source}/clone`, { connectionMap: {} })).body._id
    const at = `/v1/integrations/${own}/revisions`
    const snapshot = (await leavesEntry('createIntegrationRevision', `${at}/create`, { description: 'First' })).body
    expect(await latest()).toMatchObject({ event: 'create', resourceType: 'revision', _resourceId: snapshot._id, name: 'First' })
    const exported = await fetch(`${api.url}/v1/integrations/${own}/files`, { headers: { authorization: `Bearer owner-token-for-tests` } })
    const { base: _base, ...manifest } = JSON.parse(
      (await filesIn(Buffer.from(await exported.clone().arrayBuffer())))['sluice.json'] as string,
    )
    // Without a base they take the place of whatever came since.
    const files = await archiveOf({
      ...(await filesIn(Buffer.from(await exported.arrayBuffer()))),
      'sluice.json': JSON.stringify(manifest),
    })
    const _connectionId = (await api.call('POST', '/v1/connections', samples.connections(ids))).body._id
    const _exportId = (await api.call('POST', '/v1/exports', { ...samples.exports(ids), hooks: undefined, _connectionId })).body._id
    await api.call('PUT', `/v1/flows/${flow}`, flowOf(source, { name: 'Changed', pageGenerators: [{ _exportId }] }))
    const pull = async (): Promise<string> =>
      (await leavesEntry('pullIntegration', `${at}/pull`, { _fromIntegrationId: source, description: 'News' })).body._id
    await leavesEntry('cancelRevision', `${at}/${await pull()}/cancel`)
    const pulled = await pull()
    await leavesEntry('refreshRevision', `${at}/${pulled}/refresh`)
    await leavesEntry('resolveRevisionConflicts', `${at}/${pulled}/conflicts`, { use: 'theirs' })
    await leavesEntry('applyRevision', `${at}/${pulled}/apply`)
    expect(await broughtBy(pulled)).toEqual(expect.arrayContaining(['create export', 'update flow']))
    await leavesEntry('importIntegrationFiles', `/v1/integrations/${own}/files`, files)
    const back = (await leavesEntry('revertIntegration', `${at}/revert`, { _revertToRevisionId: pulled, to: 'after', description: 'Back' }))
      .body
    await leavesEntry('applyRevision', `${at}/${back._id}/apply`)
    expect(await broughtBy(back._id)).toContain('update flow')
  })
})

test('a script that writes with every record leaves one entry an hour, which counts', async () => {
  const content = `import { state } from 'integrator-api'
    function save(o) { for (let i = 0; i < 5; i++) state.put('k', { i }); return o.newResource }`
  const _scriptId = (await api.call('POST', '/v1/scripts', { name: 'Writes', content })).body._id
  const saved = await api.call('POST', '/v1/integrations', { name: 'I', preSave: { _scriptId, function: 'save' } })
  expect(saved.status).toBe(201)
  const { body } = await api.call('GET', '/v1/audit?source=script')
  expect(body.map(told)).toContainEqual({ times: 5 })
})

test('every operation that is no read was looked at, or has its reason', () => {
  const acts = Object.entries(operations).flatMap(([id, { method }]) => (method === 'GET' ? [] : [id]))
  expect(acts.filter((id) => !tested.has(id) && !Object.hasOwn(without, id) && !ofTwoAccounts.has(id))).toEqual([])
})
