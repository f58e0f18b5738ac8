/** What clients send where they have nothing to say: a filter that nobody filled in, and null for a list. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  await api.call('POST', `/v1/flows/${ids.flows}/run`)
})

describe('an empty filter is none', () => {
  test.each([
    ['/v1/jobs?createdAt_gte=2020-01-01', '&createdAt_lte=&_flowId=&type=&type_in=&status=&retriable=&numError_gte=&_flowId_in='],
    ['/v1/flows/:flow/:step/errors?x=1', '&occurredAt_gte=&occurredAt_lte=&source=&after='],
    ['/v1/flows/:flow/:step/resolved?x=1', '&occurredAt_gte=&occurredAt_lte=&source=&after='],
    ['/v1/audit?limit=1', '&from=&to=&resourceType=&_resourceId=&_byUserId=&source=&action='],
    ['/v1/flows?limit=1', '&_integrationId=&_sourceId='],
    ['/v1/exports?limit=1', '&_connectionId='],
    ['/v1/recycleBinTTL?limit=1', '&type='],
  ])('%s', async (path, empty) => {
    const at = path.replace(':flow', ids.flows).replace(':step', ids.imports)
    const { status, body } = await api.call('GET', at)
    expect(await api.call('GET', at + empty)).toMatchObject({ status, body })
  })

  test('but it is no scope: jobs with nothing else to go by are refused', async () => {
    expect((await api.call('GET', '/v1/jobs?createdAt_lte=&_flowId=')).body.errors[0].code).toBe('invalid_query')
  })
})

describe('null for a list is an empty one', () => {
  test('in a share, as the Go clients send it', async () => {
    const terms = { accessLevel: 'monitor', integrationAccessLevel: null }
    const { status, body } = await api.call('POST', '/v1/invite', { email: 'go@example.com', ...terms })
    expect({ status, level: body.integrationAccessLevel }).toEqual({ status: 201, level: [] })
    expect((await api.call('PUT', `/v1/ashares/${body._id}`, terms)).body.integrationAccessLevel).toEqual([])
    const refused = await api.call('POST', '/v1/invite', { email: 'none@example.com', integrationAccessLevel: null })
    expect({ status: refused.status, ...refused.body.errors[0] }).toMatchObject({ status: 422, code: 'missing_required_field' })
    const multiple = await api.call('POST', '/v1/invite/multiple', { emails: ['go2@example.com'], ...terms })
    expect(multiple.body[0]).toMatchObject({ statusCode: 201, doc: { integrationAccessLevel: [] } })
  })

  test('in documents, at whatever depth', async () => {
    const flow = await make(api, 'flows', { ...samples.flows(ids), pageProcessors: null, aliases: null })
    expect(flow).toMatchObject({ pageProcessors: [], aliases: [] })
    const integration = await make(api, 'integrations', { name: 'a', _registeredConnectionIds: null, flowGroupings: null })
    expect(integration).toMatchObject({ flowGroupings: [] })
  })

  test('but no body, and no list that has to hold something', async () => {
    expect((await api.call('PATCH', `/v1/flows/${ids.flows}`, 'null')).status).toBeGreaterThanOrEqual(400)
    const { status } = await api.call('PUT', `/v1/flows/${ids.flows}/${ids.imports}/resolved`, { errors: null })
    expect(status).toBe(422)
  })
})
