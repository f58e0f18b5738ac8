/** What the aliases of an integration stand for: documents of four types. */
import type { CallResult } from './client.ts'
import { useLater } from './queries.ts'

export type Alias = NonNullable<CallResult<'getIntegration'>['aliases']>[number]

export const aliasFields = { flows: '_flowId', exports: '_exportId', imports: '_importId', connections: '_connectionId' } as const
export type AliasCollection = keyof typeof aliasFields
export const aliasCollections = Object.keys(aliasFields) as readonly AliasCollection[]

export function findTarget(alias: Alias): { readonly collection: AliasCollection; readonly id: string } | undefined {
  for (const collection of aliasCollections) {
    const id = alias[aliasFields[collection]]
    if (id !== undefined) return { collection, id }
  }
  return undefined
}

type Named = readonly { readonly _id: string; readonly name: string }[]

/** The documents of the integration that can have an alias, by their types. */
export function useAliasTargets(integrationId: string): Readonly<Record<AliasCollection, Named>> {
  const input = { params: { _id: integrationId } }
  const flows: Named = useLater('listIntegrationFlows', input).data ?? []
  const exports: Named = useLater('listIntegrationExports', input).data ?? []
  const imports: Named = useLater('listIntegrationImports', input).data ?? []
  const connections: Named = useLater('listIntegrationConnections', input).data ?? []
  return { flows, exports, imports, connections }
}
