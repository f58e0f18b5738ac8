/** Creates child integrations of an installation by calling the app's `initChild` function. */
import type { DocumentBody } from '../../contract/document.ts'
import type { Input } from '../../contract/operation.ts'
import { acceptBounded } from '../accept-body.ts'
import type { apps as operations } from '../../contract/operations/apps/installations.ts'
import { maxChildren } from '../../contract/operations/integrations/tree-metadata.ts'
import { integration } from '../../contract/resources/integration.ts'
import { isObject } from '../../contract/walk.ts'
import type { JsonText } from '../result.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { findRule } from '../rules/index.ts'
import type { Changes } from '../rules/rule.ts'
import { NoSuchFunction } from '../scripts/script-failure.ts'
import { validator } from '../validation.ts'
import { findApp, checkInstalled, checkLicensed } from '../app-code/installation.ts'
import { isCallable } from './change-edition.ts'
import { completeInstall } from './finish.ts'
import { withApp } from '../app-code/app-functions.ts'
import { putIntegration, withoutUndefined } from './integration.ts'
import { toLicenseResponse } from '../app-code/license-answer.ts'
import { listSteps } from './steps/step.ts'

const check = validator(integration.body, 'body')

export async function initChildIntegration(
  asked: Context,
  { params }: Input<(typeof operations)['initChildIntegration']>,
): Promise<JsonText> {
  const found = await findApp(asked.store, asked, params._id)
  if (!found || !isCallable(found.doc.initChild)) throw invalidChildFunction()
  return withApp(asked, params._id, 'initChild', async ({ app, call }, ctx) => {
    checkLicensed(app, ctx.now())
    const { doc, license, installation } = app
    const callee = doc.initChild
    if (!isCallable(callee) || app.parent) throw invalidChildFunction()
    checkInstalled(doc)
    if (callee._scriptId && !(await ctx.store.documents.find(installation.connectorEnvId, 'scripts', callee._scriptId)))
      throw invalidChildFunction()
    const options = { parentIntegration: doc, parentLicense: license && toLicenseResponse(license) }
    const returned = await call(callee, options, 'initChild.function').catch((error: unknown) => {
      throw error instanceof NoSuchFunction ? invalidChildFunction() : error
    })
    const sent = parseChild(returned)
    const at = ctx.now().toISOString()
    const child = withoutUndefined({
      ...(findRule('integrations').prepare?.(ctx, sent, undefined) as Changes<'integrations'>),
      mode: listSteps(sent, 'installSteps').length > 0 ? 'install' : 'settings',
      ...(doc.version !== undefined && { version: doc.version }),
      _connectorId: installation.connectorId,
      _parentId: params._id,
      _id: ctx.newId(),
      createdAt: at,
      lastModified: at,
      _envId: ctx.caller.envId,
    })
    return ctx.store.transaction(async (rows) => {
      const members = await rows.apps.listMembers(installation.envId, installation.rootId)
      if (members.length > maxChildren)
        throw new DomainError('invalid_field', `An installation has ${maxChildren} children and no more.`, '_parentId')
      const text = await putIntegration(rows, ctx, undefined, child)
      // What its steps run is the publisher's to look after by now, as in the installation itself.
      const { shown: _before, ...parent } = installation
      await rows.apps.add({ ...parent, integrationId: child._id, installedAt: at, userId: ctx.caller.userId })
      const own = await rows.apps.find(installation.envId, child._id)
      return child.mode === 'settings' && own ? completeInstall(rows, ctx, { ...app, installation: own, doc: child, parent: doc }) : text
    })
  })
}

const invalidChildFunction = (): DomainError => new DomainError('invalid_ref', 'Script fields invalid or not found.', 'initChild')

/** What the function returned, as a client would have to send it. Steps are open whatever it says. */
function parseChild(returned: unknown): DocumentBody<'integrations'> {
  if (!isObject(returned)) throw new DomainError('script_error', 'initChild has to return the child integration.', 'initChild.function')
  const { childIntegration } = returned
  const { value } = acceptBounded(integration.body, isObject(childIntegration) ? childIntegration : returned)
  check(value)
  const child = value as DocumentBody<'integrations'>
  const lists = (['installSteps', 'uninstallSteps'] as const).filter((list) => child[list] !== undefined)
  return {
    ...child,
    ...Object.fromEntries(lists.map((list) => [list, listSteps(child, list).map((step) => ({ ...step, completed: false }))])),
  }
}
