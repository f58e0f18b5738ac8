/** The settings of the program, read from the environment once. A wrong one is a sentence for the person who set it. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { keyBytes } from './domain/vault.ts'
import type { Bucket } from './domain/ports/rate-limits.ts'
import type { MailSettings } from './domain/ports/notifications/messengers.ts'
import type { OpenIdSettings } from './domain/ports/sessions/openid-provider.ts'
import { defaultDays, type RetentionDays, type RetentionSetting } from './domain/retention/kinds.ts'
import { SetupError } from './domain/errors.ts'

export interface Settings {
  readonly host: string
  readonly port: number
  /** Absolute path of the data folder. */
  readonly data: string
  /** The owner's token; undefined where one is to be made. */
  readonly token: string | undefined
  /** An outside PostgreSQL; undefined for the one in the data folder. */
  readonly databaseUrl: string | undefined
  /** Keys for sealing secrets, the current one first; undefined for the one in the data folder. */
  readonly encryptionKeys: readonly [Buffer, ...Buffer[]] | undefined
  /** Whether flows may reach private and loopback addresses. */
  readonly privateNetwork: 'allow' | 'refuse'
  /** Folder whose files flows may use; undefined where they may use none. Absolute. */
  readonly files: string | undefined
  /** How long a file has to be as it is before a run takes it. Milliseconds. */
  readonly settleMs: number
  /** Whether `X-Forwarded-*` headers say how the client reached us: only where every request comes through a proxy that sets them. */
  readonly trustProxy: boolean
  /** Runs of one account that one worker carries out at once; it has one place more, for other accounts. */
  readonly concurrency: number
  /** Pages of one run that are in the flow at once, and that a crash can send twice. */
  readonly pagesInFlight: number
  /** Before each time that a record whose error passes is sent again by itself. Milliseconds. */
  readonly retryWaits: readonly number[]
  /** Days that what runs leave behind is kept. */
  readonly retention: RetentionDays
  /** Before a connection that went offline is asked whether it is back. Milliseconds. */
  readonly pingAfterMs: number
  /** Whether requests that do not say otherwise are answered without integrator.io's quirks. */
  readonly strict: boolean
  /** Requests of an account; undefined for no limit. */
  readonly rateLimit: Bucket | undefined
  /** Where users reach the console, without a slash at its end; undefined where nobody said so. */
  readonly publicURL: string | undefined
  /** The server that mails to users go through; undefined for none. */
  readonly mail: MailSettings | undefined
  /** How long what happens is gathered before users are told of it. Milliseconds. */
  readonly gatherMs: number
  /** Where users sign in with OpenID Connect; undefined where they do not. */
  readonly openId: OpenIdSettings | undefined
  readonly logLevel: string
  /** Undefined where it goes by what stderr is. */
  readonly logFormat: 'json' | 'pretty' | undefined
  /** Whether each request is a line of the log. */
  readonly accessLog: boolean
  /** Where `/livez` and `/readyz` answer besides the API's own address, and all that answers of a worker; undefined for nowhere. */
  readonly healthAddress: Address | undefined
  /** Where `/metrics` answers; undefined for nowhere. */
  readonly metricsAddress: Address | undefined
  /** Traces for a collector of OpenTelemetry; undefined where none is named. */
  readonly tracing: TracingSettings | undefined
  /** How long a server still takes requests after SIGTERM, while `/readyz` answers 503. Milliseconds. */
  readonly drainMs: number
}

/** Where spans are sent is read by OpenTelemetry itself. */
export interface TracingSettings {
  /** What the program is called there. */
  readonly service: string
  /** The share of traces that are sent, from 0 to 1; what belongs to a trace of somebody else goes by that one. */
  readonly ratio: number
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** Characters of the owner's token. At random from letters and digits they hold 95 bits. */
const minToken = 16

/** Waits between retries that can be told apart. */
const maxWaits = 10

type Environment = Readonly<Record<string, string | undefined>>

export function readSettings(env: Environment): Settings {
  return {
    host: env['HOST'] || '127.0.0.1',
    port: wholeNumber(env, 'PORT', 3000, 0, 65_535),
    data: resolve(env['SLUICE_DATA'] || '.sluice'),
    token: tokenOf(env['SLUICE_TOKEN']),
    databaseUrl: databaseUrlOf(env['DATABASE_URL']),
    encryptionKeys: readKeys(env['SLUICE_ENCRYPTION_KEY']),
    trustProxy: oneOf(env, 'SLUICE_TRUST_PROXY', ['no', 'yes']) === 'yes',
    files: folderOf(env['SLUICE_FILES']),
    settleMs: wholeNumber(env, 'SLUICE_FILE_SETTLE_SECONDS', 5, 0, 300) * 1000,
    privateNetwork: oneOf(env, 'SLUICE_PRIVATE_NETWORK', ['allow', 'refuse']),
    concurrency: wholeNumber(env, 'SLUICE_CONCURRENCY', 10, 1, 100),
    pagesInFlight: wholeNumber(env, 'SLUICE_PAGES_IN_FLIGHT', 100, 1, 1000),
    retention: retentionOf(env),
    retryWaits: waitsOf(env['SLUICE_RETRY_AFTER'] || '60,300,1800'),
    pingAfterMs: wholeNumber(env, 'SLUICE_PING_AFTER', 3600, 1, 86_400) * 1000,
    strict: oneOf(env, 'SLUICE_STRICT', ['0', '1']) === '1',
    rateLimit: bucketOf(env['SLUICE_RATE_LIMIT'] || '1000/300'),
    publicURL: publicURLOf(env['SLUICE_PUBLIC_URL']),
    mail: mailOf(env),
    gatherMs: wholeNumber(env, 'SLUICE_NOTIFY_AFTER', 900, 1, 86_400) * 1000,
    openId: openIdOf(env),
    logFormat: env['SLUICE_LOG_FORMAT'] ? oneOf(env, 'SLUICE_LOG_FORMAT', ['json', 'pretty']) : undefined,
    accessLog: oneOf(env, 'SLUICE_ACCESS_LOG', ['no', 'yes']) === 'yes',
    logLevel: oneOf(env, 'SLUICE_LOG_LEVEL', ['info', 'debug', 'warn', 'error', 'silent']),
    healthAddress: addressOf(env, 'SLUICE_HEALTH_ADDRESS'),
    metricsAddress: addressOf(env, 'SLUICE_METRICS_ADDRESS'),
    tracing: tracingOf(env),
    drainMs: wholeNumber(env, 'SLUICE_DRAIN_SECONDS', 0, 0, 300) * 1000,
  }
}

function publicURLOf(text: string | undefined): string | undefined {
  if (!text) return undefined
  const url = URL.parse(text)
  if (
    !url ||
    !['https:', 'http:'].includes(url.protocol) ||
    url.username !== '' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== ''
  )
    throw new SetupError(`SLUICE_PUBLIC_URL must be where users reach the console, as in https://sluice.example.com, not "${text}".`)
  return url.origin
}

const mailPorts: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 }

/** Mails end with a link that stops them, so they need an address of ours. The URL holds a password, so messages do not repeat it. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function mailOf(env: Environment): MailSettings | undefined {
  const text = env['SLUICE_SMTP_URL']
  if (!text) return undefined
  const url = URL.parse(text)
  const standard = mailPorts[url?.protocol ?? '']
  if (!url || standard === undefined || url.hostname === '' || !['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '')
    throw new SetupError(
      'SLUICE_SMTP_URL must be the URL of a mail server: smtp://user:password@host:587, or smtps://user:password@host:465.',
    )
  const [user, password] = [url.username, url.password].map(decoded)
  if (user === undefined || password === undefined)
    throw new SetupError('SLUICE_SMTP_URL holds a % that begins no escape: write %25 for it in the user name or the password.')
  const home = publicURLOf(env['SLUICE_PUBLIC_URL'])
  if (home === undefined)
    throw new SetupError('SLUICE_SMTP_URL needs SLUICE_PUBLIC_URL too: mails lead to the console, and hold a link that ends them.')
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || standard,
    isSecure: url.protocol === 'smtps:',
    ...(user !== '' && { user, password }),
    from: mailFromOf(env['SLUICE_MAIL_FROM'], home),
  }
}

function mailFromOf(text: string | undefined, home: string): string {
  if (!text) return `Sluice <sluice@${new URL(home).hostname}>`
  if (!/^(?:[^<>\p{Cc}]{0,200}<[^\s@<>,;]+@[^\s@<>,;]+>|[^\s@<>,;]+@[^\s@<>,;]+)$/u.test(text))
    throw new SetupError(`SLUICE_MAIL_FROM must be one address, as in Sluice <sluice@example.com>, not "${text}".`)
  return text
}

/** By the names that OpenTelemetry has for its settings. */
function tracingOf(env: Environment): TracingSettings | undefined {
  const [name = '', endpoint = ''] = otlpNames.map((each) => [each, env[each]] as const).find(([, url]) => url) ?? []
  if (endpoint === '' || env['OTEL_SDK_DISABLED'] === 'true') return undefined
  if (!['http:', 'https:'].includes(URL.parse(endpoint)?.protocol ?? ''))
    throw new SetupError(`${name} must be the address of a collector that takes OTLP over HTTP, as in http://127.0.0.1:4318.`)
  const text = env['OTEL_TRACES_SAMPLER_ARG'] || '1'
  const ratio = Number(text)
  if (!/^\d*\.?\d+$/.test(text) || ratio > 1)
    throw new SetupError(`OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, the share of traces that are sent, not "${text}".`)
  return { service: env['OTEL_SERVICE_NAME'] || 'sluice', ratio }
}
const otlpNames = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const

/** All of them, or none. */
function openIdOf(env: Environment): OpenIdSettings | undefined {
  const [issuer, clientId, clientSecret] = openIdNames.map((name) => env[name] || undefined)
  const missing = openIdNames.filter((name) => !env[name])
  if (missing.length === openIdNames.length) return undefined
  if (!issuer || !clientId || !clientSecret)
    throw new SetupError(`To sign in with OpenID Connect, set ${missing.join(' and ')} too: it takes ${openIdNames.join(', ')}.`)
  const url = URL.parse(issuer)
  const isHere = url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (!url || (url.protocol !== 'https:' && !isHere) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new SetupError(
      'SLUICE_OIDC_ISSUER must be the https:// address of an OpenID provider, as it names itself; http:// is for one on this machine.',
    )
  return { issuer, clientId, clientSecret, name: env['SLUICE_OIDC_NAME'] || url.host, createsUsersOf: domainsOf(env) }
}
const openIdNames = ['SLUICE_OIDC_ISSUER', 'SLUICE_OIDC_CLIENT_ID', 'SLUICE_OIDC_CLIENT_SECRET'] as const

function domainsOf(env: Environment): readonly string[] {
  const text = env['SLUICE_OIDC_CREATE_USERS']
  if (!text) return []
  const domains = text.split(',').map((domain) => domain.trim().toLowerCase())
  if (!domains.every((domain) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(domain)))
    throw new SetupError(
      `SLUICE_OIDC_CREATE_USERS must be domains of email addresses, separated by commas, as in example.com, not "${text}".`,
    )
  return domains
}

function folderOf(path: string | undefined): string | undefined {
  if (!path) return undefined
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new SetupError(`SLUICE_FILES must be a folder, and "${path}" is none.`)
  return resolve(path)
}

function wholeNumber(env: Environment, name: string, otherwise: number, least: number, most: number): number {
  const text = env[name]
  if (!text) return otherwise
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new SetupError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`)
  return value
}

/** How long each kind is kept: the setting, and the least and most days of it. */
export const retentionSettings: Readonly<Record<RetentionSetting, readonly [name: string, least: number, most: number]>> = {
  runs: ['SLUICE_RUN_RETENTION_DAYS', 1, 3650],
  errors: ['SLUICE_ERROR_RETENTION_DAYS', 1, 3650],
  retryData: ['SLUICE_RETRY_DATA_RETENTION_DAYS', 1, 3650],
  requests: ['SLUICE_REQUEST_RETENTION_DAYS', 1, 3650],
  scriptLogs: ['SLUICE_SCRIPT_LOG_RETENTION_DAYS', 1, 3650],
  logs: ['SLUICE_LOG_RETENTION_DAYS', 7, 180],
  audit: ['SLUICE_AUDIT_RETENTION_DAYS', 1, 3650],
}

function retentionOf(env: Environment): RetentionDays {
  const days = Object.entries(retentionSettings).map(([kind, [name, least, most]]) => [
    kind,
    env[name] === 'forever' ? undefined : wholeNumber(env, name, defaultDays[kind as RetentionSetting], least, most),
  ])
  return Object.fromEntries(days) as RetentionDays
}

/** `127.0.0.1:9464`, `0.0.0.0:9464` or `[::1]:9464`. */
function addressOf(env: Environment, name: string): Address | undefined {
  const text = env[name]
  if (!text) return undefined
  const [, six, host = six, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535)
    throw new SetupError(`${name} must be an address and a port, as in 127.0.0.1:9464 or 0.0.0.0:9464, not "${text}".`)
  return { host, port: Number(port) }
}

/** The first of the choices is the default. */
function oneOf<const Choice extends string>(env: Environment, name: string, choices: readonly [Choice, ...Choice[]]): Choice {
  const text = env[name]
  if (!text) return choices[0]
  const choice = choices.find((each) => each === text)
  if (!choice) throw new SetupError(`${name} must be one of ${choices.join(', ')}, not "${text}".`)
  return choice
}

/** `1000/300`: so many requests at once, so many a second in the long run. */
function bucketOf(text: string): Bucket | undefined {
  if (text === 'off') return undefined
  const [, deep, perSecond] = /^([1-9]\d{0,6})\/([1-9]\d{0,6})$/.exec(text) ?? []
  if (deep === undefined || perSecond === undefined)
    throw new SetupError(
      `SLUICE_RATE_LIMIT must be off, or requests at once and a second as in 1000/300, each from 1 to 9999999, not "${text}".`,
    )
  return { deep: Number(deep), perSecond: Number(perSecond) }
}

/** Seconds before the first time, the second and so on; the last holds for those after it. A day is the longest. */
function waitsOf(text: string): readonly number[] {
  const waits = text.split(',').map((part) => (/^[1-9]\d{0,4}$/.test(part) ? Number(part) : Number.NaN))
  if (waits.length > maxWaits || !waits.every((seconds) => seconds <= 86_400))
    throw new SetupError(
      `SLUICE_RETRY_AFTER must be up to ${maxWaits} whole numbers of seconds from 1 to 86400, as in 60,300,1800, not "${text}".`,
    )
  return waits.map((seconds) => seconds * 1000)
}

function tokenOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new SetupError('SLUICE_TOKEN may hold only visible ASCII characters without spaces: it travels in a header.')
  if (text.length < minToken)
    throw new SetupError(
      `SLUICE_TOKEN must have at least ${minToken} characters: shorter ones are guessed. "openssl rand -hex 32" makes one.`,
    )
  return text
}

function databaseUrlOf(text: string | undefined): string | undefined {
  if (!text) return undefined
  // The URL holds a password, so the message does not repeat it. It may name no host, only the folder of a socket as `?host=`, or several: whoever connects reads them.
  const first = text.replace(/((?:@|\/\/)[^@/?#,]*),[^@/?#]*(?=[/?#]|$)/, '$1').replace('@/', '@socket/')
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(first))
    throw new SetupError('DATABASE_URL must be a PostgreSQL URL: postgresql://user:password@host:5432/database.')
  return text
}

/** One key, or several separated by commas: the first seals, all open. */
export function readKeys(text: string | undefined): readonly [Buffer, ...Buffer[]] | undefined {
  if (!text) return undefined
  const keys = text.split(',').map((part) => keyOf(part.trim()))
  return keys as [Buffer, ...Buffer[]]
}

function keyOf(text: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (key.length !== keyBytes)
    throw new SetupError(
      `SLUICE_ENCRYPTION_KEY must be ${keyBytes} bytes in hex or base64 (several separated by commas); "openssl rand -hex ${keyBytes}" makes one.`,
    )
  return key
}
