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
  await ask(server, `create database ${name} template ${template} strategy file_copy`)
  return {
    config: withDatabase(server, name),
    drop: async () => void (await ask(server, `drop database ${name} with (force)`)),
  }
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
