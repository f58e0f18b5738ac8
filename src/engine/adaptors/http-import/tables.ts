/** The lookups of an import, and `{{lookup "name" value}}` for those of them that are tables. Lookup caches and requests are not asked from templates. */
import { StepFailure, type ImportDoc } from '../../adaptor.ts'
import type { HttpImport } from './operation.ts'

export type Lookup = NonNullable<HttpImport['lookups']>[number]

export const lookupsOf = (doc: ImportDoc, http: HttpImport): readonly Lookup[] => [
  ...(http.lookups ?? []),
  ...(Array.isArray(doc.lookups) ? (doc.lookups as Lookup[]) : []),
]

export function tablesOf(doc: ImportDoc, http: HttpImport): (name: string, value: unknown) => unknown {
  const lookups = new Map(lookupsOf(doc, http).map((lookup) => [lookup.name, lookup]))
  return (name, value) => {
    const lookup = lookups.get(name)
    if (!lookup?.map)
      throw new StepFailure({
        source: 'lookup',
        code: 'lookup_unsupported',
        message: `The import has no table of values with the name ${name}.`,
      })
    if (Object.hasOwn(lookup.map, String(value))) return lookup.map[String(value)]
    if (lookup.allowFailures) return lookup.default ?? ''
    throw new StepFailure({ source: 'lookup', code: 'lookup_failed', message: `The lookup ${name} has no entry for this value.` })
  }
}
