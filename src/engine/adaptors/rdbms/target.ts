/** What a connection says of where its database is and how it is talked to. Everything a driver is given is said here by name: an option that nobody thought of could lead past the guard. */
import { StepFailure, type ConnectionDoc } from '../../adaptor.ts'

type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

export interface Target {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly tls: {
    readonly mode: TlsMode
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly passphrase?: string
  }
  /** Milliseconds. */
  readonly connectMs: number
  readonly queryMs: number
  /** Settings of its sessions. */
  readonly settings: readonly (readonly [name: string, value: string])[]
  readonly own?: OwnSettings
}

/** What only one kind of database is told. */
interface OwnSettings {
  /** Name of the connection. */
  readonly connection?: string
  readonly account?: string
  /** Whether the password is a private key. */
  readonly isKeyPair?: boolean
  /** Opens it. */
  readonly passphrase?: string
  readonly warehouse?: string
  readonly schema?: string
  readonly role?: string
  readonly projectId?: string
  /** Of Oracle; without one the database is its SID. */
  readonly service?: string
  /** How Oracle shares its processes among clients. */
  readonly serverType?: string
  /** Of the protocol of SQL Server, where that is not the newest. */
  readonly tdsVersion?: string
}

/** Until a session is open, the proof included. Milliseconds. */
const connectMs = 15_000
/** Of one statement. Milliseconds: long enough for a merge of a page, short enough for somebody to notice. */
const queryMs = 300_000
/** What an option may ask for at the most. Milliseconds. */
const maxMs = 3_600_000

const modes: Readonly<Record<string, TlsMode>> = {
  disable: 'disable',
  disabled: 'disable',
  prefer: 'prefer',
  preferred: 'prefer',
  require: 'require',
  required: 'require',
  verifyca: 'verify-ca',
  verifyfull: 'verify-full',
  verifyidentity: 'verify-full',
}

/** Settings that records depend on: their dates and texts are read by them. */
const ours: ReadonlySet<string> = new Set([
  'timezone',
  'time_zone',
  'datestyle',
  'client_encoding',
  'bytea_output',
  'standard_conforming_strings',
  'names',
])

export const refuse = (code: string, message: string): StepFailure => new StepFailure({ source: 'connection', code, message })

/** Throws `StepFailure` where it is not filled in, or asks for what no driver is given. */
export function readTarget(connection: ConnectionDoc, port: number): Target {
  const { name, rdbms } = connection
  const { host, database, user } = rdbms ?? {}
  if (!host || !database || !user)
    throw refuse('configuration_missing', `The connection ${name} does not say its host, its database and its user.`)
  return { host, port: rdbms?.port ?? port, database, user, password: rdbms?.password ?? '', ...readManner(connection) }
}

/** What every connection may say of how its database is talked to. */
export function readManner({ name, rdbms }: ConnectionDoc): Pick<Target, 'tls' | 'connectMs' | 'queryMs' | 'settings'> {
  const { ca, cert, key, passphrase } = rdbms?.ssl ?? {}
  const identity = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(passphrase && { passphrase }) }
  const options = (rdbms?.options ?? []).map(({ name: option, value }) => [option.trim(), value.trim()] as const)
  const asked = readOptions(name, options)
  const strict = Object.keys(identity).length > 0 ? 'verify-full' : 'prefer'
  const mode = asked.mode ?? (rdbms?.disableStrictSSL ? 'require' : strict)
  return {
    tls: { mode: rdbms?.disableStrictSSL && mode.startsWith('verify') ? 'require' : mode, ...identity },
    connectMs: asked.connectMs ?? connectMs,
    queryMs: asked.queryMs ?? queryMs,
    settings: asked.settings,
  }
}

/** Of a database that is asked over HTTPS alone. */
export function readMannerOfHttps(connection: ConnectionDoc): ReturnType<typeof readManner> {
  const manner = readManner(connection)
  if (manner.tls.mode === 'disable')
    throw refuse(
      'invalid_option',
      `The connection ${connection.name} cannot have the option sslmode with the value disable: its database is asked over HTTPS alone.`,
    )
  return manner
}

interface Asked {
  mode?: TlsMode
  connectMs?: number
  queryMs?: number
  readonly settings: (readonly [string, string])[]
}

function readOptions(connection: string, options: readonly (readonly [string, string])[]): Asked {
  const asked: Asked = { settings: [] }
  for (const [option, value] of options) {
    const word = option.toLowerCase().replaceAll(/[-_]/g, '')
    if (word === 'sslmode') {
      const mode = modes[value.toLowerCase().replaceAll(/[-_]/g, '')]
      if (!mode)
        throw refuse(
          'invalid_option',
          `The option sslmode of the connection ${connection} can be disable, prefer, require, verify-ca or verify-full.`,
        )
      asked.mode = mode
    } else if (word === 'connecttimeout') asked.connectMs = readMs(connection, option, value)
    else if (word === 'querytimeout' || word === 'statementtimeout') asked.queryMs = readMs(connection, option, value)
    else if (!/^[A-Za-z_][\w.]{0,62}$/.test(option) || ours.has(option.toLowerCase()))
      throw refuse(
        'invalid_option',
        `The connection ${connection} cannot have the option ${option.slice(0, 63)}: options are sslmode, connectTimeout, queryTimeout, and settings of a session of the database, but for those of its time zone and its encoding.`,
      )
    else asked.settings.push([option, value])
  }
  return asked
}

function readMs(connection: string, option: string, value: string): number {
  const ms = Number(value)
  if (Number.isInteger(ms) && ms > 0 && ms <= maxMs) return ms
  throw refuse('invalid_option', `The option ${option} of the connection ${connection} is a number of milliseconds, ${maxMs} at the most.`)
}
