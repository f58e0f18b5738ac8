/** The connections that are registered to an integration: whether they answer, and what else may be registered. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useData } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { integrationWords } from '../../words/integrations.ts'
import { paths } from '../../paths.ts'
import { RegisterConnectionsForm } from '../../forms/register-connections.tsx'
import { usePing } from '../../forms/ping-connection.ts'
import { UnregisterConnectionForm } from '../../forms/unregister-connection.tsx'
import { Button } from '../../parts/button.tsx'
import { connectionColumns } from '../../parts/connection-columns.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { UsedBy } from '../../parts/used-by.tsx'
import { useParam } from '../../url-state.ts'

type Connection = CallResult<'listIntegrationConnections'>[number]

export function IntegrationConnectionsPage() {
  const id = useParam('integrationId')
  const connections = useData('listIntegrationConnections', { params: { _id: id } })
  const may = useMay(id)
  const navigate = useNavigate()
  const ping = usePing()
  const [unregistered, setUnregistered] = useState<Connection>()
  const [isRegistering, setRegistering] = useState(false)
  const [asked, setAsked] = useState<Connection>()
  const columns: readonly Column<Connection>[] = [
    ...connectionColumns,
    {
      id: 'acts',
      heading: words.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: (connection) => (
        <MoreMenu
          label={`${words.actions.more}: ${connection.name}`}
          items={[
            { label: integrationWords.connections.usedBy, icon: 'list' as const, onSelect: () => setAsked(connection) },
            ...(may('pingConnection')
              ? [{ label: integrationWords.connections.ping, icon: 'refresh' as const, onSelect: () => ping(connection) }]
              : []),
            ...(may('unregisterConnectionFromIntegration')
              ? [{ label: integrationWords.connections.unregister, icon: 'cross' as const, onSelect: () => setUnregistered(connection) }]
              : []),
          ]}
        />
      ),
    },
  ]
  return (
    <>
      <div className="toolbar">
        {may('registerConnectionToIntegration') && (
          <Button icon="plus" onClick={() => setRegistering(true)}>
            {integrationWords.connections.register}
          </Button>
        )}
      </div>
      {connections.length === 0 ? (
        <Empty icon="plug" title={integrationWords.connections.none}>
          {integrationWords.connections.noneWhy}
        </Empty>
      ) : (
        <Table
          label={integrationWords.connections.label}
          columns={columns}
          rows={connections}
          keyOf={({ _id }) => _id}
          onOpen={({ _id }) => void navigate({ to: paths.resource('connections', _id) })}
        />
      )}
      {isRegistering && (
        <RegisterConnectionsForm integrationId={id} registered={connections.map(({ _id }) => _id)} onClose={() => setRegistering(false)} />
      )}
      {unregistered && <UnregisterConnectionForm integrationId={id} connection={unregistered} onClose={() => setUnregistered(undefined)} />}
      {asked && (
        <Dialog title={integrationWords.connections.usedByOf(asked.name)} onClose={() => setAsked(undefined)}>
          <div className="dialog-body">
            <UsedBy collection="connections" id={asked._id} />
          </div>
        </Dialog>
      )}
    </>
  )
}
