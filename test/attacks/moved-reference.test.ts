/** A flow may name what runs after it in an integration that is not shared. Whoever manages the flow does not make that a part of theirs. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { exportOf, make } from '../harness/flows.ts'
import { scene, type Scene } from './planted.ts'

let api: Api
let application: Application
let at: Scene
let hiddenExport: string
let flow: string
let doc: { readonly pageGenerators: readonly object[]; readonly [field: string]: unknown }
beforeAll(async () => {
  application = await startApplication()
  api = await startApi()
  at = await scene(api, application)
  hiddenExport = (await make(api, 'exports', exportOf('orders', at.hiddenConnection, {})))._id
  const behind = { name: 'Hidden', _integrationId: at.hidden, pageGenerators: [{ _exportId: hiddenExport }] }
  const _flowId = (await make(api, 'flows', behind))._id
  const source = (await make(api, 'exports', exportOf('orders', at.openConnection, {})))._id
  doc = {
    name: 'Open',
    _integrationId: at.open,
    pageGenerators: [{ _exportId: source, _keepDeltaBehindFlowId: _flowId, _keepDeltaBehindExportId: hiddenExport }],
    _runNextFlowIds: [_flowId],
    _runNextExportIds: [{ _flowId, _exportId: hiddenExport }],
  }
  flow = (await make(api, 'flows', doc))._id
})
afterAll(async () => {
  await api.close()
  await application.close()
})

const outcome = ({ status, body }: Answer) => ({ status, code: body?.errors?.[0]?.code, field: body?.errors?.[0]?.field })

test.each([
  ['as a page generator', () => ({ pageGenerators: [{ _exportId: hiddenExport }] }), 'pageGenerators.0._exportId'],
  ['as a step', () => ({ pageProcessors: [{ type: 'export', _exportId: hiddenExport }] }), 'pageProcessors.0._exportId'],
  ['by an alias', () => ({ aliases: [{ alias: 'mine', _exportId: hiddenExport }] }), 'aliases.0._exportId'],
])('%s it is refused like any other', async (_how, change, field) => {
  expect(outcome(await at.intruder.call('PUT', `/v1/flows/${flow}`, { ...doc, ...change() }))).toEqual({
    status: 422,
    code: 'invalid_ref',
    field,
  })
  for (const path of [`/v1/exports/${hiddenExport}`, `/v1/connections/${at.hiddenConnection}`])
    expect((await at.intruder.call('GET', path)).status).toBe(404)
})

test('where it stands it may stay, and be named as running after elsewhere in the flow', async () => {
  expect((await at.intruder.call('PUT', `/v1/flows/${flow}`, { ...doc, name: 'Renamed' })).status).toBe(200)
  const { _runNextExportIds: _left, ...less } = doc
  expect((await at.intruder.call('PUT', `/v1/flows/${flow}`, less)).status).toBe(200)
  expect((await at.intruder.call('PUT', `/v1/flows/${flow}`, doc)).status).toBe(200)
})
