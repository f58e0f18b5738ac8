/** Who besides the owner reaches an integration, and how far. */
import { useData } from '../../api/queries.ts'
import { userWords } from '../../words/users.ts'
import { shareColumns } from '../../parts/share-columns.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useParam } from '../../url-state.ts'

export function IntegrationUsersPage() {
  const shares = useData('listIntegrationAshares', { params: { _id: useParam('integrationId') } })
  if (shares.length === 0)
    return (
      <Empty icon="user" title={userWords.none}>
        {userWords.noneWhy}
      </Empty>
    )
  return <Table label={userWords.label} columns={shareColumns} rows={shares} keyOf={({ _id }) => _id} />
}
