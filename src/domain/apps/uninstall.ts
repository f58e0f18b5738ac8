/** Starts the removal of an installation: stops its flows and opens its uninstall steps. */
import type { Input } from '../../contract/operation.ts'
import type { apps as operations } from '../../contract/operations/apps/installations.ts'
import type { JsonText } from '../result.ts'
import type { Context } from '../context.ts'
import { stopFlows } from '../rules/flow.ts'
import { completeUninstall } from './finish.ts'
import { withApp } from '../app-code/app-functions.ts'
import { changeIntegration } from './integration.ts'
import { listSteps } from './steps/step.ts'
import type { RowsOf } from '../ports/store.ts'

export const uninstallIntegration = (
  asked: Context,
  { params }: Input<(typeof operations)['uninstallIntegration']>,
): Promise<JsonText | undefined> =>
  withApp(asked, params._id, 'uninstall', ({ app }, ctx) =>
    ctx.store.transaction(async (rows) => {
      const steps = listSteps(app.doc, 'uninstallSteps').map((step) => ({ ...step, completed: false }))
      await stopAppFlows(rows, ctx, app.installation.integrationId)
      if (steps.length === 0) return completeUninstall(rows, ctx, app)
      return changeIntegration(rows, ctx, params._id, () => ({ mode: 'uninstall', uninstallSteps: steps }))
    }),
  )

async function stopAppFlows(rows: RowsOf<'apps' | 'documents' | 'jobs'>, ctx: Context, integrationId: string): Promise<void> {
  const { envId } = ctx.caller
  const { rootId } = (await rows.apps.find(envId, integrationId)) ?? { rootId: integrationId }
  const ids = rootId === integrationId ? await rows.apps.listMembers(envId, rootId) : [integrationId]
  await stopFlows(rows, ctx, await rows.documents.findReferring(envId, 'flows', ids, 'integrations'))
}
