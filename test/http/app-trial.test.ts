/** Trials of Integration Apps, and what is on record of licences. */
import { beforeAll, describe, expect, test } from 'vitest'
import { startScheduledRuns } from '../../src/domain/flows/schedules/scheduled-runs.ts'
import { apiForFile, type Answer, type Api } from '../harness/api.ts'
import { installed, licensed, publish, type Published } from '../harness/app.ts'
import { ask } from '../harness/database.ts'

const api = apiForFile()

const theirs = (method: string, path: string, body?: unknown): Promise<Answer> => api.stranger(method, path, body)
const install = (app: Published, body?: object): Promise<Answer> => theirs('POST', `/v1/connectors/${app.connectorId}/install`, body)
const refusal = ({ status, body }: Answer): object => ({ status, code: body.errors[0].code })
const dayMs = 86_400_000

describe('an app that may be tried', () => {
  let app: Published
  let id: string
  const license = async (): Promise<Answer['body']> =>
    (await theirs('GET', '/v1/licenses')).body.find((each: { _connectorId: string }) => each._connectorId === app.connectorId)
  beforeAll(async () => {
    app = await publish(api, {}, { trialEnabled: true, trialPeriod: 14 })
  })

  test('is installed without a licence, under one of its first edition that ends with the trial', async () => {
    expect((await theirs('GET', `/v1/connectors/${app.connectorId}/install/preview`)).status).toBe(200)
    const { status, body } = await install(app)
    expect(status).toBe(201)
    id = body._id
    const found = await license()
    expect(found).toMatchObject({ type: 'trial', _integrationId: id, _editionId: app.editions[0], user: { email: 'stranger@example.com' } })
    expect(found.expires).toBeUndefined()
    const days = (new Date(found.trialEndDate).getTime() - Date.now()) / dayMs
    expect(days).toBeGreaterThan(13.9)
    expect(days).toBeLessThanOrEqual(14)
    const [base] = (await api.call('GET', `/v1/connectors/${app.connectorId}/installBase`)).body
    expect(base).toMatchObject({ _integrationId: id, expires: found.trialEndDate })
  })

  test('is tried once by an account, however often it asks at the same time', async () => {
    expect(refusal(await install(app))).toEqual({ status: 422, code: 'license_in_use' })
    const other = await publish(api, {}, { trialEnabled: true })
    const answers = await Promise.all([install(other), install(other), install(other)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422, 422])
  })

  test('has an end that nobody moves, and none that lies after', async () => {
    const { _id, trialEndDate } = await license()
    const change = (terms: object): Promise<Answer> =>
      api.call('PUT', `/v1/connectors/${app.connectorId}/licenses/${_id}`, { _editionId: app.editions[0], ...terms })
    const later = new Date(new Date(trialEndDate).getTime() + dayMs).toISOString()
    expect(refusal(await change({ trialEndDate: later }))).toEqual({ status: 422, code: 'cannot_modify_trialEndDate' })
    const user = { email: 'stranger@example.com' }
    for (const end of ['2020-01-01T00:00:00.000Z', '2090-01-01T00:00:00.000Z']) {
      const sent = { user, _editionId: app.editions[0], trialEndDate: end, expires: '2080-01-01T00:00:00.000Z' }
      const answer = await api.call('POST', `/v1/connectors/${app.connectorId}/licenses`, sent)
      expect({ end, ...refusal(answer) }).toEqual({ end, status: 422, code: 'invalid_trialEndDate' })
    }
  })

  test('pauses when the trial is over, and goes on once the licence is a paid one', async () => {
    for (const [index, sent] of [
      { connection: { name: 'Mine', http: { baseURI: 'https://mine.example', mediaType: 'json' } } },
      { formSubmission: { region: 'EU' } },
      {},
    ].entries())
      expect((await theirs('POST', `/v1/integrations/${id}/installSteps/${index}`, sent)).status).toBe(200)
    const [flow] = (await theirs('GET', `/v1/integrations/${id}/flows`)).body
    await theirs('PUT', `/v1/flows/${flow._id}`, { ...flow, disabled: false })
    const { _jobId } = (await theirs('POST', `/v1/flows/${flow._id}/run`)).body
    const { _id } = await license()
    await ask(api.config, `update sluice.licenses set trial_end_date = now() - interval '1 minute' where _id = $1`, [_id])
    await startScheduledRuns(api.world, new Date())
    expect((await theirs('GET', `/v1/jobs/${_jobId}`)).body.status).toBe('canceled')
    expect(refusal(await theirs('POST', `/v1/flows/${flow._id}/run`))).toEqual({ status: 422, code: 'flow_not_runnable' })
    expect(refusal(await theirs('PUT', `/v1/integrations/${id}/resume`))).toEqual({ status: 422, code: 'license_expired' })
    const terms = { _editionId: app.editions[0], expires: '2090-01-01T00:00:00.000Z' }
    const paid = await api.call('PUT', `/v1/connectors/${app.connectorId}/licenses/${_id}`, terms)
    expect(paid.body).toMatchObject({ type: 'paid', expires: terms.expires })
    expect((await theirs('PUT', `/v1/integrations/${id}/resume`)).status).toBe(200)
    expect((await theirs('POST', `/v1/flows/${flow._id}/run`)).status).toBe(201)
  })

  test('is a 404 again where trials are switched off, or it is not published', async () => {
    for (const fields of [{ trialEnabled: false }, { published: false, trialEnabled: true }]) {
      const hidden = await publish(api, {}, { trialEnabled: true })
      const connector = (await api.call('GET', `/v1/connectors/${hidden.connectorId}`)).body
      await api.call('PUT', `/v1/connectors/${hidden.connectorId}`, { ...connector, ...fields })
      expect((await install(hidden)).status).toBe(404)
      expect((await theirs('GET', `/v1/connectors/${hidden.connectorId}/install/preview`)).status).toBe(404)
    }
  })

  test('is tried under the terms of the licence that the connector names, for ten years at the most', async () => {
    const templated = await publish(api)
    const template = await api.call('POST', `/v1/connectors/${templated.connectorId}/licenses`, {
      user: { email: 'owner@localhost' },
      _editionId: templated.editions[1],
      opts: { addonLicenses: ['more'] },
    })
    const connector = (await api.call('GET', `/v1/connectors/${templated.connectorId}`)).body
    const trial = { trialEnabled: true, trialPeriod: 2_000_000_000, _trialLicenseTemplateId: template.body._id }
    expect((await api.call('PUT', `/v1/connectors/${templated.connectorId}`, { ...connector, ...trial })).status).toBe(200)
    expect((await install(templated)).status).toBe(201)
    const found = (await theirs('GET', '/v1/licenses')).body.find(
      (each: { _connectorId: string }) => each._connectorId === templated.connectorId,
    )
    expect(found).toMatchObject({ _editionId: templated.editions[1], opts: { addonLicenses: ['more'] } })
    expect(new Date(found.trialEndDate).getTime()).toBeLessThan(Date.now() + 3651 * dayMs)
  })
})

describe('what is on record of a licence', () => {
  const entries = async (as: Api['stranger'], id: string): Promise<Answer['body'][]> =>
    (await as('GET', `/v1/audit?resourceType=license&_resourceId=${id}`)).body ?? []

  test('has its terms with the values before and after, for the publisher', async () => {
    const app = await publish(api)
    const { _id } = await licensed(api, app, { expires: '2080-01-01T00:00:00.000Z' })
    await api.call('PUT', `/v1/connectors/${app.connectorId}/licenses/${_id}`, {
      _editionId: app.editions[1],
      expires: '2090-01-01T00:00:00.000Z',
    })
    await api.call('DELETE', `/v1/connectors/${app.connectorId}/licenses/${_id}`)
    const found = await entries(api.call, _id)
    expect(found).toMatchObject([
      { event: 'delete', resourceType: 'license', byUser: { email: 'owner@localhost' } },
      {
        event: 'update',
        fieldChanges: [
          { fieldPath: 'expires', oldValue: '2080-01-01T00:00:00.000Z', newValue: '2090-01-01T00:00:00.000Z' },
          { fieldPath: '_editionId', oldValue: app.editions[0], newValue: app.editions[1] },
        ],
      },
      { event: 'create' },
    ])
    expect(await entries(api.stranger, _id)).toEqual([])
  })

  test('has who used it and who gave it back, for the account whose it is', async () => {
    const app = await publish(api)
    const id = await installed(api, app)
    const [license] = (await theirs('GET', '/v1/licenses')).body.filter((each: { _integrationId: string }) => each._integrationId === id)
    await theirs('PUT', `/v1/integrations/${id}/detachLicense`)
    await theirs('PUT', `/v1/integrations/${id}/detachLicense`)
    await theirs('PUT', `/v1/integrations/${id}/resume`)
    await theirs('POST', `/v1/integrations/${id}/uninstall`)
    await theirs('POST', `/v1/integrations/${id}/uninstallSteps/0`)
    const used = {
      event: 'update',
      byUser: { email: 'stranger@example.com' },
      fieldChanges: [{ fieldPath: '_integrationId', newValue: id }],
    }
    const free = {
      event: 'update',
      byUser: { email: 'stranger@example.com' },
      fieldChanges: [{ fieldPath: '_integrationId', oldValue: id }],
    }
    expect(await entries(api.stranger, license._id)).toMatchObject([free, used, free, used])
  })

  test('has nothing of a change of the edition that failed but what was put back', async () => {
    const app = await publish(api, { changeEdition: { _scriptId: '{script}', function: 'boom' } })
    const id = await installed(api, app)
    const larger = await licensed(api, app, { _editionId: app.editions[1] })
    expect((await theirs('POST', `/v1/integrations/${id}/changeEdition`, { _licenseId: larger._id })).status).toBe(422)
    const found = await entries(api.stranger, larger._id)
    expect(found).toMatchObject([
      { source: 'system', fieldChanges: [{ fieldPath: '_integrationId', oldValue: id }] },
      { source: 'api', fieldChanges: [{ fieldPath: '_integrationId', newValue: id }] },
    ])
  })
})
