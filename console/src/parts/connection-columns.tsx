/** What tables of connections show. */
import { Link } from '@tanstack/react-router'
import type { CallResult } from '../api/client.ts'
import { paths } from '../paths.ts'
import { words } from '../words.ts'
import { OnlineStatus } from './status.tsx'
import type { Column } from './table.tsx'
import { Time } from './time.tsx'

type Connection = Pick<CallResult<'listConnections'>[number], '_id' | 'name' | 'type' | 'offline' | 'lastModified'>

export const connectionColumns: readonly Column<Connection>[] = [
  {
    id: 'name',
    heading: words.connections.name,
    cell: ({ _id, name }) => (
      <Link to={paths.resource('connections', _id)} className="main-link" title={name}>
        {name}
      </Link>
    ),
  },
  { id: 'type', heading: words.connections.type, width: '140px', cell: ({ type }) => <span className="soft">{type}</span> },
  { id: 'state', heading: words.connections.state, width: '130px', cell: ({ offline }) => <OnlineStatus offline={offline} /> },
  { id: 'changed', heading: words.connections.changed, width: '150px', cell: ({ lastModified }) => <Time at={lastModified} /> },
]
