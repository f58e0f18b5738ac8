/** Tokens that programs show in place of a user. */
import { useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useAct, useData } from '../../api/queries.ts'
import { useMay, useSession } from '../../api/session.ts'
import { words } from '../../words.ts'
import { accountWords } from '../../words/account.ts'
import { tokenWords } from '../../words/tokens.ts'
import { userWords } from '../../words/users.ts'
import { resourceWords } from '../../words/resources.ts'
import { ChangeAccessTokenForm } from '../../forms/change-access-token.tsx'
import { CreateAccessTokenForm } from '../../forms/create-access-token.tsx'
import { RevokeTokenForm } from '../../forms/revoke-token.tsx'
import { Button } from '../../parts/button.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Badge } from '../../parts/status.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

type Token = CallResult<'listAccessTokens'>[number]

export function AccessTokensPage() {
  const tokens = useData('listAccessTokens', { query: {} })
  const remove = useAct('deleteAccessToken', 'listAccessTokens')
  const may = useMay()
  const { user } = useSession()
  const [isCreating, setCreating] = useState(false)
  const [changing, setChanging] = useState<Token>()
  const [revoked, setRevoked] = useState<Token>()
  const columns: readonly Column<Token>[] = [
    {
      id: 'name',
      heading: resourceWords.name,
      cell: ({ name, description }) => (
        <span className="main-link" title={description ?? name}>
          {name}
        </span>
      ),
    },
    {
      id: 'scope',
      heading: accountWords.tokens.scope,
      width: '180px',
      cell: (token) => <span title={scopeOf(token)}>{scopeOf(token)}</span>,
    },
    {
      id: 'state',
      heading: userWords.state,
      width: '120px',
      cell: ({ revoked }) => (revoked ? <Badge>{accountWords.tokens.revoked}</Badge> : accountWords.tokens.inForce),
    },
    { id: 'ends', heading: accountWords.tokens.ends, width: '140px', cell: ({ autoPurgeAt }) => <Time at={autoPurgeAt} /> },
    { id: 'made', heading: accountWords.tokens.made, width: '140px', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      id: 'acts',
      heading: words.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: (token) => (
        <MoreMenu
          label={`${words.actions.more}: ${token.name}`}
          items={
            token.revoked
              ? [
                  {
                    label: words.actions.delete,
                    icon: 'bin',
                    danger: true,
                    onSelect: () => remove.mutate({ params: { _id: token._id } }),
                  },
                ]
              : [
                  // What somebody else's token is for is theirs to say.
                  ...(token._userId === user._id
                    ? [{ label: tokenWords.change, icon: 'gear' as const, onSelect: () => setChanging(token) }]
                    : []),
                  { label: accountWords.tokens.revoke, icon: 'cross', danger: true, onSelect: () => setRevoked(token) },
                ]
          }
        />
      ),
    },
  ]
  return (
    <>
      <PageHead title={accountWords.tokens.title} detail={accountWords.tokens.hint}>
        {may('createAccessToken') && (
          <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
            {accountWords.tokens.create}
          </Button>
        )}
      </PageHead>
      {tokens.length === 0 ? (
        <Empty icon="key" title={accountWords.tokens.none}>
          {accountWords.tokens.hint}
        </Empty>
      ) : (
        <Table label={accountWords.tokens.title} columns={columns} rows={tokens} keyOf={({ _id }) => _id} />
      )}
      {revoked && <RevokeTokenForm token={revoked} onClose={() => setRevoked(undefined)} />}
      {isCreating && <CreateAccessTokenForm onClose={() => setCreating(false)} />}
      {changing && <ChangeAccessTokenForm id={changing._id} name={changing.name} onClose={() => setChanging(undefined)} />}
    </>
  )
}

/** Everything, or how many things of each type. */
const scopeOf = (token: Token): string =>
  token.fullAccess
    ? tokenWords.full
    : (Object.keys(tokenWords.chosen) as (keyof typeof tokenWords.chosen)[])
        .flatMap((field) => (token[field]?.length ? [tokenWords.chosen[field](token[field].length)] : []))
        .join(', ')
