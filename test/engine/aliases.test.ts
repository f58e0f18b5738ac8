/** Aliases: scripts of a flow call exports, imports, flows and connections by names of the flow, and by those of its integration. */
import { afterEach, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { errorsOf, make, makeFlow, runToEnd } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
afterEach(() => application.close())

const code = `
import { connections, exports, flows, imports } from 'integrator-api'
function page({ data }) {
  const names = [
    exports.get('source').name,
    imports.get({ _id: 'target' }).name,
    flows.get('self').name,
    connections.get('shop').name,
    exports.get('shop') === undefined ? 'no export' : 'an export',
    exports.run({ _id: 'more' }).data.length,
  ]
  return { data: data.map((record) => ({ ...record, names })) }
}
function wrong({ data }) { return { data: [exports.get('nobody')] } }`

it('the flow goes before its integration, and an alias of one kind is none of another', async () => {
  application = await startApplication({ sources: { orders: [{ id: 1 }], more: [{ id: 2 }, { id: 3 }] } })
  const integration = await make(api, 'integrations', { name: 'Shop' })
  const flow = await makeFlow(api, application, {
    code,
    exports: {
      orders: { hooks: { preSavePage: { _scriptId: '{code}', function: 'page' } } },
      more: { isLookup: true, http: { response: { resourcePath: 'records' } } },
    },
    imports: { sink: {}, other: {} },
    flow: { _integrationId: integration._id, pageProcessors: [{ type: 'import', _importId: '{sink}' }] },
  })
  const { ids, connectionId } = flow
  // Within the reach of the flow's scripts: used by a flow of the integration.
  const unused = { name: 'Unused', _integrationId: integration._id, disabled: true }
  await make(api, 'flows', {
    ...unused,
    pageGenerators: [{ _exportId: ids['more'] }],
    pageProcessors: [{ type: 'import', _importId: ids['other'] }],
  })
  const put = async (path: string, says: object): Promise<void> => {
    const { body } = await api.call('GET', path)
    expect((await api.call('PUT', path, { ...body, ...says })).status).toBe(200)
  }
  await put(`/v1/integrations/${integration._id}`, {
    aliases: [
      { alias: 'source', _exportId: ids['more'] },
      { alias: 'target', _importId: ids['other'] },
      { alias: 'shop', _connectionId: connectionId },
      { alias: 'more', _exportId: ids['more'] },
    ],
  })
  await put(`/v1/flows/${flow._id}`, {
    aliases: [
      { alias: 'source', _exportId: ids['orders'] },
      { alias: 'self', _flowId: flow._id },
    ],
  })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 0 })
  expect(application.ledger.map(({ body }) => body)).toEqual([{ id: 1, names: ['orders', 'other', 'flow', 'application', 'no export', 2] }])
})

it('a name that is no alias is the id of nothing', async () => {
  application = await startApplication({ sources: { orders: [{ id: 1 }] } })
  const integration = await make(api, 'integrations', { name: 'Shop' })
  const hooks = { preSavePage: { _scriptId: '{code}', function: 'wrong' } }
  const flow = await makeFlow(api, application, { code, exports: { orders: { hooks } }, flow: { _integrationId: integration._id } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'failed' })
  expect(application.ledger).toEqual([])
  expect(await errorsOf(api, flow, 'orders')).toMatchObject([{ source: 'pre_save_page_hook' }])
})
