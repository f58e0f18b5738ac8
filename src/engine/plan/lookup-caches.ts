/** The lookup caches that a run can look in: those of its account. Nothing is kept between pages: an entry counts as it is when its page is mapped. */
import type { World } from '../../domain/context.ts'
import { StepFailure } from '../adaptor.ts'
import type { LookupCaches } from '../mapping/value-lookups.ts'

export const createLookupCaches = ({ store }: World, envId: string): LookupCaches => ({
  async get(cacheId, keys) {
    const values = await store.lookupCacheData.readValues(envId, cacheId, keys)
    if (!values)
      throw new StepFailure({ source: 'resource', code: 'lookup_cache_missing', message: `The lookup cache ${cacheId} no longer exists.` })
    return values
  },
})
