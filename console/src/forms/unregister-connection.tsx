/** Takes the registration of a connection from an integration. */
import { useAct } from '../api/queries.ts'
import { integrationWords } from '../words/integrations.ts'
import { DependentList } from '../parts/dependents.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { notify } from '../parts/notices.tsx'

interface UnregisterProps {
  readonly integrationId: string
  readonly connection: { readonly _id: string; readonly name: string }
  readonly onClose: () => void
}

export function UnregisterConnectionForm({ integrationId, connection: { _id, name }, onClose }: UnregisterProps) {
  const unregister = useAct('unregisterConnectionFromIntegration', 'listIntegrationConnections', 'listTiles')
  const confirm = () =>
    unregister.mutate(
      { params: { _id: integrationId, _connectionId: _id } },
      {
        onSuccess: () => {
          notify(integrationWords.connections.unregistered(name))
          onClose()
        },
      },
    )
  return (
    <Confirm
      title={integrationWords.connections.unregisterAsk(name)}
      action={integrationWords.connections.unregister}
      kind="danger"
      busy={unregister.isPending}
      error={unregister.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{integrationWords.connections.unregisterHint}</p>
      <DependentList collection="connections" id={_id} />
    </Confirm>
  )
}
