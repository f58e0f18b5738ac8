/** The catalogue of fields that pulls and reverts can leave alone: said by each type beside its schema. */
import { resources } from '../contract/resources/index.ts'

/** Dotted paths, by type in the singular and in small letters: `flow`, `lookupcache`. */
export const ignorableFields = (): Record<string, string[]> =>
  Object.fromEntries(
    Object.values(resources).flatMap(({ name, ignorable }) => (ignorable.length > 0 ? [[name.toLowerCase(), [...ignorable]]] : [])),
  )
