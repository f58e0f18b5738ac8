/** What tables of connections show. */
import { Link } from '@tanstack/react-router'
import type { CallResult } from '../api/client.ts'
import { paths } from '../paths.ts'
import { integrationWords } from '../words/integrations.ts'
import { OnlineStatus } from './online-status.tsx'
import type { Column } from './table.tsx'
import { Time } from './time.tsx'

type Connection = Pick<CallResult<'listConnections'>[number], '_id' | 'name' | 'type' | 'offline' | 'lastModified'>

export const connectionColumns: readonly Column<Connection>[] = [
  {
    id: 'name',
    heading: integrationWords.connections.name,
    cell: ({ _id, name }) => (
      <Link to={paths.resource('connections', _id)} className="main-link" title={name}>
        {name}
      </Link>
    ),
  },
  { id: 'type', heading: integrationWords.connections.type, width: '140px', cell: ({ type }) => <span className="soft">{type}</span> },
  { id: 'state', heading: integrationWords.connections.state, width: '130px', cell: ({ offline }) => <OnlineStatus offline={offline} /> },
  { id: 'changed', heading: integrationWords.connections.changed, width: '150px', cell: ({ lastModified }) => <Time at={lastModified} /> },
]
