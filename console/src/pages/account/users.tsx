/** Whom the account is shared with, and what was shared with the user. */
import { useState } from 'react'
import { useAct, useData } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { sharingWords } from '../../words/sharing.ts'
import { userWords } from '../../words/users.ts'
import { ChangeShareForm } from '../../forms/change-share.tsx'
import { InviteUserForm } from '../../forms/invite-user.tsx'
import { RemoveShareForm } from '../../forms/remove-share.tsx'
import { Button } from '../../parts/button.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { notify } from '../../parts/notices.tsx'
import { PageHead } from '../../parts/page.tsx'
import { shareColumns } from '../../parts/share-columns.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'

type Share = CallResult<'listAShares'>[number]

export function UsersPage() {
  const may = useMay()
  const [isInviting, setInviting] = useState(false)
  return (
    <>
      <PageHead title={userWords.label} detail={userWords.hint}>
        {may('inviteUser') && (
          <Button kind="primary" icon="plus" onClick={() => setInviting(true)}>
            {userWords.invite}
          </Button>
        )}
      </PageHead>
      {may('listAShares') ? <Shares /> : <p className="soft">{userWords.notYours}</p>}
      <Invitations />
      {isInviting && <InviteUserForm onClose={() => setInviting(false)} />}
    </>
  )
}

function Shares() {
  const may = useMay()
  const shares = useData('listAShares', { query: {} })
  const [changing, setChanging] = useState<Share>()
  const reinvite = useAct('reinviteAShare', 'listAShares')
  const [removed, setRemoved] = useState<Share>()
  const disable = useAct('disableAShare', 'listAShares')
  const columns: readonly Column<Share>[] = [
    ...shareColumns,
    {
      id: 'acts',
      heading: words.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: (share) => {
        const { _id, dismissed, disabled, sharedWithUser } = share
        return (
          <MoreMenu
            label={`${words.actions.more}: ${sharedWithUser.email}`}
            items={[
              ...(may('updateAShare') ? [{ label: sharingWords.change, icon: 'gear' as const, onSelect: () => setChanging(share) }] : []),
              ...(dismissed
                ? [
                    {
                      label: sharingWords.reinvite,
                      onSelect: () =>
                        reinvite.mutate({ params: { _id } }, { onSuccess: () => notify(sharingWords.reinvited(sharedWithUser.email)) }),
                    },
                  ]
                : []),
              {
                label: disabled ? userWords.enable : userWords.disable,
                onSelect: () => disable.mutate({ params: { _id }, body: { disabled: !disabled } } as never),
              },
              { label: userWords.remove, icon: 'bin', danger: true, onSelect: () => setRemoved(share) },
            ]}
          />
        )
      },
    },
  ]
  if (shares.length === 0)
    return (
      <Empty icon="user" title={userWords.none}>
        {userWords.noneInvited}
      </Empty>
    )
  return (
    <>
      <Table label={userWords.label} columns={columns} rows={shares} keyOf={({ _id }) => _id} />
      {changing && <ChangeShareForm shareId={changing._id} user={changing.sharedWithUser.email} onClose={() => setChanging(undefined)} />}
      {removed && <RemoveShareForm shareId={removed._id} user={removed.sharedWithUser.email} onClose={() => setRemoved(undefined)} />}
    </>
  )
}

/** Accounts that somebody wants to share with the user, who has not answered yet. */
function Invitations() {
  const open = useData('listSharedAShares', {}).filter(({ accepted, dismissed }) => !accepted && !dismissed)
  const accept = useAct('acceptAShare', 'listSharedAShares')
  const dismiss = useAct('dismissAShare', 'listSharedAShares')
  if (open.length === 0) return null
  return (
    <section className="section invitations">
      <h2>{userWords.invitations}</h2>
      <ul className="acts">
        {open.map(({ _id, ownerUser }) => (
          <li key={_id} className="act">
            <span>{userWords.invitedBy(ownerUser.name || ownerUser.email)}</span>
            <span className="page-actions">
              <Button onClick={() => dismiss.mutate({ params: { _id } })}>{userWords.dismiss}</Button>
              <Button kind="primary" onClick={() => accept.mutate({ params: { _id } })}>
                {userWords.accept}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
