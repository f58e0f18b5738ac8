/** Installed Integration Apps: licences that end, editions that change, children, updates, and the way into the bin. */
import { beforeAll, describe, expect, test } from 'vitest'
import { startScheduledRuns } from '../../src/domain/flows/schedules/scheduled-runs.ts'
import { apiForFile, type Answer } from '../harness/api.ts'
import { installed, licensed, publish, type Published } from '../harness/app.ts'
import { ask } from '../harness/database.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody } from '../harness/samples.ts'

const api = apiForFile()
let app: Published
beforeAll(async () => {
  app = await publish(api)
})

const refusal = ({ status, body }: Answer): object => ({ status, code: body.errors[0].code })
const theirs = (method: string, path: string, body?: unknown): Promise<Answer> => api.stranger(method, path, body)
const read = async (id: string): Promise<Answer['body']> => (await theirs('GET', `/v1/integrations/${id}`)).body
const flowsOf = async (id: string): Promise<Answer['body'][]> => (await theirs('GET', `/v1/integrations/${id}/flows`)).body ?? []
const namesOf = async (id: string): Promise<string[]> =>
  (await flowsOf(id)).map(({ name }) => String(name)).toSorted((a, b) => a.localeCompare(b))
const licenseOf = async (id: string): Promise<Answer['body']> =>
  (await theirs('GET', '/v1/licenses')).body.find((each: { _integrationId?: string }) => each._integrationId === id)
const change = (license: Answer['body'], terms: object): Promise<Answer> =>
  api.call('PUT', `/v1/connectors/${license._connectorId}/licenses/${license._id}`, { _editionId: license._editionId, ...terms })
const minute = (): Promise<void> => startScheduledRuns(api.world, new Date())
const past = '2020-01-01T00:00:00.000Z'

describe('licences', () => {
  const path = (): string => `/v1/connectors/${app.connectorId}/licenses`

  test('are given to a user of the server, and listed by the publisher and by the account that has them', async () => {
    const made = await licensed(api, app, { expires: '2099-01-01T00:00:00.000Z', opts: { addonLicenses: [] } })
    expect(made).toMatchObject({ user: { email: 'stranger@example.com' }, _connectorId: app.connectorId, opts: { addonLicenses: [] } })
    expect((await api.call('GET', path())).body).toContainEqual(made)
    expect((await api.call('GET', `${path()}/${made._id}`)).body).toEqual(made)
    expect((await theirs('GET', '/v1/licenses')).body).toContainEqual({ ...made, app: 'Shop app', edition: 'Starter' })
    expect((await api.call('GET', '/v1/licenses')).status).toBe(204)
    expect((await theirs('GET', path())).status).toBe(404)
    expect((await api.call('GET', `${path()}?limit=1&skip=0`)).body).toHaveLength(1)
  })

  test('are refused word for word where nobody has the address, or the edition is missing', async () => {
    const unknown = await api.call('POST', path(), { user: { email: 'nobody@example.com' }, _editionId: app.editions[0] })
    expect(unknown.status).toBe(422)
    expect(unknown.body.errors[0]).toMatchObject({
      code: 'invalid_user',
      message:
        'We were not able to find any user with the provided email address. Please ask the user to first create an integrator.io account.',
    })
    const missing = await api.call('POST', path(), { user: { email: 'stranger@example.com' } })
    expect(missing.body.errors[0]).toMatchObject({ code: 'missing_license_edition', message: 'License edition is missing.' })
    const strange = await api.call('POST', path(), { user: { email: 'stranger@example.com' }, _editionId: nobody })
    expect(refusal(strange)).toEqual({ status: 422, code: 'invalid_ref' })
  })

  test('have a trial that ends ahead of time, within them, and is set once', async () => {
    const wrong = { user: { email: 'stranger@example.com' }, _editionId: app.editions[0] }
    expect(refusal(await api.call('POST', path(), { ...wrong, trialEndDate: past }))).toMatchObject({ code: 'invalid_trialEndDate' })
    const late = { expires: '2090-01-01T00:00:00.000Z', trialEndDate: '2091-01-01T00:00:00.000Z' }
    expect(refusal(await api.call('POST', path(), { ...wrong, ...late }))).toMatchObject({ code: 'invalid_trialEndDate' })
    const made = await licensed(api, app, { trialEndDate: '2090-01-01T00:00:00.000Z' })
    expect(refusal(await change(made, { trialEndDate: '2091-01-01T00:00:00.000Z' }))).toEqual({
      status: 422,
      code: 'cannot_modify_trialEndDate',
    })
    expect((await change(made, {})).body.trialEndDate).toBe('2090-01-01T00:00:00.000Z')
    expect((await api.call('DELETE', `${path()}/${made._id}`)).status).toBe(204)
    expect((await api.call('DELETE', `${path()}/${made._id}`)).status).toBe(404)
  })

  test('keep their edition on the connector', async () => {
    const connector = (await api.call('GET', `/v1/connectors/${app.connectorId}`)).body
    const { editions, ...rest } = connector.twoDotZero
    const answer = await api.call('PUT', `/v1/connectors/${app.connectorId}`, {
      ...connector,
      twoDotZero: { ...rest, editions: [{ ...editions[1], order: 0 }] },
    })
    expect(refusal(answer)).toEqual({ status: 422, code: 'edition_delete_not_allowed' })
    expect((await api.call('PUT', `/v1/connectors/${app.connectorId}`, connector)).status).toBe(200)
  })
})

describe('an installation whose licence ends', () => {
  let own: Published
  let id: string
  let flow: Answer['body']
  beforeAll(async () => {
    own = await publish(api)
    id = await installed(api, own)
    flow = (await flowsOf(id))[0]
    await theirs('PUT', `/v1/flows/${flow._id}`, { ...flow, disabled: false, schedule: '? * * * * *' })
  })
  const run = (): Promise<Answer> => theirs('POST', `/v1/flows/${flow._id}/run`)

  test('runs as long as it has one', async () => {
    expect((await run()).status).toBe(201)
  })

  test('pauses: its runs end, its flows start neither by hand nor by the clock', async () => {
    await change(await licenseOf(id), { expires: past })
    expect(refusal(await run())).toEqual({ status: 422, code: 'flow_not_runnable' })
    await minute()
    const jobs = (await theirs('GET', `/v1/jobs?_flowId=${flow._id}`)).body
    expect(jobs.map(({ status }: { status: string }) => status)).toEqual(['canceled'])
  })

  test('is not resumed without a valid licence, and stays paused until it is', async () => {
    const { status, body } = await theirs('PUT', `/v1/integrations/${id}/resume`)
    expect({ status, code: body.errors?.[0]?.code }).toEqual({ status: 422, code: 'license_expired' })
    await change(await licenseOf(id), { expires: '2099-01-01T00:00:00.000Z' })
    expect((await run()).status).toBe(422)
    expect((await theirs('PUT', `/v1/integrations/${id}/resume`)).status).toBe(200)
    expect((await run()).status).toBe(201)
    await theirs('PUT', `/v1/flows/${flow._id}`, { ...flow, disabled: false, schedule: '? * * * * *' })
  })

  test('whose licence was detached, twice, pauses and resumes under one that is free', async () => {
    const license = await licenseOf(id)
    expect((await theirs('PUT', `/v1/integrations/${id}/detachLicense`)).status).toBe(204)
    expect((await theirs('PUT', `/v1/integrations/${id}/detachLicense`)).status).toBe(204)
    expect(await licenseOf(id)).toBeUndefined()
    await minute()
    expect((await run()).status).toBe(422)
    expect((await theirs('PUT', `/v1/integrations/${id}/resume`)).status).toBe(200)
    expect(await licenseOf(id)).toBeDefined()
    expect((await run()).status).toBe(201)
    expect(license._connectorId).toBe(own.connectorId)
  })
})

describe('an integration that is no installation', () => {
  let id: string
  beforeAll(async () => {
    id = (await make(api, 'integrations', { name: 'Plain' }))._id
  })
  const ours = (method: string, path: string): Promise<Answer> => api.call(method, `/v1/integrations/${id}/${path}`)

  test('is refused word for word', async () => {
    const resume = await ours('PUT', 'resume')
    expect(resume.status).toBe(422)
    expect(resume.body.errors[0]).toMatchObject({ code: 'invalid_ref', message: 'doesnot belongs to any Integration App.' })
    const child = await ours('POST', 'initChild')
    expect(child.status).toBe(422)
    expect(child.body.errors[0]).toMatchObject({ code: 'invalid_ref', message: 'Script fields invalid or not found.' })
    expect(refusal(await ours('POST', 'changeEdition'))).toEqual({ status: 422, code: 'invalid_integration_app' })
    expect(refusal(await ours('POST', 'uninstall'))).toEqual({ status: 422, code: 'invalid_integration_app' })
    expect(refusal(await ours('POST', 'installSteps/0'))).toEqual({ status: 422, code: 'invalid_integration_app' })
  })

  test('has no licence to detach, which is no mistake', async () => {
    expect((await ours('PUT', 'detachLicense')).status).toBe(204)
  })

  test('that is unknown is a 404', async () => {
    for (const [method, what] of [
      ['PUT', 'resume'],
      ['POST', 'changeEdition'],
      ['POST', 'initChild'],
      ['PUT', 'detachLicense'],
      ['POST', 'uninstall'],
    ] as const) {
      const answer = await api.call(method, `/v1/integrations/${nobody}/${what}`)
      expect({ what, ...refusal(answer) }).toEqual({ what, status: 404, code: 'invalid_ref' })
    }
  })
})

describe('a change of the edition', () => {
  let id: string
  beforeAll(async () => {
    id = await installed(api, app)
  })

  test('needs a licence for another edition', async () => {
    expect(refusal(await theirs('POST', `/v1/integrations/${id}/changeEdition`))).toEqual({ status: 422, code: 'invalid_field' })
  })

  test('runs the function with both editions, and brings the resources of the new one', async () => {
    await change(await licenseOf(id), { _editionId: app.editions[1] })
    const { status, body } = await theirs('POST', `/v1/integrations/${id}/changeEdition`)
    expect({ status, settings: body.settings }).toEqual({ status: 200, settings: { from: 'Starter', to: 'Premium' } })
    expect(body.pendingLicense).toBeUndefined()
    expect(await namesOf(id)).toEqual(['Basic', 'Extra'])
    expect(refusal(await theirs('POST', `/v1/integrations/${id}/changeEdition`))).toEqual({ status: 422, code: 'invalid_field' })
  })

  test('and takes away what the smaller one does not have, and leaves the rest as it is', async () => {
    const [basic] = await flowsOf(id)
    await change(await licenseOf(id), { _editionId: app.editions[0] })
    expect((await theirs('POST', `/v1/integrations/${id}/changeEdition`)).status).toBe(200)
    expect(await namesOf(id)).toEqual(['Basic'])
    expect((await flowsOf(id))[0]._id).toBe(basic._id)
    expect((await theirs('GET', '/v1/exports?name=Extra')).status).toBe(204)
  })

  test('with steps lays them out under a pending licence, and follows after the last of them', async () => {
    const stepped = await publish(api, {
      changeEditionSteps: [
        { name: 'One', type: 'hidden' },
        { name: 'Two', type: 'hidden', _scriptId: '{script}', function: 'nothing' },
      ],
    })
    const other = await installed(api, stepped)
    const larger = await licensed(api, stepped, { _editionId: stepped.editions[1], opts: { addonLicenses: ['x'] } })
    const begun = await theirs('POST', `/v1/integrations/${other}/changeEdition`, { _licenseId: larger._id })
    expect(begun.status).toBe(200)
    expect(begun.body.pendingLicense).toEqual({ opts: { addonLicenses: ['x'] }, _editionId: stepped.editions[1] })
    expect(await namesOf(other)).toEqual(['Basic'])
    expect((await theirs('GET', `/v1/integrations/${other}/tree/metadata`)).body.integration.changeEditionSteps).toHaveLength(2)
    await theirs('POST', `/v1/integrations/${other}/changeEditionSteps/0`)
    const done = await theirs('POST', `/v1/integrations/${other}/changeEditionSteps/1`)
    expect({ status: done.status, settings: done.body.settings.to, pending: done.body.pendingLicense }).toEqual({
      status: 200,
      settings: 'Premium',
      pending: undefined,
    })
    expect(await namesOf(other)).toEqual(['Basic', 'Extra'])
    expect((await licenseOf(other))._id).toBe(larger._id)
    expect(refusal(await theirs('POST', `/v1/integrations/${other}/changeEditionSteps/1`))).toEqual({ status: 422, code: 'invalid_step' })
  })

  test('whose function throws leaves edition, resources and licence as they were', async () => {
    const broken = await publish(api, { changeEdition: { _scriptId: '{script}', function: 'boom' } })
    const other = await installed(api, broken)
    const before = await licenseOf(other)
    const larger = await licensed(api, broken, { _editionId: broken.editions[1] })
    const answer = await theirs('POST', `/v1/integrations/${other}/changeEdition`, { _licenseId: larger._id })
    expect(refusal(answer)).toEqual({ status: 422, code: 'script_error' })
    expect(await namesOf(other)).toEqual(['Basic'])
    expect(await licenseOf(other)).toEqual(before)
    expect((await read(other)).pendingLicense).toBeUndefined()
  })
})

describe('a child', () => {
  test('is what initChild returns, below its parent, with the resources of the edition for children', async () => {
    const id = await installed(api, app)
    const { status, body } = await theirs('POST', `/v1/integrations/${id}/initChild`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      name: 'Store of Shop app',
      _parentId: id,
      _connectorId: app.connectorId,
      mode: 'settings',
      settings: { edition: app.editions[0] },
    })
    const tree = (await theirs('GET', `/v1/integrations/${id}/tree/metadata`)).body
    expect(tree.childIntegrations.map(({ _id }: { _id: string }) => _id)).toEqual([body._id])
    expect(await namesOf(body._id)).toEqual(['Of children'])
    expect(refusal(await theirs('POST', `/v1/integrations/${body._id}/initChild`))).toEqual({ status: 422, code: 'invalid_ref' })
    await change(await licenseOf(id), { expires: past })
    const [flow] = await flowsOf(body._id)
    await theirs('PUT', `/v1/flows/${flow._id}`, { ...flow, disabled: false })
    expect(refusal(await theirs('POST', `/v1/flows/${flow._id}/run`))).toEqual({ status: 422, code: 'flow_not_runnable' })
  })

  test('is not made of what is no integration, nor where the script is gone', async () => {
    const absent = await publish(api, { initChild: { _scriptId: '{script}', function: 'not there' } })
    const childless = await theirs('POST', `/v1/integrations/${await installed(api, absent)}/initChild`)
    expect({ status: childless.status, ...childless.body.errors[0] }).toMatchObject({
      status: 422,
      code: 'invalid_ref',
      message: 'Script fields invalid or not found.',
    })
    const wrong = await publish(api, { initChild: { _scriptId: '{script}', function: 'nothing' } })
    const id = await installed(api, wrong)
    expect(refusal(await theirs('POST', `/v1/integrations/${id}/initChild`))).toEqual({ status: 422, code: 'script_error' })
    const template = (await api.call('GET', `/v1/integrations/${wrong.templateId}`)).body
    const { initChild: _none, installSteps: _steps, uninstallSteps: _un, update: _up, changeEdition: _ed, ...plain } = template
    await api.call('PUT', `/v1/integrations/${wrong.templateId}`, plain)
    await ask(api.config, `update sluice.documents set deleted_at = now() where _id = $1`, [wrong.scriptId])
    const answer = await theirs('POST', `/v1/integrations/${id}/initChild`)
    expect(answer.body.errors[0]).toMatchObject({ code: 'invalid_ref', message: 'Script fields invalid or not found.' })
  })
})

describe('an update', () => {
  const update = (published: Published, ids: readonly string[]): Promise<Answer> =>
    api.call('PUT', `/v1/connectors/${published.connectorId}/update`, { _integrationIds: ids })

  test('runs the function in each installation; the app bumps the version and clears the flag', async () => {
    const ids = [await installed(api, app), await installed(api, app)]
    const { status, body } = await update(app, ids)
    expect(status).toBe(200)
    expect(body).toEqual(ids.map((_integrationId) => ({ _integrationId, updated: true, updateInProgress: false, version: '2.0.0' })))
    expect(await read(ids[0] as string)).toMatchObject({ version: '2.0.0', updateInProgress: false })
  })

  test('leaves an installation as it was where the function throws, and goes on with the next', async () => {
    const [bad, good] = [await installed(api, app), await installed(api, app)]
    await theirs('PATCH', `/v1/integrations/${bad}`, [{ op: 'replace', path: '/settings', value: { breaks: true } }])
    const before = await read(bad)
    const { body } = await update(app, [bad, good])
    expect(body[0]).toMatchObject({
      _integrationId: bad,
      updated: false,
      version: '1.0.0',
      error: expect.stringContaining('cannot update this one'),
    })
    expect(body[1]).toMatchObject({ _integrationId: good, updated: true, version: '2.0.0' })
    const appFailure = { doing: 'update', message: 'cannot update this one', at: expect.any(String) as string }
    expect(await read(bad)).toEqual({ ...before, appFailure })
    expect(await namesOf(bad)).toEqual(['Basic'])
  })

  test('locks settings and mappings until the app says that it is through', async () => {
    const id = await installed(api, app)
    const settings = (value: object): Promise<Answer> =>
      theirs('PATCH', `/v1/integrations/${id}`, [{ op: 'replace', path: '/settings', value }])
    await settings({ hangs: true })
    expect((await update(app, [id])).body[0]).toMatchObject({ updated: true, updateInProgress: true })
    expect(refusal(await settings({ mine: 1 }))).toEqual({ status: 422, code: 'update_in_progress' })
    const [flow] = await flowsOf(id)
    expect(refusal(await theirs('PUT', `/v1/flows/${flow._id}`, { ...flow, settings: { a: 1 } }))).toEqual({
      status: 422,
      code: 'update_in_progress',
    })
  })

  test('is of installations of the app only', async () => {
    expect(refusal(await update(app, [app.templateId]))).toEqual({ status: 422, code: 'invalid_ref' })
    expect(refusal(await update(app, []))).toEqual({ status: 422, code: 'invalid_field' })
    expect(
      refusal(
        await update(
          app,
          Array.from({ length: 21 }, () => nobody),
        ),
      ),
    ).toEqual({ status: 422, code: 'invalid_field' })
    const without = await publish(api, { update: {} })
    expect(refusal(await update(without, [await installed(api, without)]))).toEqual({ status: 422, code: 'invalid_integration_app' })
  })
})

describe('uninstalling', () => {
  test('takes its steps and ends in the bin, with children and resources; connections stay and the licence is free', async () => {
    const id = await installed(api, app)
    const child = (await theirs('POST', `/v1/integrations/${id}/initChild`)).body
    const license = await licenseOf(id)
    const flows = [...(await flowsOf(id)), ...(await flowsOf(child._id))]
    const connection = (await read(id))._registeredConnectionIds[0]
    const begun = await theirs('POST', `/v1/integrations/${id}/uninstall`)
    expect({ status: begun.status, mode: begun.body.mode }).toEqual({ status: 200, mode: 'uninstall' })
    expect((await theirs('POST', `/v1/integrations/${id}/uninstallSteps/0`)).status).toBe(204)
    for (const path of [`integrations/${id}`, `integrations/${child._id}`, ...flows.map(({ _id }) => `flows/${_id}`)])
      expect({ path, status: (await theirs('GET', `/v1/${path}`)).status }).toEqual({ path, status: 404 })
    expect((await theirs('GET', `/v1/connections/${connection}`)).status).toBe(200)
    const free = (await theirs('GET', '/v1/licenses')).body.find(({ _id }: { _id: string }) => _id === license._id)
    expect(free._integrationId).toBeUndefined()
    const base = (await api.call('GET', `/v1/connectors/${app.connectorId}/installBase`)).body
    expect(base.map((each: { _integrationId: string }) => each._integrationId)).not.toContain(id)
  })

  test('without steps is done at once', async () => {
    const plain = await publish(api, { uninstallSteps: [] })
    const id = await installed(api, plain)
    expect((await theirs('POST', `/v1/integrations/${id}/uninstall`)).status).toBe(204)
    expect((await theirs('GET', `/v1/integrations/${id}`)).status).toBe(404)
  })
})

describe('the functions of an app', () => {
  const prying = `
    const { integrations, flows, connections, exports, state } = require('integrator-api')
    function tried(work) { try { return JSON.stringify(work()) || 'nothing' } catch (e) { return 'refused' } }
    function pry(o) {
      const t = o.resource.description
      const found = {
        seen: connections.find({}).length + flows.find({}).length,
        get: tried(function () { return connections.get(JSON.parse(t).connections) }),
        change: tried(function () { return connections.update(JSON.parse(t).connections, { name: 'taken', type: 'http' }) }),
        remove: tried(function () { return flows.delete(JSON.parse(t).flows) }),
        run: tried(function () { return flows.run(JSON.parse(t).flows) }),
        into: tried(function () { return flows.create({ name: 'in', _integrationId: JSON.parse(t).integrations }) }),
        state: tried(function () { return state.put({ key: 'k', value: 1, _integrationId: JSON.parse(t).integrations }) }),
        child: tried(function () { return integrations.create({ name: 'in' }) }),
        own: tried(function () { return flows.create({ name: 'mine' }).name }),
      }
      integrations.update(o.resource._id, Object.assign({}, o.resource, { settings: found, mode: 'settings', _connectorId: JSON.parse(t).connectors }))
    }`

  test('reach the resources of the app and nothing else in the account', async () => {
    const spying = await publish(api, { installSteps: [] })
    await api.call('PUT', `/v1/scripts/${spying.scriptId}`, { name: 'App', content: prying })
    const template = (await api.call('GET', `/v1/integrations/${spying.templateId}`)).body
    const steps = [
      { name: 'Pry', type: 'hidden', _scriptId: spying.scriptId, function: 'pry' },
      { name: 'End', type: 'hidden' },
    ]
    const victim = await makeOneOfEach(api.stranger)
    await api.call('PUT', `/v1/integrations/${spying.templateId}`, {
      ...template,
      description: JSON.stringify(victim),
      installSteps: steps,
    })
    await licensed(api, spying)
    const { body } = await theirs('POST', `/v1/connectors/${spying.connectorId}/install`)
    const taken = await theirs('POST', `/v1/integrations/${body._id}/installSteps/0`)
    expect(taken.status).toBe(200)
    expect(taken.body.settings).toEqual({
      seen: 0,
      get: 'nothing',
      change: 'refused',
      remove: 'refused',
      run: 'refused',
      into: 'refused',
      state: 'refused',
      child: 'refused',
      own: '"mine"',
    })
    expect(taken.body).toMatchObject({ mode: 'install', _connectorId: spying.connectorId })
    expect((await theirs('GET', `/v1/connections/${victim.connections}`)).body.name).toBe('Shop')
    expect((await api.call('GET', '/v1/flows?name=mine')).status).toBe(204)
  })
})
