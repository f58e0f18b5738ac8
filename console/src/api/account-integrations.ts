/** The integrations of the account in all its environments: what users are given access to. */
import { useQuery } from '@tanstack/react-query'
import { withProduction } from '../parts/scope-switcher.tsx'
import { call } from './client.ts'
import { useSession } from './session.ts'

export interface AccountIntegration {
  readonly id: string
  readonly name: string
  /** Its environment, where the account has several. */
  readonly detail: string | undefined
}

/** Integrations of one environment that are offered. */
const mostOffered = 1000

export function useAccountIntegrations() {
  const { account } = useSession()
  return useQuery({
    queryKey: ['listIntegrations', 'of all environments', account._id],
    queryFn: async (): Promise<readonly AccountIntegration[]> => {
      const environments = withProduction(await call('listEnvironments', {}), account)
      const lists = await Promise.all(
        environments.map(async ({ _id, name: environment }) => {
          const found = await call('listIntegrations', {
            query: { include: 'name', limit: mostOffered },
            headers: { 'sluice-environment': _id },
          })
          return found.map(({ _id: id, name }) => ({ id, name, detail: environments.length > 1 ? environment : undefined }))
        }),
      )
      return lists.flat().toSorted((a, b) => a.name.localeCompare(b.name))
    },
  })
}
