/** Takes the registration of a connection from an integration. */
import { explain } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { integrationWords } from '../words/integrations.ts'
import { notify } from '../parts/notices.tsx'

export function useUnregister(integrationId: string): (connection: { readonly _id: string; readonly name: string }) => void {
  const unregister = useAct('unregisterConnectionFromIntegration', 'listIntegrationConnections', 'listTiles')
  return ({ _id, name }) =>
    unregister.mutate(
      { params: { _id: integrationId, _connectionId: _id } },
      { onSuccess: () => notify(integrationWords.connections.unregistered(name)), onError: (error) => notify(explain(error), true) },
    )
}
