/** `previous_page` of the paging templates, cut down to the parts they name: it is stored with the cursor, and an answer may be 50 MB. */
import { isExact } from '../../../../domain/limits/exact-number.ts'
import { StepFailure } from '../../../adaptor.ts'
import type { Reply } from './reply.ts'

/** Characters of JSON that a cursor may hold of an answer. */
const largestPrevious = 100_000

/** The paths after `previous_page.` that templates name; `all` when one of them takes it as a whole. */
export function previousPageNeeds(templates: readonly (string | undefined)[]): readonly string[] | 'all' {
  const needs = new Set<string>()
  for (const [, path] of templates.join('\n').matchAll(/previous_page((?:\.(?:\[[^\]]{0,200}\]|[\w$@-]+)|\[[^\]]{0,200}\])*)/g)) {
    const parts = (path ?? '').split(/[.[\]]+/).filter((part) => part !== '')
    if (parts.length === 0) return 'all'
    // After `length` of an array or a string lies nothing of its own to keep.
    needs.add(parts.at(-1) === 'length' ? parts.slice(0, -1).join('.') : parts.join('.'))
  }
  return [...needs]
}

export function previousPage(reply: Reply, needs: readonly string[] | 'all'): unknown {
  if (needs !== 'all' && needs.length === 0) return undefined
  const whole = { full_response: reply.body, last_record: reply.records.at(-1), headers: reply.headers }
  const kept = needs === 'all' ? whole : pick(whole, needs)
  if (JSON.stringify(kept).length > largestPrevious) {
    throw new StepFailure({
      source: 'internal',
      code: 'paging_state_too_large',
      message: `The paging templates keep more than ${largestPrevious} characters of the previous page. Name the fields they need, such as previous_page.full_response.next.`,
    })
  }
  return storable(kept)
}

/** PostgreSQL keeps neither U+0000 nor half of a surrogate pair, and nobody pages by them. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD').toWellFormed()
  if (Array.isArray(value)) return value.map(storable)
  if (isExact(value)) return value.digits
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [storable(name), storable(below)]))
}

/** The same shape with nothing but these paths in it; an array becomes an object by index, which templates read alike. */
function pick(whole: unknown, paths: readonly string[]): unknown {
  const kept: Record<string, unknown> = {}
  for (const path of paths) {
    const parts = path.split('.')
    let from: unknown = whole
    for (const part of parts) from = Object.hasOwn(Object(from), part) ? (from as Record<string, unknown>)[part] : undefined
    if (from !== undefined) put(kept, parts, from)
  }
  return kept
}

function put(into: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) into[first] = value
  else put((into[first] = { ...Object(into[first]) }) as Record<string, unknown>, rest, value)
}
