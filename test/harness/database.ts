/** A database of its own for each test file: a clone of the template made before the run, so that it costs tens of milliseconds. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { DatabaseConfig } from '../../src/store/database/database-hosts.ts'

export interface TestServer {
  /** May create databases. */
  readonly server: DatabaseConfig
  readonly template: string
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
    /** The program as the package holds it: its first file. */
    program: string
  }
}

export interface TestDatabase {
  readonly config: DatabaseConfig
  drop(): Promise<void>
}

/** With all migrations applied and no rows. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(inject('testServer').template)
}

/** With nothing in it at all, for the tests of migrations. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template0')
}

async function create(template: string): Promise<TestDatabase> {
  const { server } = inject('testServer')
  const name = `sluice_test_${randomBytes(8).toString('hex')}`
  const open = (sessions ??= openSessions(server))
  await open.query(`create database ${name} template ${template} strategy file_copy`)
  return {
    config: withDatabase(server, name),
    drop: async () => void (await open.query(`drop database ${name} with (force)`)),
  }
}

/** Kept for all files of this process: each new session is a process of the server, which takes as long as the copy of a database. */
let sessions: pg.Pool | undefined

function openSessions(server: DatabaseConfig): pg.Pool {
  const config = typeof server === 'string' ? { connectionString: server } : server
  const pool = new pg.Pool({ ...config, idleTimeoutMillis: 0, allowExitOnIdle: true })
  // The server may end before this process does.
  pool.on('error', () => undefined)
  return pool
}

export function withDatabase(config: DatabaseConfig, database: string): DatabaseConfig {
  if (typeof config !== 'string') return { ...config, database }
  const url = new URL(config)
  url.pathname = `/${database}`
  return url.href
}

/** One statement on a connection of its own. */
export async function ask(config: DatabaseConfig, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(config)
  // A server that is killed while it says goodbye: whoever asked has the answer, or the error, by then.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows
  } finally {
    await client.end()
  }
}

/** What is locked in it stays locked until the work is done, however long that takes: the server's own transactions may not stand open so long. */
export async function heldOpen(config: DatabaseConfig, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(config)
  await client.connect()
  try {
    await client.query('begin')
    await work(client)
    await client.query('commit')
  } finally {
    await client.end()
  }
}
