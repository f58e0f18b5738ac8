/** Databases that flows talk to, each a real server of its own on a private port: the PostgreSQL that comes along, and the MariaDB of the machine where it has one. */
import { execFileSync, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { accountFor } from '../../src/store/embedded/account.ts'
import { findBinaries } from '../../src/store/embedded/binaries.ts'
import { launch, ourselves, run, type RunAs } from '../../src/store/embedded/run-postgres-tool.ts'

export interface OutsideDatabase {
  readonly kind: 'postgresql' | 'mariadb'
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** Certificate of the authority, and the client certificate that its user `certified` has to show. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
  /** Statements as the owner of everything, one after the other. */
  ask(...statements: readonly string[]): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

/** A server that does not start on a busy machine, and one statement of a test. Milliseconds. */
const startMs = 90_000
const toolMs = 120_000

const owner = { user: 'owner', password: 'the-password-of-the-owner', database: 'shop' } as const

const mariadbPrograms = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd', '/opt/homebrew/bin/mariadbd']
const findMariaDB = (): string | undefined => mariadbPrograms.find((path) => existsSync(path))

/** Every one that can be started here. Without MariaDB its tests are left out, and one line says what to install; nothing is left out where changes are judged. */
export function listOutsideDatabases(): readonly (readonly [kind: OutsideDatabase['kind'], start: () => Promise<OutsideDatabase>])[] {
  const install = 'apt-get install --no-install-recommends mariadb-server'
  if (findMariaDB())
    return [
      ['postgresql', startPostgreSQL],
      ['mariadb', startMariaDB],
    ]
  if (process.env['CI']) throw new Error(`MariaDB is not installed: ${install}`)
  process.stderr.write(`Tests on MariaDB are left out. To run them: ${install}\n`)
  return [['postgresql', startPostgreSQL]]
}

/** Every session but the one that does it. */
export async function endSessions({ kind, user, ask }: OutsideDatabase): Promise<void> {
  if (kind === 'postgresql')
    await ask('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null')
  else {
    const rows = await ask(`select id from information_schema.processlist where user = '${user}' and id <> connection_id()`)
    // One that has ended meanwhile is none that could be ended.
    for (const { id } of rows) await ask(`kill ${String(id)}`).catch(() => undefined)
  }
}

export async function startPostgreSQL(): Promise<OutsideDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-postgresql-'))
  const data = join(folder, 'data')
  const binaries = findBinaries()
  await chmod(folder, 0o700)
  const as = await accountFor(folder, data, binaries)
  await mkdir(data)
  await give(as, data, 0o700)
  const password = join(folder, 'password')
  await writeFile(password, owner.password)
  await give(as, password)
  const made = await run(
    as,
    binaries.initdb,
    ['-D', data, '-U', owner.user, '--pwfile', password, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync'],
    toolMs,
  )
  if (made.code !== 0) throw new Error(made.output)
  const tls = await makeCertificates(as, folder)
  const port = await freePort()
  await writeFile(
    join(data, 'postgresql.conf'),
    Object.entries({
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: '',
      fsync: 'off',
      max_connections: 300,
      ssl: 'on',
      ssl_cert_file: join(folder, 'server.pem'),
      ssl_key_file: join(folder, 'server.key'),
      ssl_ca_file: join(folder, 'ca.pem'),
      deadlock_timeout: '50ms',
    })
      .map(([name, value]) => `${name} = '${value}'\n`)
      .join(''),
  )
  await writeFile(
    join(data, 'pg_hba.conf'),
    'hostssl all certified all cert\nhostnossl all certified all reject\nhostnossl all encrypted all reject\nhost all all all scram-sha-256\n',
  )
  const server = launch(as, binaries.postgres, ['-D', data], { stdio: 'ignore' })
  const ask = async (database: string, statements: readonly string[]): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ host: '127.0.0.1', port, ...owner, database, ssl: false })
    client.on('error', () => undefined)
    await client.connect()
    try {
      let rows: Record<string, unknown>[] = []
      for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows
      return rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  await ready(server, () => ask('postgres', [`create database ${owner.database}`]))
  return {
    kind: 'postgresql',
    host: '127.0.0.1',
    port,
    ...owner,
    tls,
    ask: (...statements) => ask(owner.database, statements),
    stop: () => stopped(server, 'SIGQUIT', folder),
  }
}

async function startMariaDB(): Promise<OutsideDatabase> {
  const program = findMariaDB() as string
  const folder = await mkdtemp(join(tmpdir(), 'sluice-mariadb-'))
  const data = join(folder, 'data')
  const as = plainUser()
  await mkdir(data)
  await give(as, folder, 0o700)
  await give(as, data, 0o700)
  const common = ['--no-defaults', `--datadir=${data}`]
  const made = await run(
    as,
    'mariadb-install-db',
    [...common, '--auth-root-authentication-method=normal', '--skip-test-db', `--tmpdir=${folder}`],
    toolMs,
  )
  if (made.code !== 0) throw new Error(made.output)
  const tls = await makeCertificates(as, folder)
  const port = await freePort()
  const network = [`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`]
  const encrypted = [
    `--ssl-ca=${join(folder, 'ca.pem')}`,
    `--ssl-cert=${join(folder, 'server.pem')}`,
    `--ssl-key=${join(folder, 'server.key')}`,
  ]
  const quick = [
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=64M',
    '--skip-log-bin',
    '--innodb-lock-wait-timeout=3',
    '--skip-name-resolve',
  ]
  const server = launch(as, program, [...common, ...network, ...encrypted, ...quick], { stdio: 'ignore' })
  const ask = async (login: mysql.ConnectionOptions, statements: readonly string[]): Promise<Record<string, unknown>[]> => {
    const connection = await mysql.createConnection({ host: '127.0.0.1', port, ...login })
    try {
      let rows: unknown = []
      for (const statement of statements) [rows] = await connection.query(statement)
      return (Array.isArray(rows) ? rows : []) as Record<string, unknown>[]
    } finally {
      connection.destroy()
    }
  }
  await ready(server, () =>
    ask({ user: 'root' }, [
      `create database ${owner.database} character set utf8mb4`,
      `create user ${owner.user}@'%' identified by '${owner.password}'`,
      `grant all on *.* to ${owner.user}@'%'`,
      `create user certified@'%' require x509`,
      `grant all on ${owner.database}.* to certified@'%'`,
      `create user encrypted@'%' identified by '${owner.password}' require ssl`,
      `grant all on ${owner.database}.* to encrypted@'%'`,
    ]),
  )
  return {
    kind: 'mariadb',
    host: '127.0.0.1',
    port,
    ...owner,
    tls,
    ask: (...statements) => ask(owner, statements),
    stop: () => stopped(server, 'SIGKILL', folder),
  }
}

/** As anybody but root, whom no database lets start it. */
function plainUser(): RunAs {
  if (process.getuid?.() !== 0) return ourselves
  const lines = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const [, , uid, gid] = lines.find(([name]) => name === 'mysql') ?? []
  return { owner: { uid: Number(uid), gid: Number(gid) }, through: [] }
}

async function give({ owner: to }: RunAs, path: string, mode?: number): Promise<void> {
  if (mode !== undefined) await chmod(path, mode)
  if (to) await chown(path, to.uid, to.gid)
}

/** An authority, and what it says of the server and of one client. */
async function makeCertificates(as: RunAs, folder: string): Promise<OutsideDatabase['tls']> {
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: readonly string[]): unknown => execFileSync('openssl', args, { stdio: 'ignore' })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...curve, '-days', '1', '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=authority')
  await writeFile(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  for (const [name, subject] of [
    ['server', 'localhost'],
    ['client', 'certified'],
  ] as const) {
    openssl('req', ...curve, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', `/CN=${subject}`)
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-days',
      '1',
      '-extfile',
      at('names'),
      '-out',
      at(`${name}.pem`),
    )
    await give(as, at(`${name}.key`), 0o600)
    await give(as, at(`${name}.pem`))
  }
  await give(as, at('ca.pem'))
  const read = (name: string): string => readFileSync(at(name), 'utf8')
  return { ca: read('ca.pem'), cert: read('client.pem'), key: read('client.key') }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

async function ready(server: ChildProcess, first: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + startMs
  for (;;) {
    try {
      await first()
      return
    } catch (error) {
      if (server.exitCode !== null || performance.now() > until) throw error
      await pause(100)
    }
  }
}

async function stopped(server: ChildProcess, signal: NodeJS.Signals, folder: string): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve))
  if (server.exitCode === null && server.kill(signal)) await ended
  await rm(folder, { recursive: true, force: true })
}
