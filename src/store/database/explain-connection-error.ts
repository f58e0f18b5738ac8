/** Why a database cannot be used, in one line for the person who set it up. It never holds the password. */
import { SetupError } from '../../domain/errors.ts'
import { type DatabaseConfig, parseUrl, splitHosts } from './database-hosts.ts'

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closes the connection',
  ENOENT: 'its socket does not exist',
  ENOTFOUND: 'no machine has that name',
  EAI_AGAIN: 'no name server answers',
  EHOSTUNREACH: 'no way leads to that machine',
  ENETUNREACH: 'no way leads to that machine',
  ETIMEDOUT: 'it does not answer',
  EACCES: 'this user may not use its socket',
  '28P01': 'the user or the password is wrong',
  '28000': 'it does not let this user in from here',
  '3D000': 'it has no database of that name',
  '53300': 'all its connections are taken',
  '57P03': 'it is starting or stopping',
  '42501': 'this user lacks the right to do so',
}

export function explain(error: unknown, config: DatabaseConfig): SetupError {
  if (error instanceof SetupError) return error
  const { host, port, user, database, secrets } = parts(config)
  const reason = findReason(error)
  const line = `The database cannot be used: ${reason} (host ${host}, port ${port}, user ${user}, database ${database}).${typeof config === 'string' ? ' Check DATABASE_URL.' : ''}`
  return new SetupError(secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line))
}

/** The end of a sentence. */
export function findReason(error: unknown): string {
  // Where a name has several addresses, the failures of all come as one.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const { code, message, syscall } = first as { code?: string; message?: string; syscall?: string }
  // A file that cannot be opened is one of those a URL can name, such as a certificate: the message has its path.
  if (code && reasons[code] && syscall !== 'open') return reasons[code]
  if (/timeout/i.test(message ?? '')) return 'it does not answer'
  return (message ?? '').split('\n')[0]?.trim() || 'for an unknown reason'
}

function parts(config: DatabaseConfig) {
  if (typeof config !== 'string') return { ...config, secrets: [config.password] }
  const all = splitHosts(config).map((url) => partsOf(url as string))
  const [first] = all as [ReturnType<typeof partsOf>]
  return { ...first, host: all.map(({ host }) => host).join(','), port: [...new Set(all.map(({ port }) => port))].join(',') }
}

function partsOf(config: string) {
  const url = parseUrl(config)
  if (!url) return { host: '?', port: '?', user: '?', database: '?', secrets: [config] }
  const user = decodeURIComponent(url.username) || 'of this machine'
  const asked = url.searchParams
  const secrets = [url.password, decodeURIComponent(url.password), asked.get('password') ?? ''].filter((secret) => secret.length > 0)
  return {
    host: asked.get('host') || url.hostname || 'localhost',
    port: url.port || asked.get('port') || '5432',
    user: asked.get('user') ?? user,
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    secrets,
  }
}
