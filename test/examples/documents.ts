/** Examples of documents of every type, of their state, and of what belongs to an integration. */
import { documentOperations } from '../../src/contract/operations/index.ts'
import { resources, type Collection } from '../../src/contract/resources/index.ts'
import type { Api } from '../harness/api.ts'
import { optionalField, order, samples, type Ids } from '../harness/samples.ts'
import { strictly, type Recorder } from './recorder.ts'

const idOf = (collection: Collection, verb: string): string => {
  const found = Object.entries(documentOperations).find(([, each]) => each.collection === collection && each.verb === verb)
  if (!found) throw new Error(`${collection} have no ${verb}`)
  return found[0]
}

export async function documents({ ask }: Recorder): Promise<Ids> {
  const ids = {} as Record<Collection, string>
  for (const collection of order) ids[collection] = (await ask(idOf(collection, 'create'), { body: samples[collection](ids) }))._id
  for (const collection of order) {
    const params = { _id: ids[collection] }
    await ask(idOf(collection, 'list'))
    await ask(idOf(collection, 'read'), { params })
    const field = optionalField[collection]
    const changed = field === 'description' ? { description: 'Changed' } : {}
    await ask(idOf(collection, 'replace'), { params, body: { ...samples[collection](ids), ...changed } })
    await ask(idOf(collection, 'dependencies'), { params })
    await ask(idOf(collection, 'audit'), { params })
  }
  return ids
}

export async function state({ ask }: Recorder, ids: Ids): Promise<void> {
  for (const collection of [undefined, 'integrations', 'flows', 'exports', 'imports', 'connections'] as const) {
    const name = collection ? resources[collection].model : ''
    const params = { key: 'lastOrder', ...(collection && { _id: ids[collection] }) }
    await ask(`put${name}StateValue`, { params, body: { number: 'SO-100041' } })
    await ask(`get${name}StateValue`, { params })
    await ask(`list${name}State`, { params })
    await ask(`delete${name}StateValue`, { params })
    await ask(`delete${name}State`, { params })
  }
}

export async function changes({ ask }: Recorder, ids: Ids): Promise<void> {
  const replace = (path: string, value: unknown) => [{ op: 'replace', path, value }]
  await ask('patchIntegration', { params: { _id: ids.integrations }, body: replace('/flowGroupings', [{ name: 'Nightly' }]) })
  await ask('patchFlow', { params: { _id: ids.flows }, body: replace('/schedule', '? */15 8-17 ? * 1-5') })
  await ask('patchExport', { params: { _id: ids.exports }, body: replace('/assistantMetadata', { resource: 'orders' }) })
  await ask('patchImport', { params: { _id: ids.imports }, body: replace('/assistantMetadata', { resource: 'invoices' }) })
  const soon = new Date(Date.now() + 30 * 60 * 1000).toISOString()
  await ask('patchScript', { params: { _id: ids.scripts }, body: replace('/debugUntil', soon) })
  await ask('patchConnection', { params: { _id: ids.connections }, body: replace('/debugDate', soon) })
  const { _id: _newConnectionId } = await ask('createConnection', { body: { ...samples.connections(ids), name: 'New shop' } })
  const back = { _newConnectionId: ids.connections }
  await ask('replaceFlowConnection', { params: { _id: ids.flows }, body: { _connectionId: ids.connections, _newConnectionId } })
  await ask('replaceExportConnection', { params: { _id: ids.exports }, body: back })
  await ask('replaceImportConnection', { params: { _id: ids.imports }, body: back })
}

export async function integration({ ask }: Recorder, api: Api, ids: Ids): Promise<void> {
  const params = { _id: ids.integrations }
  await ask('registerConnectionToIntegrationByBody', { params, body: { _connectionId: ids.connections } })
  for (const id of ['Flows', 'Exports', 'Imports', 'Connections', 'AsyncHelpers']) await ask(`listIntegration${id}`, { params })
  await ask('getIntegrationTreeMetadata', { params })
  await ask('getIntegrationTemplate', { params })
  await ask('getFlowTemplate', { params: { _id: ids.flows } })
  await ask('getIntegrationILMIgnoreFields', { params, as: strictly(api) })
  const settingsForm = { form: { fieldMap: { region: { id: 'region', name: 'region', type: 'text', label: 'Region' } } } }
  const { _id } = await ask('createIntegration', { body: { name: 'With a form', settingsForm } })
  await ask('getSettingsForm', { params: { _id }, body: {} })
  await ask('updateApiGrouping', { body: { _apiIds: [ids.apis], _apiGroupingId: null } })
  const loader = await ask('createExport', {
    body: { name: 'Price list', type: 'simple', simple: { file: { type: 'csv', csv: { hasHeaderRow: true } } } },
  })
  const file = await ask('createUpload', { params: { _id: loader._id }, body: { fileName: 'prices.csv' } })
  const part = {
    params: { _id: loader._id, _fileId: file._id },
    query: '?offset=0&complete=true',
    body: new TextEncoder().encode('sku,price\nTEA-100,4.5\n'),
  }
  await ask('appendUpload', part)
  await ask('listUploads', { params: { _id: loader._id } })
  await ask('deleteUpload', { params: { _id: loader._id, _fileId: file._id } })
  await ask('upsertLookupCacheData', { params: { _id: ids.lookupcaches }, body: { data: [{ key: 'TEA-100', value: { item: 4711 } }] } })
  await ask('getLookupCacheData', { params: { _id: ids.lookupcaches }, body: { keys: ['TEA-100'] } })
  await ask('deleteLookupCacheData', { params: { _id: ids.lookupcaches }, body: { keys: ['TEA-100'] } })
  await ask('getSystemToken', { params: { _id: ids.stacks } })
  await ask('rotateSystemToken', { params: { _id: ids.stacks } })
  await ask('listHttpConnectors')
}

export async function clones({ ask }: Recorder, api: Api, ids: Ids): Promise<void> {
  const connectionMap = { [ids.connections]: ids.connections }
  // Integrations with tools cannot be cloned.
  await ask('deleteMCPServer', { params: { _id: ids.mcpservers } })
  await ask('deleteTool', { params: { _id: ids.tools } })
  await ask('previewCloneIntegration', { params: { _id: ids.integrations } })
  await ask('cloneIntegration', { params: { _id: ids.integrations }, body: { name: 'A copy', connectionMap } })
  await ask('cloneFlow', { params: { _id: ids.flows }, body: { name: 'Another flow', _integrationId: ids.integrations, connectionMap } })
  await ask('cloneApi', { params: { _id: ids.apis }, body: { name: 'Orders, second version', version: 'v2' } })
  await ask('cloneExport', { params: { _id: ids.exports }, body: { name: 'Another export', connectionMap } })
  await ask('cloneImport', { params: { _id: ids.imports }, body: { name: 'Another import', connectionMap } })
  await ask('listIntegrationCloneFamily', { params: { _id: ids.integrations }, as: strictly(api) })
  const { _id } = await ask('createFlow', { body: { name: 'Not needed' } })
  await ask('deleteFlow', { params: { _id } })
  await ask('listRecycleBin')
  await ask('restoreFromRecycleBin', { params: { resourceType: 'flows', _id } })
}
