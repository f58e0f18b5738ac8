/** A definition of one side as the other side would write it: with the ids of its own resources, and without references that lead nowhere there. Pure. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { withIds, withoutReferences } from '../clone/remap.ts'
import { referencesOf } from '../references.ts'
import type { Definition } from './definition.ts'

export interface Translation {
  readonly ids: ReadonlyMap<string, string>
  /** Into another environment: what has no counterpart cannot be referred to there, so these are the only ids that can. */
  readonly crossing?: ReadonlySet<string>
  /** Ids of the other side that get a counterpart yet: connections that somebody has to choose. */
  readonly pending: ReadonlySet<string>
}

export function translated(collection: Collection, definition: Definition, { ids, crossing, pending }: Translation): Definition {
  const result = withIds(definition as Record<string, unknown>, ids)
  if (crossing) withoutReferences(resources[collection].body, result, (id) => !crossing.has(id) && !pending.has(id))
  return result
}

/** The connections that a definition is bound to. */
export const connectionsOf = (collection: Collection, definition: Definition): readonly string[] =>
  referencesOf(resources[collection].body, definition).flatMap((reference) =>
    reference.collection === 'connections' ? [reference.id] : [],
  )
