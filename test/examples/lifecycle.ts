/** Examples of revisions: snapshots, a pull in which both sides changed the same, a revert, files. */
import type { Api } from '../harness/api.ts'
import { archiveOf, filesIn } from '../harness/archives.ts'
import { makeEnvironment } from '../harness/environment.ts'
import { bodies, cloneOf, edit, makeDev, made, type Side } from '../harness/related.ts'
import type { Recorder } from './recorder.ts'

export async function lifecycle({ ask }: Recorder, api: Api): Promise<void> {
  const account = (await api.call('GET', '/v1/tokenInfo')).body._userId as string
  const { _id: envId } = await makeEnvironment(api, 'Development')
  const dev = await makeDev((method, path, body) => api.call(method, path, body, { 'sluice-environment': envId }), envId)
  const prod = await cloneOf(dev, api.call, account)
  const params = { _id: prod.integration }
  await ask('createIntegrationRevision', { params, body: { description: 'Before the release' } })
  await contradict(dev, prod)
  await ask('diffIntegration', { params, query: `?to=${dev.integration}` })
  await ask('planRevision', { params, body: { type: 'pull', _fromIntegrationId: dev.integration } })
  const opened = await ask('pullIntegration', { params, body: { _fromIntegrationId: dev.integration, description: 'Release 2' } })
  const one = { ...params, _revisionId: opened._id as string }
  const [conflict] = await ask('listRevisionConflicts', { params: one })
  await ask('refreshRevision', { params: one })
  const decided = { conflicts: [{ conflictId: conflict.conflictId, use: 'ours' }] }
  await ask('resolveRevisionConflicts', { params: one, body: decided })
  await ask('resolveRevisionConflicts', { params: one, body: { use: 'theirs' } })
  const { installSteps } = await ask('getIntegrationRevision', { params: one })
  const third = await made(prod.call, 'connections', bodies.connection('Third'))
  const body = { _sourceConnectionId: installSteps[0]._sourceConnectionId, _connectionId: third }
  await ask('completeRevisionInstallStep', { params: one, body })
  const ready = await ask('getIntegrationRevision', { params: one })
  await ask('applyRevision', { params: one, body: { confirm: (ready.warnings ?? []).map(({ id }: { id: string }) => id) } })
  await ask('getIntegrationRevisionDiff', { params: one })
  await ask('listIntegrationRevisions', { params })
  const revert = { _revertToRevisionId: one._revisionId, to: 'before', description: 'Back to what it was' }
  const back = await ask('revertIntegration', { params, body: revert })
  await ask('cancelRevision', { params: { ...params, _revisionId: back._id } })
  await files(ask, api, prod)
}

/** The same field in two ways, and a connection that the other side does not have. */
async function contradict(dev: Side, prod: Side): Promise<void> {
  await edit(dev, `flows/${dev.flow}`, { description: 'Each night', timezone: 'Europe/Lisbon' })
  await edit(prod, `flows/${prod.flow}`, { description: 'Each morning', timezone: 'Europe/Oslo' })
  const connection = await made(dev.call, 'connections', bodies.connection('Bank'))
  const source = await made(dev.call, 'exports', { ...bodies.source(connection), name: 'Payments' })
  await made(dev.call, 'flows', { ...bodies.flow(dev.integration, source, dev.sink), name: 'Payments to books' })
}

async function files(ask: Recorder['ask'], api: Api, { integration, flow }: Side): Promise<void> {
  const headers = { authorization: 'Bearer owner-token-for-tests' }
  const exported = await fetch(`${api.url}/v1/integrations/${integration}/files`, { headers })
  const found = await filesIn(Buffer.from(await exported.arrayBuffer()))
  const name = Object.keys(found).find((each) => each.includes(flow)) as string
  const changed = { ...found, [name]: (found[name] as string).replace('"name": "', '"name": "New ') }
  await ask('importIntegrationFiles', {
    params: { _id: integration },
    query: '?description=Release',
    body: new Uint8Array(await archiveOf(changed)),
  })
}
