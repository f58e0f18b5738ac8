/** Whom the account is shared with, and what was shared with the user. */
import { useState } from 'react'
import { useAct, useData } from '../../api/queries.ts'
import { explain, type CallResult } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { InviteUserForm } from '../../forms/invite-user.tsx'
import { Button } from '../../parts/button.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { notify } from '../../parts/notices.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Badge } from '../../parts/status.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

type Share = CallResult<'listAShares'>[number]

export function UsersPage() {
  const may = useMay()
  const [isInviting, setInviting] = useState(false)
  return (
    <>
      <PageHead title={words.users.label} detail={words.users.hint}>
        {may('inviteUser') && (
          <Button kind="primary" icon="plus" onClick={() => setInviting(true)}>
            {words.users.invite}
          </Button>
        )}
      </PageHead>
      {may('listAShares') ? <Shares /> : <p className="soft">{words.users.notYours}</p>}
      <Invitations />
      {isInviting && <InviteUserForm onClose={() => setInviting(false)} />}
    </>
  )
}

function Shares() {
  const shares = useData('listAShares', { query: {} })
  const remove = useAct('deleteAShare', 'listAShares')
  const disable = useAct('disableAShare', 'listAShares')
  const failed = { onError: (error: unknown) => notify(explain(error), true) }
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
      width: '170px',
      cell: ({ accessLevel }) => (accessLevel ? words.users.levels[accessLevel] : words.users.custom),
    },
    {
      id: 'state',
      heading: words.users.state,
      width: '130px',
      cell: ({ accepted, disabled, dismissed }) =>
        disabled ? (
          <Badge>{words.users.disabled}</Badge>
        ) : accepted ? (
          words.users.accepted
        ) : (
          <Badge>{dismissed ? words.users.dismissed : words.users.pending}</Badge>
        ),
    },
    { id: 'seen', heading: words.users.lastSignIn, width: '150px', cell: ({ lastSignIn }) => <Time at={lastSignIn} /> },
    {
      id: 'acts',
      heading: words.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: ({ _id, disabled, sharedWithUser }) => (
        <MoreMenu
          label={`${words.actions.more}: ${sharedWithUser.email}`}
          items={[
            {
              label: disabled ? words.users.enable : words.users.disable,
              onSelect: () => disable.mutate({ params: { _id }, body: { disabled: !disabled } } as never, failed),
            },
            { label: words.users.remove, icon: 'bin', danger: true, onSelect: () => remove.mutate({ params: { _id } }, failed) },
          ]}
        />
      ),
    },
  ]
  if (shares.length === 0)
    return (
      <Empty icon="user" title={words.users.none}>
        {words.users.noneInvited}
      </Empty>
    )
  return <Table label={words.users.label} columns={columns} rows={shares} keyOf={({ _id }) => _id} />
}

/** Accounts that somebody wants to share with the user, who has not answered yet. */
function Invitations() {
  const open = useData('listSharedAShares', {}).filter(({ accepted, dismissed }) => !accepted && !dismissed)
  const accept = useAct('acceptAShare', 'listSharedAShares')
  const dismiss = useAct('dismissAShare', 'listSharedAShares')
  if (open.length === 0) return null
  return (
    <section className="section invitations">
      <h2>{words.users.invitations}</h2>
      <ul className="acts">
        {open.map(({ _id, ownerUser }) => (
          <li key={_id} className="act">
            <span>{words.users.invitedBy(ownerUser.name || ownerUser.email)}</span>
            <span className="page-actions">
              <Button onClick={() => dismiss.mutate({ params: { _id } })}>{words.users.dismiss}</Button>
              <Button kind="primary" onClick={() => accept.mutate({ params: { _id } })}>
                {words.users.accept}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
