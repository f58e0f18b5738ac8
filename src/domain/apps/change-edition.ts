/** Brings an installation to another edition: the one that its licence, or another licence of the account, is for. */
import type { IntegrationDocument } from '../../contract/document.ts'
import type { Input } from '../../contract/operation.ts'
import type { apps as operations } from '../../contract/operations/apps/installations.ts'
import type { JsonText } from '../result.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { License } from '../ports/licenses.ts'
import { findApp, isLicenseValid, checkInstalled, type App } from '../app-code/installation.ts'
import { findEdition, listEditions, listEditionFlows, type Edition } from '../app-rights/editions.ts'
import { completeEditionChange, pendingEdition } from './finish.ts'
import { withApp, type Work } from '../app-code/app-functions.ts'
import { changeIntegration } from './integration.ts'
import { toLicenseResponse } from '../app-code/license-answer.ts'
import { freeLicense, canUseLicense, useLicense } from '../app-code/license-use.ts'
import { installPackage, type InstallRows } from './template/install-package.ts'
import { listSteps } from './steps/step.ts'
import type { RowsOf } from '../ports/store.ts'

type Ask = Input<(typeof operations)['changeIntegrationEdition']>

export async function changeIntegrationEdition(asked: Context, { params, body }: Ask): Promise<JsonText> {
  const found = await findApp(asked.store, asked, params._id)
  if (!found || found.parent || !isCallable(found.doc.changeEdition) || listEditions(found.connector).length === 0)
    throw cannotChangeEdition()
  return withApp(asked, params._id, 'changeEdition', async (work, ctx) => {
    checkInstalled(work.app.doc)
    const license = await findLicense(ctx, work.app, body?._licenseId)
    const to = findEdition(work.app.connector, license.editionId)
    if (!to || to._id === work.app.installation.editionId)
      throw new DomainError('invalid_field', 'The app has the edition of the licence already.', '_editionId')
    const pending = await ctx.store.transaction((rows) => openEditionSteps(rows, ctx, work.app, license))
    const doc = JSON.parse(pending.text) as IntegrationDocument
    return listSteps(doc, 'changeEditionSteps').length > 0
      ? pending
      : runEditionChange(ctx, { ...work, app: { ...work.app, doc, license } })
  })
}

const cannotChangeEdition = (): DomainError =>
  new DomainError('invalid_integration_app', 'The integration does not belong to an Integration App that changes editions.', '_id')

type Callee = NonNullable<IntegrationDocument['changeEdition']>
export const isCallable = (call: Callee | undefined): call is Callee & { function: string } =>
  call?.function !== undefined && call.function !== '' && (call._scriptId ?? call._stackId) !== undefined

async function findLicense(ctx: Context, app: App, id: string | undefined): Promise<License> {
  const { connectorId, connectorEnvId, envId, rootId } = app.installation
  const license = id === undefined ? app.license : await ctx.store.licenses.lock(connectorEnvId, connectorId, id)
  if (!license || !canUseLicense(ctx, license) || (id !== undefined && license.accountId !== ctx.caller.accountId))
    throw new DomainError('license_expired', 'The installation has no valid licence.', '_licenseId')
  if (!isLicenseValid(license, ctx.now())) throw new DomainError('license_expired', 'The licence has expired.', '_licenseId')
  if (license.integrationId !== undefined && !(license.envId === envId && license.integrationId === rootId))
    throw new DomainError('license_in_use', 'Another installation uses the licence.', '_licenseId')
  return license
}

/** The licence is the installation's from now on; the edition follows after the last step. */
async function openEditionSteps(
  rows: RowsOf<'audit' | 'documents' | 'licenses'>,
  ctx: Context,
  app: App,
  license: License,
): Promise<JsonText> {
  await swapLicense(rows, ctx, app, license)
  const { opts, editionId } = license
  return changeIntegration(rows, ctx, app.installation.integrationId, (doc) => ({
    pendingLicense: { ...(opts && { opts }), ...(editionId !== undefined && { _editionId: editionId }) },
    changeEditionSteps: listSteps(doc, 'changeEditionSteps').map((step) => ({ ...step, completed: false })),
  }))
}

async function swapLicense(rows: RowsOf<'audit' | 'licenses'>, ctx: Context, { installation, license }: App, to: License): Promise<void> {
  if (license?._id === to._id) return
  await freeLicense(rows, ctx, installation)
  await useLicense(rows, ctx, to, installation)
}

/** Adds the resources of the new edition, runs the function with those of both there, and removes those of the old one alone. */
async function runEditionChange(ctx: Context, work: Work): Promise<JsonText> {
  await addResourcesAndCall(ctx, work)
  return ctx.store.transaction((rows) => completeEditionChange(rows, ctx, work.app))
}

export async function addResourcesAndCall(ctx: Context, { app, call }: Work): Promise<void> {
  const { doc, connector, license, installation } = app
  const to = findEdition(connector, pendingEdition(app))
  const from = findEdition(connector, installation.editionId)
  await ctx.store.transaction((rows) => addResources(rows, ctx, app, to))
  if (!isCallable(doc.changeEdition)) return
  const options = {
    fromEdition: from?.displayName,
    toEdition: to?.displayName,
    _fromEditionId: from?._id,
    _toEditionId: to?._id,
    integration: doc,
    license: license && toLicenseResponse(license),
  }
  await call(doc.changeEdition, options, 'changeEdition.function')
}

async function addResources(rows: InstallRows, ctx: Context, app: App, to: Edition | undefined): Promise<void> {
  const { envId, rootId } = app.installation
  for (const id of await rows.apps.listMembers(envId, rootId)) {
    const installation = await rows.apps.find(envId, id)
    if (installation?.packaged) await installPackage(rows, ctx, { ...app, installation }, listEditionFlows(to, id !== rootId))
  }
}
