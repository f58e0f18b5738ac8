/** What the exports and imports of an integration are called; where none is named, those of the account. */
import { useQuery } from '@tanstack/react-query'
import { queryOf } from './queries.ts'

export interface NamedStep {
  readonly _id: string
  readonly name: string
  readonly type?: string
}

/** Steps that are looked up by their names. */
const mostSteps = 1000

const lists = {
  exports: { ofIntegration: 'listIntegrationExports', ofAccount: 'listExports' },
  imports: { ofIntegration: 'listIntegrationImports', ofAccount: 'listImports' },
} as const

/** The query of either: all of them answer documents with a name. */
export function namedSteps(collection: 'exports' | 'imports', integrationId: string | undefined) {
  const { ofIntegration, ofAccount } = lists[collection]
  return integrationId === undefined
    ? queryOf(ofAccount as 'listExports', { query: { limit: mostSteps, include: 'name,type' } })
    : queryOf(ofIntegration as 'listExports', { params: { _id: integrationId } } as never)
}

interface StepNames {
  readonly nameOf: (stepId: string) => string | undefined
  readonly isExport: (stepId: string) => boolean
}

export function useStepNames(integrationId: string | undefined): StepNames {
  const exports = useNames('exports', integrationId)
  const imports = useNames('imports', integrationId)
  return { nameOf: (id) => exports.get(id) ?? imports.get(id), isExport: (id) => exports.has(id) }
}

function useNames(collection: 'exports' | 'imports', integrationId: string | undefined): ReadonlyMap<string, string> {
  const found: readonly NamedStep[] = useQuery(namedSteps(collection, integrationId)).data ?? []
  return new Map(found.map(({ _id, name }) => [_id, name]))
}
