/** What `sluice doctor` finds: each thing that is wrong by its name and with what to do, and never a secret. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { keyId } from '../../src/domain/vault.ts'
import { diagnose, type Check } from '../../src/program/doctor.ts'
import { readSettings } from '../../src/settings.ts'
import { readMigrations } from '../../src/store/database/migrate.ts'
import { ask, createEmptyDatabase, createTestDatabase, type TestDatabase } from '../harness/database.ts'
import { urlOf } from '../harness/database-url.ts'
import { dataFolder, runToEnd, startProgram, type Environment } from '../harness/program.ts'

const key = 'ab'.repeat(32)

async function database(create: () => Promise<TestDatabase> = createTestDatabase) {
  const made = await create()
  onTestFinished(() => made.drop())
  return made.config
}

/** The checks by name. */
async function checksOf(env: Environment): Promise<Readonly<Record<string, Check>>> {
  const { status, checks } = await diagnose('1.2.3', () => readSettings({ PORT: '1', ...env }))
  const worst = (['error', 'warning', 'ok'] as const).find((each) => checks.some((check) => check.status === each))
  expect(status).toBe(worst)
  for (const check of checks) expect(check.advice === undefined).toBe(check.status === 'ok')
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

test('an installation that runs is well, as text and as JSON, and nothing secret is told of it', { timeout: 240_000 }, async () => {
  const SLUICE_DATA = await dataFolder()
  const program = await startProgram({ SLUICE_DATA })
  const env = { SLUICE_DATA, PORT: new URL(program.url).port }
  const told = await runToEnd(['bin/sluice.js', 'doctor'], env)
  const json = await runToEnd(['bin/sluice.js', 'doctor', '--json'], env)
  expect([told.code, json.code]).toEqual([0, 0])
  const { checks } = JSON.parse(json.stdout) as { checks: Check[] }
  const found = Object.fromEntries(checks.map(({ name, status, message }) => [name, `${status} ${message}`]))
  const migrations = (await readMigrations()).length
  expect(found).toMatchObject({
    version: expect.stringMatching(/^ok Sluice \S+ on Node 24\./) as string,
    settings: 'ok Every setting can be read.',
    database: expect.stringMatching(/^ok PostgreSQL 18\S* in the data folder, \d+ MB\.$/) as string,
    migrations: `ok All ${migrations} are there.`,
    clock: 'ok That of this machine and that of the database agree.',
    'encryption key': expect.stringMatching(/^ok [0-9a-f]{8}, of \S+encryption-key\. /) as string,
    workers: 'ok 1 works on the queue: 0 runs wait, 0 are under way.',
    'connections to applications': 'ok None is offline; 0 errors are open.',
    server: `ok It answers at ${program.url}, and is ready.`,
    mail: expect.stringMatching(/^ok Not set/) as string,
    'OpenID Connect': expect.stringMatching(/^ok Not set/) as string,
    scripts: 'ok A script runs.',
  })
  // Disks and databases fill while they are looked at twice.
  const sizeless = (text: string): string => text.replaceAll(/[\d.]+ (?:MB|GB)/g, 'so much')
  for (const { name, message } of checks) expect(sizeless(told.stdout)).toContain(sizeless(`${name}: ${message}`))
  const secrets = await Promise.all(['encryption-key', 'postgres-password'].map((file) => readFile(join(SLUICE_DATA, file), 'utf8')))
  for (const secret of [...secrets.map((text) => text.trim()), program.token ?? ''])
    expect(told.stdout + told.stderr + json.stdout).not.toContain(secret)
  await program.stop()
})

test('where nothing is yet, it says what the first start makes, and makes none of it', async () => {
  const SLUICE_DATA = join(await dataFolder(), 'new')
  const checks = await checksOf({ SLUICE_DATA })
  expect(checks['database']).toMatchObject({ status: 'ok', message: expect.stringContaining('the first sluice serve makes it') as string })
  expect(checks['data folder']?.message).toContain('(made by the first start)')
  await expect(readFile(SLUICE_DATA)).rejects.toThrow('ENOENT')
  const onEmpty = await checksOf({ SLUICE_DATA, DATABASE_URL: urlOf(await database(createEmptyDatabase)) })
  expect(onEmpty['migrations']?.message).toMatch(/^No Sluice has been started on this database yet/)
  expect(onEmpty['encryption key']?.message).toMatch(/^There is none yet/)
})

test('what keeps it from starting is an error with its sentence, and exits with 1', { timeout: 120_000 }, async () => {
  const nowhere = 'postgresql://ann:pa55word@127.0.0.1:1/app'
  const { code, stdout } = await runToEnd([inject('program'), 'doctor'], { DATABASE_URL: nowhere, SLUICE_ENCRYPTION_KEY: key })
  expect(code).toBe(1)
  expect(stdout).toContain('error    database: The database cannot be used: nothing listens there')
  for (const secret of ['pa55word', key]) expect(stdout).not.toContain(secret)
  const wrong = await diagnose('1', () => readSettings({ SLUICE_CONCURRENCY: 'many' }))
  expect(wrong.checks[1]).toMatchObject({
    name: 'settings',
    status: 'error',
    message: expect.stringContaining('SLUICE_CONCURRENCY must be') as string,
  })
})

test('a database that takes no writes, is newer or older, or has other secrets is told by name', { timeout: 120_000 }, async () => {
  const config = await database()
  const own = (await readMigrations()).length
  const env = { DATABASE_URL: urlOf(config), SLUICE_ENCRYPTION_KEY: key }
  const name = (await ask(config, 'select current_database() as name'))[0]?.['name'] as string
  await ask(config, `insert into sluice.settings values ('encryption-key', to_jsonb($1::text))`, [keyId(Buffer.from(key, 'hex'))])
  await ask(config, `insert into sluice.documents (env_id, collection, _id, doc) values ('e', 'connections', 'c', '{"offline": true}')`)
  const first = await checksOf(env)
  expect(first['encryption key']?.message).toBe(
    `${keyId(Buffer.from(key, 'hex'))}, of SLUICE_ENCRYPTION_KEY. Keep it apart from your backups.`,
  )
  expect(first['workers']).toMatchObject({ status: 'warning', message: 'None works on the queue: 0 runs wait, 0 are under way.' })
  expect(first['connections to applications']).toMatchObject({
    status: 'warning',
    message: '1 is offline, and their flows wait; 0 errors are open.',
  })

  await ask(config, `alter database ${name} set default_transaction_read_only = on`)
  expect((await checksOf(env))['database']).toMatchObject({
    status: 'error',
    message: expect.stringContaining('It takes no writes') as string,
  })
  await ask(config, `begin read write; alter database ${name} reset default_transaction_read_only; commit`)

  await ask(config, `insert into sluice.migrations (number, name) values (9000, '9000-future.sql')`)
  expect((await checksOf(env))['migrations']).toMatchObject({
    status: 'error',
    message: `The database is at migration 9000, and this Sluice ends at ${own}.`,
  })
  await ask(config, `delete from sluice.migrations where number >= $1`, [own])
  expect((await checksOf(env))['migrations']).toMatchObject({ status: 'warning' })

  const other = await checksOf({ ...env, SLUICE_ENCRYPTION_KEY: 'cd'.repeat(32) })
  expect(other['encryption key']).toMatchObject({
    status: 'error',
    message: expect.stringContaining('SLUICE_ENCRYPTION_KEY holds another one') as string,
  })
  const SLUICE_DATA = await dataFolder()
  const inFolder = { DATABASE_URL: env.DATABASE_URL, SLUICE_DATA }
  expect((await checksOf(inFolder))['encryption key']?.message).toMatch(/^The secrets are sealed with the key \w{8}, which is not here\.$/)
  await writeFile(join(SLUICE_DATA, 'encryption-key'), 'no key')
  expect((await checksOf(inFolder))['encryption key']?.message).toContain('does not hold a key')
  await writeFile(join(SLUICE_DATA, 'encryption-key'), `${key}\n`)
  await chmod(join(SLUICE_DATA, 'encryption-key'), 0o644)
  expect((await checksOf(inFolder))['encryption key']).toMatchObject({
    status: 'warning',
    message: expect.stringMatching(/^Others can read /) as string,
  })
})

test(
  'a provider that nobody can sign in at, and another program at the address of the server, are told',
  { timeout: 120_000 },
  async () => {
    const peer = createServer((request, response) => response.writeHead(request.url === '/readyz' ? 404 : 500).end('hello'))
    await new Promise<void>((ready) => peer.listen(0, '127.0.0.1', ready))
    onTestFinished(() => void peer.close())
    const { port } = peer.address() as AddressInfo
    const issuer = `http://127.0.0.1:${port}`
    const openId = { SLUICE_OIDC_ISSUER: issuer, SLUICE_OIDC_CLIENT_ID: 'a', SLUICE_OIDC_CLIENT_SECRET: 'a secret of ours' }
    const mail = { SLUICE_PUBLIC_URL: 'https://sluice.example', SLUICE_SMTP_URL: 'smtp://us:a%20secret%20of%20ours@mail.example:2525' }
    const SLUICE_DATA = join(await dataFolder(), 'data')
    await mkdir(SLUICE_DATA)
    const checks = await checksOf({ SLUICE_DATA, PORT: String(port), ...openId, ...mail })
    expect(checks['OpenID Connect']).toMatchObject({ status: 'error', message: `${issuer} answers 500: nobody can sign in there.` })
    expect(checks['server']).toMatchObject({ status: 'warning', message: `Another program answers at ${issuer}.` })
    expect(checks['mail']).toMatchObject({ status: 'ok', message: expect.stringContaining('mail.example:2525') as string })
    expect(JSON.stringify(checks)).not.toMatch(/a secret of ours|a%20secret/)
  },
)
