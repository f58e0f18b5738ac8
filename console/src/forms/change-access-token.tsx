/** Changes what an access token of one's own is for, and when it ends. */
import { callWithVersion } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { ifMatch } from '../api/versioned.ts'
import { words } from '../words.ts'
import { tokenWords } from '../words/tokens.ts'
import { notify } from '../parts/notices.tsx'
import { StoredDialog } from './document-dialog.tsx'
import { tokenForm } from './token-fields.tsx'

interface ChangeAccessTokenProps {
  readonly id: string
  readonly name: string
  readonly onClose: () => void
}

export function ChangeAccessTokenForm({ id, name, onClose }: ChangeAccessTokenProps) {
  const params = { _id: id }
  const update = useAct('updateAccessToken', 'listAccessTokens')
  return (
    <StoredDialog
      title={tokenWords.changeOf(name)}
      action={words.actions.save}
      form={tokenForm}
      load={() => callWithVersion('getAccessToken', { params })}
      save={async (body, version) => {
        await update.mutateAsync({ params, body: body as never, ...ifMatch(version) })
        notify(tokenWords.changed(name))
      }}
      onClose={onClose}
    />
  )
}
