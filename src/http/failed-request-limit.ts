/** Requests that come to nothing before their account is known (wrong tokens, shares, paths that cannot be read), counted by where they come from. */
import { isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { RateLimited } from '../domain/errors.ts'
import type { Bucket } from '../domain/ports/rate-limits.ts'

/** Of one source: a client whose token was changed tries it some hundred times before somebody looks. */
export const failuresOfSource: Bucket = { deep: 300, perSecond: 5 }
/** Sources remembered at once, some 200 bytes each. The one that failed longest ago is forgotten first. */
const maxSources = 10_000
/** Proofs that were right a short while ago: who else comes from the same address does not keep them out. */
const maxGood = 10_000
const goodMs = 10 * 60_000

export interface Sources {
  /** Undefined where the source may go on; else what it is answered. */
  /** `what` it asks for has failures of its own: many people send from the addresses of one application. */
  refusal(request: FastifyRequest, what?: string): RateLimited | undefined
  failed(request: FastifyRequest, what?: string): void
  /** `proof` is the hash of a token, or the name of what lets its senders in by itself. */
  succeeded(proof: string): void
  isGood(proof: string): boolean
}

export function trackSources(trustProxy: boolean, { deep, perSecond }: Bucket, now: () => number = () => performance.now()): Sources {
  const failures = new Map<string, { level: number; at: number }>()
  const good = new Map<string, number>()
  const levelOf = (source: string): number => {
    const { level, at } = failures.get(source) ?? { level: 0, at: 0 }
    return Math.max(0, level - ((now() - at) / 1000) * perSecond)
  }
  const sourceOf = (request: FastifyRequest, what = ''): string => `${readClientSource(request, trustProxy)} ${what}`.trimEnd()
  return {
    refusal(request, what) {
      if (failures.size === 0) return undefined
      const over = levelOf(sourceOf(request, what)) + 1 - deep
      if (over <= 0) return undefined
      const seconds = Math.max(1, Math.ceil(over / perSecond))
      return new RateLimited(seconds)
    },
    failed(request, what) {
      const source = sourceOf(request, what)
      const level = levelOf(source) + 1
      keep(failures, source, { level, at: now() }, maxSources)
    },
    succeeded: (proof) => keep(good, proof, now() + goodMs, maxGood),
    isGood: (proof) => (good.get(proof) ?? 0) > now(),
  }
}

function keep<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key)
  if (map.size >= most) map.delete(map.keys().next().value as string)
  map.set(key, value)
}

/** The address that the proxy in front saw, where there is one: what stands further left in the header, its client wrote. Of IPv6 the network that a site has. */
export function readClientSource({ raw: { headers, socket } }: FastifyRequest, trustProxy: boolean): string {
  const forwarded = trustProxy
    ? String(headers['x-forwarded-for'] ?? '')
        .split(',')
        .at(-1)
        ?.trim()
    : ''
  const address = forwarded || (socket.remoteAddress ?? '')
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [left = ''] = address.split('::')
  return left.split(':').slice(0, 4).join(':')
}
