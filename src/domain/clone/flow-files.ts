/** A flow as the files of an integration that holds nothing else. */
import type { FlowDocument } from '../../contract/document.ts'
import { resources } from '../../contract/resources/index.ts'
import { isOnlyWaitedFor } from '../access/membership.ts'
import type { Context } from '../context.ts'
import { hashText, toDefinition, type Definition } from '../definitions/definition.ts'
import { removeReferences } from '../definitions/remap-ids.ts'
import { packArchive } from '../lifecycle/files/archive.ts'
import { deriveId } from '../lifecycle/files/file-names.ts'
import { buildFiles, type DefinedResource } from '../lifecycle/files/state-files.ts'
import type { Member } from '../ports/clones.ts'
import { findReferences } from '../references.ts'
import { Bytes } from '../result.ts'
import { readClosure } from './dependency-closure.ts'

export async function packFlow(ctx: Context, flowId: string): Promise<Bytes> {
  const { root, members } = await readClosure(ctx.store, ctx.caller.envId, 'flows', flowId)
  // An id of its own: under that of the flow's integration the files would say what that becomes.
  const integrationId = deriveId(flowId, 'integrations', 'flow')
  const { name, description } = root.entry.doc as FlowDocument
  const integration = { name, ...(description !== undefined && { description }) }
  const there = new Set(members.map(({ entry }) => entry.doc._id))
  const state: DefinedResource[] = [
    { collection: 'integrations', id: integrationId, definition: integration },
    ...members.map((member) => ({
      collection: member.collection,
      id: member.entry.doc._id,
      definition: defineAlone(member, integrationId, there),
    })),
  ]
  const files = buildFiles(integrationId, state)
  const hash = hashText(files.map(({ path, text }) => `${path}\n${text}`).join('\n'))
  return new Bytes(await packArchive(files), `flow-${flowId}.zip`, hash)
}

/** In the integration of the archive, and without the flows and groups that do not come along. */
function defineAlone({ collection, entry: { doc } }: Member, integrationId: string, there: ReadonlySet<string>): Definition {
  const { _flowGroupingId: _group, ...rest } = structuredClone(toDefinition(collection, doc)) as Record<string, unknown>
  const absent = new Set(
    findReferences(resources[collection].body, rest)
      .filter((each) => !there.has(each.id) && (each.collection === 'flows' || isOnlyWaitedFor(each.path)))
      .map(({ id }) => id),
  )
  removeReferences(resources[collection].body, rest, (id) => absent.has(id))
  const { _integrationId: owner } = rest
  const isOwned = collection === 'flows' || owner !== undefined
  return { ...rest, ...(isOwned && { _integrationId: integrationId }) }
}
