/** Integration Apps: who may install one, the steps that do it, and what is the app's from then on. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { installed, licensed, publish, type Published } from '../harness/app.ts'
import { make } from '../harness/flows.ts'
import { nobody } from '../harness/samples.ts'

const api = apiForFile()
let app: Published
beforeAll(async () => {
  app = await publish(api)
})

const refusal = ({ status, body }: Answer): object => ({ status, code: body.errors[0].code, field: body.errors[0].field })
const install = (body?: object): Promise<Answer> => api.stranger('POST', `/v1/connectors/${app.connectorId}/install`, body)
const take = (id: string, index: number | string, body?: object): Promise<Answer> =>
  api.stranger('POST', `/v1/integrations/${id}/installSteps/${index}`, body)
const chosen = { connection: { name: 'Mine', http: { baseURI: 'https://mine.example', mediaType: 'json' } } }

describe("a stranger's app", () => {
  test('is a 404 without a licence, for its preview as well', async () => {
    expect(refusal(await install())).toMatchObject({ status: 404, code: 'invalid_ref' })
    expect((await api.stranger('GET', `/v1/connectors/${app.connectorId}/install/preview`)).status).toBe(404)
    expect((await api.stranger('GET', `/v1/connectors/${app.connectorId}`)).status).toBe(404)
  })

  test('is a 404 while it is not published, licence or not', async () => {
    const hidden = await publish(api, {}, { published: false })
    await licensed(api, hidden)
    expect((await api.stranger('POST', `/v1/connectors/${hidden.connectorId}/install`)).status).toBe(404)
  })

  test('is looked for where its publisher has it, before a body is refused', async () => {
    const other = await publish(api)
    const wrong = () => api.stranger('POST', `/v1/connectors/${other.connectorId}/install`, { name: 5 })
    expect((await wrong()).status).toBe(404)
    await licensed(api, other)
    expect(refusal(await wrong())).toMatchObject({ status: 422, code: 'invalid_field' })
  })

  test('is not installed with a licence that has expired, or is in use', async () => {
    const { _id } = await licensed(api, app, { expires: '2020-01-01T00:00:00.000Z' })
    expect(refusal(await install())).toMatchObject({ status: 422, code: 'license_expired' })
    await api.call('PUT', `/v1/connectors/${app.connectorId}/licenses/${_id}`, { _editionId: app.editions[0] })
    expect((await install({ _licenseId: _id })).status).toBe(201)
    expect(refusal(await install())).toMatchObject({ status: 422, code: 'license_in_use' })
    expect((await install({ _licenseId: nobody })).status).toBe(404)
  })

  test('is shown with its steps and every function that would run, and nothing is made', async () => {
    await licensed(api, app)
    const before = (await api.stranger('GET', '/v1/integrations')).text
    const { status, body } = await api.stranger('GET', `/v1/connectors/${app.connectorId}/install/preview`)
    expect(status).toBe(200)
    expect(body.installSteps).toHaveLength(3)
    expect(body.objects.map(({ model, name }: { model: string; name: string }) => `${model} ${name}`)).toEqual(
      expect.arrayContaining(['Flow Basic', 'Export Basic', 'Connection Shop']),
    )
    expect(body.objects.map(({ name }: { name: string }) => name)).not.toContain('Extra')
    const functions = body.functions.map((each: { function: string }) => each.function).toSorted()
    expect(functions).toEqual(['child', 'connected', 'edition', 'form', 'formed', 'nothing', 'update'])
    expect(body.functions[0]).toMatchObject({ _scriptId: app.scriptId, script: 'App', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect((await api.stranger('GET', '/v1/integrations')).text).toBe(before)
  })
})

describe('the steps of an installation', () => {
  let id: string
  beforeAll(async () => {
    id = (await install({ name: 'My shop' })).body._id
  })

  test('make an integration in mode `install`, with every step open', async () => {
    const { body } = await api.stranger('GET', `/v1/integrations/${id}`)
    expect(body).toMatchObject({ name: 'My shop', mode: 'install', version: '1.0.0', _connectorId: app.connectorId })
    expect(body.installSteps.map(({ completed }: { completed: boolean }) => completed)).toEqual([false, false, false])
  })

  test("tell what a connection is like, without the publisher's secrets", async () => {
    const { text, body } = await api.stranger('GET', `/v1/integrations/${id}`)
    expect(body.installSteps[0].sourceConnection).toMatchObject({ type: 'http', http: { baseURI: 'https://shop.example' } })
    expect(body.installSteps[0]._connectionId).toBeUndefined()
    expect(text).not.toContain('publishers-own')
  })

  test('are taken in turn: another index is refused, one that is none is a 404', async () => {
    expect(refusal(await take(id, 1, {}))).toMatchObject({ status: 422, code: 'invalid_step' })
    for (const index of [3, 99, 'x', '-1', '01', '1e1'])
      expect({ index, status: (await take(id, index, {})).status }).toEqual({ index, status: 404 })
    expect((await api.call('POST', `/v1/integrations/${id}/installSteps/0`, chosen)).status).toBe(404)
  })

  test('ask for what they need, and take connections that are there, of the right type', async () => {
    expect(refusal(await take(id, 0, {}))).toEqual({ status: 422, code: 'missing_required_field', field: '_connectionId' })
    expect(refusal(await take(id, 0, { _connectionId: app.connectionId }))).toMatchObject({ status: 422, code: 'invalid_ref' })
    const { _id } = await make({ call: api.stranger }, 'connections', {
      name: 'F',
      type: 'ftp',
      ftp: { type: 'ftp', hostURI: 'x', username: 'u', authType: 'password' },
    })
    expect(refusal(await take(id, 0, { _connectionId: _id }))).toMatchObject({ status: 422, code: 'invalid_ref' })
    expect((await take(id, 0, { connection: { http: { mediaType: 7 } } })).status).toBe(422)
  })

  test('make a connection that is the app’s, register it, and call the function with it', async () => {
    const { status, body } = await take(id, 0, chosen)
    expect(status).toBe(200)
    const { _connectionId, completed } = body.installSteps[0]
    expect(completed).toBe(true)
    expect(body.settings).toEqual({ connection: _connectionId })
    expect(body._registeredConnectionIds).toEqual([_connectionId])
    const connection = (await api.stranger('GET', `/v1/connections/${_connectionId}`)).body
    expect(connection).toMatchObject({ name: 'Mine', type: 'http', _connectorId: app.connectorId, _integrationId: id })
    expect(refusal(await take(id, 0, chosen))).toMatchObject({ code: 'invalid_step' })
  })

  test('show the form that a function makes, and check what is filled in', async () => {
    const shown = await api.stranger('POST', `/v1/integrations/${id}/installSteps/1/show`)
    expect(shown.body.form.fieldMap.region).toMatchObject({ required: true })
    expect(refusal(await take(id, 1, {}))).toMatchObject({ code: 'missing_required_field', field: 'formSubmission' })
    expect(refusal(await take(id, 1, { formSubmission: {} }))).toMatchObject({
      code: 'missing_required_field',
      field: 'formSubmission.region',
    })
    expect(refusal(await take(id, 1, { formSubmission: { region: 'Mars' } }))).toMatchObject({ field: 'formSubmission.region' })
    expect(refusal(await take(id, 1, { formSubmission: { region: 'EU', more: 1 } }))).toMatchObject({ field: 'formSubmission.more' })
  })

  test('may be changed by a function: those that were taken keep their places', async () => {
    const { body } = await take(id, 1, { formSubmission: { region: 'US' } })
    expect(body.settings).toMatchObject({ region: 'US' })
    expect(body.installSteps.map(({ name, completed }: { name: string; completed: boolean }) => [name, completed])).toEqual([
      ['Connect', true],
      ['Region', true],
      ['Install', false],
      ['Only in the US', false],
    ])
  })

  test('install what the edition has, over the connection that was chosen, and nothing of another edition', async () => {
    const { status, body } = await take(id, 2)
    expect(status).toBe(200)
    expect(body.mode).toBe('install')
    const flows = (await api.stranger('GET', `/v1/integrations/${id}/flows`)).body
    expect(flows).toHaveLength(1)
    expect(flows[0]).toMatchObject({ name: 'Basic', disabled: true, _integrationId: id, _connectorId: app.connectorId })
    const source = (await api.stranger('GET', `/v1/exports/${flows[0].pageGenerators[0]._exportId}`)).body
    expect(source).toMatchObject({ _connectorId: app.connectorId, _connectionId: body.installSteps[0]._connectionId })
    expect((await api.stranger('GET', '/v1/scripts')).status).toBe(204)
  })

  test('end with the last one: the app is in `settings`', async () => {
    const { status, body } = await take(id, 3)
    expect({ status, mode: body.mode }).toEqual({ status: 200, mode: 'settings' })
    expect(body.resolvedAt).toMatch(/^20/)
    expect(refusal(await take(id, 3))).toMatchObject({ code: 'invalid_step' })
  })

  test('only one of two that are sent at once is taken', async () => {
    const other = await licensed(api, app)
    const { body } = await install({ _licenseId: other._id })
    const answers = await Promise.all([take(body._id, 0, chosen), take(body._id, 0, chosen), take(body._id, 0, chosen)])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(['conflict', 'invalid_step']).toContain(answer.body.errors[0].code)
    expect((await api.stranger('GET', `/v1/integrations/${body._id}`)).body._registeredConnectionIds).toHaveLength(1)
  })
})

describe('a function that throws', () => {
  test('leaves the step open and everything as it was, and says why', async () => {
    const broken = await publish(api, { installSteps: [{ name: 'B', type: 'connection', _scriptId: '{script}', function: 'boom' }] })
    await licensed(api, broken)
    const { body } = await api.stranger('POST', `/v1/connectors/${broken.connectorId}/install`)
    const before = (await api.stranger('GET', `/v1/integrations/${body._id}`)).body
    const answer = await take(body._id, 0, {
      connection: { name: 'C', type: 'http', http: { baseURI: 'https://x.example', mediaType: 'json' } },
    })
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0]).toMatchObject({ code: 'script_error', field: 'installSteps.0.function' })
    expect(answer.body.errors[0].message).toContain('no such luck')
    const after = (await api.stranger('GET', `/v1/integrations/${body._id}`)).body
    expect(after.installSteps).toEqual(before.installSteps)
    expect(after.settings).toEqual(before.settings)
    const left = [await api.stranger('GET', '/v1/connections?name=C'), await api.stranger('GET', '/v1/flows?name=half%20done')]
    expect(left.map(({ text }) => text).join('')).not.toMatch(/"half done"|"name":"C"/)
  })
})

describe('what is installed', () => {
  let id: string
  let flow: Answer['body']
  beforeAll(async () => {
    id = await installed(api, app)
    flow = (await api.stranger('GET', `/v1/integrations/${id}/flows`)).body[0]
  })

  test('is switched on and off by users, and scheduled, also with a document as it was read', async () => {
    const { status, body } = await api.stranger('PUT', `/v1/flows/${flow._id}`, { ...flow, disabled: false })
    expect({ status, disabled: body.disabled, _connectorId: body._connectorId }).toEqual({
      status: 200,
      disabled: false,
      _connectorId: app.connectorId,
    })
    expect(
      (await api.stranger('PATCH', `/v1/flows/${flow._id}`, [{ op: 'replace', path: '/schedule', value: '? 0 1 * * *' }])).status,
    ).toBe(204)
  })

  test('is locked otherwise: it is neither changed nor deleted', async () => {
    expect(refusal(await api.stranger('PUT', `/v1/flows/${flow._id}`, { ...flow, pageGenerators: [] }))).toEqual({
      status: 422,
      code: 'app_resource_locked',
      field: 'pageGenerators',
    })
    const source = flow.pageGenerators[0]._exportId
    for (const path of [`/v1/flows/${flow._id}`, `/v1/exports/${source}`, `/v1/integrations/${id}`])
      expect(refusal(await api.stranger('DELETE', path))).toMatchObject({ status: 422, code: 'app_resource_locked' })
    const integration = (await api.stranger('GET', `/v1/integrations/${id}`)).body
    const locked = await api.stranger('PUT', `/v1/integrations/${id}`, { ...integration, mode: 'install' })
    expect(refusal(locked)).toMatchObject({ status: 422, code: 'app_resource_locked', field: 'mode' })
  })

  test('is not cloned: a copy would be without its licence and its code', async () => {
    expect(refusal(await api.stranger('POST', `/v1/integrations/${id}/clone`, { connectionMap: {} }))).toMatchObject({
      status: 422,
      code: 'app_resource_locked',
    })
    const clone = { _integrationId: id, connectionMap: {} }
    expect(refusal(await api.stranger('POST', `/v1/flows/${flow._id}/clone`, clone))).toMatchObject({ code: 'app_resource_locked' })
  })

  test('keeps what a user leaves out that is not theirs to change', async () => {
    const { status, body } = await api.stranger('PUT', `/v1/integrations/${id}`, { name: 'Renamed', settings: { region: 'US' } })
    expect({ status, name: body.name, settings: body.settings }).toEqual({ status: 200, name: 'Renamed', settings: { region: 'US' } })
    expect(body).toMatchObject({ mode: 'settings', _connectorId: app.connectorId, version: '1.0.0' })
    expect(body.installSteps).toHaveLength(3)
  })

  test("leaves the publisher's own untouched", async () => {
    const template = (await api.call('GET', `/v1/integrations/${app.templateId}`)).body
    expect((await api.call('PUT', `/v1/integrations/${app.templateId}`, { ...template, version: '1.0.1' })).status).toBe(200)
    await api.call('PUT', `/v1/integrations/${app.templateId}`, template)
  })

  test('is told to the publisher: who, where it stands, and nothing that is in it', async () => {
    const { status, body } = await api.call('GET', `/v1/connectors/${app.connectorId}/installBase`)
    expect(status).toBe(200)
    const one = body.find((each: { _integrationId: string }) => each._integrationId === id)
    expect(one).toMatchObject({ user: { email: 'stranger@example.com' }, mode: 'settings', version: '1.0.0', paused: false })
    expect(Object.keys(one)).not.toContain('settings')
    expect((await api.stranger('GET', `/v1/connectors/${app.connectorId}/installBase`)).status).toBe(404)
  })
})

describe('legacy install cards', () => {
  test('are kept and shown', async () => {
    const cards = [{ name: 'Bundle', description: 'Install it', installURL: 'https://shop.example/bundle' }]
    const old = await publish(api, { installSteps: [], install: cards })
    await licensed(api, old)
    const { body } = await api.stranger('POST', `/v1/connectors/${old.connectorId}/install`)
    expect(body).toMatchObject({ mode: 'install', install: cards })
  })
})
