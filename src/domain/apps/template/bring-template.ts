/** Brings to an installation what its template has become since: what is new comes, and what the publisher changed is changed here too. */
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { documentWithIds, withoutReferences, type Ids } from '../../definitions/remap-ids.ts'
import { putWithin } from '../../documents/documents.ts'
import { bodyOf, definitionOf, type Definition } from '../../definitions/definition.ts'
import { merge } from '../../lifecycle/merge/merge-values.ts'
import type { Context } from '../../context.ts'
import type { Member, Place } from '../../ports/clones.ts'
import type { App } from '../../app-code/installation.ts'
import { definedBy, noteTemplate, untouched } from './template-bases.ts'
import { editionOf, flowsFor } from '../../app-rights/editions.ts'
import { installPackage } from './install-package.ts'
import { presentParts } from './template-parts.ts'
import { membersFor, ofPublisher, templateClosure } from './template.ts'
import type { Doc } from '../../ports/document.ts'
import type { Rows } from '../../ports/store.ts'

/** Answers the fields that both have changed, and that stay as the installation has them: its update function knows what they were to become. */
export async function bringUpdate(rows: Rows, asApp: Context, app: App): Promise<readonly string[]> {
  const { installation, connector, parent } = app
  const { envId, integrationId, connectorEnvId, editionId } = installation
  if (!installation.packaged) return []
  const place = { envId, integrationId }
  const closure = await templateClosure(rows, connectorEnvId, connector)
  const bases = await rows.clones.bases(place)
  const flows = await flowsToHave(rows, place, closure.members, flowsFor(editionOf(connector, editionId), parent !== undefined))
  await installPackage(rows, asApp, app, flows)
  const ids = new Map([
    ...(await presentParts(rows, place)).map(({ sourceId, targetId }) => [sourceId, targetId] as const),
    ...ofPublisher(closure),
  ])
  const kept: string[] = []
  for (const member of membersFor(closure, flows)) {
    const base = bases.get(member.entry.doc._id)
    const id = ids.get(member.entry.doc._id)
    if (id !== undefined && base !== undefined && !untouched.has(member.collection))
      kept.push(...(await mend(rows, asApp, { member, id, base }, ids)))
  }
  await noteTemplate(rows, place, membersFor(closure, flows))
  return kept
}

/** What was removed since it came, by the app or with an edition, does not come back by an update. */
async function flowsToHave(
  rows: Rows,
  place: Place,
  members: readonly Member[],
  allowed: readonly string[] | undefined,
): Promise<readonly string[]> {
  const known = new Set((await rows.clones.pairs(place)).map(({ sourceId }) => sourceId))
  const there = new Set((await presentParts(rows, place)).map(({ sourceId }) => sourceId))
  const all = members.filter(({ collection }) => collection === 'flows').map(({ entry }) => entry.doc._id)
  return all.filter((id) => (allowed?.includes(id) ?? true) && (there.has(id) || !known.has(id)))
}

interface Part {
  readonly member: Member
  /** Of the document here. */
  readonly id: string
  /** What the template said when it last came here. */
  readonly base: Definition
}

async function mend(rows: Rows, asApp: Context, { member, id, base }: Part, ids: Ids): Promise<readonly string[]> {
  const { collection } = member
  const [was, is] = [base, definedBy(member)].map((definition) => here(collection, definition, ids))
  if (JSON.stringify(was) === JSON.stringify(is)) return []
  const kept: string[] = []
  await putWithin(rows, asApp, collection, id, (before) => {
    const ours = definitionOf(collection, before ?? {})
    const merged = merge({ base: was, ours, theirs: is }, ({ ours: value, path }) => {
      kept.push(`${resources[collection].name}.${id}.${path}`)
      return value
    })
    return bodyOf(collection, merged as Definition, before)
  })
  return kept
}

/** With the ids that are known here, and without references to what has not come. */
function here(collection: Collection, definition: Definition, ids: Ids): Definition {
  const doc = structuredClone(documentWithIds(collection, definition, ids)) as Doc
  const there = new Set(ids.values())
  withoutReferences(resources[collection].body, doc, (id) => !there.has(id))
  return doc
}
