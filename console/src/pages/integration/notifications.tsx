/** The user's subscriptions in an integration: errors of all its flows or of some, and connections that go offline. */
import { Link } from '@tanstack/react-router'
import { useData } from '../../api/queries.ts'
import { useSubscribe, type Subject } from '../../forms/subscribe.ts'
import { paths } from '../../paths.ts'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { useParam } from '../../url-state.ts'
import { notificationWords as text } from '../../words/notifications.ts'

interface Row {
  readonly name: string
  readonly subject: Subject
  readonly to: string
  readonly isOn: boolean
  /** Told of with the integration. */
  readonly isIncluded: boolean
}

export function IntegrationNotificationsPage() {
  const id = useParam('integrationId')
  const flows = useData('listIntegrationFlows', { params: { _id: id } })
  const connections = useData('listIntegrationConnections', { params: { _id: id } })
  const subscriptions = useData('listNotifications', { query: {} })
  const subscribe = useSubscribe()
  const chosen = new Set(subscriptions.map(({ _integrationId, _flowId, _connectionId }) => _integrationId ?? _flowId ?? _connectionId))
  const hasAll = chosen.has(id)
  const columns: readonly Column<Row>[] = [
    { id: 'name', heading: text.name, cell: ({ name, to }) => <Link to={to}>{name}</Link> },
    {
      id: 'tell',
      heading: text.notify,
      width: '110px',
      cell: ({ name, subject, isOn, isIncluded }) => (
        <Toggle
          label={text.notifyOf(name)}
          checked={isOn || isIncluded}
          disabled={isIncluded}
          onChange={(subscribed) => subscribe(name, subject, subscribed)}
        />
      ),
    },
  ]
  const ofFlows = flows.map(({ _id, name }): Row => ({
    name,
    subject: { _flowId: _id },
    to: paths.flow(_id),
    isOn: chosen.has(_id),
    isIncluded: hasAll,
  }))
  const ofConnections = connections.map(({ _id, name }): Row => ({
    name,
    subject: { _connectionId: _id },
    to: paths.resource('connections', _id),
    isOn: chosen.has(_id),
    isIncluded: false,
  }))
  return (
    <>
      <p className="soft lead">
        {text.hint} <Link to={paths.profile()}>{text.profile}</Link>
      </p>
      <section className="section">
        <div className="section-head">
          <div>
            <h2>{text.all}</h2>
            <p className="hint">{text.allHint}</p>
          </div>
          <Toggle label={text.notifyOf(text.all)} checked={hasAll} onChange={(on) => subscribe(text.all, { _integrationId: id }, on)} />
        </div>
        {ofFlows.length === 0 ? (
          <Empty icon="branch" title={text.noFlows} />
        ) : (
          <Table label={text.flows} columns={columns} rows={ofFlows} keyOf={({ to }) => to} />
        )}
      </section>
      <section className="section">
        <h2>{text.connections}</h2>
        {ofConnections.length === 0 ? (
          <Empty icon="plug" title={text.noConnections} />
        ) : (
          <Table label={text.connections} columns={columns} rows={ofConnections} keyOf={({ to }) => to} />
        )}
      </section>
    </>
  )
}
