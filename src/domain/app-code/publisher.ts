/** Finds installations that need a document of the app's publisher, and refuses to remove it while there are any. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { visibleIntegrations } from '../access/access.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Dependent } from '../ports/dependencies.ts'
import type { RowsOf } from '../ports/store.ts'

/** After the removal, which has waited for everyone who was just installing. A refusal takes it back. */
export async function refuseInstalled(rows: RowsOf<'apps'>, envId: string, collection: Collection, id: string): Promise<void> {
  const [one] = await rows.apps.findDependents(envId, { collection, id }, 1)
  if (!one) return
  const { name, model } = resources[collection]
  const see = `GET /v1/${collection}/${id}/dependencies`
  throw new DomainError(
    'has_dependents',
    `${model} is in use by installations of ${one.name} and stays. \`${see}\` lists them.`,
    `_${name}Id`,
  )
}

/** Installations that need a document, which are in other environments, most of them of other accounts: told by their id and the name of the app. */
export async function findDependentInstallations(
  ctx: Context,
  envId: string,
  collection: Collection,
  id: string,
  limit: number,
): Promise<readonly Dependent[]> {
  if (!resources[collection].keptWhileInstalled || visibleIntegrations(ctx) !== undefined) return []
  const found = await ctx.store.apps.findDependents(envId, { collection, id }, limit)
  return found.filter(({ isHere }) => !isHere)
}
