/** BigQuery, over its REST interface: statements with their values beside them, proved by a token for which a signed JSON Web Token is exchanged. */
import { createHash } from 'node:crypto'
import type { ConnectionDoc, FlowRecord } from '../../../adaptor.ts'
import type { Statement } from '../../../template/statement.ts'
import type { Column, Database, Table, Ways } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import { readMannerOfHttps, refuse, type Target } from '../target.ts'
import { readRow, writeValue, type Field } from './bigquery-values.ts'
import { checkKey, openKey, signToken, TokenStore } from './key-pair.ts'
import { originOf, RestSession, type Executed, type Reply, type ResultPart } from './rest-session.ts'
import { bindNulls, joinStatement, quoteList, stagingName } from './sql-text.ts'

export const bigquery: Database = {
  name: 'BigQuery',
  port: 443,
  dialect: 'bigquery',
  failureEndsTransaction: false,
  standsAlone: true,
  isUnproven: true,
  readTarget: readBigQueryTarget,
  connect: async (target, ways) => new BigQuerySession(target, ways),
}

const host = 'bigquery.googleapis.com'
const tokenHost = 'oauth2.googleapis.com'
const scope = 'https://www.googleapis.com/auth/bigquery'

function readBigQueryTarget(connection: ConnectionDoc): Target {
  const { name, rdbms } = connection
  const { projectId, dataset, clientEmail, privateKey } = rdbms?.bigquery ?? {}
  if (!projectId || !dataset || !clientEmail || !privateKey)
    throw refuse(
      'configuration_missing',
      `The connection ${name} does not say all of its project, its dataset, and the e-mail address and private key of its service account (rdbms.bigquery).`,
    )
  checkKey(name, privateKey)
  return {
    host,
    port: 443,
    database: dataset,
    user: clientEmail,
    password: privateKey,
    ...readMannerOfHttps(connection),
    own: { connection: name, projectId },
  }
}

/** How long one request waits for its statement. Milliseconds. */
const waitMs = 10_000
/** Rows of one answer at the most. */
const mostRows = 10_000
/** Of an answer with a token. */
const tokenMs = 30_000
/** How long a table stays that nobody dropped. Hours. */
const stagingHours = 6

const tokens = new TokenStore()

interface Said {
  readonly jobComplete?: boolean
  readonly jobReference?: { readonly jobId?: string; readonly location?: string }
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly rows?: readonly unknown[]
  readonly pageToken?: string
  readonly numDmlAffectedRows?: string
  readonly error?: { readonly message?: string; readonly errors?: readonly { readonly reason?: string; readonly message?: string }[] }
}

const passing: ReadonlySet<string> = new Set([
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'jobRateLimitExceeded',
  'rateLimitExceeded',
  'tableUnavailable',
])

class BigQuerySession extends RestSession {
  readonly #print: string
  #staged = 0

  constructor(target: Target, ways: Ways) {
    super(ways, target)
    this.#print = createHash('sha256').update(JSON.stringify(target)).digest('base64')
  }

  get #projectPath(): string {
    return `/bigquery/v2/projects/${encodeURIComponent(this.target.own?.projectId ?? '')}`
  }

  protected async prove(): Promise<Readonly<Record<string, string>>> {
    const token = await tokens.get(this.#print, () => this.#obtain())
    return { authorization: `Bearer ${token}` }
  }

  protected renew(): boolean {
    tokens.drop(this.#print)
    return true
  }

  /** RFC 7523. */
  async #obtain(): Promise<{ readonly token: string; readonly seconds: number }> {
    const { user, password, own = {} } = this.target
    const key = openKey(own.connection ?? '', password)
    const assertion = await signToken(key, { iss: user, sub: user, scope, aud: `https://${tokenHost}/token` })
    const result = await this.ways.send(
      {
        method: 'POST',
        url: `${originOf(this.ways, tokenHost)}/token`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString(),
        timeout: tokenMs,
        staysPut: true,
        secretBody: true,
      },
      this.signal,
    )
    if (result.kind === 'unreachable')
      throw new DatabaseFailure(result.code, result.message, { source: 'connection', passing: result.passing })
    const said = readToken(result.body)
    if (result.statusCode === 200 && said.access_token) return { token: said.access_token, seconds: said.expires_in ?? 0 }
    throw new DatabaseFailure(
      said.error ?? 'sign_in_refused',
      said.error_description ?? `Google gives no token to the service account: it answered ${result.statusCode}.`,
      { source: 'connection', passing: result.statusCode >= 500 || result.statusCode === 429, isRefusal: result.statusCode < 429 },
    )
  }

  protected async execute(statement: Statement, id: string, untilMs: number): Promise<Executed> {
    const bound = bindNulls(statement)
    const { projectId } = this.target.own ?? {}
    const { location, maximumBytesBilled, ...properties } = Object.fromEntries(this.target.settings)
    const body = {
      query: joinStatement(bound, () => '?'),
      useLegacySql: false,
      ...(bound.values.length > 0 && { parameterMode: 'POSITIONAL', queryParameters: bound.values.map(writeValue) }),
      defaultDataset: { projectId, datasetId: this.target.database },
      maxResults: mostRows,
      timeoutMs: Math.min(waitMs, this.target.queryMs),
      formatOptions: { useInt64Timestamp: true },
      requestId: id,
      ...(location && { location }),
      ...(maximumBytesBilled && { maximumBytesBilled }),
      ...(Object.keys(properties).length > 0 && {
        connectionProperties: Object.entries(properties).map(([key, value]) => ({ key, value })),
      }),
    }
    let reply: Reply | undefined
    let job: Said['jobReference']
    const said = await this.untilDone(
      async () => {
        reply = await this.ask(
          job === undefined
            ? { method: 'POST', path: `${this.#projectPath}/queries`, body }
            : { method: 'GET', path: this.#resultPath(job, { timeoutMs: String(waitMs) }) },
        )
        const answered = reply.said as Said
        job = answered.jobReference ?? job
        return answered.jobComplete === false ? undefined : answered
      },
      untilMs,
      () =>
        job
          ? { method: 'POST', path: `${this.#projectPath}/jobs/${encodeURIComponent(job.jobId ?? '')}/cancel${locationOf(job)}` }
          : undefined,
    )
    const bytes = reply?.answer.body.length ?? 0
    if (said.numDmlAffectedRows !== undefined) return { rows: [], bytes, written: Number(said.numDmlAffectedRows) }
    return this.#toPart(said, job, said.schema?.fields ?? [], bytes)
  }

  #resultPath({ jobId = '', location }: NonNullable<Said['jobReference']>, more: Readonly<Record<string, string>>): string {
    const query = new URLSearchParams({
      maxResults: String(mostRows),
      'formatOptions.useInt64Timestamp': 'true',
      ...(location && { location }),
      ...more,
    })
    return `${this.#projectPath}/queries/${encodeURIComponent(jobId)}?${query.toString()}`
  }

  #toPart({ rows = [], pageToken }: Said, job: Said['jobReference'], fields: readonly Field[], bytes: number): ResultPart {
    const next = async (): Promise<ResultPart> => {
      const reply = await this.ask({ method: 'GET', path: this.#resultPath(job ?? {}, { pageToken: pageToken ?? '' }) })
      return this.#toPart(reply.said as Said, job, fields, reply.answer.body.length)
    }
    return { rows: rows.map((row) => readRow(fields, row) as FlowRecord), bytes, ...(pageToken && { next }) }
  }

  async describe(table: string): Promise<Table | undefined> {
    const { projectId = '' } = this.target.own ?? {}
    const names = table.replaceAll('`', '').split('.')
    const [name = '', dataset = this.target.database, project = projectId] = names.toReversed().map((part) => part.trim())
    const place = `projects/${encodeURIComponent(project)}/datasets/${encodeURIComponent(dataset)}/tables/${encodeURIComponent(name)}`
    let reply: Reply
    try {
      reply = await this.ask({ method: 'GET', path: `/bigquery/v2/${place}` })
    } catch (error) {
      if (error instanceof DatabaseFailure && error.code === 'notFound') return undefined
      throw error
    }
    return {
      quoted: quoteName([project, dataset, name].join('.')),
      columns: ((reply.said as Said).schema?.fields ?? []).map(toColumn),
      keys: [],
    }
  }

  protected readonly rowsOf = (columns: readonly Column[]): readonly [string, string] => [
    `select ${columns.map((column, i) => `${castCell(column, i)} as ${column.quoted}`).join(', ')} from unnest(json_query_array(`,
    ')) r',
  ]

  /** One that is gone after some hours, where nobody drops it. */
  async createStaging({ quoted }: Table, columns: readonly Column[]): Promise<string> {
    const name = quoteName(`${quoted.slice(1, -1).replace(/[^.]+$/, '')}${stagingName(this.#staged++)}`)
    const options = `options(expiration_timestamp = timestamp_add(current_timestamp(), interval ${stagingHours} hour))`
    await this.run({ parts: [`create table ${name} ${options} as select ${quoteList(columns)} from ${quoted} where false`], values: [] })
    return name
  }

  protected toFailure({ answer, said }: Reply): DatabaseFailure {
    const { statusCode } = answer
    const { message = `BigQuery answered ${statusCode}.`, errors: [first] = [] } = (said as Said).error ?? {}
    const code = first?.reason ?? String(statusCode)
    return new DatabaseFailure(code, message, {
      ...(statusCode === 401 && { source: 'connection', isRefusal: true }),
      passing: statusCode === 429 || statusCode >= 500 || passing.has(code),
    })
  }
}

const locationOf = ({ location }: NonNullable<Said['jobReference']>): string =>
  location ? `?location=${encodeURIComponent(location)}` : ''

interface TokenSaid {
  readonly access_token?: string
  readonly expires_in?: number
  readonly error?: string
  readonly error_description?: string
}

function readToken(body: Buffer): TokenSaid {
  try {
    return (JSON.parse(body.toString()) ?? {}) as TokenSaid
  } catch {
    return {}
  }
}

/** Types by their older names, as tables are described. */
const types: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL', RECORD: 'STRUCT' }

function toColumn({ name, type: said, mode }: Field): Column {
  const type = types[said] ?? said
  const kind = mode === 'REPEATED' ? 'list' : type === 'JSON' || type === 'STRUCT' ? 'json' : type === 'BYTES' ? 'bytes' : 'plain'
  return { name, quoted: quoteName(name), kind, type }
}

/** A value of a row `r`, as its column has it. Throws `DatabaseFailure` for records within rows: they have no text that could be cast. */
function castCell({ quoted, kind, type = 'STRING' }: Column, place: number): string {
  if (type === 'STRUCT')
    throw new DatabaseFailure('column_unsupported', `The column ${quoted} holds records (STRUCT): write it with a statement of your own.`)
  const text = `json_value(r, '$[${place}]')`
  if (kind === 'list')
    return `array(select cast(json_value(e) as ${type}) from unnest(json_query_array(${text})) e with offset o order by o)`
  if (type === 'JSON') return `parse_json(${text})`
  if (type === 'GEOGRAPHY') return `st_geogfromtext(${text})`
  return kind === 'bytes' ? `from_base64(${text})` : `cast(${text} as ${type})`
}

const quoteName = (name: string): string => `\`${name.replaceAll('`', '')}\``
