/** What belongs to an integration, a flow or a step: everything that a copy of it needs to work. Read off the references in one statement. */
import { membershipRules } from '../access/membership.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import { isMemberOf, type ClosureRules, type ClosureRoot, type Closure, type MemberOf } from '../ports/clones.ts'
import type { RowsOf } from '../ports/store.ts'

/** Documents of one closure. All of them are in memory at once while they are copied or compared. */
const maxMembers = 10_000

const closureRules: ClosureRules = { ...membershipRules, limit: maxMembers + 1 }

/** Deleted documents are in no closure, and nothing is reached through them. */
export async function readClosure<C extends ClosureRoot>(
  rows: RowsOf<'clones'>,
  envId: string,
  collection: C,
  id: string,
): Promise<Closure<MemberOf<C>>> {
  const members = await rows.clones.readClosure(envId, { collection, id }, closureRules)
  const root = members.filter((member) => isMemberOf(member, collection)).find(({ entry }) => entry.doc._id === id)
  if (members.length > maxMembers)
    throw new DomainError('too_many_resources', `More than ${maxMembers.toLocaleString('en')} documents belong to it.`, '_id')
  if (!root) throw notFound(collection)
  return { root, members }
}
