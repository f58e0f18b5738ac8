/** Puts an app back to what it was before a function that failed: all that it wrote here. What it sent elsewhere is not to be had back. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { changeOf } from '../audit/audited-changes.ts'
import type { Context, World } from '../context.ts'
import type { Installation, DocumentBefore, Root } from '../ports/apps.ts'
import type { License } from '../ports/licenses.ts'
import { noteFailure } from './app-failure.ts'
import { goingBack } from './undo-merge.ts'
import { recordLicense, unused } from './license-use.ts'
import { referencesOf } from '../references.ts'
import { sizeFields } from '../rules/lookup-cache.ts'
import { stopFlows } from '../rules/flow.ts'
import type { Doc } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'

/** What somebody else has removed meanwhile stays removed, and what they have changed stays changed. */
export async function undo(rows: Rows, ctx: Context, of: Root): Promise<void> {
  const at = ctx.now().toISOString()
  for (const id of await rows.appBefore.runs(of)) await rows.jobs.cancel(of.envId, id, at)
  const remembered = await rows.appBefore.remembered(of)
  const caches = await rows.appBefore.caches(of)
  for (const each of remembered) await (each.entry ? putBack(rows, ctx, of, each) : takeAway(rows, ctx, of, each))
  const used = await rows.licenses.ofInstallation(of.envId, of.rootId)
  await rows.appBefore.putBack(of)
  await recordReturn(rows, ctx, used, await rows.licenses.ofInstallation(of.envId, of.rootId))
  for (const id of caches) await setSize(rows, of, id)
  await rows.appBefore.forget(of)
}

/** For good: it would be in the bin otherwise, which it never was. */
async function takeAway(rows: Rows, ctx: Context, { envId }: Root, { id, ...key }: DocumentBefore): Promise<void> {
  const collection = key.collection as Collection
  const [gone] = await rows.documents.remove(envId, collection, [id], id)
  if (gone) await rows.audit.add(envId, [{ ...changeOf(ctx, { event: 'delete', collection, before: gone }), source: 'system' }])
  if (collection === 'flows') await stopFlows(rows, ctx, [id])
  await rows.recycleBin.purge(envId, { collection, id })
}

async function putBack(
  rows: Rows,
  ctx: Context,
  { envId }: Root,
  { id, entry: before, written, removed, ...key }: DocumentBefore,
): Promise<void> {
  const collection = key.collection as Collection
  if (removed) await rows.states.bringBack(envId, [{ collection, id }])
  const now = await rows.documents.lock(envId, collection, id)
  if (!now || !before) return
  const entry = written ? goingBack({ vault: ctx.vault, envId, collection }, before, written, now) : before
  const references = { all: referencesOf(resources[collection].stored, entry.doc), checked: [] }
  const change = { ...changeOf(ctx, { event: 'update', collection, before: now.doc, after: entry.doc }), source: 'system' as const }
  await rows.documents.write(envId, collection, entry, references, 'replacement', change)
}

/** The licence that the installation has again, and the one that is free again. */
async function recordReturn(rows: Rows, ctx: Context, used: License | undefined, now: License | undefined): Promise<void> {
  if (used?._id === now?._id) return
  if (used) await recordLicense(rows, ctx, { before: used, after: unused(used) }, 'system')
  if (now) await recordLicense(rows, ctx, { before: unused(now), after: now }, 'system')
}

/** Others may have written other entries of the cache meanwhile. */
async function setSize(rows: Rows, { envId }: Root, id: string): Promise<void> {
  const cache = await rows.documents.lock(envId, 'lookupcaches', id)
  if (!cache) return
  const doc: Doc = { ...cache.doc, ...sizeFields(await rows.lookupCacheData.size(envId, id)) }
  const references = { all: referencesOf(resources.lookupcaches.stored, doc), checked: [] }
  await rows.documents.write(envId, 'lookupcaches', { ...cache, doc }, references, 'replacement')
}

/** How long somebody who is at an installation may be silent. They say that they are alive far more often. Milliseconds. */
export const leaseMs = 15_000
/** Installations that are put back at once. */
const abandonedAtOnce = 100

/** Of servers that died at an app. Everybody looks for them, and one gets each. */
export async function undoAbandoned(world: World): Promise<void> {
  for (let n = 0; n < abandonedAtOnce; n++) if (!(await undoAbandonedOne(world))) return
}

export async function undoAbandonedOne(world: World, only?: Root): Promise<boolean> {
  const who = world.newId()
  const found = await world.store.apps.takeOver(who, leaseMs, only)
  if (!found) return false
  const { installation, integrationId, doing } = found
  const { envId, rootId } = installation
  const ctx = asInstaller(world, installation)
  const isDone = await world.store.transaction(async (rows) => {
    // Held, so that nobody else takes it for abandoned while there is much to put back.
    if (!(await rows.apps.holds(envId, rootId, who))) return false
    await undo(rows, ctx, installation)
    await noteFailure(rows, ctx, integrationId, doing, 'The server ended in the middle of it.')
    await rows.apps.release(envId, rootId, who)
    return true
  })
  if (!isDone) return false
  world.log.warn({ envId, integrationId, doing }, 'a server ended in the middle of a function of an app; what it had done is undone')
  return true
}

const asInstaller = (world: World, { accountId, envId, userId }: Installation): Context => ({
  ...world,
  caller: { accountId, envId, userId, scope: '*', level: 'owner' },
  strict: false,
})
