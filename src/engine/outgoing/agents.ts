/** Keep-alive connections, one pool an origin, behind the guard. Connections with TLS settings of their own never share sockets with others. */
import { createHash } from 'node:crypto'
import type * as Undici from 'undici'
import type { Agent } from 'undici'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { checkLiteral, guardedLookup, type PrivateNetwork } from './address-guard.ts'
import type { lookup as systemLookup } from 'node:dns'

const undici = lazyLoad<typeof Undici>('undici')

/** What a connection's `disableStrictSSL` and `clientCertificates` come to. */
export interface TlsIdentity {
  readonly rejectUnauthorized?: boolean
  readonly cert?: string
  readonly key?: string
  readonly ca?: string
  readonly passphrase?: string
  /** PKCS#12, base64. */
  readonly pfx?: string
}

/** Sockets to one origin: ten connections to it at their highest concurrency level, so that levels are what bounds requests and not this. */
const socketsPerOrigin = 500
const connectTimeout = 10_000
/** Longer than the gaps between the pages of a flow, shorter than the idle limit of common load balancers (60 s). */
const keepAliveTimeout = 30_000
/** Pools with a TLS identity of their own; the one unused for longest is closed, so this bounds sockets as well. */
const maxIdentities = 100

export interface Agents {
  for(tls: TlsIdentity | undefined): Agent
  close(): Promise<void>
}

export function createAgents(privateNetwork: PrivateNetwork, lookup?: typeof systemLookup): Agents {
  const resolve = guardedLookup(privateNetwork, lookup)
  let plain: Agent | undefined
  const identified = new Map<string, Agent>()
  const agentFor = (tls: TlsIdentity): Agent => {
    const key = createHash('sha256').update(JSON.stringify(tls)).digest('base64')
    const known = identified.get(key)
    identified.delete(key)
    const agent = known ?? createAgent(privateNetwork, resolve, tls)
    identified.set(key, agent)
    const oldest = identified.size > maxIdentities ? identified.entries().next().value : undefined
    if (oldest) {
      identified.delete(oldest[0])
      void oldest[1].close()
    }
    return agent
  }
  return {
    for: (tls) => (tls === undefined ? (plain ??= createAgent(privateNetwork, resolve, {})) : agentFor(tls)),
    close: async () => {
      await Promise.all([...(plain ? [plain] : []), ...identified.values()].map((agent) => agent.destroy()))
    },
  }
}

function createAgent(privateNetwork: PrivateNetwork, lookup: ReturnType<typeof guardedLookup>, tls: TlsIdentity): Agent {
  const { pfx, ...identity } = tls
  const connect = undici().buildConnector({
    ...identity,
    ...(pfx !== undefined && { pfx: Buffer.from(pfx, 'base64') }),
    lookup,
    timeout: connectTimeout,
    allowH2: false,
  })
  return new (undici().Agent)({
    connections: socketsPerOrigin,
    pipelining: 1,
    keepAliveTimeout,
    allowH2: false,
    connect: (options, callback) => {
      try {
        checkLiteral(options.hostname, privateNetwork)
        // Throws at once for certificates that cannot be read.
        connect(options, callback)
      } catch (error) {
        // Not in this turn: undici expects the answer after it has returned from here.
        queueMicrotask(() => callback(error as Error, null))
      }
    },
  })
}
