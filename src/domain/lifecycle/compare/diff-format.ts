/** The difference of two states: as an envelope of what was and what is, or as a list of changes for people. */
import type { DiffEnvelope, ResourceDifference } from '../../../contract/operations/lifecycle/revision-diff.ts'
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { diffFields } from './field-diff.ts'
import type { Definition } from '../../definitions/definition.ts'

/** A resource in both states, as far as it is in them. */
export interface Pairing {
  readonly collection: Collection
  readonly id: string
  readonly before: Definition | undefined
  readonly after: Definition | undefined
}

type Side = Record<string, Record<string, Definition>>

export type DiffFormat = 'envelope' | 'changes'
export const formatDiff = (pairings: readonly Pairing[], format: DiffFormat = 'envelope'): DiffEnvelope | readonly ResourceDifference[] =>
  format === 'changes' ? listChanges(pairings) : toDiffEnvelope(pairings)

/** By type and id. Only what differs is in it. */
function toDiffEnvelope(pairings: readonly Pairing[]): DiffEnvelope {
  const side = (of: 'before' | 'after'): Side => {
    const maps: Side = {}
    for (const { collection, id, [of]: definition } of pairings)
      if (definition) (maps[typeName(collection)] ??= {})[id] = { _id: id, ...definition }
    return maps
  }
  return { before: side('before'), after: side('after') }
}

const listChanges = (pairings: readonly Pairing[]): readonly ResourceDifference[] =>
  pairings.map(({ collection, id, before, after }) => ({
    change: before ? (after ? 'changed' : 'removed') : 'added',
    type: typeName(collection),
    _id: id,
    name: readName(after ?? before),
    ...(before && after && { changes: diffFields(before, after) }),
  }))

export const readName = (definition: Definition | undefined): string => {
  const name = definition?.name
  return typeof name === 'string' ? name : ''
}

/** `lookupcache`: as the catalogue of fields to ignore and the audit log spell it. */
export const typeName = (collection: Collection): string => resources[collection].name.toLowerCase()
