/** Finds the API that is called at an address: `{version}{relativeURI}` and a method. What stands in the path counts more than a parameter, and that more than the rest of a path. */
import createRouter, { type HTTPMethod } from 'find-my-way'
import { boundedMemory } from '../limits/bounded-memory.ts'
import type { World } from '../context.ts'
import type { ApiAddress } from '../ports/apis/api-calls.ts'

/** How long a server goes by what it knows of the APIs of an environment. Milliseconds. */
const knownMs = 1000
const maxKnown = 1000
/** APIs of one environment that can be called by their address. */
const maxAddresses = 10_000
/** Characters of a part of a path: as long as a path may be. */
const maxParamLength = 2000

interface FoundApi {
  readonly apiId: string
  readonly pathParams: Readonly<Record<string, string>>
}

type FindAddress = (envId: string, method: string, path: string) => Promise<FoundApi | undefined>

interface Addresses {
  /** What it was made of: made anew only where that changed. */
  readonly list: string
  find(method: string, path: string): FoundApi | undefined
}

export function createFindAddress({ store }: Pick<World, 'store'>): FindAddress {
  const made = new Map<string, Addresses>()
  const read = async (envId: string): Promise<Addresses> => {
    const addresses = await store.apiCalls.listAddresses(envId, maxAddresses)
    const list = JSON.stringify(addresses)
    const before = made.get(envId)
    if (before?.list === list) return before
    const now = { list, find: routeAddresses(addresses) }
    made.delete(envId)
    if (made.size >= maxKnown) made.delete(made.keys().next().value as string)
    made.set(envId, now)
    return now
  }
  const known = boundedMemory(knownMs, maxKnown, read)
  // What nobody knows of may be new.
  return async (envId, method, path) => (await known(envId)).find(method, path) ?? (await read(envId)).find(method, path)
}

/** Of two at the same address the older one is called. */
function routeAddresses(addresses: readonly ApiAddress[]): Addresses['find'] {
  const router = createRouter({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: false, maxParamLength })
  for (const { apiId, version, method, relativeURI } of addresses) {
    const path = `/${version}${relativeURI}`
    if (router.hasRoute(method as HTTPMethod, path)) continue
    try {
      router.on(method as HTTPMethod, path, () => undefined, { apiId })
    } catch {
      // Its address is no path, or another one's in other words: nobody can call it here.
    }
  }
  return (method, path) => {
    const found = router.find(method as HTTPMethod, path)
    if (!found) return undefined
    const { apiId } = found.store as { readonly apiId: string }
    return { apiId, pathParams: { ...(found.params as Record<string, string>) } }
  }
}
