/** The columns of users that an account, or an integration of it, is shared with. */
import { words } from '../words.ts'
import { Badge } from './status.tsx'
import type { Column } from './table.tsx'
import { Time } from './time.tsx'

interface Share {
  readonly sharedWithUser: { readonly email: string; readonly name?: string; readonly lastSignIn?: string }
  readonly accessLevel?: keyof typeof words.users.levels
  readonly accepted?: boolean
  readonly dismissed?: boolean
  readonly disabled?: boolean
  readonly lastSignIn?: string
}

export const shareColumns: readonly Column<Share>[] = [
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
  {
    id: 'seen',
    heading: words.users.lastSignIn,
    width: '150px',
    cell: ({ lastSignIn, sharedWithUser }) => <Time at={lastSignIn ?? sharedWithUser.lastSignIn} />,
  },
]
