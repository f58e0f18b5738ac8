/** Snowflake's SQL API, as far as flows need it, over SQLite: tokens are checked by jose, values are bound, results come in parts, and an id is done once. */
import { createHash, type KeyObject } from 'node:crypto'
import { jwtVerify } from 'jose'
import { startRestServer, type AskedRest, type RestServer, type Said } from './rest-databases.ts'
import { castText, openSqlite, refusals, textOf, type SqliteSql, type SqlValue } from './sqlite-sql.ts'

export interface SnowflakeServer extends RestServer {
  readonly sql: SqliteSql
  /** Rows of one part of a result. */
  partitionSize: number
  /** How often a statement is said to be under way before it is done. */
  looks: number
  /** Handles of statements that were given up. */
  readonly canceled: string[]
  /** Anew, for another test. */
  clear(): void
}

interface Binding {
  readonly type: string
  readonly value: string | null
}

class SnowflakeError extends Error {
  readonly code: string
  readonly sqlState: string
  constructor(code: string, sqlState: string, message: string) {
    super(message)
    this.code = code
    this.sqlState = sqlState
  }
}

/** `programmatic` is what is taken instead of a signed token. */
export async function startSnowflakeServer(
  publicKey: KeyObject,
  subject: string,
  programmatic = 'a-programmatic-token',
): Promise<SnowflakeServer> {
  const sql = openSqlite({
    typed: (type, text) =>
      castText(textOf(type), text ?? null, (value) => new SnowflakeError('100038', '22018', `Numeric value '${value}' is not recognized`)),
    parse_json: (text) => {
      if (text === null) return null
      try {
        return JSON.stringify(JSON.parse(textOf(text)))
      } catch {
        throw new SnowflakeError('100069', '22P02', `Error parsing JSON: ${textOf(text)}`)
      }
    },
    to_binary: (text) => (text === null ? null : Buffer.from(textOf(text), 'base64').toString('hex').toUpperCase()),
    current_schema: () => 'PUBLIC',
  })
  const results = new Map<string, Said>()
  const byId = new Map<string, Said>()
  const underWay = new Map<string, number>()
  let count = 0

  const print = `SHA256:${createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')}`
  const proves = async ({ headers }: AskedRest): Promise<boolean> => {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? ''
    if (headers['x-snowflake-authorization-token-type'] === 'PROGRAMMATIC_ACCESS_TOKEN') return token === programmatic
    try {
      await jwtVerify(token, publicKey, { algorithms: ['RS256'], issuer: `${subject}.${print}`, subject, maxTokenAge: 3600 })
      return headers['x-snowflake-authorization-token-type'] === 'KEYPAIR_JWT'
    } catch {
      return false
    }
  }

  const execute = (text: string, bindings: Readonly<Record<string, Binding>>): object => {
    const places = text.replaceAll(/'(?:[^'\\]|''|\\.)*'/g, '').split('?').length - 1
    if (places !== Object.keys(bindings).length)
      throw new SnowflakeError('002049', '42601', 'SQL compilation error: Bind variable is not set.')
    const { columns, rows, written } = sql.run(toSqlite(text), Object.values(bindings).map(valueOf))
    if (written !== undefined) {
      const stats = { numRowsInserted: written, numRowsUpdated: 0, numRowsDeleted: 0, numDmlDuplicates: 0 }
      return {
        resultSetMetaData: { rowType: [{ name: 'number of rows inserted', type: 'fixed' }], partitionInfo: [{ rowCount: 1 }] },
        data: [[String(written)]],
        stats,
      }
    }
    const data = rows.map((row) => row.map((value) => (value === null ? null : textOf(value))))
    const rowType = columns.map(({ name, type }, i) => ({
      // What is in quotes keeps its letters.
      name: text.includes(`"${name}"`) ? name : name.toUpperCase(),
      type: typeOf(type, rows[0]?.[i]),
    }))
    const partitionInfo = Array.from({ length: Math.max(1, Math.ceil(data.length / server.partitionSize)) }, () => ({ rowCount: 1 }))
    return { resultSetMetaData: { numRows: data.length, format: 'jsonv2', rowType, partitionInfo }, data }
  }

  const post = ({ url, body }: AskedRest): Said => {
    const id = url.searchParams.get('requestId') ?? ''
    const known = url.searchParams.has('retry') ? byId.get(id) : undefined
    if (known) return known
    const handle = `handle-${count++}`
    let said: Said
    try {
      const made = execute(String(body['statement']), (body['bindings'] ?? {}) as Record<string, Binding>)
      said = {
        status: 200,
        body: { code: '090001', sqlState: '00000', message: 'successfully executed', statementHandle: handle, ...made },
      }
    } catch (error) {
      said = { status: 422, body: { ...toSaid(error), statementHandle: handle } }
    }
    byId.set(id, said)
    results.set(handle, said)
    if (server.looks === 0) return partOf(said, 0)
    underWay.set(handle, server.looks - 1)
    return pending(handle)
  }
  const partOf = (said: Said, partition: number): Said => {
    const { data, ...rest } = said.body as { data?: readonly unknown[] }
    if (!data) return said
    const part = data.slice(partition * server.partitionSize, (partition + 1) * server.partitionSize)
    return { ...said, body: partition === 0 ? { ...rest, data: part } : { data: part } }
  }
  const pending = (handle: string): Said => ({ status: 202, body: { code: '333334', message: 'in progress', statementHandle: handle } })

  const rest = await startRestServer(async (asked) => {
    if (!(await proves(asked))) return { status: 401, body: { code: '390144', message: 'JWT token is invalid.' } }
    const [, handle, canceled] = /^\/api\/v2\/statements\/([^/]+)(\/cancel)?$/.exec(asked.url.pathname) ?? []
    if (handle === undefined) return asked.url.pathname === '/api/v2/statements' ? post(asked) : { status: 404, body: {} }
    if (canceled) {
      server.canceled.push(handle)
      return { status: 200, body: {} }
    }
    const left = underWay.get(handle) ?? 0
    underWay.set(handle, left - 1)
    return left > 0 ? pending(handle) : partOf(results.get(handle) as Said, Number(asked.url.searchParams.get('partition') ?? 0))
  })
  const server: SnowflakeServer = Object.assign(rest, {
    sql,
    partitionSize: 100,
    looks: 0,
    canceled: [],
    clear() {
      sql.clear()
      byId.clear()
      rest.asked.length = 0
      rest.fault = undefined
      server.partitionSize = 100
      server.looks = 0
      server.canceled.length = 0
    },
  })
  return server
}

function toSqlite(text: string): string {
  return text
    .replaceAll('table(flatten(input => parse_json(?))) f', 'json_each(?) f')
    .replaceAll(/f\.value\[(\d+)\]::varchar/g, "json_extract(f.value, '$[$1]')")
    .replaceAll(/cast\((json_extract\([^)]*\)|parse_json\(json_extract\([^)]*\)\)) as (\w+(?: \w+)?(?:\([^)]*\))?)\)/g, "typed('$2', $1)")
    .replaceAll(/^create transient table/g, 'create table')
    .replaceAll('information_schema.columns', 'information_schema_columns')
    .replaceAll('column_name as "name"', 'upper(column_name) as "name"')
}

const valueOf = ({ type, value }: Binding): SqlValue => {
  if (value === null) return null
  if (type === 'FIXED' && /^-?\d{1,18}$/.test(value)) return BigInt(value)
  if (type === 'REAL') return Number(value)
  return type === 'BOOLEAN' ? (value === 'true' ? 1n : 0n) : value
}

function typeOf(type: string | null, value: unknown): string {
  const plain = type?.toLowerCase().replace(/\(.*$/, '') ?? ''
  if (/^(?:int|number|bigint)/.test(plain)) return 'fixed'
  if (/^(?:variant|array|object|boolean|binary|date)$/.test(plain)) return plain
  if (typeof value === 'bigint') return 'fixed'
  return typeof value === 'number' ? 'real' : 'text'
}

function toSaid(error: unknown): { readonly code: string; readonly sqlState: string; readonly message: string } {
  if (error instanceof SnowflakeError) return { code: error.code, sqlState: error.sqlState, message: error.message }
  const { errcode, message } = error as { readonly errcode?: number; readonly message: string }
  if (errcode === refusals.notNull) return { code: '100072', sqlState: '22000', message: 'NULL result in a non-nullable column' }
  if (errcode === refusals.check) return { code: '100078', sqlState: '22000', message: 'String is too long and would be truncated' }
  if (/no such table/.test(message))
    return { code: '002003', sqlState: '42S02', message: `SQL compilation error: Object does not exist or not authorized. ${message}` }
  return { code: '001003', sqlState: '42000', message: `SQL compilation error: ${message}` }
}
