/** Oracle, as far as a session of it can be opened here: what its driver asks a listener for, where it is led, what is said where it is not let in; and its values. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import Module from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionDoc } from '../../../src/engine/adaptor.ts'
import { jdbc } from '../../../src/engine/adaptors/rdbms/jdbc.ts'
import { createReader, writeColumn, writeValue } from '../../../src/engine/adaptors/rdbms/engines/oracle/oracle-values.ts'
import { parseNumber } from '../../../src/domain/limits/exact-number.ts'
import { startTnsListener, type TnsListener } from '../../harness/tns-listener.ts'
import { failureOf } from './database-cases.ts'
import { adaptorOf, databasePorts } from './database-stage.ts'
import { aRun, connectionTo, exportDoc } from './stage.ts'
import { connectionOf } from './warehouse-stage.ts'

let listener: TnsListener
let other: TnsListener
let encrypted: TnsListener
let identity: { readonly cert: string; readonly key: string }
const folder = mkdtempSync(join(tmpdir(), 'sluice-tns-'))
beforeAll(async () => {
  const at = (name: string): string => join(folder, name)
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=localhost']
      .concat(['-addext', 'subjectAltName=DNS:localhost'])
      .concat(['-keyout', at('key.pem'), '-out', at('cert.pem')]),
    { stdio: 'ignore' },
  )
  identity = { cert: readFileSync(at('cert.pem'), 'utf8'), key: readFileSync(at('key.pem'), 'utf8') }
  ;[listener, other, encrypted] = await Promise.all([startTnsListener(), startTnsListener(), startTnsListener(identity)])
})
afterAll(async () => {
  await Promise.all([listener.stop(), other.stop(), encrypted.stop()])
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  for (const one of [listener, other, encrypted]) {
    one.asked.length = 0
    one.answer = { refuse: '12516' }
  }
})

const login = { user: 'owner', password: 'a-password-of-oracle' }
const connectionWith = (more: object = {}): ConnectionDoc =>
  connectionOf({ type: 'oracle', host: '127.0.0.1', port: listener.port, serviceName: 'shop', ...login, ...more })
const pinged = (connection: ConnectionDoc, ports = {}) => adaptorOf(ports).connections.ping(connection, aRun())
const option = (name: string, value: string): object => ({ options: [{ name, value }] })

describe('a session', () => {
  it.each([
    ['its service', {}, '(CONNECT_DATA=(SERVICE_NAME=shop)'],
    ['how processes are shared', { serverType: 'dedicated' }, '(SERVICE_NAME=shop)(SERVER=dedicated)'],
    ['its SID, where no service is said', { serviceName: undefined, database: 'ORCL' }, '(CONNECT_DATA=(SID=ORCL)'],
  ])('is asked for by %s', async (_what, more, says) => {
    await pinged(connectionWith(more))
    expect(listener.asked).toEqual([expect.stringContaining(says)])
  })

  it('of a connection over JDBC is the same', async () => {
    const block = { type: 'oracle:thin', authType: 'customjdbc', host: '127.0.0.1', port: listener.port, serviceName: 'shop', ...login }
    const connection = { ...connectionTo(''), http: undefined, type: 'jdbc', jdbc: block } as unknown as ConnectionDoc
    expect(await jdbc(databasePorts).connections.ping(connection, aRun())).toMatchObject({ source: 'connection', code: 'sign_in_refused' })
    expect(listener.asked).toEqual([expect.stringContaining('(SERVICE_NAME=shop)')])
  })

  it.each([
    ['12514', 'does not know the service shop (ORA-12514)'],
    ['12505', 'does not know the SID'],
    ['12516', 'refused the session (ORA-12516)'],
  ])('that is refused with %s says so, and names the listener', async (refuse, says) => {
    listener.answer = { refuse }
    const failure = await pinged(connectionWith())
    expect(failure).toMatchObject({ source: 'connection', code: 'sign_in_refused', message: expect.stringContaining(says) as string })
    expect(failure?.message).toContain(`127.0.0.1:${listener.port}`)
  })

  it.each([false, true])('is opened where the listener sends it on to, with what that says of it: %s', async (separated) => {
    listener.answer = { sendOn: `(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=${other.port}))`, separated }
    expect(await pinged(connectionWith())).toMatchObject({ code: 'sign_in_refused' })
    expect(other.asked).toEqual([expect.stringContaining(`(SERVICE_NAME=${separated ? 'shop2' : 'shop'})`)])
  })

  it.each([
    ['an address that nobody may reach', '(ADDRESS=(PROTOCOL=tcp)(HOST=169.254.169.254)(PORT=80))', 'address_refused'],
    ['an address that is none', '(ADDRESS=(PROTOCOL=ipc)(KEY=x))', 'redirect_refused'],
  ])('is not opened where it is sent on to %s', async (_what, sendOn, code) => {
    listener.answer = { sendOn }
    expect(await pinged(connectionWith())).toMatchObject({ source: 'connection', code })
  })

  it('is not opened on a private network where that is refused', async () => {
    expect(await pinged(connectionWith(), { privateNetwork: 'refuse' })).toMatchObject({ source: 'connection', code: 'address_refused' })
    expect(listener.asked).toEqual([])
  })

  it.each(['nothing', 'hangs up'] as const)('of a listener that says %s is given up', async (answer) => {
    listener.answer = answer
    expect(await pinged(connectionWith(option('connectTimeout', '500')))).toMatchObject({
      source: 'connection',
      code: answer === 'nothing' ? 'timeout' : 'connection_reset',
    })
  })

  it('is encrypted, and comes to a listener whose certificate is known alone', async () => {
    const at = (more: object): ConnectionDoc => connectionWith({ host: 'localhost', port: encrypted.port, ...more })
    expect(await pinged(at({ ssl: { ...identity, ca: identity.cert } }))).toMatchObject({ code: 'sign_in_refused' })
    expect(encrypted.asked).toEqual([expect.stringContaining('(SERVICE_NAME=shop)')])
    encrypted.asked.length = 0
    expect(await pinged(at(option('sslmode', 'verify-full')))).toMatchObject({ source: 'connection', code: 'tls_failed' })
    expect(encrypted.asked).toEqual([])
  })
})

it.each([
  ['no service and no database', { serviceName: undefined }, 'configuration_missing'],
  ['a service with more than a name', { serviceName: 'shop)(SERVER=shared' }, 'configuration_missing'],
  ['an authority and no certificate of its own', { ssl: { ca: 'a certificate' } }, 'invalid_option'],
  ['encryption that verifies nothing', option('sslmode', 'require'), 'invalid_option'],
  ['a setting that records depend on', option('nls_date_format', 'YYYY'), 'invalid_option'],
])('a connection with %s is refused', async (_what, more, code) => {
  const failure = await failureOf(() => adaptorOf().connections.ready(connectionWith(more), aRun()))
  expect(failure).toMatchObject({ source: 'connection', code })
})

it('says when it is saved what it is shown on', () => {
  const [advice] = adaptorOf().connections.advise?.(connectionWith()) ?? []
  expect(advice).toMatchObject({ field: 'rdbms.type', message: expect.stringContaining('not run against a real server') as string })
})

it('without its package a step says which command installs it, and nothing is asked', async () => {
  const resolver = Module as unknown as { _resolveFilename: (name: string, ...more: unknown[]) => string }
  const { _resolveFilename: resolve } = resolver
  resolver._resolveFilename = (name, ...more) => {
    if (name === 'oracledb') throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })
    return resolve(name, ...more)
  }
  try {
    const step = {
      doc: exportDoc({ adaptorType: 'RDBMSExport', rdbms: { query: 'select 1 from dual' } }),
      connection: connectionWith(),
      run: aRun(),
    }
    expect(await failureOf(async () => adaptorOf().source.ready(step))).toMatchObject({
      source: 'connection',
      code: 'package_missing',
      message:
        'Oracle needs the package oracledb, which this server does not have. Run "npm install oracledb@26" in its folder, and start it again.',
    })
    expect(listener.asked).toEqual([])
  } finally {
    resolver._resolveFilename = resolve
  }
})

describe('values', () => {
  it.each([
    ['NUMBER', '12345678901234567890.5', '12345678901234567890.5'],
    ['NUMBER', '.5', '0.5'],
    ['NUMBER', '7', '7'],
    ['VARCHAR2', '007', '"007"'],
    ['DATE', new Date(2026, 0, 2, 3, 4, 5), '"2026-01-02T03:04:05"'],
    ['TIMESTAMP', new Date(2026, 0, 2, 3, 4, 5, 120), '"2026-01-02T03:04:05.12"'],
    ['TIMESTAMP WITH TIME ZONE', new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 120)), '"2026-01-02T03:04:05.12Z"'],
    ['TIMESTAMP WITH LOCAL TIME ZONE', new Date(Date.UTC(2026, 0, 2, 3, 4, 10)), '"2026-01-02T03:04:10Z"'],
    ['BINARY_DOUBLE', Number.POSITIVE_INFINITY, '"Infinity"'],
    ['RAW', Buffer.from('abc'), '"YWJj"'],
    ['JSON', { a: [1, null], at: new Date(2026, 0, 2) }, '{"a":[1,null],"at":"2026-01-02T00:00:00"}'],
    ['VECTOR', new Float32Array([1, 2]), '[1,2]'],
    ['VARCHAR2', null, 'null'],
  ])('of the type %s are read as they are in records: %s', (dbTypeName, given, said) => {
    expect(JSON.stringify(createReader([{ name: 'A', dbTypeName }])([given]))).toBe(`{"A":${said}}`)
  })

  it.each([
    ['DATE', '2026-01-02T03:04:05Z', '2026-01-02T03:04:05'],
    ['DATE', '2026-01-02', '2026-01-02T00:00:00'],
    ['DATE', '2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05'],
    ['TIMESTAMP(6)', '2026-01-02T03:04:05.123456Z', '2026-01-02T03:04:05.123456'],
    ['TIMESTAMP(6) WITH TIME ZONE', '2026-01-02T03:04:05', '2026-01-02T03:04:05.0+00:00'],
    ['DATE', 'yesterday', 'yesterday'],
  ])('for a column of the type %s are written as its session reads them: %s', (type, given, written) => {
    expect(writeColumn(given, { name: 'A', quoted: '"A"', kind: 'moment', type })).toBe(written)
  })

  it.each([
    [true, 1],
    [1.5, 1.5],
    [parseNumber('12345678901234567890'), '12345678901234567890'],
    [['a', 1], '["a",1]'],
    [{ a: 1 }, '{"a":1}'],
  ])('that are bound keep what they say: %j', (given, bound) => {
    expect(writeValue(given)).toBe(bound)
  })

  it('of bytes are base64 on both ways', () => {
    expect(writeColumn('YWJj', { name: 'A', quoted: '"A"', kind: 'bytes', type: 'BLOB' })).toEqual(Buffer.from('abc'))
  })
})
