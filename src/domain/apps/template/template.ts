/** Reads the template integration of an app, and selects the resources that an edition installs. */
import type { ConnectorDocument } from '../../../contract/document.ts'
import { resources } from '../../../contract/resources/index.ts'
import { readClosure } from '../../clone/dependency-closure.ts'
import { listStacks } from '../../clone/copy.ts'
import { DomainError } from '../../errors.ts'
import type { Member, MemberOf, Closure } from '../../ports/clones.ts'
import { findReferences } from '../../references.ts'
import { templateIntegrationId } from '../../app-rights/editions.ts'
import type { RowsOf } from '../../ports/store.ts'
import { formatKey } from '../../keys.ts'

export type TemplateClosure = Closure<MemberOf<'integrations'>>

/** The publisher's template with all that it needs. */
export async function readTemplateClosure(
  rows: RowsOf<'clones' | 'documents'>,
  connectorEnvId: string,
  connector: ConnectorDocument,
): Promise<TemplateClosure> {
  const template = templateIntegrationId(connector)
  const isThere = template !== undefined && (await rows.documents.find(connectorEnvId, 'integrations', template))
  if (!isThere)
    throw new DomainError('invalid_integration_app', 'The Integration App has no integration that installations are copies of.', '_id')
  return readClosure(rows, connectorEnvId, 'integrations', template)
}

/** Scripts and stacks stay where the publisher has them. */
export const publisherIds = (closure: Closure): ReadonlyMap<string, string> =>
  new Map(
    [...closure.members.filter(({ collection }) => collection === 'scripts').map(({ entry }) => entry.doc._id), ...listStacks(closure)].map(
      (id) => [id, id] as const,
    ),
  )

/** Without the flows that are not named, and without what only they need. */
export function selectMembers({ root, members }: Closure, flows: readonly string[] | undefined): readonly Member[] {
  if (flows === undefined) return members
  const isFlow = ({ collection }: Member): boolean => collection === 'flows'
  const excluded = members.filter((member) => isFlow(member) && !flows.includes(member.entry.doc._id))
  const needed = findReachable(
    members,
    members.filter((member) => isFlow(member) && flows.includes(member.entry.doc._id)),
  )
  const dropped = findReachable(members, excluded)
  return members.filter((member) => member === root || needed.has(member) || !dropped.has(member))
}

function findReachable(members: readonly Member[], from: readonly Member[]): ReadonlySet<Member> {
  const byKey = new Map(members.map((member) => [formatKey({ collection: member.collection, id: member.entry.doc._id }), member]))
  const reached = new Set<Member>()
  const left = [...from]
  for (let member = left.pop(); member; member = left.pop()) {
    if (reached.has(member) || member.collection === 'integrations') continue
    reached.add(member)
    for (const reference of findReferences(resources[member.collection].stored, member.entry.doc)) {
      const next = byKey.get(formatKey(reference))
      // A flow that runs after another is none of its parts.
      if (next && next.collection !== 'flows') left.push(next)
    }
  }
  return reached
}
