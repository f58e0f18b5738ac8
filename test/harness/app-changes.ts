/** An Integration App whose functions do what the settings of the installation name, and then throw, or never come to an end. */
import { make, type Maker } from './flows.ts'

const changingScript = `
const { integrations, flows, exports, connections, lookupCaches, state } = require('integrator-api')
const named = function (all, name) { return all.find(function (each) { return each.name === name }) }
const own = function (id) { return integrations.get(id) }
const kinds = {
  create: function () { flows.create({ name: 'new flow' }); lookupCaches.create({ name: 'new cache' }); connections.create({ name: 'new', type: 'http', http: { baseURI: 'https://new.example', mediaType: 'json' } }) },
  replace: function (id) {
    integrations.update(id, Object.assign({}, own(id), { name: 'Renamed', version: '9.9.9', updateInProgress: false }))
    const flow = named(flows.find({}), 'Orders')
    flows.update(flow._id, Object.assign({}, flow, { disabled: false, schedule: '? 5 * * * *' }))
    const shop = named(connections.find({}), 'Shop')
    connections.update(shop._id, Object.assign({}, shop, { http: { baseURI: 'https://other.example', mediaType: 'json' } }))
  },
  remove: function () { const flow = named(flows.find({}), 'Orders'); flows.delete(flow._id); exports.delete(flow.pageGenerators[0]._exportId) },
  removeNew: function () { flows.delete(flows.create({ name: 'short-lived' })._id) },
  entries: function () {
    const cache = named(lookupCaches.find({}), 'Rates')
    lookupCaches.upsertData(cache._id, { data: [{ key: 'EUR', value: 2 }, { key: 'CHF', value: 3 }] })
    lookupCaches.deleteData(cache._id, { keys: ['USD', 'CHF', 'none'] })
  },
  purge: function () {
    const cache = named(lookupCaches.find({}), 'Rates')
    lookupCaches.upsertData(cache._id, { data: [{ key: 'JPY', value: 1 }] })
    lookupCaches.purge(cache._id)
    lookupCaches.upsertData(cache._id, { data: [{ key: 'EUR', value: 'again' }] })
  },
  removeCache: function () { lookupCaches.delete(named(lookupCaches.find({}), 'Rates')._id) },
  state: function () { state.put('seen', 'other'); state.put('new', 1); state.delete('gone') },
  allState: function () { state.put('new', 1); state.deleteAll(); state.put('seen', { again: true }) },
  slowly: function () { state.put('seen', 'first'); const until = Date.now() + 3000; while (Date.now() < until) {} state.put('seen', 'last') },
  replaceAgain: function () {
    const shop = named(connections.find({}), 'Shop')
    connections.update(shop._id, Object.assign({}, shop, { http: Object.assign({}, shop.http, { mediaType: 'xml' }) }))
  },
  run: function () { flows.run(named(flows.find({}), 'Orders')._id) },
}
function change(o) {
  const id = (o.resource || o.parentIntegration || o.integration)._id
  const settings = own(id).settings || {}
  ;(settings.kinds || []).forEach(function (kind) { kinds[kind](id) })
  if (settings.hangs) for (;;) {}
  if (settings.kinds) throw new Error('in the middle of it')
  if (own(id).updateInProgress) integrations.update(id, Object.assign({}, own(id), { updateInProgress: false }))
}
`
export const kinds = ['create', 'replace', 'remove', 'removeNew', 'entries', 'purge', 'removeCache', 'state', 'allState', 'run'] as const

export interface Changing {
  readonly connectorId: string
  readonly templateId: string
  readonly editions: readonly string[]
}

/** Published: one flow for the first edition, another one for the second. */
export async function publishChanging(api: Maker): Promise<Changing> {
  const script = await make(api, 'scripts', { name: 'Changes', content: changingScript })
  const call = { _scriptId: script._id, function: 'change' }
  const connection = await make(api, 'connections', {
    name: 'Shop',
    type: 'http',
    http: { baseURI: 'https://shop.example', mediaType: 'json' },
  })
  const template = await make(api, 'integrations', {
    name: 'Template',
    version: '1.0.0',
    installSteps: [
      { name: 'Connect', type: 'connection', _connectionId: connection._id, ...call },
      { name: 'Resources', type: 'template_zip', templateZip: true, ...call },
      { name: 'Last', type: 'hidden', ...call },
    ],
    uninstallSteps: [{ name: 'Goodbye', type: 'hidden', ...call }],
    initChild: call,
    update: call,
    changeEdition: call,
  })
  const flowIds: string[] = []
  for (const name of ['Orders', 'Extra']) {
    const cache = await make(api, 'lookupcaches', { name: name === 'Orders' ? 'Rates' : 'Other' })
    const source = await make(api, 'exports', {
      name,
      adaptorType: 'HTTPExport',
      _connectionId: connection._id,
      http: { method: 'GET', relativeURI: `/${name}` },
    })
    const sink = await make(api, 'imports', {
      name,
      adaptorType: 'HTTPImport',
      _connectionId: connection._id,
      http: { method: ['POST'], relativeURI: [`/${name}`] },
      lookups: [{ name: 'rates', _lookupCacheId: cache._id }],
    })
    const flow = {
      name,
      _integrationId: template._id,
      pageGenerators: [{ _exportId: source._id }],
      pageProcessors: [{ type: 'import', _importId: sink._id }],
    }
    flowIds.push((await make(api, 'flows', flow))._id)
  }
  const [orders, extra] = flowIds
  const connector = await make(api, 'connectors', {
    name: 'Changing app',
    published: true,
    framework: 'twoDotZero',
    twoDotZero: {
      _integrationId: template._id,
      editions: [
        { displayName: 'Starter', order: 0, resources: { flows: [orders] } },
        { displayName: 'Premium', order: 1, resources: { flows: [orders, extra] } },
      ],
    },
  })
  const editions = (connector.twoDotZero.editions as { _id: string }[]).map(({ _id }) => _id)
  return { connectorId: connector._id, templateId: template._id, editions }
}
