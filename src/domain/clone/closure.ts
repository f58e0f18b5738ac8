/** What belongs to an integration, a flow or a step: everything that a copy of it needs to work. Read off the references in one statement. */
import type { Collection } from '../../contract/resources/index.ts'
import { belonging } from '../belonging.ts'
import { notFound } from '../documents.ts'
import { DomainError } from '../errors.ts'
import type { Rows } from '../ports.ts'
import type { Bounds, Member } from '../ports/clones.ts'

/** Documents of one closure. All of them are in memory at once while they are copied or compared. */
const maxMembers = 10_000

const bounds: Bounds = { ...belonging, limit: maxMembers + 1 }

/** What can be copied as a whole. */
export type Root = Collection & ('integrations' | 'flows' | 'exports' | 'imports')

export interface Closure {
  readonly root: Member
  /** The root too. In the order of collection and id. */
  readonly members: readonly Member[]
}

/** Deleted documents are in no closure, and nothing is reached through them. */
export async function closureOf(rows: Rows, envId: string, collection: Root, id: string): Promise<Closure> {
  const members = await rows.clones.closure(envId, { collection, id }, bounds)
  const root = members.find((member) => member.collection === collection && member.entry.doc._id === id)
  if (members.length > maxMembers)
    throw new DomainError('too_many_resources', `More than ${maxMembers.toLocaleString('en')} documents belong to it.`, '_id')
  if (!root) throw notFound(collection)
  return { root, members }
}
