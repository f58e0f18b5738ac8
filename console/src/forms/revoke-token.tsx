/** Revokes an access token for good. */
import { useState } from 'react'
import { call, callWithVersion } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { ifMatch } from '../api/versioned.ts'
import { accountWords } from '../words/account.ts'
import { Confirm } from '../parts/dialog.tsx'

interface RevokeTokenProps {
  readonly token: { readonly _id: string; readonly name?: string }
  readonly onClose: () => void
}

export function RevokeTokenForm({ token: { _id, name = _id }, onClose }: RevokeTokenProps) {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const revoke = async () => {
    setBusy(true)
    try {
      const { result, version } = await callWithVersion('getAccessToken', { params: { _id } })
      await call('updateAccessToken', { params: { _id }, body: { ...result, revoked: true } as never, ...ifMatch(version) })
      onClose()
    } catch (refusal) {
      setError(refusal)
    }
    setBusy(false)
    await refresh(queryClient, ['listAccessTokens'])
  }
  return (
    <Confirm
      title={accountWords.tokens.revokeAsk(name)}
      action={accountWords.tokens.revoke}
      kind="danger"
      busy={isBusy}
      error={error}
      onConfirm={() => void revoke()}
      onClose={onClose}
    >
      <p>{accountWords.tokens.revokeHint}</p>
    </Confirm>
  )
}
