/** Finds an installation's copies of template documents, and replaces template ids in them by local ones. */
import type { IntegrationDocument } from '../../../contract/document.ts'
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { remapIds, removeReferences, type IdMap } from '../../definitions/remap-ids.ts'
import { buildChange } from '../../audit/audited-changes.ts'
import type { Context } from '../../context.ts'
import type { Pair, IntegrationPlace } from '../../ports/clones.ts'
import { findReferences } from '../../references.ts'
import { changeIntegration } from '../integration.ts'
import type { TemplateClosure } from './template.ts'
import type { Doc, Key } from '../../ports/document.ts'
import type { RowsOf } from '../../ports/store.ts'
import { formatKey } from '../../keys.ts'

const groupFields = ['flowGroupings', 'apiGroupings'] as const

const toTargetKey = ({ collection, targetId }: Pair): Key => ({ collection, id: targetId })

/** What is installed of the template, and still there: by the id that it has in the template. A group keeps its id whether it is in use or not. */
export async function listPresentParts(rows: RowsOf<'clones' | 'documents'>, place: IntegrationPlace): Promise<readonly Pair[]> {
  const pairs = await rows.clones.listPairs(place)
  const documents = pairs.filter(({ collection }) => collection in resources).map(toTargetKey)
  const there = new Set((await rows.documents.filterPresent(place.envId, documents)).map(formatKey))
  return pairs.filter((pair) => !(pair.collection in resources) || there.has(formatKey(toTargetKey(pair))))
}

type Alias = NonNullable<IntegrationDocument['aliases']>[number]
type Arrived = Pick<IntegrationDocument, 'aliases' | (typeof groupFields)[number]>

/** Steps and cards name what is the template's: by that a connection is found that is chosen later. */
const leftAlone: ReadonlySet<string> = new Set([
  '_id',
  '_sourceId',
  'install',
  'installSteps',
  'uninstallSteps',
  'changeEditionSteps',
  'appFailure',
])

const remapReferences = <D extends Doc>(doc: D, ids: IdMap): D =>
  Object.fromEntries(Object.entries(doc).map(([field, value]) => [field, leftAlone.has(field) ? value : remapIds(value, ids)])) as D

export interface InstalledParts {
  readonly closure: TemplateClosure
  /** Template's id to the id here, of all that the installation has by now. */
  readonly ids: IdMap
  /** Those of them that have just come. */
  readonly fresh: IdMap
  /** Of the documents that came, as they are written. */
  readonly documents: readonly Doc[]
  /** Nothing of the template has come before. */
  readonly isFirst: boolean
}

/** The integration gets the groups and the aliases of what has come, and wherever something of the template is named in its settings, what stands for it here. */
export async function completeIntegration(
  rows: RowsOf<'documents'>,
  ctx: Context,
  integrationId: string,
  arrival: InstalledParts,
): Promise<void> {
  const { closure, ids, fresh, documents, isFirst } = arrival
  const template = closure.root.entry.doc
  const used = new Set(documents.flatMap(({ _flowGroupingId, _apiGroupingId }) => [_flowGroupingId, _apiGroupingId]))
  await changeIntegration(rows, ctx, integrationId, (before) => {
    const doc = remapReferences(before, ids)
    const arrived: Arrived = {}
    for (const field of groupFields) {
      const before = doc[field] ?? []
      const known = new Set(before.map(({ _id }) => _id))
      const added = (template[field] ?? []).map((group) => remapIds(group, ids)).filter(({ _id }) => !known.has(_id) && used.has(_id))
      if (added.length > 0) arrived[field] = [...before, ...added]
    }
    const aliases = mapAliases(template, ids, isFirst ? ids : fresh)
    const own = doc.aliases ?? []
    const names = new Set(own.map(({ alias }) => alias))
    const added = aliases.filter(({ alias }) => !names.has(alias))
    if (added.length > 0) arrived.aliases = [...own, ...added]
    return { ...doc, ...arrived }
  })
}

/** Those of the template that name one of these. */
function mapAliases({ aliases = [] }: IntegrationDocument, ids: IdMap, of: IdMap): readonly Alias[] {
  const there = new Set(of.values())
  const holder = { aliases: aliases.map((alias) => remapIds(alias, ids)) }
  removeReferences(resources.integrations.stored, holder, (id) => !there.has(id))
  return holder.aliases
}

/** What was there before something came may name it already, by the template's id. */
export async function remapParts(rows: RowsOf<'documents'>, ctx: Context, parts: readonly Pair[], ids: IdMap): Promise<void> {
  if (ids.size === 0) return
  const { envId } = ctx.caller
  for (const { collection: name, targetId } of parts) {
    if (!(name in resources) || ['integrations', 'connections', 'scripts'].includes(name)) continue
    const collection = name as Collection
    const before = await rows.documents.find(envId, collection, targetId)
    if (!before || JSON.stringify(remapReferences(before.doc, ids)) === JSON.stringify(before.doc)) continue
    const held = await rows.documents.lock(envId, collection, targetId)
    if (!held) continue
    const doc = { ...remapReferences(held.doc, ids), lastModified: ctx.now().toISOString() }
    const references = { all: findReferences(resources[collection].stored, doc), checked: [] }
    const change = buildChange(ctx, { event: 'update', collection, before: held.doc, after: doc })
    await rows.documents.write(envId, collection, { ...held, doc }, references, 'replacement', change)
  }
}

/** Aliases of what has gone go with it. */
export async function removeAliases(rows: RowsOf<'documents'>, ctx: Context, integrationId: string, gone: readonly Key[]): Promise<void> {
  const ids = new Set(gone.map(({ id }) => id))
  const integration = (await rows.documents.find(ctx.caller.envId, 'integrations', integrationId))?.doc
  const without = ({ aliases = [] }: IntegrationDocument): { aliases: Alias[] } => {
    const holder = { aliases: structuredClone(aliases) }
    removeReferences(resources.integrations.stored, holder, (id) => ids.has(id))
    return holder
  }
  if (!integration || without(integration).aliases.length === (integration.aliases ?? []).length) return
  await changeIntegration(rows, ctx, integrationId, without)
}
