/** Begins to remove an installation. Its steps lead into the recycle bin. */
import type { Input } from '../../contract/operation.ts'
import type { apps as operations } from '../../contract/operations/apps/installations.ts'
import type { JsonText } from '../result.ts'
import type { Context } from '../context.ts'
import { stopFlows } from '../rules/flow.ts'
import { removed } from './finish.ts'
import { withApp } from '../app-code/app-functions.ts'
import { changeIntegration } from './integration.ts'
import { stepsOf } from './steps/step.ts'
import type { Rows } from '../ports/store.ts'

export const uninstallIntegration = (
  asked: Context,
  { params }: Input<(typeof operations)['uninstallIntegration']>,
): Promise<JsonText | undefined> =>
  withApp(asked, params._id, 'uninstall', ({ app }, ctx) =>
    ctx.store.transaction(async (rows) => {
      const steps = stepsOf(app.doc, 'uninstallSteps').map((step) => ({ ...step, completed: false }))
      await stop(rows, ctx, app.installation.integrationId)
      if (steps.length === 0) return removed(rows, ctx, app)
      return changeIntegration(rows, ctx, params._id, () => ({ mode: 'uninstall', uninstallSteps: steps }))
    }),
  )

async function stop(rows: Rows, ctx: Context, integrationId: string): Promise<void> {
  const { envId } = ctx.caller
  const { rootId } = (await rows.apps.find(envId, integrationId)) ?? { rootId: integrationId }
  const ids = rootId === integrationId ? await rows.apps.members(envId, rootId) : [integrationId]
  await stopFlows(rows, ctx, await rows.documents.referring(envId, 'flows', ids, 'integrations'))
}
