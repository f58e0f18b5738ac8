/** Fills an installation through its API with a little of everything: what the version does not have yet is left out. */
import type { Application } from '../harness/application.ts'
import { ended, makeFlow, numbered, startRun } from '../harness/flows.ts'
import { order, samples, type Ids } from '../harness/samples.ts'
import { makeWhole } from '../harness/whole-integration.ts'
import { callerOf, type Body, type Call } from './fixture.ts'

/** For a run of some records. Milliseconds. */
const patienceMs = 60_000

export async function fill(url: string, application: Application): Promise<void> {
  const call = callerOf(url)
  await makeEachType(call)
  await runFlows(call, application, await makeHistory(call))
}

async function send(call: Call, method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await call(method, path, body)
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
  return answer.body
}

async function makeEachType(call: Call): Promise<void> {
  const { paths } = (await call('GET', '/openapi.json')).body
  const ids = {} as Record<keyof Ids, string>
  for (const collection of order)
    if (paths[`/v1/${collection}`]?.post) ids[collection] = (await send(call, 'POST', `/v1/${collection}`, samples[collection](ids)))._id
  const { twoDotZero } = await send(call, 'GET', `/v1/connectors/${ids.connectors}`)
  const { email } = await send(call, 'GET', '/v1/profile')
  await send(call, 'POST', `/v1/connectors/${ids.connectors}/licenses`, {
    user: { email },
    _editionId: twoDotZero.editions[0]._id,
    expires: '2099-01-01T00:00:00.000Z',
  })
  await send(call, 'POST', '/v1/accesstokens', { name: 'Deployment', fullAccess: true })
  await send(call, 'POST', '/v1/invite', { email: 'colleague@example.com', accessLevel: 'monitor' })
  for (const at of ['', `/flows/${ids.flows}`, `/integrations/${ids.integrations}`])
    await send(call, 'PUT', `/v1${at}/state/cursor`, { seen: [1, 2, 3] })
  await send(call, 'PUT', `/v1/tags/${ids.tags}`, { name: 'Very urgent', color: 'red' })
}

/** A clone, snapshots, a pull, a revert, and what was deleted; answers the integration that it makes. */
async function makeHistory(call: Call): Promise<string> {
  const { id, flows, script } = await makeWhole(call)
  const revisions = `/v1/integrations/${id}/revisions`
  const snapshot = await send(call, 'POST', `${revisions}/create`, { description: 'Before the change' })
  const { _id: copy } = await send(call, 'POST', `/v1/integrations/${id}/clone`, { name: 'Copy', connectionMap: {} })
  const source = await send(call, 'GET', `/v1/scripts/${script}`)
  await send(call, 'PUT', `/v1/scripts/${script}`, { ...source, content: 'function hook(o) { return o.data.slice(1) }' })
  await send(call, 'POST', `${revisions}/create`, { description: 'After the change' })
  const pull = await send(call, 'POST', `/v1/integrations/${copy}/revisions/pull`, { _fromIntegrationId: id, description: 'The change' })
  await send(call, 'POST', `/v1/integrations/${copy}/revisions/${pull._id}/apply`)
  const back = await send(call, 'POST', `${revisions}/revert`, { _revertToRevisionId: snapshot._id, description: 'Back' })
  await send(call, 'POST', `${revisions}/${back._id}/apply`)
  await send(call, 'DELETE', `/v1/flows/${flows[1]}`)
  return id
}

/** Runs that complete, that fail, and whose records do: errors open, resolved, assigned and tagged, and retried. */
async function runFlows(call: Call, application: Application, _integrationId: string): Promise<void> {
  const [api, flow] = [{ call }, { _integrationId }]
  let refuses = true
  application.script = { sources: { orders: numbered(6, { buyer: 'Ada' }), none: [] } }
  application.before = async (asked, body) => {
    if (asked.startsWith('GET /source/none')) return [403, { message: 'not for you' }]
    return refuses && asked.startsWith('POST') && (body as Body)?.id > 2 ? [422, { message: 'no such buyer' }] : undefined
  }
  const made = await makeFlow(api, application, { flow })
  await ended(api, await startRun(api, made._id), patienceMs)
  const step = `/v1/flows/${made._id}/${made.ids['sink']}`
  const { errors } = await send(call, 'GET', `${step}/errors`)
  if (errors.length !== 4) throw new Error(`${errors.length} errors`)
  const [first, second, third] = errors
  await send(call, 'PUT', `${step}/resolved`, { errors: [first.errorId] })
  const { email } = await send(call, 'GET', '/v1/profile')
  const [tag] = await send(call, 'GET', '/v1/tags')
  await send(call, 'PUT', `${step}/errors/assign`, { email, errorIds: [third.errorId] })
  await send(call, 'PUT', `${step}/tags`, { errorIds: [third.errorId], tagIds: [tag.tagId] })
  refuses = false
  const retry = await send(call, 'POST', `${step}/retry`, { retryDataKeys: [second.retryDataKey] })
  await ended(api, retry._jobId, patienceMs)
  await ended(api, await startRun(api, made._id), patienceMs)
  const broken = await makeFlow(api, application, { exports: { none: {} }, flow })
  await ended(api, await startRun(api, broken._id), patienceMs)
}
