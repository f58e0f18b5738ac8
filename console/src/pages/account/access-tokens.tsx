/** Tokens that programs show in place of a user. */
import { useState } from 'react'
import { call, explain, type CallResult } from '../../api/client.ts'
import { queryClient, refresh, useAct, useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { accountWords } from '../../words/account.ts'
import { userWords } from '../../words/users.ts'
import { resourceWords } from '../../words/resources.ts'
import { CreateAccessTokenForm } from '../../forms/create-access-token.tsx'
import { Button } from '../../parts/button.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { notify } from '../../parts/notices.tsx'
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
  const [isCreating, setCreating] = useState(false)
  const revoke = async ({ _id }: Token) => {
    try {
      const token = await call('getAccessToken', { params: { _id } })
      await call('updateAccessToken', { params: { _id }, body: { ...token, revoked: true } as never })
    } catch (error) {
      notify(explain(error), true)
    }
    await refresh(queryClient, ['listAccessTokens'])
  }
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
      cell: ({ fullAccess }) => (fullAccess ? accountWords.tokens.full : accountWords.tokens.listed),
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
                    onSelect: () => remove.mutate({ params: { _id: token._id } }, { onError: (error) => notify(explain(error), true) }),
                  },
                ]
              : [{ label: accountWords.tokens.revoke, icon: 'cross', danger: true, onSelect: () => void revoke(token) }]
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
      {isCreating && <CreateAccessTokenForm onClose={() => setCreating(false)} />}
    </>
  )
}
