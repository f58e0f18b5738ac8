/** Examples of runs, of their errors, and of steps and connections that are tried while somebody waits. */
import type { Api } from '../harness/api.ts'
import type { Application } from '../harness/application.ts'
import { inOrder, makeApi } from '../harness/apis.ts'
import { ended, importOf, make, makeConnection, makeFlow, until } from '../harness/flows.ts'
import { strictly, type Recorder } from './recorder.ts'

export const orders = [
  { number: 'SO-100001', total: 127.6 },
  { number: 'SO-100002', total: 209.6, refuse: 422 },
  { number: 'SO-100003', total: 82.15, refuse: 422 },
]

const code = `function preSavePage(options) {
  console.log(options.data.length + ' orders')
  return { data: options.data }
}`

export async function runs({ ask }: Recorder, api: Api, application: Application, _integrationId: string): Promise<void> {
  const made = await makeFlow(api, application, {
    connection: { ping: { relativeURI: '/source/orders' } },
    code,
    exports: {
      orders: { traceKeyTemplate: '{{record.number}}', hooks: { preSavePage: { _scriptId: '{code}', function: 'preSavePage' } } },
    },
    imports: { invoices: {} },
    flow: { name: 'Orders to invoices', _integrationId },
  })
  const { _id, ids, connectionId } = made
  const params = { _id }
  const { hooks } = await ask('getExport', { params: { _id: ids['orders'] as string } })
  const script = { _id: hooks.preSavePage._scriptId as string }
  const soon = new Date(Date.now() + 30 * 60 * 1000).toISOString()
  await api.call('PATCH', `/v1/scripts/${script._id}`, [{ op: 'replace', path: '/debugUntil', value: soon }])

  await api.call('PATCH', `/v1/flows/${_id}`, [{ op: 'replace', path: '/logging/debugUntil', value: soon }])
  const { _jobId } = await ask('runFlow', { params, body: {} })
  await ended(api, _jobId)
  await executionLogs(ask, { _id, _jobId })
  await api.call('PATCH', `/v1/flows/${_id}`, [{ op: 'remove', path: '/logging/debugUntil' }])
  await until(async () => (await api.call('GET', `/v1/scripts/${script._id}/logs`)).body.logs[0])
  await ask('listScriptLogs', { params: script })
  await ask('getJob', { params: { _id: _jobId } })
  await ask('listJobs', { query: `?_flowId=${_id}` })
  await ask('listLatestFlowJobs', { params })
  await ask('listLatestIntegrationJobs', { params: { _id: _integrationId } })
  await ask('listLatestJobs', { body: { _flowIds: [_id] } })
  await ask('listJobErrors', { params: { _id: _jobId } })
  await ask('listErrorsOfJob', { params: { _id: _jobId } })
  await ask('getJobDiagnostics', { params: { _id: _jobId } })
  await ask('listFlowRunStats', { body: { _flowIds: [_id] } })
  const today = new Date(new Date().setUTCHours(0, 0, 0, 0)).toISOString()
  await ask('listRunTimeSeries', { body: { _flowIds: [_id], interval: 'day', createdOnAndAfter: today } })
  await ask('listRuns', { query: `?_flowId=${_id}&status=completed` })
  await ask('getFlowStats', { params: { _id } })
  await ask('listTiles')
  await ask('searchDocuments', { query: '?q=orders' })
  await calls(ask, api, application, _integrationId)
  await toolErrors(ask, api, application, _integrationId)
  await errors(ask, api, { _id, _integrationId, _stepId: ids['invoices'] as string })
  await underWay(ask, api, application, { _id, _integrationId })
  await onRequest(ask, api, { flow: _id, connection: connectionId, export: ids['orders'] as string, import: ids['invoices'] as string })
}

/** One that answers, and one whose step fails. */
async function toolErrors(ask: Recorder['ask'], api: Api, application: Application, _integrationId: string): Promise<void> {
  const _connectionId = await makeConnection(api, application)
  const { _id: _importId } = await make(api, 'imports', importOf('orders', _connectionId, {}))
  const branch = { name: 'All', pageProcessors: [{ type: 'import', _importId }], nextRouterId: 'outputRouter' }
  const { _id } = await make(api, 'tools', { name: 'Place an order', _integrationId, routers: [{ id: 'first', branches: [branch] }] })
  const call = await make(api, 'imports', { name: 'Place an order', adaptorType: 'ToolImport', tool: { _toolId: _id } })
  await api.call('POST', `/v1/imports/${call._id}/invoke`, { data: [{ total: 12, refuse: 422 }] })
  const step = { _id, _stepId: _importId as string }
  await ask('listToolErrors', { params: { _id } })
  await ask('testTool', { params: { _id }, body: { mockInput: { total: 82.15 } } })
  const { errors } = await ask('listToolStepErrors', { params: step })
  await ask('resolveToolStepErrors', { params: step, body: { errors: [errors[0].errorId] } })
  await ask('listResolvedToolStepErrors', { params: step })
}

async function calls(ask: Recorder['ask'], api: Api, application: Application, _integrationId: string): Promise<void> {
  const { _id, ids } = await makeApi(api, application, {
    imports: { orders: { mappings: [{ generate: 'refuse', dataType: 'number', extract: '$.body.refuse', status: 'Active' }] } },
    api: { name: 'Place an order', _integrationId },
    builder: {
      request: { method: 'POST', relativeURI: '/orders' },
      routers: inOrder({
        type: 'import',
        _importId: '{orders}',
        responseMapping: { fields: [{ extract: 'id', generate: 'orderId' }], lists: [] },
      }),
      responses: [{ type: 'success', statusCode: 201, mappings: [{ generate: 'number', extract: 'orderId' }] }, { type: 'fail' }],
    },
  })
  const params = { _id }
  const step = { _id, _stepId: ids['orders'] as string }
  await api.call('POST', '/apis/v1/orders', { total: 127.6 })
  await api.call('POST', '/apis/v1/orders', { total: 209.6, refuse: 422 })
  await until(async () => ((await api.call('GET', `/v1/apis/${_id}/logs`)).body.logs.length === 2 ? true : undefined))
  const { logs } = await ask('listApiCalls', { params, query: '?success=false' })
  await ask('getApiCall', { params: { _id, key: logs[0].key } })
  await ask('getApiStats', { params })
  await ask('testApi', { params, body: { mockRequest: { body: { total: 82.15 } } } })
  await ask('listApiErrors', { params })
  const { errors: open } = await ask('listApiStepErrors', { params: step })
  await ask('listApiStepRequests', { params: step })
  await ask('getApiStepRequest', { params: { ...step, reqAndResKey: open[0].reqAndResKey } })
  await ask('resolveApiStepErrors', { params: step, body: { errors: [open[0].errorId] } })
  await ask('listResolvedApiStepErrors', { params: step })
}

async function executionLogs(ask: Recorder['ask'], params: { readonly _id: string; readonly _jobId: string }): Promise<void> {
  const { logs } = await ask('listExecutionLogs', { params, query: '?stage=apiCall&status=error' })
  const { _expOrImpId, groupId, recordId, stage } = logs[0]
  await ask('queryExecutionLogs', { params, body: { _expOrImpId, groupId, recordId } })
  await ask('queryExecutionLogData', { params, body: { _expOrImpId, groupId, recordId, stage } })
  await ask('searchExecutionLogs', { params: { _id: params._id }, query: `?traceKey=${encodeURIComponent(logs[0].traceKey)}` })
  await ask('deleteExecutionLogs', { params: { _id: params._id }, query: '?startedAt=2026-01-01&endAt=2026-01-02' })
}

async function errors(
  ask: Recorder['ask'],
  api: Api,
  { _integrationId, ...params }: { _id: string; _stepId: string; _integrationId: string },
): Promise<void> {
  await ask('listFlowErrors', { params })
  await api.call('PATCH', `/v1/flows/${params._id}`, [{ op: 'replace', path: '/schedule', value: '? 0 5 1 1 ?' }])
  await ask('listNextRuns', { params, query: '?limit=1' })
  await ask('getLastExportDateTime', { params })
  await ask('listFlowDescendants', { params })
  await ask('listIntegrationErrors', { params: { _id: _integrationId } })
  await ask('listExportErrors', { params })
  await ask('listImportErrors', { params })
  const { errors: found } = await ask('listStepErrors', { params })
  interface Found {
    readonly errorId: string
    readonly retryDataKey: string
    readonly reqAndResKey: string
  }
  const [first, second] = found as [Found, Found]
  const { email } = (await api.call('GET', '/v1/profile')).body
  await ask('assignStepErrors', { params, body: { errorIds: [first.errorId], email } })
  await ask('assignIntegrationErrors', { params: { _id: _integrationId }, as: strictly(api), body: { errorIds: [first.errorId], email } })
  const tag = (await ask('listTags'))[0]
  await ask('tagStepErrors', { params, body: { errorIds: [first.errorId], tagIds: [tag.tagId ?? tag._id] } })
  await ask('countMatchingErrors', { params, body: { filter: { source: 'application' } } })
  await ask('changeMatchingErrors', { params, body: { filter: { source: 'application', assignedTo: 'nobody' }, email } })
  await ask('searchFlowErrors', { params: { _id: params._id }, query: '?message=refuse&limit=1' })
  await ask('searchIntegrationErrors', { params: { _id: _integrationId }, query: '?code=422&limit=1' })
  const job = await ask('startErrorJob', {
    body: { _flowId: params._id, _stepId: params._stepId, action: 'download', filter: { source: 'application' } },
  })
  await until(async () => ((await api.call('GET', `/v1/errors/jobs/${job._id}`)).body.endedAt ? true : undefined))
  await ask('getErrorJob', { params: { _id: job._id } })
  await ask('listErrorJobs', { query: `?_flowId=${params._id}` })
  await ask('downloadErrorJob', { params: { _id: job._id } })
  await ask('cancelErrorJob', { params: { _id: job._id } })
  await ask('listStepRequests', { params })
  await ask('getStepRequest', { params: { ...params, reqAndResKey: first.reqAndResKey } })
  await ask('deleteStepRequests', { params, body: { keys: [first.reqAndResKey] } })
  const data = { ...params, retryDataKey: first.retryDataKey }
  const { data: record } = await ask('getRetryData', { params: data })
  const { refuse: _refuse, ...corrected } = record
  await ask('updateRetryData', { params: data, body: { data: corrected } })
  const { _jobId } = await ask('retryErrors', { params, body: { retryDataKeys: [first.retryDataKey] } })
  await ended(api, _jobId)
  await ask('resolveErrors', { params, body: { errors: [second.errorId] } })
  await ask('listResolvedErrors', { params })
}

/** A run that waits for its application can be seen, and canceled. */
async function underWay(
  ask: Recorder['ask'],
  api: Api,
  application: Application,
  { _id, _integrationId }: { readonly _id: string; readonly _integrationId: string },
): Promise<void> {
  let goOn = (): void => {}
  const held = new Promise<void>((resolve) => (goOn = resolve))
  application.before = () => held.then(() => undefined)
  const { _jobId } = (await api.call('POST', `/v1/flows/${_id}/run`)).body
  await until(async () => (await api.call('GET', `/v1/jobs/${_jobId}`)).body.status === 'running' || undefined)
  await ask('listCurrentJobs', { body: { _integrationId } })
  await ask('cancelJob', { params: { _id: _jobId } })
  goOn()
  application.before = () => undefined
  await ended(api, _jobId)
}

async function onRequest(
  ask: Recorder['ask'],
  api: Api,
  ids: { readonly flow: string; readonly connection: string; readonly export: string; readonly import: string },
): Promise<void> {
  const ofConnection = { _id: ids.connection }
  const soon = new Date(Date.now() + 30 * 60 * 1000).toISOString()
  await api.call('PATCH', `/v1/connections/${ids.connection}`, [{ op: 'replace', path: '/debugDate', value: soon }])
  await ask('pingConnection', { params: ofConnection })
  await ask('pingConnectionByPost', { params: ofConnection })
  await ask('testConnection', { params: ofConnection })
  const { http } = await ask('getConnection', { params: ofConnection })
  await ask('pingVirtualConnection', { body: { type: 'http', http: { baseURI: http.baseURI, mediaType: 'json', ping: http.ping } } })
  const oauth2 = {
    clientId: 'sluice',
    clientSecret: 'the secret of the client',
    redirectUri: 'https://sluice.example/connection/oauth2callback',
  }
  const client = await api.call('POST', '/v1/iclients', { name: 'Shop', provider: 'custom_oauth2', oauth2 })
  const oauth = { grantType: 'authorizecode', authURI: 'https://shop.example/authorize', tokenURI: 'https://shop.example/token' }
  const byPerson = { mediaType: 'json', baseURI: 'https://shop.example', auth: { type: 'oauth', oauth }, _iClientId: client.body._id }
  const signedIn = await api.call('POST', '/v1/connections', { name: 'Shop', type: 'http', http: byPerson })
  await ask('getAuthorizationURL', { params: { _id: signedIn.body._id } })
  await ask('signOutConnection', { params: { _id: signedIn.body._id } })
  await ask('testFlow', { params: { _id: ids.flow }, body: { allowImports: false } })
  await ask('invokeExport', { params: { _id: ids.export }, body: {} })
  await ask('invokeImport', { params: { _id: ids.import }, body: { data: [{ number: 'SO-100004', total: 12 }] } })
  const virtualExport = { export: { http: { method: 'GET', relativeURI: '/source/orders', response: { resourcePath: 'records' } } } }
  await ask('exportOverConnection', { params: ofConnection, body: virtualExport })
  await ask('exportPageOverConnection', { params: ofConnection, body: virtualExport })
  const mappings = [{ generate: 'value', dataType: 'number', extract: '$.total', status: 'Active' }]
  const virtualImport = {
    import: { http: { method: ['POST'], relativeURI: ['/sink/invoices'] }, mappings },
    data: [{ number: 'SO-100004', total: 12 }],
  }
  await ask('importOverConnection', { params: ofConnection, body: virtualImport })
  await ask('mapOverConnection', { params: ofConnection, body: virtualImport })
  const records = [
    { number: 'SO-100004', total: 12 },
    { number: 'SO-100005', total: 0 },
  ]
  const rules = ['greaterthan', ['number', ['extract', 'total']], 0]
  await ask('previewFilter', { body: { filter: { type: 'expression', expression: { version: '1', rules } }, records } })
  const rulesTwoDotZero = { mode: 'create' as const, mappings }
  await ask('previewTransform', { body: { transform: { type: 'expression', expression: { version: '2', rulesTwoDotZero } }, records } })
  await ask('previewTemplate', { body: { template: '/invoices/{{record.number}}', step: 'import', writtenFor: 'uri', records } })
  const content = 'function preMap(options) {\n  console.log(options.data.length)\n  return options.data.map((data) => ({ data }))\n}'
  await ask('previewFunction', { body: { content, function: 'preMap', options: { data: records } } })
  const wire = await until(async () => (await api.call('GET', `/v1/connections/${ids.connection}/debug/${ids.export}`)).text || undefined)
  if (!wire.includes('GET')) throw new Error('nothing was written down')
  await ask('getConnectionDebug', { params: ofConnection })
  await ask('getConnectionDebugOfResource', { params: { ...ofConnection, _resourceId: ids.export } })
  await ask('deleteConnectionDebug', { params: ofConnection })
}
