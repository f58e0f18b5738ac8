/** Lookup caches: who made one, and how large it is. A new one is empty. */
import type { Rule } from './rule.ts'

export const lookupCacheRule: Rule<'lookupcaches'> = {
  prepare: (ctx, body, before) => (before ? body : { ...body, _userId: ctx.caller.userId, ...sizeFields(0) }),
}

const stepMB = 5
const bytesPerMB = 1024 * 1024

/** What a cache answers of its size. The label tells it to the next 5 MB. */
export function sizeFields(size: number): { size: number; sizeInMB: string } {
  const inMB = size / bytesPerMB
  const rounded = Math.ceil(inMB / stepMB) * stepMB
  return { size, sizeInMB: inMB > 0 && inMB < stepMB ? `<${stepMB} MB` : `${rounded} MB` }
}
