/** Tries a connection, and says what came of it. */
import { useAct } from '../api/queries.ts'
import { integrationWords } from '../words/integrations.ts'
import { notify } from '../parts/notices.tsx'

export function usePing(): (connection: { readonly _id: string; readonly name: string }) => void {
  const ping = useAct('pingConnection', 'listIntegrationConnections', 'listConnections', 'getConnection', 'listTiles')
  return ({ _id, name }) =>
    ping.mutate(
      { params: { _id } },
      {
        onSuccess: ({ errors = [] }) => {
          if (errors.length === 0) notify(integrationWords.connections.answers(name))
          else notify(integrationWords.connections.silent(name, errors.map(({ message }) => message).join(' ')), true)
        },
      },
    )
}
