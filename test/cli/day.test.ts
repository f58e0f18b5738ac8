/** The day of a person at a terminal: sign in, look, run, find what failed, send it again. */
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerToken, startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { openCommandLine, type CommandLine } from '../harness/command-line.ts'
import { make, makeFlow } from '../harness/flows.ts'

const patient = { timeout: 120_000 }

let api: Api
let application: Application
let shell: CommandLine
beforeAll(async () => {
  application = await startApplication({ sources: { orders: [{ id: 1 }, { id: 2, refuse: 422 }, { id: 3 }] } })
  api = await startApi({ worker: true })
  shell = await openCommandLine({})
  const { _id } = await make(api, 'integrations', { name: 'Orders to books' })
  const connection = { auth: { type: 'basic', basic: { username: 'u', password: 'secret of the shop' } } }
  await makeFlow(api, application, { connection, flow: { name: 'New orders', _integrationId: _id } })
})
afterAll(async () => {
  await api.close()
  await application.close()
})

test('a token is kept where nobody else can read it, once the server has taken it', patient, async () => {
  const refused = await shell.runProgram('not-a-token-of-this-server\n', 'login', '--url', api.url)
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(await shell.runProgram(`${ownerToken}\n`, 'login', '--url', `${api.url}/`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(api.url),
  })
  const kept = await stat(join(shell.home, '.config', 'sluice', 'profiles.json'))
  expect(kept.mode & 0o777).toBe(0o600)
  // A token goes to the address that it was kept for, and to no other.
  const elsewhere = await shell.run('integration', 'list', '--url', application.origin)
  expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining('No token') })
  expect(await shell.runWith({ SLUICE_TOKEN: 'token-of-another-server' }, 'integration', 'list')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('http://127.0.0.1:3000'),
  })
  expect(application.asked).toEqual([])
})

test('an integration is run, its errors are listed, and what failed is sent again', patient, async () => {
  expect(JSON.parse((await shell.run('integration', 'list', '--json')).stdout)).toMatchObject([{ name: 'Orders to books', numFlows: 1 }])
  const run = await shell.run('integration', 'run', 'Orders to books')
  expect(run).toMatchObject({ code: 1, stdout: expect.stringMatching(/New orders {2}completed {2}2 succeeded {2}0 ignored {2}1 failed/) })
  expect((await shell.run('integration', 'errors', 'Orders to books')).stdout).toContain('422')
  expect((await shell.run('integration', 'show', 'Orders to books')).stdout).toContain('1 open error')
  expect(await shell.run('integration', 'retry', 'Orders to books')).toMatchObject({
    code: 1,
    stdout: '1 record sent again: 0 went through, 1 failed.\n',
  })
  application.before = () => Promise.resolve([201, { id: 'taken' }] as const)
  expect(await shell.run('integration', 'retry', 'Orders to books')).toMatchObject({
    code: 0,
    stdout: '1 record sent again: 1 went through, 0 failed.\n',
  })
  application.before = () => undefined
})

test('an integration is copied to another account, without its secrets and with its flows off', patient, async () => {
  const { token } = (await api.stranger('POST', '/v1/accesstokens', { name: 'copy', fullAccess: true })).body
  const env = { SLUICE_FROM_TOKEN: ownerToken, SLUICE_TO_TOKEN: token }
  const copied = await shell.runWith(env, 'copy', 'Orders to books', '--from', api.url, '--to', api.url, '--name', 'Copied', '--json')
  expect(copied).toMatchObject({ code: 0 })
  const { _integrationId, made } = JSON.parse(copied.stdout)
  expect(made).toHaveLength(5)
  const flows = await api.stranger('GET', `/v1/integrations/${_integrationId}/flows`)
  expect(flows.body).toMatchObject([{ name: 'New orders', disabled: true }])
  const connections = await api.stranger('GET', '/v1/connections')
  expect(connections.body).toMatchObject([{ name: 'application', http: { baseURI: application.origin } }])
})

test('a copy that fails takes back what it made', patient, async () => {
  application.asked.length = 0
  application.before = (asked) => {
    if (asked.startsWith('DELETE ')) return Promise.resolve([204, {}] as const)
    if (asked === 'POST /v1/exports')
      return Promise.resolve([422, { errors: [{ code: 'invalid_field', message: 'No such luck.' }] }] as const)
    return Promise.resolve([201, { _id: asked.slice('POST /v1/'.length) }] as const)
  }
  const env = { SLUICE_FROM_TOKEN: ownerToken, SLUICE_TO_TOKEN: 'token-of-the-other-server' }
  expect(await shell.runWith(env, 'copy', 'Orders to books', '--from', api.url, '--to', application.origin)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'No such luck.\n',
  })
  application.before = () => undefined
  const made = application.asked.filter((asked) => asked.startsWith('POST ') && asked !== 'POST /v1/exports')
  const taken = application.asked.filter((asked) => asked.startsWith('DELETE '))
  expect(made.length).toBeGreaterThan(0)
  expect(taken.toReversed()).toEqual(made.map((asked) => `DELETE ${asked.slice('POST '.length)}/${asked.slice('POST /v1/'.length)}`))
})

test('what uses a resource is listed', patient, async () => {
  const [connection] = (await api.call('GET', '/v1/connections')).body
  const found = await shell.run('deps', 'connections', connection._id)
  expect(found).toMatchObject({ code: 0, stdout: expect.stringMatching(/^exports +[0-9a-f]{24} +orders +_connectionId\nimports/) })
  expect(await shell.run('deps', 'nothings', connection._id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no type nothings'),
  })
})

test('the entries of a lookup cache go out as lines and come in again; a line that is none is named', patient, async () => {
  const { _id } = await make(api, 'lookupcaches', { name: 'Countries' })
  await api.call('POST', `/v1/lookupcaches/${_id}/data`, {
    data: [
      { key: 'DE', value: 'Germany' },
      { key: 'FR', value: { name: 'France' } },
    ],
  })
  const out = await shell.run('cache', 'export', 'Countries')
  expect(out.stdout).toBe('{"key":"DE","value":"Germany"}\n{"key":"FR","value":{"name":"France"}}\n')
  const file = join(shell.home, 'countries.jsonl')
  await writeFile(file, `${out.stdout.replace('Germany', 'Deutschland')}\n{"key":"IT","value":1}\n`)
  expect(await shell.run('cache', 'import', _id, file)).toMatchObject({ code: 0, stdout: '3 entries written.\n' })
  expect((await shell.run('cache', 'export', _id)).stdout).toContain('{"key":"DE","value":"Deutschland"}')
  await writeFile(file, '{"key":"ES","value":1}\nSpain\n')
  expect(await shell.run('cache', 'import', _id, file)).toMatchObject({ code: 1, stderr: expect.stringContaining('Line 2 is no entry') })
})

test('errors are printed as they happen', patient, async () => {
  await shell.run('integration', 'retry', 'Orders to books')
  const tail = shell.follow('errors', 'tail', 'Orders to books')
  await expect.poll(tail.stderr, { timeout: 60_000, interval: 100 }).toContain('as they happen')
  await shell.run('integration', 'run', 'Orders to books')
  await expect.poll(tail.stdout, { timeout: 60_000, interval: 100 }).toContain('422')
})

test('shells complete commands and their options', patient, async () => {
  expect((await shell.runProgram('', 'completion', 'bash')).stdout).toContain('complete -F')
  expect((await shell.runProgram('', 'complete', '--', 'integration', '')).stdout).toMatch(/^run\b/m)
})
