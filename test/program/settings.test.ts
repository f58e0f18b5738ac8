/** A program that cannot start as it was asked to: one clear line for the person who started it, exit code 1, and no secret in it. */
import { createServer } from 'node:net'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { SetupError } from '../../src/domain/errors.ts'
import { readSettings } from '../../src/settings.ts'
import { createTestDatabase } from '../harness/database.ts'
import { dataFolder, launch, serveToEnd, sluice, startProgram, type Ended, type Environment } from '../harness/program.ts'
import { urlOf } from '../harness/database-url.ts'

/** Each start of the program takes a second, and many times that where other tests run beside it. */
vi.setConfig({ testTimeout: 240_000 })

/** One line that fits, nothing else, and exit code 1. */
const refusal = (line: RegExp): Ended => ({
  code: 1,
  stdout: '',
  stderr: expect.toSatisfy((text: string) => line.test(text) && text.indexOf('\n') === text.length - 1, `one line like ${line}`),
})

describe('a wrong setting', () => {
  const wrong: readonly (readonly [string, Environment, RegExp])[] = [
    ['PORT=abc', { PORT: 'abc' }, /^PORT must be a whole number from 0 to 65535, not "abc"\.\n$/],
    ['PORT=70000', { PORT: '70000' }, /^PORT must be a whole number/],
    ['PORT=-1', { PORT: '-1' }, /^PORT must be a whole number/],
    ['PORT=80.5', { PORT: '80.5' }, /^PORT must be a whole number/],
    ['DATABASE_URL=foo', { DATABASE_URL: 'foo' }, /^DATABASE_URL must be a PostgreSQL URL/],
    ['DATABASE_URL of another database', { DATABASE_URL: 'mysql://root:hidden@localhost/x' }, /^DATABASE_URL must be a PostgreSQL URL/],
    ['SLUICE_ENCRYPTION_KEY=short', { SLUICE_ENCRYPTION_KEY: 'short' }, /^SLUICE_ENCRYPTION_KEY must be 32 bytes/],
    ['one short key of two', { SLUICE_ENCRYPTION_KEY: `${'ab'.repeat(32)},hidden` }, /^SLUICE_ENCRYPTION_KEY must be 32 bytes/],
    ['SLUICE_PRIVATE_NETWORK=x', { SLUICE_PRIVATE_NETWORK: 'x' }, /^SLUICE_PRIVATE_NETWORK must be one of allow, refuse, not "x"\.\n$/],
    ['SLUICE_FILES=nowhere', { SLUICE_FILES: '/no/such/folder' }, /^SLUICE_FILES must be a folder, and "\/no\/such\/folder" is none\.\n$/],
    ['SLUICE_PAGES_IN_FLIGHT=0', { SLUICE_PAGES_IN_FLIGHT: '0' }, /^SLUICE_PAGES_IN_FLIGHT must be a whole number from 1 to 1000/],
    [
      'SLUICE_FILE_SETTLE_SECONDS=301',
      { SLUICE_FILE_SETTLE_SECONDS: '301' },
      /^SLUICE_FILE_SETTLE_SECONDS must be a whole number from 0 to 300/,
    ],
    ['SLUICE_LOG_RETENTION_DAYS=6', { SLUICE_LOG_RETENTION_DAYS: '6' }, /^SLUICE_LOG_RETENTION_DAYS must be a whole number from 7 to 180/],
    [
      'SLUICE_LOG_RETENTION_DAYS=181',
      { SLUICE_LOG_RETENTION_DAYS: '181' },
      /^SLUICE_LOG_RETENTION_DAYS must be a whole number from 7 to 180/,
    ],
    ['SLUICE_RETRY_AFTER=0', { SLUICE_RETRY_AFTER: '0' }, /^SLUICE_RETRY_AFTER must be up to 10 whole numbers of seconds from 1 to 86400/],
    ['SLUICE_RETRY_AFTER=60,', { SLUICE_RETRY_AFTER: '60,' }, /^SLUICE_RETRY_AFTER must be up to 10/],
    ['SLUICE_RETRY_AFTER=99999', { SLUICE_RETRY_AFTER: '99999' }, /^SLUICE_RETRY_AFTER must be up to 10/],
    ['SLUICE_PING_AFTER=0', { SLUICE_PING_AFTER: '0' }, /^SLUICE_PING_AFTER must be a whole number from 1 to 86400/],
    ['SLUICE_RUN_RETENTION_DAYS=0', { SLUICE_RUN_RETENTION_DAYS: '0' }, /^SLUICE_RUN_RETENTION_DAYS must be a whole number from 1 to 3650/],
    ['SLUICE_AUDIT_RETENTION_DAYS=never', { SLUICE_AUDIT_RETENTION_DAYS: 'never' }, /^SLUICE_AUDIT_RETENTION_DAYS must be a whole number/],
    ['SLUICE_NOTIFY_AFTER=0', { SLUICE_NOTIFY_AFTER: '0' }, /^SLUICE_NOTIFY_AFTER must be a whole number from 1 to 86400/],
    ['SLUICE_PUBLIC_URL=example', { SLUICE_PUBLIC_URL: 'example' }, /^SLUICE_PUBLIC_URL must be where users reach the console, as in /],
    ['SLUICE_PUBLIC_URL with a path', { SLUICE_PUBLIC_URL: 'https://example.com/sluice' }, /^SLUICE_PUBLIC_URL must be where users/],
    [
      'SLUICE_SMTP_URL without SLUICE_PUBLIC_URL',
      { SLUICE_SMTP_URL: 'smtp://sluice:hidden@mail.example' },
      /^SLUICE_SMTP_URL needs SLUICE_PUBLIC_URL too: mails lead to the console, and hold a link that ends them\.\n$/,
    ],
    [
      'SLUICE_SMTP_URL with a stray %',
      { SLUICE_SMTP_URL: 'smtp://u:50%off@mail.example', SLUICE_PUBLIC_URL: 'https://example.com' },
      /^SLUICE_SMTP_URL holds a % that begins no escape: write %25/,
    ],
    ...['http://user:hidden@mail.example', 'smtp://', 'smtp://mail.example/?tls=hidden', 'mail.example:25'].map(
      (url): readonly [string, Environment, RegExp] => [
        `SLUICE_SMTP_URL=${url.replace('hidden', '…')}`,
        { SLUICE_SMTP_URL: url, SLUICE_PUBLIC_URL: 'https://example.com' },
        /^SLUICE_SMTP_URL must be the URL of a mail server: smtp:/,
      ],
    ),
    [
      'SLUICE_MAIL_FROM of two addresses',
      {
        SLUICE_SMTP_URL: 'smtp://mail.example',
        SLUICE_PUBLIC_URL: 'https://example.com',
        SLUICE_MAIL_FROM: 'a@example.com, b@example.com',
      },
      /^SLUICE_MAIL_FROM must be one address, as in Sluice <sluice@example\.com>/,
    ],
    ['SLUICE_CONCURRENCY=0', { SLUICE_CONCURRENCY: '0' }, /^SLUICE_CONCURRENCY must be a whole number from 1 to 100/],
    ['SLUICE_HEALTH_ADDRESS=3001', { SLUICE_HEALTH_ADDRESS: '3001' }, /^SLUICE_HEALTH_ADDRESS must be an address and a port, as in /],
    ['SLUICE_HEALTH_ADDRESS=a:99999', { SLUICE_HEALTH_ADDRESS: 'a:99999' }, /^SLUICE_HEALTH_ADDRESS must be an address and a port/],
    ['SLUICE_METRICS_ADDRESS=:9464', { SLUICE_METRICS_ADDRESS: ':9464' }, /^SLUICE_METRICS_ADDRESS must be an address and a port/],
    ['SLUICE_DRAIN_SECONDS=301', { SLUICE_DRAIN_SECONDS: '301' }, /^SLUICE_DRAIN_SECONDS must be a whole number from 0 to 300/],
    ['SLUICE_LOG_LEVEL=loud', { SLUICE_LOG_LEVEL: 'loud' }, /^SLUICE_LOG_LEVEL must be one of/],
    ['SLUICE_STRICT=yes', { SLUICE_STRICT: 'yes' }, /^SLUICE_STRICT must be one of 0, 1, not "yes"\.\n$/],
    [
      'SLUICE_RATE_LIMIT=fast',
      { SLUICE_RATE_LIMIT: 'fast' },
      /^SLUICE_RATE_LIMIT must be off, or requests at once and a second as in 1000\/300/,
    ],
    ['SLUICE_RATE_LIMIT=0/300', { SLUICE_RATE_LIMIT: '0/300' }, /^SLUICE_RATE_LIMIT must be off/],
    [
      'SLUICE_OIDC_ISSUER without a client',
      { SLUICE_OIDC_ISSUER: 'https://login.example', SLUICE_OIDC_CLIENT_SECRET: 'hidden' },
      /^To sign in with OpenID Connect, set SLUICE_OIDC_CLIENT_ID too: it takes SLUICE_OIDC_ISSUER, SLUICE_OIDC_CLIENT_ID, SLUICE_OIDC_CLIENT_SECRET\.\n$/,
    ],
    ...['http://login.example', 'login.example', 'https://user:hidden@login.example', 'https://login.example/?tenant=hidden'].map(
      (issuer): readonly [string, Environment, RegExp] => [
        `SLUICE_OIDC_ISSUER=${issuer.replace('hidden', '…')}`,
        { SLUICE_OIDC_ISSUER: issuer, SLUICE_OIDC_CLIENT_ID: 'sluice', SLUICE_OIDC_CLIENT_SECRET: 'hidden' },
        /^SLUICE_OIDC_ISSUER must be the https:\/\/ address of an OpenID provider/,
      ],
    ),
    [
      'SLUICE_OIDC_CREATE_USERS=*',
      {
        SLUICE_OIDC_ISSUER: 'https://login.example',
        SLUICE_OIDC_CLIENT_ID: 'sluice',
        SLUICE_OIDC_CLIENT_SECRET: 'hidden',
        SLUICE_OIDC_CREATE_USERS: 'example.com,*',
      },
      /^SLUICE_OIDC_CREATE_USERS must be domains of email addresses/,
    ],
    ['SLUICE_TOKEN of 15 characters', { SLUICE_TOKEN: 'hidden-hidden-1' }, /^SLUICE_TOKEN must have at least 16 characters/],
    ['SLUICE_TOKEN with a space', { SLUICE_TOKEN: 'hidden hidden' }, /^SLUICE_TOKEN may hold only visible ASCII/],
  ]
  test.each(wrong)('%s is refused with one sentence, which tells no secret', (_what, env, line) => {
    const refused = (): unknown => readSettings(env)
    expect(refused).toThrow(SetupError)
    expect(refused).toThrow(expect.objectContaining({ message: expect.toSatisfy((text: string) => line.test(`${text}\n`)) }))
    expect(refused).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hidden') }))
  })

  test.each(wrong.filter(([what]) => /^PORT=abc|^one short key/.test(what)))('%s ends a start', async (_what, env, line) => {
    const ended = await serveToEnd({ SLUICE_DATA: await dataFolder(), ...env })
    expect(ended).toEqual(refusal(line))
    expect(ended.stderr).not.toContain('hidden')
  })

  test('HOST that is no address of this machine', async () => {
    const { config, drop } = await createTestDatabase()
    const SLUICE_DATA = await dataFolder()
    for (const HOST of ['203.0.113.1', 'no-such-host.invalid']) {
      const ended = await serveToEnd({ SLUICE_DATA, DATABASE_URL: urlOf(config), HOST })
      expect(ended).toEqual(refusal(/^HOST "[^"]+" is not an address of this machine\.\n$/))
    }
    await drop()
  })
})

describe('a port in use', () => {
  test('is said with its number', async () => {
    const { config, drop } = await createTestDatabase()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const ended = await serveToEnd({ SLUICE_DATA: await dataFolder(), DATABASE_URL: urlOf(config), PORT: String(port) })
    expect(ended).toEqual(
      refusal(new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is in use by another program: set PORT to a free one\\.\\n$`)),
    )
    other.close()
    await drop()
  })
})

describe('a database that cannot be used', () => {
  test('one where nothing listens, said without its password', async () => {
    const ended = await serveToEnd({ SLUICE_DATA: await dataFolder(), DATABASE_URL: 'postgresql://sluice:p4ss%40word@127.0.0.1:1/sluice' })
    expect(ended).toEqual(
      refusal(/^The database cannot be used: nothing listens there \(host 127\.0\.0\.1, port 1, user sluice, database sluice\)/),
    )
    expect(ended.stderr).not.toMatch(/p4ss/)
  })

  test('one that does not exist, and a wrong password', async () => {
    const { config, drop } = await createTestDatabase()
    const absent = await serveToEnd({
      SLUICE_DATA: await dataFolder(),
      DATABASE_URL: urlOf({ ...(config as object), database: 'absent' } as never),
    })
    expect(absent).toEqual(refusal(/^The database cannot be used: it has no database of that name/))
    const refused = await serveToEnd({
      SLUICE_DATA: await dataFolder(),
      DATABASE_URL: urlOf({ ...(config as object), password: 'wr0ng-pass' } as never),
    })
    expect(refused).toEqual(refusal(/^The database cannot be used: the user or the password is wrong/))
    expect(refused.stderr).not.toContain('wr0ng')
    await drop()
  })

  test('one whose secrets are sealed with another key', async () => {
    const { config, drop } = await createTestDatabase()
    const env = { DATABASE_URL: urlOf(config), SLUICE_DATA: await dataFolder() }
    const [first, second] = ['ab'.repeat(32), 'cd'.repeat(32)]
    await (await startProgram({ ...env, SLUICE_ENCRYPTION_KEY: first })).stop()
    expect(await serveToEnd({ ...env, SLUICE_ENCRYPTION_KEY: second })).toEqual(
      refusal(/^The secrets in this database are sealed with the key [0-9a-f]{8}, and /),
    )
    expect(await serveToEnd(env)).toEqual(refusal(/^The secrets in this database are sealed with the key/))
    const { code } = await (await startProgram({ ...env, SLUICE_ENCRYPTION_KEY: `${second},${first}` })).stop()
    expect(code).toBe(0)
    await drop()
  })
})

const isRoot = process.getuid?.() === 0
test.runIf(isRoot)('a user whom the machine does not know, and who has no home folder, gets as far as the database', async () => {
  const stranger = ['env', '-u', 'HOME', 'setpriv', '--reuid=64321', '--regid=64321', '--clear-groups']
  const { ended } = launch([...stranger, ...sluice(), 'serve'], {
    PORT: '0',
    DATABASE_URL: 'postgresql://sluice@127.0.0.1:1/sluice',
  })
  expect(await ended).toEqual(refusal(/^The database cannot be used: /))
})

describe('a data folder that cannot be used', () => {
  test('because it is a file', async () => {
    const file = join(await dataFolder(), 'file')
    await writeFile(file, '')
    expect(await serveToEnd({ SLUICE_DATA: file })).toEqual(refusal(/^The data folder \S+ cannot be used: it is not a folder\.\n$/))
  })

  test('because its key is damaged: the file is named', async () => {
    const { config, drop } = await createTestDatabase()
    const folder = await dataFolder()
    await writeFile(join(folder, 'encryption-key'), 'damaged\n')
    await chmod(join(folder, 'encryption-key'), 0o600)
    expect(await serveToEnd({ SLUICE_DATA: folder, DATABASE_URL: urlOf(config) })).toEqual(refusal(/encryption-key/))
    await drop()
  })
})
