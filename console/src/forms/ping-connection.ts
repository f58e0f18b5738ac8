/** Tries a connection, and says what came of it. */
import { explain } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { notify } from '../parts/notices.tsx'

export function usePing(): (connection: { readonly _id: string; readonly name: string }) => void {
  const ping = useAct('pingConnection', 'listIntegrationConnections', 'listConnections', 'getConnection', 'listTiles')
  return ({ _id, name }) =>
    ping.mutate(
      { params: { _id } },
      {
        onSuccess: ({ errors = [] }) => {
          if (errors.length === 0) notify(words.connections.answers(name))
          else notify(words.connections.silent(name, errors.map(({ message }) => message).join(' ')), true)
        },
        onError: (error) => notify(explain(error), true),
      },
    )
}
