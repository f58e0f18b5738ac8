/** The hosts of a database address, as libpq has them: `postgresql://user:password@a:5432,b:5432/name`, or `?host=a,b&port=5432,5432`. */
import { SetupError } from '../../domain/errors.ts'

/** A postgres:// URL, or the address of the embedded server. */
export type DatabaseConfig = string | { host: string; port: number; user: string; password: string; database: string }

/** What stands before the hosts, they, and what follows. A password may hold an @ or a comma. */
const form = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^@/?#]*)(.*)$/s
/** What may be asked of the host that is chosen. Sluice writes, so that any other would be of no use. */
const writing: ReadonlySet<string> = new Set(['read-write', 'primary'])

const invalid = new SetupError(
  'DATABASE_URL is not a PostgreSQL address: it has the form postgres://user:password@host:5432/database, or names several hosts, separated by commas.',
)

/** The URL of a database, or undefined for what is none. A URL may name no host, only the folder of a socket as `?host=`, which `URL` refuses. */
export function parseUrl(config: string): URL | undefined {
  if (!/^postgres(ql)?:\/\//.test(config)) return undefined
  return URL.parse(config.replace('@/', '@socket/')) ?? undefined
}

/** One address for each host, in their order. */
export function splitHosts(config: DatabaseConfig): readonly [DatabaseConfig, ...DatabaseConfig[]] {
  if (typeof config !== 'string') return [config]
  const [, head = '', authority = '', rest = ''] = form.exec(config) ?? []
  const [path = '', ...after] = rest.split('?')
  const asked = new URLSearchParams(after.join('?'))
  const attributes = asked.get('target_session_attrs')
  const named = asked.get('host')?.split(',') ?? []
  const urls = named.length > 1 ? splitParameters(head, path, asked, named) : authority.split(',').map((host) => head + host + rest)
  if (urls.some((url) => !parseUrl(url))) throw invalid
  if (attributes !== null && !writing.has(attributes))
    throw new SetupError(
      'target_session_attrs in DATABASE_URL has to be read-write, since Sluice writes to the database. Change it, or leave it out: read-write is the default.',
    )
  return urls as [string, ...string[]]
}

function splitParameters(head: string, path: string, asked: URLSearchParams, hosts: readonly string[]): string[] {
  const ports = asked.get('port')?.split(',') ?? []
  if (ports.length > 1 && ports.length !== hosts.length)
    throw new SetupError(`DATABASE_URL names ${hosts.length} hosts and ${ports.length} ports: name one port for each host, or one for all.`)
  return hosts.map((host, index) => {
    const own = new URLSearchParams(asked)
    own.set('host', host)
    const port = ports[index] ?? ports[0]
    if (port) own.set('port', port)
    return `${head}${path}?${own.toString()}`
  })
}
