/** What orchestrators ask servers and workers while they start, work and end. */
import { expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../../src/settings.ts'
import { createEmptyDatabase, createTestDatabase } from '../harness/database.ts'
import { urlOf } from '../harness/database-url.ts'
import { findFreeAddress } from '../harness/free-address.ts'
import { dataFolder, serveToEnd, startProgram } from '../harness/program.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

const statusOf = (url: string): Promise<number> =>
  fetch(url).then(
    ({ status }) => status,
    () => 0,
  )

test('a worker answers its probes on the address of its setting, nothing else there, and on none without', async () => {
  const { config, drop } = await createTestDatabase()
  onTestFinished(() => drop())
  const address = await findFreeAddress()
  const worker = await startWorkerProcess(config, { SLUICE_HEALTH_ADDRESS: address })
  await expect.poll(() => statusOf(`http://${address}/readyz`), { timeout: 30_000 }).toBe(200)
  expect(await statusOf(`http://${address}/livez`)).toBe(200)
  expect(await statusOf(`http://${address}/v1/integrations`)).toBe(404)
  const ended = await serveToEnd({ DATABASE_URL: urlOf(config), SLUICE_ENCRYPTION_KEY: '07'.repeat(32), SLUICE_HEALTH_ADDRESS: address })
  expect(ended).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^Port \d+ on 127\.0\.0\.1 is in use .*SLUICE_HEALTH_ADDRESS/),
  })
  worker.kill('SIGTERM')
  expect(await worker.exit).toBe(0)
  expect(await statusOf(`http://${address}/livez`)).toBe(0)
}, 240_000)

test('a server that is told to end says so, and takes requests for as long as it is set to', async () => {
  const { config, drop } = await createEmptyDatabase()
  onTestFinished(() => drop())
  const env = { DATABASE_URL: urlOf(config), SLUICE_DATA: await dataFolder(), SLUICE_DRAIN_SECONDS: '15' }
  const program = await startProgram(env)
  expect(await statusOf(`${program.url}/readyz`)).toBe(200)
  program.signal('SIGTERM')
  await expect.poll(() => statusOf(`${program.url}/readyz`), { timeout: 30_000 }).toBe(503)
  const { errors } = (await (await fetch(`${program.url}/readyz`)).json()) as { errors: { message: string }[] }
  expect(errors.map(({ message }) => message)).toEqual(['This program is ending: it takes no new work.'])
  expect((await program.call('POST', '/v1/integrations', { name: 'still taken' })).status).toBe(201)
  expect((await program.ended).code).toBe(0)
}, 240_000)

test('addresses are read as people write them', () => {
  const read = (text: string) => readSettings({ SLUICE_HEALTH_ADDRESS: text }).healthAddress
  expect(read('0.0.0.0:9464')).toEqual({ host: '0.0.0.0', port: 9464 })
  expect(read('[::1]:9464')).toEqual({ host: '::1', port: 9464 })
  expect(read('worker.internal:80')).toEqual({ host: 'worker.internal', port: 80 })
  expect(read('')).toBeUndefined()
})
