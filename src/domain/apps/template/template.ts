/** The template integration of an app, and which parts of it an edition brings. */
import { resources } from '../../../contract/resources/index.ts'
import { closureOf } from '../../clone/closure.ts'
import { stacksOf } from '../../clone/copy.ts'
import { DomainError } from '../../errors.ts'
import type { Member, Closure } from '../../ports/clones.ts'
import { referencesOf } from '../../references.ts'
import { templateOf } from '../../app-rights/editions.ts'
import type { Doc, Key } from '../../ports/document.ts'
import type { Rows } from '../../ports/store.ts'

export const keyOf = ({ collection, id }: Key): string => `${collection}/${id}`

/** The publisher's template with all that it needs. */
export async function templateClosure(rows: Rows, connectorEnvId: string, connector: Doc): Promise<Closure> {
  const template = templateOf(connector)
  const isThere = template !== undefined && (await rows.documents.find(connectorEnvId, 'integrations', template))
  if (!isThere)
    throw new DomainError('invalid_integration_app', 'The Integration App has no integration that installations are copies of.', '_id')
  return closureOf(rows, connectorEnvId, 'integrations', template)
}

/** Scripts and stacks stay where the publisher has them. */
export const ofPublisher = (closure: Closure): ReadonlyMap<string, string> =>
  new Map(
    [...closure.members.filter(({ collection }) => collection === 'scripts').map(({ entry }) => entry.doc._id), ...stacksOf(closure)].map(
      (id) => [id, id] as const,
    ),
  )

/** Without the flows that are not named, and without what only they need. */
export function membersFor({ root, members }: Closure, flows: readonly string[] | undefined): readonly Member[] {
  if (flows === undefined) return members
  const isFlow = ({ collection }: Member): boolean => collection === 'flows'
  const excluded = members.filter((member) => isFlow(member) && !flows.includes(member.entry.doc._id))
  const needed = reachedFrom(
    members,
    members.filter((member) => isFlow(member) && flows.includes(member.entry.doc._id)),
  )
  const dropped = reachedFrom(members, excluded)
  return members.filter((member) => member === root || needed.has(member) || !dropped.has(member))
}

function reachedFrom(members: readonly Member[], from: readonly Member[]): ReadonlySet<Member> {
  const byKey = new Map(members.map((member) => [keyOf({ collection: member.collection, id: member.entry.doc._id }), member]))
  const reached = new Set<Member>()
  const left = [...from]
  for (let member = left.pop(); member; member = left.pop()) {
    if (reached.has(member) || member.collection === 'integrations') continue
    reached.add(member)
    for (const reference of referencesOf(resources[member.collection].stored, member.entry.doc)) {
      const next = byKey.get(keyOf(reference))
      // A flow that runs after another is none of its parts.
      if (next && next.collection !== 'flows') left.push(next)
    }
  }
  return reached
}
