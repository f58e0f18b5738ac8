/** What the exports and imports are called whose errors are shown. */
import { useLater } from '../../api/queries.ts'

interface StepNames {
  readonly nameOf: (stepId: string) => string | undefined
  readonly isExport: (stepId: string) => boolean
}

export function useStepNames(integrationId: string | undefined): StepNames {
  const exports = useNames('listIntegrationExports', 'listExports', integrationId)
  const imports = useNames('listIntegrationImports', 'listImports', integrationId)
  return { nameOf: (id) => exports.get(id) ?? imports.get(id), isExport: (id) => exports.has(id) }
}

function useNames(
  ofIntegration: 'listIntegrationExports' | 'listIntegrationImports',
  ofAccount: 'listExports' | 'listImports',
  integrationId: string | undefined,
): ReadonlyMap<string, string> {
  const name = integrationId === undefined ? ofAccount : ofIntegration
  const input = integrationId === undefined ? { query: { limit: 1000, include: 'name,type' } } : { params: { _id: integrationId } }
  const found: readonly { readonly _id: string; readonly name: string }[] = useLater(name as 'listExports', input as never).data ?? []
  return new Map(found.map((each) => [each._id, each.name]))
}
