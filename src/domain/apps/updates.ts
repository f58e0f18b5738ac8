/** Brings installations to a new version: the publisher asks, the app's own function does it in each, and the app says when it is through. */
import type { ConnectorDocument, IntegrationDocument } from '../../contract/document.ts'
import type { Input, Result } from '../../contract/operation.ts'
import type { connectors as operations } from '../../contract/operations/apps/connectors.ts'
import { DomainError } from '../errors.ts'
import { canReachEnvironment } from '../access/extent.ts'
import type { Context } from '../context.ts'
import type { Installation } from '../ports/apps.ts'
import { checkInstalled } from '../app-code/installation.ts'
import { updateFromTemplate } from './template/bring-template.ts'
import { isCallable } from './change-edition.ts'
import { templateIntegrationId } from '../app-rights/editions.ts'
import { withApp } from '../app-code/app-functions.ts'
import { changeIntegration } from './integration.ts'
import { toLicenseResponse } from '../app-code/license-answer.ts'
import { readConnector } from './licenses.ts'

type Ops = typeof operations
type Outcome = Result<Ops['updateInstallations']>[number]
/** Fields that one outcome names. */
const maxKept = 100
type Call = { _scriptId?: string; _stackId?: string; function: string }

export async function updateInstallations(ctx: Context, { params, body }: Input<Ops['updateInstallations']>): Promise<Outcome[]> {
  const connector = await readConnector(ctx, params._id)
  const own = await readUpdateFunction(ctx, connector)
  const installations: Installation[] = []
  for (const id of new Set(body._integrationIds)) installations.push(await readInstallation(ctx, params._id, id))
  const outcomes: Outcome[] = []
  for (const installation of installations) outcomes.push(await updateOne(ctx, installation, own))
  return outcomes
}

/** As the publisher's template has it now; an installation without it would never get past the version that lacks it. */
async function readUpdateFunction(ctx: Context, connector: ConnectorDocument): Promise<Call> {
  const id = templateIntegrationId(connector)
  const template = id === undefined ? undefined : await ctx.store.documents.find(ctx.caller.envId, 'integrations', id)
  const call = template?.doc.update
  if (!isCallable(call))
    throw new DomainError('invalid_integration_app', 'The template integration of the app has no update function.', '_id')
  return call
}

async function readInstallation(ctx: Context, connectorId: string, id: string): Promise<Installation> {
  const found = await ctx.store.apps.findByConnector(ctx.caller.envId, connectorId, id)
  if (!found || (found.accountId === ctx.caller.accountId && !canReachEnvironment(ctx, found.envId)))
    throw new DomainError('invalid_ref', `The app has no installation ${id}.`, '_integrationIds')
  return found
}

/** The function acts for the account that has the installation, with the rights of the app there. */
async function updateOne(ctx: Context, installation: Installation, callee: Call): Promise<Outcome> {
  const { envId, accountId, integrationId } = installation
  const asker: Context = {
    ...ctx,
    caller: { accountId, envId, userId: ctx.caller.userId, scope: ctx.caller.scope, level: 'manage' },
  }
  try {
    return await withApp(asker, integrationId, 'update', async ({ app, asApp, call }, there) => {
      const { parent, license } = app
      checkInstalled(app.doc)
      await there.store.transaction((rows) => changeIntegration(rows, there, integrationId, () => ({ updateInProgress: true })))
      const kept = await there.store.transaction((rows) => updateFromTemplate(rows, asApp, app))
      const resource = (await there.store.documents.find(envId, 'integrations', integrationId))?.doc
      const licenses = license ? { [parent ? 'parentLicense' : 'license']: toLicenseResponse(license) } : {}
      await call(callee, { resource, ...licenses, ...(parent && { parentResource: parent }) }, 'update.function')
      const after = (await there.store.documents.find(envId, 'integrations', integrationId))?.doc
      return {
        _integrationId: integrationId,
        updated: true,
        ...updateStatus(after),
        ...(kept.length > 0 && { kept: kept.slice(0, maxKept) }),
      }
    })
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const after = (await asker.store.documents.find(envId, 'integrations', integrationId))?.doc
    return { _integrationId: integrationId, updated: false, ...updateStatus(after), error: error.message }
  }
}

const updateStatus = (doc: IntegrationDocument | undefined): { updateInProgress: boolean; version?: string } => ({
  updateInProgress: doc?.updateInProgress ?? false,
  ...(doc?.version !== undefined && { version: doc.version }),
})
