/** What becomes of an installed app: editions and the bin, updates of its template, and reverts and files of the account that has it. */
import { describe, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { licensed } from '../harness/app.ts'
import { archiveOf, filesIn } from '../harness/archives.ts'
import { make } from '../harness/flows.ts'
import { installRich, publishRich, type Rich } from '../harness/rich-app.ts'

const api = apiForFile()

type Body = Answer['body']
const theirs = (method: string, path: string, body?: unknown): Promise<Answer> => api.stranger(method, path, body)
const read = async (path: string): Promise<Body> => (await theirs('GET', `/v1/${path}`)).body
const flowsOf = async (of: string): Promise<Record<string, Body>> =>
  Object.fromEntries((((await read(`integrations/${of}/flows`)) ?? []) as Body[]).map((flow) => [flow.name, flow]))
const refusal = ({ status, body }: Answer): object => ({ status, code: body.errors[0].code })
const toEdition = async (app: Rich, id: string, edition: string | undefined): Promise<void> => {
  const license = await licensed(api, app, { _editionId: edition })
  const answer = await theirs('POST', `/v1/integrations/${id}/changeEdition`, { _licenseId: license._id })
  expect({ status: answer.status, text: answer.status === 200 ? '' : answer.text }).toEqual({ status: 200, text: '' })
}
const updated = async (app: Rich, id: string): Promise<Body> =>
  (await api.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [id] })).body[0]

describe('what an edition does not have', () => {
  test('stays in the bin: it is not restored by itself, nor with the installation, and comes with its edition', async () => {
    const app = await publishRich(api)
    await licensed(api, app, { _editionId: app.editions[1] })
    const id = (await installRich(theirs, app))._id
    const { Extra } = await flowsOf(id)
    const snapshot = (await theirs('POST', `/v1/integrations/${id}/revisions/create`, { description: 'Premium' })).body
    await toEdition(app, id, app.editions[0])
    expect(Object.keys(await flowsOf(id))).toEqual(['Basic'])
    expect((await read(`integrations/${id}`)).aliases.map(({ alias }: Body) => alias)).not.toContain('more')
    expect(refusal(await theirs('POST', `/v1/recycleBinTTL/flows/${Extra._id}/doCascadeRestore`))).toEqual({
      status: 422,
      code: 'app_resource_locked',
    })
    expect((await theirs('GET', `/v1/flows/${Extra._id}`)).status).toBe(404)
    const back = await theirs('POST', `/v1/integrations/${id}/revisions/revert`, { _revertToRevisionId: snapshot._id, description: 'Back' })
    const applied = back.status === 201 ? await theirs('POST', `/v1/integrations/${id}/revisions/${back.body._id}/apply`) : back
    expect(refusal(applied)).toEqual({ status: 422, code: 'app_resource_locked' })
    expect((await theirs('GET', `/v1/flows/${Extra._id}`)).status).toBe(404)
    expect((await theirs('POST', `/v1/integrations/${id}/uninstall`)).status).toBe(204)
    expect((await theirs('POST', `/v1/recycleBinTTL/integrations/${id}/doCascadeRestore`)).status).toBe(200)
    expect(Object.keys(await flowsOf(id))).toEqual(['Basic'])
    await theirs('PUT', `/v1/integrations/${id}/resume`)
    await toEdition(app, id, app.editions[1])
    expect(Object.keys(await flowsOf(id)).toSorted((a, b) => a.localeCompare(b))).toEqual(['Basic', 'Extra'])
  })
})

describe('an update', () => {
  test('brings new flows of the template and what was mended, ahead of its function, and keeps what is the account’s own', async () => {
    const app = await publishRich(api)
    const [basic] = app.flowIds
    await licensed(api, app)
    const id = (await installRich(theirs, app))._id
    const { Basic } = await flowsOf(id)
    const sinkId = Basic.pageProcessors[0]._importId
    const mapping = { fields: [{ extract: 'mine', generate: 'mine' }], lists: [] }
    expect((await theirs('PUT', `/v1/imports/${sinkId}`, { ...(await read(`imports/${sinkId}`)), mapping })).status).toBe(200)
    expect((await theirs('PUT', `/v1/flows/${Basic._id}`, { ...Basic, disabled: false, schedule: '? 0 1 * * *' })).status).toBe(200)
    await publisherMoves(app)
    const outcome = await updated(app, id)
    expect(outcome).toMatchObject({ updated: true, version: '2.0.0', updateInProgress: false })
    const flows = await flowsOf(id)
    expect(flows['New']).toMatchObject({ disabled: true, _connectorId: app.connectorId })
    const integration = await read(`integrations/${id}`)
    // The function found it there already.
    expect(integration.settings.seen).toEqual(['Basic', 'New'])
    const group = integration.flowGroupings.find(({ name }: Body) => name === 'Later')
    expect(flows['New']._flowGroupingId).toBe(group._id)
    expect(flows['New'].pageProcessors[0]._importId).toBe(sinkId)
    const sink = await read(`imports/${sinkId}`)
    expect(sink.http.relativeURI).toEqual(['/mended'])
    expect(sink.mapping.fields).toMatchObject([{ extract: 'mine', generate: 'mine' }])
    expect(flows['Basic']).toMatchObject({ disabled: false, schedule: '? 0 1 * * *', description: 'Told better' })
    expect(integration.aliases).toContainEqual({ alias: 'new', _flowId: flows['New']._id })
    expect(integration).toMatchObject({
      name: 'Rich app',
      mode: 'settings',
      settings: { fresh: flows['New']._id, basic: flows['Basic']._id },
    })
    expect(basic).not.toBe(flows['Basic']._id)
    // A second one finds nothing to do.
    await updated(app, id)
    expect(Object.keys(await flowsOf(id))).toHaveLength(2)
  })

  test('names what both have changed, and leaves it; where the function throws everything is as it was', async () => {
    const app = await publishRich(api)
    await licensed(api, app)
    const id = (await installRich(theirs, app))._id
    const { Basic } = await flowsOf(id)
    const sinkId = Basic.pageProcessors[0]._importId
    const mapping = (extract: string): object => ({ fields: [{ extract, generate: 'out' }], lists: [] })
    const published = (await api.call('GET', `/v1/imports/${app.importIds[0]}`)).body
    const change = (path: string, body: object): Promise<Answer> => api.call('PUT', path, body)
    await change(`/v1/imports/${published._id}`, { ...published, description: 'First' })
    await updated(app, id)
    expect((await read(`imports/${sinkId}`)).description).toBe('First')
    await theirs('PUT', `/v1/imports/${sinkId}`, { ...(await read(`imports/${sinkId}`)), settings: { own: 1 }, mapping: mapping('mine') })
    await change(`/v1/imports/${published._id}`, {
      ...published,
      description: 'Second',
      settings: { own: 2 },
      mapping: mapping('published'),
    })
    const before = [await read(`imports/${sinkId}`), Object.keys(await flowsOf(id))]
    const script = (await api.call('GET', `/v1/scripts/${app.scriptId}`)).body
    await change(`/v1/scripts/${app.scriptId}`, {
      ...script,
      content: `${script.content}\nfunction update() { throw new Error('not today') }`,
    })
    expect(await updated(app, id)).toMatchObject({ updated: false, error: expect.stringContaining('not today') as string })
    expect([await read(`imports/${sinkId}`), Object.keys(await flowsOf(id))]).toEqual(before)
    await change(`/v1/scripts/${app.scriptId}`, script)
    const outcome = await updated(app, id)
    expect(outcome.updated).toBe(true)
    expect(outcome.kept).toContain(`import.${sinkId}.settings.own`)
    expect((outcome.kept as string[]).filter((path) => path.startsWith(`import.${sinkId}.mapping`))).toHaveLength(1)
    expect(await read(`imports/${sinkId}`)).toMatchObject({
      description: 'Second',
      settings: { own: 1 },
      mapping: { fields: [{ extract: 'mine' }] },
    })
  })

  /** A new flow over the import that is there, in a new group, named in settings and aliases; the import and a flow mended. */
  async function publisherMoves({ templateId, connectionId, importIds, flowIds, connectorId }: Rich): Promise<void> {
    const template = (await api.call('GET', `/v1/integrations/${templateId}`)).body
    const grouped = { ...template, flowGroupings: [...template.flowGroupings, { name: 'Later' }] }
    const { flowGroupings } = (await api.call('PUT', `/v1/integrations/${templateId}`, grouped)).body
    const source = await make(api, 'exports', {
      name: 'New',
      adaptorType: 'HTTPExport',
      _connectionId: connectionId,
      http: { method: 'GET', relativeURI: '/new' },
    })
    const flow = await make(api, 'flows', {
      name: 'New',
      _integrationId: templateId,
      _flowGroupingId: flowGroupings.at(-1)._id,
      pageGenerators: [{ _exportId: source._id }],
      pageProcessors: [{ type: 'import', _importId: importIds[0] }],
    })
    const settings = { ...template.settings, fresh: flow._id }
    const aliases = [...template.aliases, { alias: 'new', _flowId: flow._id }]
    await api.call('PUT', `/v1/integrations/${templateId}`, { ...template, flowGroupings, settings, aliases })
    const sink = (await api.call('GET', `/v1/imports/${importIds[0]}`)).body
    await api.call('PUT', `/v1/imports/${importIds[0]}`, { ...sink, http: { ...sink.http, relativeURI: ['/mended'] } })
    const first = (await api.call('GET', `/v1/flows/${flowIds[0]}`)).body
    await api.call('PUT', `/v1/flows/${flowIds[0]}`, { ...first, description: 'Told better' })
    const connector = (await api.call('GET', `/v1/connectors/${connectorId}`)).body
    const { editions } = connector.twoDotZero
    for (const edition of editions) edition.resources.flows.push(flow._id)
    expect((await api.call('PUT', `/v1/connectors/${connectorId}`, connector)).status).toBe(200)
  }
})

describe('the account that has an app', () => {
  test('goes back to earlier settings of it, by a revert and by files', async () => {
    const app = await publishRich(api)
    const environment = await make(api, 'environments', { name: 'Staging' })
    const headers = { 'sluice-environment': environment._id }
    const there = (method: string, path: string, body?: unknown): Promise<Answer> => api.call(method, path, body, headers)
    const id = (await installRich(there, app))._id
    const path = `/v1/integrations/${id}`
    const snapshot = (await there('POST', `${path}/revisions/create`, { description: 'As it came' })).body
    const before = (await there('GET', path)).body
    expect((await there('PUT', path, { ...before, name: 'Renamed', settings: { ...before.settings, more: 1 } })).status).toBe(200)
    const opened = await there('POST', `${path}/revisions/revert`, { _revertToRevisionId: snapshot._id, description: 'Back' })
    const applied = await there('POST', `${path}/revisions/${opened.body._id}/apply`)
    expect({ status: applied.status, text: applied.status === 200 ? '' : applied.text }).toEqual({ status: 200, text: '' })
    const after = (await there('GET', path)).body
    expect(after).toMatchObject({
      name: 'Rich app',
      settings: before.settings,
      update: before.update,
      _connectorId: app.connectorId,
      mode: 'settings',
    })
    const response = await fetch(`${api.url}${path}/files`, { headers: { authorization: 'Bearer owner-token-for-tests', ...headers } })
    const files = await filesIn(Buffer.from(await response.arrayBuffer()))
    const name = Object.keys(files).find((file) => file.includes(id) || file.endsWith('integration.json')) as string
    const archive = await archiveOf({ ...files, [name]: (files[name] as string).replace('"Rich app"', '"By files"') })
    const put = await there('PUT', `${path}/files`, archive)
    expect({ status: put.status, text: put.status < 300 ? '' : put.text }).toEqual({ status: put.status, text: '' })
    expect((await there('GET', path)).body).toMatchObject({ name: 'By files', update: before.update, _connectorId: app.connectorId })
  })
})
