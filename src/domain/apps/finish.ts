/** Completes an installation, a change of edition or a removal after the last step of its list. */
import type { JsonText } from '../result.ts'
import type { Collection } from '../../contract/resources/index.ts'
import type { Context } from '../context.ts'
import { findRule } from '../rules/index.ts'
import type { App } from '../app-code/installation.ts'
import { findEdition, listEditionFlows } from '../app-rights/editions.ts'
import { changeIntegration } from './integration.ts'
import { freeLicense } from '../app-code/license-use.ts'
import { installPackage, removePackaged, type InstallRows } from './template/install-package.ts'
import type { StepList } from './steps/step.ts'
import type { RowsOf } from '../ports/store.ts'
import { moveToBin } from '../rules/move-to-bin.ts'
import type { RuleRows } from '../rules/rule.ts'

export async function finishSteps(
  rows: RuleRows & RowsOf<'apps' | 'clones'>,
  ctx: Context,
  app: App,
  list: StepList,
): Promise<JsonText | undefined> {
  if (list === 'installSteps') return completeInstall(rows, ctx, app)
  if (list === 'changeEditionSteps') return completeEditionChange(rows, ctx, app)
  return completeUninstall(rows, ctx, app)
}

/** An app without a step of type `template_zip` gets its resources now. */
export async function completeInstall(rows: InstallRows, ctx: Context, app: App): Promise<JsonText> {
  const { installation, connector, parent } = app
  if (!(await rows.apps.find(installation.envId, installation.integrationId))?.packaged)
    await installPackage(rows, ctx, app, listEditionFlows(findEdition(connector, installation.editionId), parent !== undefined))
  return changeIntegration(rows, ctx, installation.integrationId, () => ({ mode: 'settings', resolvedAt: ctx.now().toISOString() }))
}

/** Resources of the old edition that the new one does not have go; its function has run already, with both there. */
export async function completeEditionChange(
  rows: RowsOf<'apps' | 'audit' | 'clones' | 'documents' | 'jobs'>,
  ctx: Context,
  app: App,
): Promise<JsonText> {
  const { envId, integrationId, rootId } = app.installation
  const edition = findEdition(app.connector, pendingEdition(app))
  for (const id of await rows.apps.listMembers(envId, rootId)) {
    const installation = id === integrationId ? app.installation : await rows.apps.find(envId, id)
    if (installation) await removePackaged(rows, ctx, { ...app, installation }, listEditionFlows(edition, id !== rootId))
  }
  await rows.apps.setEdition(envId, rootId, edition?._id)
  return changeIntegration(rows, ctx, integrationId, () => ({ pendingLicense: undefined, resolvedAt: ctx.now().toISOString() }))
}

export const pendingEdition = ({ doc }: Pick<App, 'doc'>): string | undefined => doc.pendingLicense?._editionId

/** To the bin, with its children and all that is the app's; the licence is free again. */
export async function completeUninstall(
  rows: RuleRows & RowsOf<'apps'>,
  ctx: Context,
  { installation }: Pick<App, 'installation'>,
): Promise<undefined> {
  const { envId, integrationId, rootId, connectorId } = installation
  const ids = integrationId === rootId ? await rows.apps.listMembers(envId, rootId) : [integrationId]
  const owned = (await rows.apps.listOwned(envId, ids, connectorId)).filter(({ collection }) => collection !== 'connections')
  await moveToBin(rows, ctx, 'integrations', ids, integrationId)
  for (const id of ids) await findRule('integrations').afterRemove?.(rows, ctx, id)
  for (const [collection, keys] of Map.groupBy(owned, (key) => key.collection as Collection))
    await moveToBin(
      rows,
      ctx,
      collection,
      keys.map(({ id }) => id),
      integrationId,
    )
  if (integrationId === rootId) await freeLicense(rows, ctx, installation)
  return undefined
}
