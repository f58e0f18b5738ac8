/** Pauses the flows of installations without a valid licence, and resumes them on request once there is one. */
import type { Input } from '../../contract/operation.ts'
import type { apps as operations } from '../../contract/operations/apps/installations.ts'
import { JsonText } from '../result.ts'
import { DomainError } from '../errors.ts'
import type { Context, World } from '../context.ts'
import { findApp, readIntegration, isLicenseValid, checkInstalled, type App } from './installation.ts'
import { freeLicense, canUseLicense, useLicense } from './license-use.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations
/** Installations that are paused in one transaction. */
const pauseBatch = 500
/** Licences of one account for one app that are looked through. */
const maxLicenses = 1000

export async function resumeIntegration(ctx: Context, { params }: Input<Ops['resumeIntegration']>): Promise<JsonText> {
  return ctx.store.transaction(async (rows) => {
    const app = await findApp(rows, ctx, params._id)
    if (!app) throw new DomainError('invalid_ref', 'doesnot belongs to any Integration App.', '_id')
    if (app.doc.mode === 'install') checkInstalled(app.doc)
    await ensureLicense(rows, ctx, app)
    await rows.apps.resume(app.installation.envId, app.installation.rootId)
    return new JsonText((await rows.documents.readText(ctx.caller.envId, 'integrations', params._id)) as string)
  })
}

/** Its own where that is valid, else the oldest of the account that is free. */
async function ensureLicense(rows: RowsOf<'audit' | 'licenses'>, ctx: Context, { installation, license }: App): Promise<void> {
  const { envId, rootId, connectorId, accountId, editionId, needsLicense } = installation
  if (!needsLicense || (license && isLicenseValid(license, ctx.now()))) return
  const all = await rows.licenses.listByAccount(accountId, connectorId, undefined, 0, maxLicenses)
  const free = all.find(
    (each) =>
      canUseLicense(ctx, each) && each.integrationId === undefined && each.editionId === editionId && isLicenseValid(each, ctx.now()),
  )
  if (free) {
    await freeLicense(rows, ctx, { envId, rootId })
    return useLicense(rows, ctx, free, { envId, rootId })
  }
  throw new DomainError('license_expired', 'The installation has no valid licence, and the account has none that is free.', '_id')
}

export async function detachIntegrationLicense(ctx: Context, { params }: Input<Ops['detachIntegrationLicense']>): Promise<undefined> {
  await readIntegration(ctx.store, ctx, params._id)
  await ctx.store.transaction((rows) => freeLicense(rows, ctx, { envId: ctx.caller.envId, rootId: params._id }))
  return undefined
}

/** Every minute: runs of what is no longer licensed end, and its flows start no more. */
export async function pauseUnlicensed(world: World): Promise<void> {
  const at = world.now().toISOString()
  for (let more = true; more;) {
    more = await world.store.transaction(async (rows) => {
      const paused = await rows.apps.pauseUnlicensed(at, pauseBatch)
      for (const { envId, flowIds } of paused) await rows.jobs.cancelFlows(envId, flowIds, at)
      return paused.length >= pauseBatch
    })
  }
}

export async function checkNotPaused(rows: RowsOf<'apps'>, ctx: Context, integrationId: string | undefined): Promise<void> {
  if (integrationId === undefined) return
  if (await rows.apps.isPaused(ctx.caller.envId, integrationId, ctx.now().toISOString()))
    throw new DomainError(
      'flow_not_runnable',
      'The flow belongs to an Integration App that is paused: it has no valid licence, or has not been resumed since.',
      '_integrationId',
    )
}
