/** The users besides the owner who have access to an integration: how far, and by what. */
import { useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useData, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { sharingWords } from '../../words/sharing.ts'
import { userWords } from '../../words/users.ts'
import { ChangeShareForm } from '../../forms/change-share.tsx'
import { InviteToIntegrationForm, levelForm } from '../../forms/invite-to-integration.tsx'
import { Button } from '../../parts/button.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { shareColumns } from '../../parts/share-columns.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { useParam } from '../../url-state.ts'

type Share = CallResult<'listAShares'>[number]
type Row = CallResult<'listIntegrationAshares'>[number] & {
  readonly disabled?: boolean
  readonly dismissed?: boolean
  /** What is shared with the user in the whole account, for those who may know. */
  readonly whole?: Share
}

export function IntegrationUsersPage() {
  const integrationId = useParam('integrationId')
  const may = useMay()
  const [isInviting, setInviting] = useState(false)
  const [changing, setChanging] = useState<Row>()
  // Only who manages users knows by what they have access.
  const shares = useLater('listAShares', { query: {} }, may('listAShares')).data
  const rows = useData('listIntegrationAshares', { params: { _id: integrationId } }).map((row): Row => {
    const whole = shares?.find(({ _id }) => _id === row._id)
    return whole ? { ...row, whole, disabled: whole.disabled ?? false, dismissed: whole.dismissed ?? false } : row
  })
  const invite = may('inviteUser') && (
    <Button kind="primary" icon="plus" onClick={() => setInviting(true)}>
      {sharingWords.invite}
    </Button>
  )
  const acts: Column<Row> = {
    id: 'acts',
    heading: words.actions.more,
    hidesHeading: true,
    width: '56px',
    cell: (row) =>
      !row.isProductionAdmin && (
        <MoreMenu
          label={`${words.actions.more}: ${row.sharedWithUser.email}`}
          items={[{ label: sharingWords.change, icon: 'gear', onSelect: () => setChanging(row) }]}
        />
      ),
  }
  return (
    <>
      {rows.length === 0 ? (
        <Empty icon="user" title={userWords.none} action={invite}>
          {userWords.noneWhy}
        </Empty>
      ) : (
        <>
          {invite && <div className="toolbar">{invite}</div>}
          <Table
            label={userWords.label}
            columns={[...shareColumns, ...(shares ? [throughColumn(integrationId)] : []), ...(may('updateAShare') ? [acts] : [])]}
            rows={rows}
            keyOf={({ _id }) => _id}
          />
        </>
      )}
      {isInviting && <InviteToIntegrationForm integrationId={integrationId} onClose={() => setInviting(false)} />}
      {changing && (
        <ChangeShareForm
          shareId={changing._id}
          user={changing.sharedWithUser.email}
          form={levelForm(integrationId)}
          onClose={() => setChanging(undefined)}
        />
      )}
    </>
  )
}

const throughColumn = (integrationId: string): Column<Row> => ({
  id: 'through',
  heading: sharingWords.through,
  width: '150px',
  cell: ({ whole, accessLevel }) => {
    const here = whole?.integrationAccessLevel?.find(({ _integrationId }) => _integrationId === integrationId)?.accessLevel
    // The higher of both counts.
    return here === accessLevel && whole?.accessLevel !== accessLevel ? sharingWords.throughIntegration : sharingWords.throughAccount
  },
})
