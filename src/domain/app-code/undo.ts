/** Undoes everything that a failed function of an Integration App wrote to the database. What it sent to applications cannot be undone. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { buildChange } from '../audit/audited-changes.ts'
import type { Context, World } from '../context.ts'
import type { Installation, DocumentBefore, InstallationRoot } from '../ports/apps.ts'
import type { License } from '../ports/licenses.ts'
import { recordFailure } from './app-failure.ts'
import { mergeUndo } from './undo-merge.ts'
import { recordLicense, withoutInstallation } from './license-use.ts'
import { findReferences } from '../references.ts'
import { sizeFields } from '../rules/lookup-cache.ts'
import { stopFlows } from '../rules/flow.ts'
import type { Doc } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

/** What somebody else has removed meanwhile stays removed, and what they have changed stays changed. */
export async function undoChanges(
  rows: RowsOf<'appUndoLog' | 'audit' | 'documents' | 'jobs' | 'licenses' | 'lookupCacheData' | 'recycleBin' | 'snapshots'>,
  ctx: Context,
  of: InstallationRoot,
): Promise<void> {
  const at = ctx.now().toISOString()
  for (const id of await rows.appUndoLog.listRuns(of)) await rows.jobs.cancel(of.envId, id, at)
  const remembered = await rows.appUndoLog.listDocuments(of)
  const caches = await rows.appUndoLog.listCaches(of)
  for (const each of remembered) await (each.entry ? restoreDocument(rows, ctx, of, each) : purgeCreated(rows, ctx, of, each))
  const used = await rows.licenses.findByInstallation(of.envId, of.rootId)
  await rows.appUndoLog.restore(of)
  await recordLicenseReturn(rows, ctx, used, await rows.licenses.findByInstallation(of.envId, of.rootId))
  for (const id of caches) await setSize(rows, of, id)
  await rows.appUndoLog.clear(of)
}

/** For good: it would be in the bin otherwise, which it never was. */
async function purgeCreated(
  rows: RowsOf<'audit' | 'documents' | 'jobs' | 'recycleBin'>,
  ctx: Context,
  { envId }: InstallationRoot,
  { id, ...key }: DocumentBefore,
): Promise<void> {
  const collection = key.collection as Collection
  const [gone] = await rows.documents.remove(envId, collection, [id], id)
  if (gone) await rows.audit.add(envId, [{ ...buildChange(ctx, { event: 'delete', collection, before: gone }), source: 'system' }])
  if (collection === 'flows') await stopFlows(rows, ctx, [id])
  await rows.recycleBin.purge(envId, { collection, id })
}

async function restoreDocument(
  rows: RowsOf<'documents' | 'snapshots'>,
  ctx: Context,
  { envId }: InstallationRoot,
  { id, entry: before, written, removed, ...key }: DocumentBefore,
): Promise<void> {
  const collection = key.collection as Collection
  if (removed) await rows.snapshots.restore(envId, [{ collection, id }])
  const now = await rows.documents.lock(envId, collection, id)
  if (!now || !before) return
  const entry = written ? mergeUndo({ vault: ctx.vault, envId, collection }, before, written, now) : before
  const references = { all: findReferences(resources[collection].stored, entry.doc), checked: [] }
  const change = { ...buildChange(ctx, { event: 'update', collection, before: now.doc, after: entry.doc }), source: 'system' as const }
  await rows.documents.write(envId, collection, entry, references, 'replacement', change)
}

/** The licence that the installation has again, and the one that is free again. */
async function recordLicenseReturn(
  rows: RowsOf<'audit'>,
  ctx: Context,
  used: License | undefined,
  now: License | undefined,
): Promise<void> {
  if (used?._id === now?._id) return
  if (used) await recordLicense(rows, ctx, { before: used, after: withoutInstallation(used) }, 'system')
  if (now) await recordLicense(rows, ctx, { before: withoutInstallation(now), after: now }, 'system')
}

/** Others may have written other entries of the cache meanwhile. */
async function setSize(rows: RowsOf<'documents' | 'lookupCacheData'>, { envId }: InstallationRoot, id: string): Promise<void> {
  const cache = await rows.documents.lock(envId, 'lookupcaches', id)
  if (!cache) return
  const doc: Doc = { ...cache.doc, ...sizeFields(await rows.lookupCacheData.readSize(envId, id)) }
  const references = { all: findReferences(resources.lookupcaches.stored, doc), checked: [] }
  await rows.documents.write(envId, 'lookupcaches', { ...cache, doc }, references, 'replacement')
}

/** How long somebody who is at an installation may be silent. They say that they are alive far more often. Milliseconds. */
export const leaseMs = 15_000
/** Installations that are put back at once. */
const abandonedBatch = 100

/** Of servers that died at an app. Everybody looks for them, and one gets each. */
export async function undoAbandoned(world: World): Promise<void> {
  for (let n = 0; n < abandonedBatch; n++) if (!(await undoAbandonedOne(world))) return
}

export async function undoAbandonedOne(world: World, only?: InstallationRoot): Promise<boolean> {
  const who = world.newId()
  const found = await world.store.apps.takeOver(who, leaseMs, only)
  if (!found) return false
  const { installation, integrationId, doing } = found
  const { envId, rootId } = installation
  const ctx = installerContext(world, installation)
  const isDone = await world.store.transaction(async (rows) => {
    // Held, so that nobody else takes it for abandoned while there is much to put back.
    if (!(await rows.apps.holdsClaim(envId, rootId, who))) return false
    await undoChanges(rows, ctx, installation)
    await recordFailure(rows, ctx, integrationId, doing, 'The server ended in the middle of it.')
    await rows.apps.release(envId, rootId, who)
    return true
  })
  if (!isDone) return false
  world.log.warn({ envId, integrationId, doing }, 'a server ended in the middle of a function of an app; what it had done is undone')
  return true
}

const installerContext = (world: World, { accountId, envId, userId }: Installation): Context => ({
  ...world,
  caller: { accountId, envId, userId, scope: '*', level: 'owner' },
  strict: false,
})
