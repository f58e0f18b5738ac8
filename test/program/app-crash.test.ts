/** A server that is killed in the middle of a function of an Integration App: the app is as it was before, and says so. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { publishChanging } from '../harness/app-changes.ts'
import { createTestDatabase } from '../harness/database.ts'
import { dataFolder, startProgram, type Program } from '../harness/program.ts'
import { urlOf } from '../harness/database-url.ts'

/** A claim that nobody renews ends after 15 s, and every 5 s somebody looks. A machine that is busy gets twice that. Milliseconds. */
const patience = 40_000

async function seen(program: Program, id: string): Promise<object> {
  const of = async (path: string) => (await program.call('GET', `/v1/${path}`)).body
  const [integration, flows, exports, connections, caches] = await Promise.all(
    [`integrations/${id}`, `integrations/${id}/flows`, 'exports', 'connections', 'lookupcaches'].map(of),
  )
  const rates = (caches as { _id: string; name: string; _connectorId?: string }[]).find(
    ({ name, _connectorId }) => name === 'Rates' && _connectorId,
  )
  const entries = (await program.call('POST', `/v1/lookupcaches/${rates?._id}/getData`)).body
  const state = await Promise.all(['seen', 'gone', 'new'].map((key) => of(`integrations/${id}/state/${key}`)))
  return { integration, flows, exports, connections, caches, entries, state }
}

test('an update whose server is killed with -9 is undone by the next one: documents, entries and state', { timeout: 180_000 }, async () => {
  const { config, drop } = await createTestDatabase()
  const env = { DATABASE_URL: urlOf(config), SLUICE_DATA: await dataFolder(), SLUICE_TOKEN: 'known-token-for-tests' }
  const doomed = await startProgram(env, 'known-token-for-tests')
  const app = await publishChanging(doomed)
  const id = (await doomed.call('POST', `/v1/connectors/${app.connectorId}/install`)).body._id
  const mine = { connection: { name: 'Shop', http: { baseURI: 'https://mine.example', mediaType: 'json' } } }
  for (const [index, sent] of [mine, {}, {}].entries())
    expect((await doomed.call('POST', `/v1/integrations/${id}/installSteps/${index}`, sent)).status).toBe(200)
  const caches = (await doomed.call('GET', '/v1/lookupcaches')).body as { _id: string; name: string; _connectorId?: string }[]
  const rates = caches.find(({ name, _connectorId }) => name === 'Rates' && _connectorId)
  await doomed.call('POST', `/v1/lookupcaches/${rates?._id}/data`, { data: [{ key: 'EUR', value: 1 }] })
  for (const key of ['seen', 'gone']) await doomed.call('PUT', `/v1/integrations/${id}/state/${key}`, key)
  const settings = { hangs: true, kinds: ['create', 'replace', 'purge', 'state', 'remove'] }
  await doomed.call('PATCH', `/v1/integrations/${id}`, [{ op: 'replace', path: '/settings', value: settings }])
  const before = (await seen(doomed, id)) as { integration: object }

  const cut = doomed.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [id] }).catch(() => 'cut')
  // The last that the function does before it hangs.
  await expect
    .poll(async () => (await doomed.call('GET', `/v1/integrations/${id}/flows`)).text, { timeout: 20_000 })
    .not.toContain('"Orders"')
  const { body: halfway } = await doomed.call('GET', `/v1/integrations/${id}`)
  expect(halfway).toMatchObject({ name: 'Renamed', version: '9.9.9' })
  doomed.signal('SIGKILL')
  await doomed.ended
  expect(await cut).toBe('cut')

  const next = await startProgram(env, 'known-token-for-tests')
  const until = Date.now() + patience
  while ((await next.call('GET', `/v1/integrations/${id}`)).body.appFailure === undefined && Date.now() < until) await pause(500)
  const after = (await seen(next, id)) as { integration: { appFailure: object } }
  const { appFailure, ...integration } = after.integration
  expect(appFailure).toEqual({ doing: 'update', message: 'The server ended in the middle of it.', at: expect.any(String) as string })
  expect({ ...after, integration }).toEqual(before)
  // And the app is free again: the update that does not hang goes through.
  await next.call('PATCH', `/v1/integrations/${id}`, [{ op: 'replace', path: '/settings', value: {} }])
  const again = await next.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [id] })
  expect(again.body).toMatchObject([{ updated: true, updateInProgress: false }])
  expect((await next.call('GET', `/v1/integrations/${id}`)).body.appFailure).toBeUndefined()
  await next.stop()
  await drop()
})
