/** An Integration App whose template has all that refers to something: groups, aliases, settings, and a lookup cache with entries. */
import type { Answer } from './api.ts'
import { make, type Maker } from './flows.ts'

export interface Rich {
  readonly connectorId: string
  readonly templateId: string
  readonly connectionId: string
  readonly cacheId: string
  readonly scriptId: string
  readonly flowIds: readonly string[]
  readonly importIds: readonly string[]
  readonly groupIds: readonly string[]
  readonly editions: readonly string[]
}

const script = `
function nothing() {}
function child(o) { return { name: 'Store' } }
function update(o) {
  const { integrations, flows } = require('integrator-api')
  const now = integrations.get(o.resource._id)
  const seen = (flows.find({}) || []).map(function (each) { return each.name }).sort()
  integrations.update(now._id, Object.assign({}, now, { version: '2.0.0', updateInProgress: false, settings: Object.assign({}, now.settings, { seen: seen }) }))
}`

/** Three flows, each in a group of its own: of the first edition, of the second alone, and of children. */
export async function publishRich(api: Maker): Promise<Rich> {
  const { _id: scriptId } = await make(api, 'scripts', { name: 'Rich', content: script })
  const call = (name: string): object => ({ _scriptId: scriptId, function: name })
  const { _id: connectionId } = await make(api, 'connections', {
    name: 'Shop',
    type: 'http',
    http: { baseURI: 'https://shop.example', mediaType: 'json' },
  })
  const { _id: cacheId } = await make(api, 'lookupcaches', { name: 'Rates', includeDataInTemplatesAndCloning: true })
  const data = [
    { key: 'EUR', value: { rate: 1 } },
    { key: 'CHF', value: { rate: 2 } },
  ]
  await api.call('POST', `/v1/lookupcaches/${cacheId}/data`, { data })
  const body = {
    name: 'Template',
    version: '1.0.0',
    flowGroupings: [{ name: 'Basics' }, { name: 'Premium' }, { name: 'Stores' }],
    installSteps: [
      { name: 'Connect', type: 'connection', _connectionId: connectionId },
      { name: 'Resources', type: 'template_zip', templateZip: true },
      { name: 'Last', type: 'hidden', ...call('nothing') },
    ],
    initChild: call('child'),
    update: call('update'),
    changeEdition: call('nothing'),
  }
  const template = await make(api, 'integrations', body)
  const groupIds = (template.flowGroupings as { _id: string }[]).map(({ _id }) => _id)
  const flowIds: string[] = []
  const importIds: string[] = []
  for (const [place, name] of ['Basic', 'Extra', 'Of children'].entries()) {
    const source = await make(api, 'exports', {
      name,
      adaptorType: 'HTTPExport',
      _connectionId: connectionId,
      http: { method: 'GET', relativeURI: `/${place}` },
    })
    const sink = await make(api, 'imports', {
      name,
      adaptorType: 'HTTPImport',
      _connectionId: connectionId,
      http: { method: ['POST'], relativeURI: [`/${place}`] },
      ...(place === 0 && { lookups: [{ name: 'rates', _lookupCacheId: cacheId }] }),
    })
    importIds.push(sink._id)
    const flow = await make(api, 'flows', {
      name,
      _integrationId: template._id,
      _flowGroupingId: groupIds[place],
      pageGenerators: [{ _exportId: source._id }],
      pageProcessors: [{ type: 'import', _importId: sink._id }],
      settings: { sink: sink._id, next: flowIds[0] ?? 'none' },
    })
    flowIds.push(flow._id)
  }
  const [basic, extra, ofChildren] = flowIds
  const named = {
    settings: { basic, extra, connection: connectionId, byFlow: { [String(basic)]: importIds[0] } },
    aliases: [
      { alias: 'main', _flowId: basic },
      { alias: 'more', _flowId: extra },
      { alias: 'shop', _connectionId: connectionId },
      { alias: 'sink', _importId: importIds[0] },
    ],
  }
  const changed = await api.call('PUT', `/v1/integrations/${template._id}`, { ...template, ...named })
  if (changed.status !== 200) throw new Error(changed.text)
  const connector = await make(api, 'connectors', {
    name: 'Rich app',
    published: true,
    framework: 'twoDotZero',
    twoDotZero: {
      _integrationId: template._id,
      editions: [
        { displayName: 'Starter', order: 0, resources: { flows: [basic] }, childResources: { flows: [ofChildren] } },
        { displayName: 'Premium', order: 1, resources: { flows: [basic, extra] }, childResources: { flows: [ofChildren] } },
      ],
    },
  })
  const editions = (connector.twoDotZero.editions as { _id: string }[]).map(({ _id }) => _id)
  return { connectorId: connector._id, templateId: template._id, connectionId, cacheId, scriptId, flowIds, importIds, groupIds, editions }
}

/** Over a connection that the account has; answers the installation as it is then. */
export async function installRich(call: Maker['call'], { connectorId }: Rich, sent: object = {}): Promise<Answer['body']> {
  const begun = await call('POST', `/v1/connectors/${connectorId}/install`, sent)
  if (begun.status !== 201) throw new Error(begun.text)
  const connection = { name: 'Mine', http: { baseURI: 'https://mine.example', mediaType: 'json' } }
  let last = begun
  for (const [index, taken] of [{ connection }, {}, {}].entries()) {
    last = await call('POST', `/v1/integrations/${begun.body._id}/installSteps/${index}`, taken)
    if (last.status !== 200) throw new Error(`step ${index}: ${last.text}`)
  }
  return last.body
}
