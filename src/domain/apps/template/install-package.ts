/** Installs the packaged resources of an app, as a clone of what its template integration has, for the edition, in the environment of the installation. */
import type { ConnectorDocument } from '../../../contract/document.ts'
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { publishersOwn } from '../../app-rights/ownership.ts'
import { buildChange } from '../../audit/audited-changes.ts'
import { listBoundConnections, buildCopy, type Copy } from '../../clone/copy.ts'
import { copyEntries, lockCaches } from '../../documents/copy-cache-entries.ts'
import type { Context } from '../../context.ts'
import type { Installation } from '../../ports/apps.ts'
import type { Insertion, Pair, Closure } from '../../ports/clones.ts'
import { danglingReferences, findReferences } from '../../references.ts'
import { registerConnections } from '../../rules/registered-connections.ts'
import { moveToBin } from '../../rules/move-to-bin.ts'
import { stopFlows } from '../../rules/flow.ts'
import { recordTemplate } from './template-bases.ts'
import { completeIntegration, removeAliases, listPresentParts, remapParts } from './template-parts.ts'
import { selectMembers, publisherIds, readTemplateClosure } from './template.ts'

import type { RowsOf } from '../../ports/store.ts'
import { formatKey } from '../../keys.ts'

/** What is read and written where a template's resources are installed. */
export type InstallRows = RowsOf<'apps' | 'audit' | 'clones' | 'documents'>

interface Target {
  readonly installation: Installation
  readonly connector: ConnectorDocument
}

/** Copies what the installation does not have yet of the resources that these flows need; of all where no flows are named. */
export async function installPackage(
  rows: InstallRows,
  ctx: Context,
  { installation, connector }: Target,
  flows: readonly string[] | undefined,
): Promise<void> {
  const { integrationId, rootId, connectorEnvId } = installation
  const { envId } = ctx.caller
  const closure = await readTemplateClosure(rows, connectorEnvId, connector)
  const chosen = selectMembers(closure, flows)
  // A child works over the connections of its parent where it has none of its own.
  const inherited = rootId === integrationId ? [] : await listPresentParts(rows, { envId, integrationId: rootId })
  const own = await listPresentParts(rows, { envId, integrationId })
  const standing = new Map([
    ...mapPairs([...inherited.filter(({ collection }) => collection === 'connections'), ...own]),
    ...publisherIds(closure),
    [closure.root.entry.doc._id, integrationId],
  ])
  const { members, caches } = await lockCaches(
    rows,
    connectorEnvId,
    chosen.filter(({ entry }) => !standing.has(entry.doc._id)),
  )
  const copy = buildCopy({ root: closure.root, members }, copyOptions(ctx, integrationId, standing))
  const documents = copy.documents.map((each) => stampAsApp(each, installation))
  await insert(rows, ctx, documents, copy, connectorEnvId)
  const fresh = mapPairs(copy.pairs.filter(({ sourceId }) => !standing.has(sourceId)))
  await copyEntries(rows, caches, fresh, connectorEnvId, envId)
  await rows.clones.addPairs({ envId, integrationId }, copy.pairs)
  await recordTemplate(rows, { envId, integrationId }, members)
  await completeIntegration(rows, ctx, integrationId, {
    closure,
    ids: new Map([...standing, ...fresh]),
    fresh,
    documents: documents.map(({ entry }) => entry.doc),
    isFirst: !installation.packaged,
  })
  await remapParts(rows, ctx, own, fresh)
  await registerConnections(
    rows,
    ctx,
    integrationId,
    listBoundConnections({ root: closure.root, members: chosen }, new Map([...standing, ...fresh])),
  )
  await rows.apps.setPackaged(envId, integrationId)
}

const mapPairs = (pairs: readonly Pair[]): ReadonlyMap<string, string> =>
  new Map(pairs.map(({ sourceId, targetId }) => [sourceId, targetId]))

const copyOptions = (ctx: Context, integrationId: string, standing: ReadonlyMap<string, string>) => ({
  connectionMap: new Map<string, string>(),
  crossing: true,
  standing,
  envId: ctx.caller.envId,
  userId: ctx.caller.userId,
  at: ctx.now().toISOString(),
  newId: ctx.newId,
  rootFields: {},
  integrationId,
})

async function insert(
  rows: RowsOf<'audit' | 'clones' | 'documents'>,
  ctx: Context,
  documents: readonly Insertion[],
  { needed }: Copy,
  connectorEnvId: string,
): Promise<void> {
  const { envId } = ctx.caller
  const absent = await rows.clones.insert(
    envId,
    documents,
    needed.filter(({ collection }) => !publishersOwn.has(collection)),
  )
  // Held, so that nobody removes them meanwhile; what is gone is no reason to leave the rest.
  await rows.documents.lockTargets(
    connectorEnvId,
    needed.filter(({ collection }) => publishersOwn.has(collection)),
  )
  if (absent.length > 0) throw danglingReferences(absent.map((key) => ({ ...key, path: '_id' })))
  await rows.audit.add(
    envId,
    documents.map(({ collection, entry }) => buildChange(ctx, { event: 'create', collection, after: entry.doc })),
  )
}

/** Stamped as the app's. Types that belong to no integration otherwise do now. */
function stampAsApp({ collection, entry }: Insertion, { connectorId, integrationId }: Installation): Insertion {
  const { stored } = resources[collection]
  const fields = ['_connectorId', '_integrationId'].filter((field) => field in stored.properties)
  const stamps = Object.fromEntries(fields.map((field) => [field, field === '_connectorId' ? connectorId : integrationId]))
  const doc = { ...entry.doc, ...stamps }
  return { collection, entry: { ...entry, doc }, references: findReferences(stored, doc) }
}

/** Removes what other flows than these brought along, as far as nothing else uses it. Connections stay: they are the account's. */
export async function removePackaged(
  rows: RowsOf<'audit' | 'clones' | 'documents' | 'jobs'>,
  ctx: Context,
  { installation, connector }: Target,
  flows: readonly string[] | undefined,
): Promise<void> {
  if (flows === undefined) return
  const { envId } = ctx.caller
  const { integrationId, connectorEnvId } = installation
  const closure: Closure = await readTemplateClosure(rows, connectorEnvId, connector)
  const kept = new Set(selectMembers(closure, flows))
  const ids = mapPairs(await listPresentParts(rows, { envId, integrationId }))
  const gone = closure.members
    .filter((member) => !kept.has(member) && !['connections', 'scripts'].includes(member.collection))
    .flatMap(({ collection, entry }) => {
      const id = ids.get(entry.doc._id)
      return id === undefined ? [] : [{ collection, id }]
    })
  // Their aliases are no users of theirs.
  await removeAliases(rows, ctx, integrationId, gone)
  await rows.documents.lockKeys(envId, gone)
  const used = new Set((await rows.documents.findUsed(envId, gone)).map(formatKey))
  const free = gone.filter((key) => key.collection === 'flows' || !used.has(formatKey(key)))
  for (const [collection, keys] of Map.groupBy(free, (key) => key.collection as Collection)) {
    const removed = keys.map(({ id }) => id)
    // Each by itself: it is none of what comes back with the installation.
    for (const id of removed) await moveToBin(rows, ctx, collection, [id], id)
    if (collection === 'flows') await stopFlows(rows, ctx, removed)
  }
}
