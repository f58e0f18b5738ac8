/** The lookups of an import. `{{lookup "name" value}}` reads those of them that are tables; caches and requests are not asked from templates. */
import type { ImportDoc } from '../../../adaptor.ts'

export type Lookup = NonNullable<HttpImport['lookups']>[number]

export const listLookups = (doc: ImportDoc, http: HttpImport): readonly Lookup[] => [
  ...(http.lookups ?? []),
  ...(Array.isArray(doc.lookups) ? (doc.lookups as Lookup[]) : []),
]

export type HttpImport = NonNullable<ImportDoc['http']>
