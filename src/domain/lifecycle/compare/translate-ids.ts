/** A definition of one side as the other side would write it: with the ids of its own resources, and without references that lead nowhere there. Pure. */
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { remapDocument, removeReferences } from '../../definitions/remap-ids.ts'
import { findReferences } from '../../references.ts'
import type { Definition } from '../../definitions/definition.ts'
import { isChoiceCollection, type ChoiceCollection } from '../install/install-steps.ts'

export interface Translation {
  readonly ids: ReadonlyMap<string, string>
  /** Into another environment: what has no counterpart cannot be referred to there, so these are the only ids that can. */
  readonly crossing?: ReadonlySet<string>
  /** Ids of the other side that get a counterpart yet: what somebody has to choose. */
  readonly pending: ReadonlySet<string>
}

export function translateDefinition(collection: Collection, definition: Definition, { ids, crossing, pending }: Translation): Definition {
  const result = remapDocument(collection, definition as Record<string, unknown>, ids)
  if (crossing) removeReferences(resources[collection].body, result, (id) => !crossing.has(id) && !pending.has(id))
  return result
}

/** What a definition refers to of which every environment has its own. */
export const findNeededChoices = (collection: Collection, definition: Definition): readonly NeededChoice[] =>
  findReferences(resources[collection].body, definition).flatMap((reference) =>
    isChoiceCollection(reference.collection) ? [{ collection: reference.collection, id: reference.id }] : [],
  )

export interface NeededChoice {
  readonly collection: ChoiceCollection
  readonly id: string
}

export const uniqueChoices = (needed: readonly NeededChoice[]): readonly NeededChoice[] => [
  ...new Map(needed.map((each) => [each.id, each])).values(),
]
