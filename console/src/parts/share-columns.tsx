/** The columns of users that an account, or an integration of it, is shared with. */
import { sharingWords } from '../words/sharing.ts'
import { userWords } from '../words/users.ts'
import { Badge } from './status.tsx'
import type { Column } from './table.tsx'
import { Time } from './time.tsx'

interface Share {
  readonly sharedWithUser: { readonly email: string; readonly name?: string; readonly lastSignIn?: string }
  readonly accessLevel?: keyof typeof userWords.levels
  readonly integrationAccessLevel?: readonly unknown[]
  readonly accepted?: boolean
  readonly dismissed?: boolean
  readonly disabled?: boolean
  readonly lastSignIn?: string
}

function levelOf({ accessLevel, integrationAccessLevel = [] }: Share): string {
  const some = sharingWords.numIntegrations(integrationAccessLevel.length)
  if (!accessLevel) return some
  return integrationAccessLevel.length > 0 && accessLevel !== 'administrator'
    ? sharingWords.more(userWords.levels[accessLevel], some)
    : userWords.levels[accessLevel]
}

export const shareColumns: readonly Column<Share>[] = [
  {
    id: 'user',
    heading: userWords.user,
    cell: ({ sharedWithUser: { email, name } }) => (
      <span className="with-marks" title={email}>
        <span className="main-link">{name || email}</span>
        {name && <span className="soft">{email}</span>}
      </span>
    ),
  },
  {
    id: 'level',
    heading: userWords.level,
    width: '200px',
    cell: levelOf,
  },
  {
    id: 'state',
    heading: userWords.state,
    width: '130px',
    cell: ({ accepted, disabled, dismissed }) =>
      disabled ? (
        <Badge>{userWords.disabled}</Badge>
      ) : accepted ? (
        userWords.accepted
      ) : (
        <Badge>{dismissed ? userWords.dismissed : userWords.pending}</Badge>
      ),
  },
  {
    id: 'seen',
    heading: userWords.lastSignIn,
    width: '150px',
    cell: ({ lastSignIn, sharedWithUser }) => <Time at={lastSignIn ?? sharedWithUser.lastSignIn} />,
  },
]
