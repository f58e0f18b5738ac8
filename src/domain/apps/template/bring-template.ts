/** Updates an installation from its template: adds new resources and merges what the publisher changed. */
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { remapDocument, removeReferences, type IdMap } from '../../definitions/remap-ids.ts'
import { putWithin } from '../../documents/documents.ts'
import type { DocumentRows } from '../../documents/save-document.ts'
import { toBody, toDefinition, type Definition } from '../../definitions/definition.ts'
import { mergeValues } from '../../lifecycle/merge/merge-values.ts'
import type { Context } from '../../context.ts'
import type { Member, IntegrationPlace } from '../../ports/clones.ts'
import type { App } from '../../app-code/installation.ts'
import { templateDefinition, recordTemplate, unmergedCollections } from './template-bases.ts'
import { findEdition, listEditionFlows } from '../../app-rights/editions.ts'
import { installPackage } from './install-package.ts'
import { listPresentParts } from './template-parts.ts'
import { selectMembers, publisherIds, readTemplateClosure } from './template.ts'
import type { Doc } from '../../ports/document.ts'
import type { RowsOf } from '../../ports/store.ts'

/** Answers the fields that both have changed, and that stay as the installation has them: its update function knows what they were to become. */
export async function updateFromTemplate(rows: DocumentRows, asApp: Context, app: App): Promise<readonly string[]> {
  const { installation, connector, parent } = app
  const { envId, integrationId, connectorEnvId, editionId } = installation
  if (!installation.packaged) return []
  const place = { envId, integrationId }
  const closure = await readTemplateClosure(rows, connectorEnvId, connector)
  const bases = await rows.clones.readBases(place)
  const flows = await listFlowsToInstall(
    rows,
    place,
    closure.members,
    listEditionFlows(findEdition(connector, editionId), parent !== undefined),
  )
  await installPackage(rows, asApp, app, flows)
  const ids = new Map([
    ...(await listPresentParts(rows, place)).map(({ sourceId, targetId }) => [sourceId, targetId] as const),
    ...publisherIds(closure),
  ])
  const kept: string[] = []
  for (const member of selectMembers(closure, flows)) {
    const base = bases.get(member.entry.doc._id)
    const id = ids.get(member.entry.doc._id)
    if (id !== undefined && base !== undefined && !unmergedCollections.has(member.collection))
      kept.push(...(await mergeTemplateChange(rows, asApp, { member, id, base }, ids)))
  }
  await recordTemplate(rows, place, selectMembers(closure, flows))
  return kept
}

/** What was removed since it came, by the app or with an edition, does not come back by an update. */
async function listFlowsToInstall(
  rows: RowsOf<'clones' | 'documents'>,
  place: IntegrationPlace,
  members: readonly Member[],
  allowed: readonly string[] | undefined,
): Promise<readonly string[]> {
  const known = new Set((await rows.clones.listPairs(place)).map(({ sourceId }) => sourceId))
  const there = new Set((await listPresentParts(rows, place)).map(({ sourceId }) => sourceId))
  const all = members.filter(({ collection }) => collection === 'flows').map(({ entry }) => entry.doc._id)
  return all.filter((id) => (allowed?.includes(id) ?? true) && (there.has(id) || !known.has(id)))
}

interface TemplatePart {
  readonly member: Member
  /** Of the document here. */
  readonly id: string
  /** What the template said when it last came here. */
  readonly base: Definition
}

async function mergeTemplateChange(
  rows: DocumentRows,
  asApp: Context,
  { member, id, base }: TemplatePart,
  ids: IdMap,
): Promise<readonly string[]> {
  const { collection } = member
  const [was, is] = [base, templateDefinition(member)].map((definition) => toInstallation(collection, definition, ids))
  if (JSON.stringify(was) === JSON.stringify(is)) return []
  const kept: string[] = []
  await putWithin(rows, asApp, collection, id, (before) => {
    const ours = toDefinition(collection, before ?? {})
    const merged = mergeValues({ base: was, ours, theirs: is }, ({ ours: value, path }) => {
      kept.push(`${resources[collection].name}.${id}.${path}`)
      return value
    })
    return toBody(collection, merged as Definition, before)
  })
  return kept
}

/** With the ids that are known here, and without references to what has not come. */
function toInstallation(collection: Collection, definition: Definition, ids: IdMap): Definition {
  const doc = structuredClone(remapDocument(collection, definition, ids)) as Doc
  const there = new Set(ids.values())
  removeReferences(resources[collection].body, doc, (id) => !there.has(id))
  return doc
}
