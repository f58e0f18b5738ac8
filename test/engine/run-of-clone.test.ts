/** Clones run once somebody enables them, over the connections they are bound to, and not before those are filled in. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ask } from '../harness/database.ts'
import { makeEnvironment, type MadeEnvironment } from '../harness/environment.ts'
import { make, makeConnection, makeFlow, numbered, runToEnd, type MadeFlow } from '../harness/flows.ts'

let api: Api
let application: Application
let sandbox: MadeEnvironment
let integration: string
let flow: MadeFlow

beforeAll(async () => {
  api = await startApi({ worker: true })
  application = await startApplication({ sources: { orders: numbered(3) } })
  sandbox = await makeEnvironment(api)
  integration = (await make(api, 'integrations', { name: 'shop' }))._id
  flow = await makeFlow(api, application, { flow: { _integrationId: integration } })
})
afterAll(async () => {
  await api.close()
  await application.close()
})

const clone = async (body?: object) => (await api.call('POST', `/v1/integrations/${integration}/clone`, body)).body._id as string
/** The one flow of a clone, enabled. */
async function enabled(caller: Pick<Api, 'call'>, id: string): Promise<string> {
  const [found] = (await caller.call('GET', `/v1/integrations/${id}/flows`)).body
  await caller.call('PUT', `/v1/flows/${found._id}`, { ...found, disabled: false })
  return found._id
}

it('in the same environment runs over the connection of the original', async () => {
  const job = await runToEnd(api, await enabled(api, await clone()))
  expect(job).toMatchObject({ status: 'completed', numExport: 3, numSuccess: 3 })
})

it('in another environment runs over the connection of its map', async () => {
  const own = await makeConnection(sandbox, application)
  const id = await clone({ _envId: sandbox._id, connectionMap: { [flow.connectionId]: own } })
  const before = application.ledger.length
  const job = await runToEnd(sandbox, await enabled(sandbox, id))
  expect(job).toMatchObject({ status: 'completed', numSuccess: 3 })
  expect(application.ledger.length).toBe(before + 3)
})

it('in another environment without a map does not go out until its connection is saved', async () => {
  const id = await clone({ _envId: sandbox._id, connectionMap: {} })
  const flowId = await enabled(sandbox, id)
  const asked = application.asked.length
  expect(await runToEnd(sandbox, flowId)).toMatchObject({ status: 'failed' })
  expect(application.asked.length).toBe(asked)
  const [connection] = (await sandbox.call('GET', `/v1/integrations/${id}/connections`)).body
  expect(connection.offline).toBe(true)
  await sandbox.call('PUT', `/v1/connections/${connection._id}`, connection)
  expect(await runToEnd(sandbox, flowId)).toMatchObject({ status: 'completed', numSuccess: 3 })
})

it('a deleted flow is not started after another, and a restored one is', async () => {
  const next = await makeFlow(api, application)
  const first = await makeFlow(api, application, { flow: { _runNextFlowIds: [next._id] } })
  const runsOfNext = async () =>
    (await ask(api.config, `select 1 from sluice.jobs where _flow_id = $1 and type = 'flow'`, [next._id])).length
  await api.call('DELETE', `/v1/flows/${next._id}`)
  await runToEnd(api, first._id)
  expect(await runsOfNext()).toBe(0)
  await api.call('POST', `/v1/recycleBinTTL/flows/${next._id}/doCascadeRestore`)
  await runToEnd(api, first._id)
  expect(await runsOfNext()).toBe(1)
})
