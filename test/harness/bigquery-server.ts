/** BigQuery's REST interface and the token server beside it, as far as flows need them, over SQLite: assertions are checked by jose, values are bound, an id is done once. */
import type { KeyObject } from 'node:crypto'
import { jwtVerify } from 'jose'
import { startRestServer, type AskedRest, type RestServer, type Said } from './rest-databases.ts'
import { castText, openSqlite, refusals, textOf, type SqliteSql, type SqlValue } from './sqlite-sql.ts'

export interface BigQueryServer extends RestServer {
  readonly sql: SqliteSql
  /** Rows of one answer. */
  pageSize: number
  /** How often a statement is said to be under way before it is done. */
  looks: number
  /** Tokens that were given out. */
  readonly tokens: string[]
  readonly canceled: string[]
  clear(): void
}

interface Parameter {
  readonly parameterType: { readonly type: string; readonly arrayType?: { readonly type: string } }
  readonly parameterValue: { readonly value?: string; readonly arrayValues?: readonly { readonly value: string }[] }
}

interface Job {
  readonly said: Said
  readonly rows: readonly unknown[]
  left: number
}

class BigQueryError extends Error {
  readonly reason: string
  readonly status: number
  constructor(reason: string, message: string, status = 400) {
    super(message)
    this.reason = reason
    this.status = status
  }
}

const failed = ({ status, reason, message }: BigQueryError): Said => ({
  status,
  body: { error: { code: status, message, status: 'INVALID_ARGUMENT', errors: [{ reason, message, domain: 'global' }] } },
})

export async function startBigQueryServer(publicKey: KeyObject, account: string, project: string): Promise<BigQueryServer> {
  const sql = openSqlite({
    typed: (type, text) =>
      castText(
        textOf(type),
        text ?? null,
        (value) => new BigQueryError('invalidQuery', `Bad ${textOf(type).toLowerCase()} value: ${value}`),
      ),
    from_base64: (text) => (text === null ? null : Buffer.from(textOf(text), 'base64')),
    parse_json: (text) => text ?? null,
  })
  const jobs = new Map<string, Job>()
  const byId = new Map<string, string>()
  let count = 0

  const giveToken = async ({ body }: AskedRest): Promise<Said> => {
    try {
      await jwtVerify(String(body['assertion']), publicKey, {
        algorithms: ['RS256'],
        issuer: account,
        audience: 'https://oauth2.googleapis.com/token',
        maxTokenAge: 3600,
        requiredClaims: ['exp', 'scope'],
      })
    } catch {
      return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } }
    }
    const token = `token-${count++}`
    server.tokens.push(token)
    return { status: 200, body: { access_token: token, expires_in: 3600, token_type: 'Bearer' } }
  }

  const execute = (asked: AskedRest): Job => {
    const {
      query,
      queryParameters = [],
      defaultDataset,
    } = asked.body as {
      query: string
      queryParameters?: readonly Parameter[]
      defaultDataset?: { projectId: string; datasetId: string }
    }
    if (defaultDataset?.projectId !== project) return jobOf(failed(new BigQueryError('invalid', 'no default dataset')), [])
    try {
      const { columns, rows, written } = sql.run(toSqlite(query), queryParameters.map(valueOf))
      if (written !== undefined) return jobOf({ status: 200, body: { numDmlAffectedRows: String(written), totalRows: '0' } }, [])
      const fields = columns.map(({ name, type }, i) => ({ name, type: typeOf(type, rows[0]?.[i]), mode: 'NULLABLE' }))
      const made = rows.map((row) => ({ f: row.map((value) => ({ v: cellOf(value) })) }))
      return jobOf({ status: 200, body: { schema: { fields }, totalRows: String(rows.length) } }, made)
    } catch (error) {
      return jobOf(failed(explained(error)), [])
    }
  }
  const jobOf = (said: Said, rows: readonly unknown[]): Job => ({ said, rows, left: server.looks })

  const look = (id: string, from: number): Said => {
    const job = jobs.get(id) as Job
    const jobReference = { projectId: project, jobId: id, location: 'EU' }
    if (job.left > 0) {
      job.left -= 1
      return { status: 200, body: { jobComplete: false, jobReference } }
    }
    if (job.said.status !== 200) return job.said
    const rows = job.rows.slice(from, from + server.pageSize)
    const to = from + rows.length
    return {
      status: 200,
      body: {
        ...job.said.body,
        jobComplete: true,
        jobReference,
        ...(rows.length > 0 && { rows }),
        ...(to < job.rows.length && { pageToken: `at-${to}` }),
      },
    }
  }

  const describe = (name: string): Said => {
    const columns = sql.ask(`select name, type, "notnull" as required from pragma_table_info('${name.replaceAll("'", '')}')`)
    if (columns.length === 0) return failed(new BigQueryError('notFound', `Not found: Table ${project}:shop.${name}`, 404))
    const fields = columns.map((column) => ({
      name: column['name'],
      type: typeOf(String(column['type']), null),
      mode: /^array/i.test(String(column['type'])) ? 'REPEATED' : column['required'] ? 'REQUIRED' : 'NULLABLE',
    }))
    return { status: 200, body: { schema: { fields } } }
  }

  const rest = await startRestServer(async (asked) => {
    if (asked.url.pathname === '/token') return giveToken(asked)
    if (!server.tokens.includes(asked.headers.authorization?.replace(/^Bearer /, '') ?? ''))
      return failed(new BigQueryError('authError', 'Request had invalid authentication credentials.', 401))
    const [, ofProject, rest_ = ''] = /^\/bigquery\/v2\/projects\/([^/]+)\/(.*)$/.exec(asked.url.pathname) ?? []
    if (ofProject !== project) return failed(new BigQueryError('accessDenied', `Access Denied: Project ${String(ofProject)}`, 403))
    const [, table] = /^datasets\/shop\/tables\/([^/]+)$/.exec(rest_) ?? []
    if (table !== undefined) return describe(decodeURIComponent(table))
    const [, canceled] = /^jobs\/([^/]+)\/cancel$/.exec(rest_) ?? []
    if (canceled !== undefined) {
      server.canceled.push(canceled)
      return { status: 200, body: {} }
    }
    const [, id] = /^queries\/([^/]+)$/.exec(rest_) ?? []
    if (id !== undefined) return look(id, Number(/^at-(\d+)$/.exec(asked.url.searchParams.get('pageToken') ?? '')?.[1] ?? 0))
    const name = String(asked.body['requestId'])
    const known = byId.get(name)
    if (known !== undefined) return look(known, 0)
    const made = `job-${count++}`
    jobs.set(made, execute(asked))
    byId.set(name, made)
    return look(made, 0)
  })
  const server: BigQueryServer = Object.assign(rest, {
    sql,
    pageSize: 100,
    looks: 0,
    tokens: [],
    canceled: [],
    clear() {
      sql.clear()
      jobs.clear()
      byId.clear()
      rest.asked.length = 0
      rest.fault = undefined
      server.pageSize = 100
      server.looks = 0
      server.canceled.length = 0
    },
  })
  return server
}

function toSqlite(text: string): string {
  return (
    text
      .replaceAll('unnest(json_query_array(?)) r', 'json_each(?) r')
      .replaceAll(
        /array\(select .*? from unnest\(json_query_array\(json_value\(r, ('[^']*')\)\)\) e with offset o order by o\)/g,
        'json_extract(r.value, $1)',
      )
      .replaceAll(/json_value\(r, ('[^']*')\)/g, 'json_extract(r.value, $1)')
      .replaceAll(/cast\((json_extract\([^)]*\)) as (\w+)\)/g, "typed('$2', $1)")
      .replaceAll(/ options\(expiration_timestamp = .*?\) as select/g, ' as select')
      // A dataset is all there is.
      .replaceAll(/`[\w-]+\.shop\.(\w+)`/g, '`$1`')
  )
}

function valueOf({ parameterType: { type, arrayType }, parameterValue: { value = '', arrayValues } }: Parameter): SqlValue {
  if (arrayValues) return JSON.stringify(arrayValues.map((entry) => (arrayType?.type === 'STRING' ? entry.value : Number(entry.value))))
  if (type === 'INT64') return BigInt(value)
  if (type === 'FLOAT64') return Number(value)
  return type === 'BOOL' ? (value === 'true' ? 1n : 0n) : value
}

function cellOf(value: unknown): string | null {
  if (value === null) return null
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : textOf(value)
}

function typeOf(type: string | null, value: unknown): string {
  const plain =
    type
      ?.toUpperCase()
      .replace(/[(<].*$/, '')
      .trim() ?? ''
  if (/^(?:INT|INTEGER|INT64|BIGINT)$/.test(plain)) return 'INTEGER'
  if (/^(?:NUMERIC|BIGNUMERIC|JSON|BYTES|TIMESTAMP|DATE|FLOAT|RECORD)$/.test(plain)) return plain
  if (plain.startsWith('BOOL')) return 'BOOLEAN'
  if (plain === '' && typeof value === 'bigint') return 'INTEGER'
  return plain === '' && typeof value === 'number' ? 'FLOAT' : 'STRING'
}

function explained(error: unknown): BigQueryError {
  if (error instanceof BigQueryError) return error
  const { errcode, message } = error as { readonly errcode?: number; readonly message: string }
  if (errcode === refusals.notNull) return new BigQueryError('invalidQuery', `Required field ${message.split('.').at(-1)} cannot be null`)
  if (errcode === refusals.check)
    return new BigQueryError('invalidQuery', 'Value has length larger than the maximum allowed for its column')
  if (/no such table/.test(message)) return new BigQueryError('notFound', `Not found: Table ${message}`, 404)
  return new BigQueryError('invalidQuery', `Syntax error: ${message}`)
}
