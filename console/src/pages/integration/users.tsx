/** Who besides the owner reaches an integration, and how far. */
import { useData } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { words } from '../../words.ts'
import { Badge } from '../../parts/status.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam } from '../../url-state.ts'

type Share = CallResult<'listIntegrationAshares'>[number]

const columns: readonly Column<Share>[] = [
  {
    id: 'user',
    heading: words.users.user,
    cell: ({ sharedWithUser: { email, name } }) => (
      <span className="with-marks" title={email}>
        <span className="main-link">{name || email}</span>
        {name && <span className="soft">{email}</span>}
      </span>
    ),
  },
  {
    id: 'level',
    heading: words.users.level,
    width: '140px',
    cell: ({ accessLevel }) => (accessLevel ? words.users.levels[accessLevel] : words.users.custom),
  },
  {
    id: 'accepted',
    heading: words.users.accepted,
    width: '120px',
    cell: ({ accepted }) => (accepted ? words.users.accepted : <Badge>{words.users.pending}</Badge>),
  },
  {
    id: 'seen',
    heading: words.users.lastSignIn,
    width: '150px',
    cell: ({ lastSignIn, sharedWithUser }) => <Time at={lastSignIn ?? sharedWithUser.lastSignIn} />,
  },
]

export function IntegrationUsersPage() {
  const shares = useData('listIntegrationAshares', { params: { _id: useParam('integrationId') } })
  if (shares.length === 0)
    return (
      <Empty icon="user" title={words.users.none}>
        {words.users.noneWhy}
      </Empty>
    )
  return <Table label={words.users.label} columns={columns} rows={shares} keyOf={({ _id }) => _id} />
}
