/** Refuses to restore flows of an edition that the installation does not have. */
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Installation } from '../ports/apps.ts'
import { findEdition, listEditionFlows } from '../app-rights/editions.ts'
import type { Doc } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

/** Those of these flows that are of another edition than their installation has. */
export async function filterOtherEditions(
  rows: RowsOf<'apps' | 'clones' | 'documents'>,
  ctx: Context,
  flows: readonly Doc[],
): Promise<readonly Doc[]> {
  const { envId } = ctx.caller
  const byIntegration = Map.groupBy(
    flows.filter((flow) => flow._connectorId !== undefined),
    (flow) => flow._integrationId ?? '',
  )
  const strays: Doc[] = []
  for (const [integrationId, found] of byIntegration) {
    const installation = await rows.apps.find(envId, integrationId)
    const allowed = installation && (await listInstallationFlows(rows, installation))
    if (!installation || !allowed) continue
    const pairs = await rows.clones.listPairs({ envId, integrationId })
    const sources = new Map(pairs.map(({ sourceId, targetId }) => [targetId, sourceId]))
    const isStray = (flow: Doc): boolean => {
      const source = sources.get(flow._id)
      return flow._connectorId === installation.connectorId && source !== undefined && !allowed.includes(source)
    }
    strays.push(...found.filter(isStray))
  }
  return strays
}

/** Undefined for all of the template. */
async function listInstallationFlows(rows: RowsOf<'documents'>, installation: Installation): Promise<readonly string[] | undefined> {
  const { connectorEnvId, connectorId, editionId, rootId, integrationId } = installation
  const connector = await rows.documents.find(connectorEnvId, 'connectors', connectorId)
  return connector && listEditionFlows(findEdition(connector.doc, editionId), rootId !== integrationId)
}

export const notInEdition = (flow: Doc): DomainError =>
  new DomainError(
    'app_resource_locked',
    `The flow "${flow.name}" is of another edition of its Integration App. It comes with POST /v1/integrations/{_id}/changeEdition.`,
    '_editionId',
  )

export async function checkEdition(rows: RowsOf<'apps' | 'clones' | 'documents'>, ctx: Context, ids: readonly string[]): Promise<void> {
  const flows: Doc[] = []
  for (const id of ids) {
    const entry = await rows.documents.find(ctx.caller.envId, 'flows', id)
    if (entry) flows.push(entry.doc)
  }
  const [stray] = await filterOtherEditions(rows, ctx, flows)
  if (stray) throw notInEdition(stray)
}
