/** Snowflake, over its SQL API: statements with their values beside them, proved by a signed JSON Web Token or a programmatic access token. */
import { createHash, createPublicKey } from 'node:crypto'
import type { ConnectionDoc } from '../../../adaptor.ts'
import type { Statement } from '../../../template/statement.ts'
import type { Column, Database, Table, Ways } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import { readMannerOfHttps, refuse, type Target } from '../target.ts'
import { checkKey, openKey, signToken, TokenStore } from './key-pair.ts'
import { RestSession, type Executed, type Reply, type ResultPart } from './rest-session.ts'
import { createReader, writeValue, type ResultColumn } from './snowflake-values.ts'
import { joinStatement, quoteList, stagingName } from './sql-text.ts'

export const snowflake: Database = {
  name: 'Snowflake',
  port: 443,
  dialect: 'snowflake',
  failureEndsTransaction: false,
  standsAlone: true,
  isUnproven: true,
  readTarget: readSnowflakeTarget,
  connect: async (target, ways) => new SnowflakeSession(target, ways),
}

const domain = /\.snowflakecomputing\.(?:com|cn)$/i

/** What its sessions are told, whatever the account says: records depend on it. */
const parameters = { timezone: 'UTC', binary_output_format: 'HEX', client_result_chunk_size: 16 } as const

function readSnowflakeTarget(connection: ConnectionDoc): Target {
  const { name, rdbms } = connection
  const { host = '', database = '', user = '', key, passphrase, password, snowflake: own } = rdbms ?? {}
  if (!host || !database || !user)
    throw refuse('configuration_missing', `The connection ${name} does not say its account (host), its database and its user.`)
  const isKeyPair = own?.authType !== 'basic'
  const proof = isKeyPair ? key : password
  if (!proof)
    throw refuse(
      'configuration_missing',
      `The connection ${name} has no ${isKeyPair ? 'private key (rdbms.key)' : 'programmatic access token (rdbms.password)'}.`,
    )
  if (isKeyPair) checkKey(name, proof, passphrase)
  const address = host
    .trim()
    .replace(/^https:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase()
  const account = address.replace(domain, '')
  const { warehouse, schema, role } = own ?? {}
  return {
    // Names of accounts have underscores, and those of hosts have none.
    host: domain.test(address) ? address : `${account.replaceAll('_', '-')}.snowflakecomputing.com`,
    port: rdbms?.port ?? 443,
    database,
    user,
    password: proof,
    ...readMannerOfHttps(connection),
    own: {
      connection: name,
      account,
      isKeyPair,
      ...(isKeyPair && passphrase && { passphrase }),
      ...(warehouse && { warehouse }),
      ...(schema && { schema }),
      ...(role && { role }),
    },
  }
}

const tokens = new TokenStore()

/** For whom it is signed: accounts are named without their region, and everything in capitals. */
function signedFor({ user, password, own = {} }: Target): Promise<string> {
  const key = openKey(own.connection ?? '', password, own.passphrase)
  const print = createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('base64')
  const { account = '' } = own
  const named = account.includes('.global') ? account.replace(/-[^-]*\.global.*$/, '') : account.replace(/\..*$/, '')
  const subject = `${named}.${user}`.toUpperCase()
  return signToken(key, { iss: `${subject}.SHA256:${print}`, sub: subject })
}

/** As the SQL API answers. */
interface Said {
  readonly code?: string
  readonly message?: string
  readonly sqlState?: string
  readonly statementHandle?: string
  readonly resultSetMetaData?: {
    readonly rowType?: readonly ResultColumn[]
    readonly partitionInfo?: readonly unknown[]
  }
  readonly data?: readonly (readonly (string | null)[])[]
  readonly stats?: Readonly<Record<string, unknown>>
}

/** Codes of what passes: locks that were waited for, and too many statements that wait. */
const passing: ReadonlySet<string> = new Set(['000625', '000629', '000709'])

class SnowflakeSession extends RestSession {
  /** Ids of statements that were sent and not answered. */
  readonly #sent = new Set<string>()
  readonly #print: string
  #staged = 0

  constructor(target: Target, ways: Ways) {
    super(ways, target)
    this.#print = createHash('sha256').update(JSON.stringify(target)).digest('base64')
  }

  protected async prove(): Promise<Readonly<Record<string, string>>> {
    const { password, own = {} } = this.target
    const { isKeyPair = false } = own
    const token = isKeyPair ? await tokens.get(this.#print, async () => ({ token: await signedFor(this.target) })) : password
    return {
      authorization: `Bearer ${token}`,
      'x-snowflake-authorization-token-type': isKeyPair ? 'KEYPAIR_JWT' : 'PROGRAMMATIC_ACCESS_TOKEN',
      'user-agent': 'Sluice/1.0',
    }
  }

  protected renew(): boolean {
    tokens.drop(this.#print)
    return this.target.own?.isKeyPair ?? false
  }

  protected async execute(statement: Statement, id: string, untilMs: number): Promise<Executed> {
    const { database, queryMs, settings, own = {} } = this.target
    const again = this.#sent.has(id)
    this.#sent.add(id)
    const body = {
      statement: joinStatement(statement, () => '?'),
      timeout: Math.ceil(queryMs / 1000),
      database,
      ...(own.schema && { schema: own.schema }),
      ...(own.warehouse && { warehouse: own.warehouse }),
      ...(own.role && { role: own.role }),
      ...(statement.values.length > 0 && {
        bindings: Object.fromEntries(statement.values.map((value, i) => [String(i + 1), writeValue(value)])),
      }),
      parameters: { ...Object.fromEntries(settings), ...parameters },
    }
    const path = `/api/v2/statements?requestId=${id}&nullable=true${again ? '&retry=true' : ''}`
    let reply: Reply | undefined
    let handle: string | undefined
    const said = await this.untilDone(
      async () => {
        reply = await this.ask(
          handle === undefined ? { method: 'POST', path, body } : { method: 'GET', path: statementPath(handle, '?nullable=true') },
        )
        handle = (reply.said as Said).statementHandle ?? handle
        return reply.answer.statusCode === 202 ? undefined : (reply.said as Said)
      },
      untilMs,
      () => (handle === undefined ? undefined : { method: 'POST', path: statementPath(handle, '/cancel') }),
    )
    this.#sent.delete(id)
    return toExecuted(said, reply?.answer.body.length ?? 0, (partition) => this.#fetch(said, partition))
  }

  async #fetch(said: Said, partition: number): Promise<ResultPart> {
    const reply = await this.ask({
      method: 'GET',
      path: statementPath(said.statementHandle ?? '', `?partition=${partition}&nullable=true`),
    })
    return toPart({ ...said, ...(reply.said as Said) }, reply.answer.body.length, partition, (next) => this.#fetch(said, next))
  }

  async describe(table: string): Promise<Table | undefined> {
    const names = readNames(table)
    const [name = '', schema = this.target.own?.schema?.toUpperCase() ?? null, database] = names.toReversed()
    const from = `${database === undefined ? '' : `${quoteName(database)}.`}information_schema.columns`
    const { rows } = await this.run({
      parts: [
        `select column_name as "name", data_type as "type", numeric_precision as "precision", numeric_scale as "scale" from ${from} where table_name = `,
        ' and table_schema = coalesce(',
        ', current_schema()) order by ordinal_position',
      ],
      values: [name, schema],
    })
    if (rows.length === 0) return undefined
    const columns = rows.map((row) => toColumn(row as unknown as Described))
    return { quoted: names.map(quoteName).join('.'), columns, keys: [] }
  }

  protected readonly rowsOf = (columns: readonly Column[]): readonly [string, string] => [
    `select ${columns.map((column, i) => `${castCell(column, i)} as ${column.quoted}`).join(', ')} from table(flatten(input => parse_json(`,
    '))) f',
  ]

  /** A transient table: what belongs to a session alone would be gone with the request. */
  async createStaging({ quoted }: Table, columns: readonly Column[]): Promise<string> {
    const names = readNames(quoted)
    const name = [...names.slice(0, -1), stagingName(this.#staged++).toUpperCase()].map(quoteName).join('.')
    await this.run({ parts: [`create transient table ${name} as select ${quoteList(columns)} from ${quoted} where false`], values: [] })
    return name
  }

  protected toFailure({ answer, said }: Reply): DatabaseFailure {
    const { statusCode } = answer
    const { code = String(statusCode), message = `Snowflake answered ${statusCode}.` } = said as Said
    const isRefusal = statusCode === 401
    return new DatabaseFailure(code, message, {
      ...((isRefusal || statusCode === 403) && { source: 'connection' }),
      isRefusal,
      passing: statusCode === 429 || statusCode >= 500 || passing.has(code),
    })
  }
}

const statementPath = (handle: string, rest: string): string => `/api/v2/statements/${encodeURIComponent(handle)}${rest}`

function toExecuted(said: Said, bytes: number, fetch: (partition: number) => Promise<ResultPart>): Executed {
  const { stats } = said
  if (!stats) return toPart(said, bytes, 0, fetch)
  const written = ['numRowsInserted', 'numRowsUpdated', 'numRowsDeleted'].reduce((sum, count) => sum + Number(stats[count] ?? 0), 0)
  return { rows: [], bytes, written }
}

function toPart(said: Said, bytes: number, partition: number, fetch: (partition: number) => Promise<ResultPart>): ResultPart {
  const { rowType = [], partitionInfo = [] } = said.resultSetMetaData ?? {}
  const rows = (said.data ?? []).map(createReader(rowType))
  return { rows, bytes, ...(partition + 1 < partitionInfo.length && { next: () => fetch(partition + 1) }) }
}

interface Described {
  readonly name: string
  readonly type: string
  readonly precision: number | null
  readonly scale: number | null
}

const jsonTypes: ReadonlySet<string> = new Set(['VARIANT', 'OBJECT', 'ARRAY', 'MAP', 'VECTOR'])

function toColumn({ name, type, precision, scale }: Described): Column {
  const kind = jsonTypes.has(type) ? 'json' : type === 'BINARY' ? 'bytes' : 'plain'
  const full = type === 'NUMBER' && precision !== null ? `NUMBER(${precision}, ${scale ?? 0})` : type
  return { name, quoted: quoteName(name), kind, type: full }
}

/** A value of a row of `f`, as its column has it. */
function castCell({ kind, type = 'TEXT' }: Column, place: number): string {
  const text = `f.value[${place}]::varchar`
  if (kind === 'json') return type === 'VARIANT' ? `parse_json(${text})` : `cast(parse_json(${text}) as ${type})`
  return kind === 'bytes' ? `to_binary(${text}, 'BASE64')` : `cast(${text} as ${type})`
}

/** The parts of a name as they are kept: what is not in quotes is in capitals. */
function readNames(name: string): string[] {
  const parts = name.match(/"(?:[^"]|"")*"|[^.]+/g) ?? []
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.trim().toUpperCase()))
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`
