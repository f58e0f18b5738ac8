/** What the tests of Snowflake and BigQuery stand on: keys, the servers that tests play, and connections to them. */
import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'vitest'
import type { ConnectionDoc } from '../../../src/engine/adaptor.ts'
import type { RestServer } from '../../harness/rest-databases.ts'
import type { SqliteSql } from '../../harness/sqlite-sql.ts'
import { connectionTo } from './stage.ts'

const { publicKey: known, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const publicKey = known
export const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
export const phrase = 'a-phrase-that-is-long'
export const sealedPem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: phrase })
export const otherPem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })

export const connectionOf = (rdbms: object): ConnectionDoc =>
  ({ ...connectionTo(''), http: undefined, type: 'rdbms', rdbms }) as unknown as ConnectionDoc

export interface WarehouseCase {
  readonly before?: readonly string[]
  readonly after?: string
  readonly rows?: readonly object[]
  /** How often a statement is said to be under way. */
  readonly looks?: number
  /** Instead of what SQLite answers. */
  readonly answer?: object
  /** Statements and their values; null for one that is of no concern. */
  readonly sent?: readonly ({ readonly statement: string; readonly values: readonly unknown[] } | null)[]
}

export function prepare(
  { before = [], looks = 0 }: WarehouseCase,
  server: { readonly sql: SqliteSql; looks: number; clear(): void },
): void {
  server.clear()
  server.looks = looks
  for (const statement of before) server.sql.ask(statement)
}

export function checkLeft(
  { after, rows, sent }: WarehouseCase,
  sql: SqliteSql,
  asked: readonly { statement: string; values: readonly unknown[] }[],
): void {
  if (sent)
    expect(asked).toEqual(sent.map((each) => each ?? { statement: expect.any(String) as string, values: expect.any(Array) as unknown[] }))
  if (after !== undefined) expect(JSON.parse(JSON.stringify(sql.ask(after)))).toEqual(rows)
}

/** Answered once, after who asks has proved it. */
export const answerOnce = (server: RestServer, isMeant: (path: string) => boolean, body: object): void => {
  const fault: RestServer['fault'] = ({ url }) => (isMeant(url.pathname) ? { status: 200, body } : undefined)
  server.fault = fault
}
