/** Makes an access token, and shows it this once. */
import { useState } from 'react'
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { accountWords } from '../words/account.ts'
import { signInWords } from '../words/sign-in.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-text.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { BodyDialog } from './document-dialog.tsx'
import { tokenForm } from './token-fields.tsx'

export function CreateAccessTokenForm({ onClose }: { readonly onClose: () => void }) {
  const create = useAct('createAccessToken', 'listAccessTokens')
  const [token, setToken] = useState<string>()
  if (token !== undefined)
    return (
      <Dialog title={accountWords.tokens.made} onClose={onClose}>
        <div className="dialog-body">
          <p>{accountWords.tokens.shownOnce}</p>
          <pre className="json" tabIndex={0} aria-label={signInWords.signIn.token} role="region">
            {token}
          </pre>
        </div>
        <footer>
          <CopyButton text={token} />
          <Button kind="primary" onClick={onClose}>
            {words.actions.close}
          </Button>
        </footer>
      </Dialog>
    )
  return (
    <BodyDialog
      title={accountWords.tokens.create}
      action={words.actions.create}
      form={tokenForm}
      start={{ name: '', fullAccess: true }}
      save={async (body) => setToken((await create.mutateAsync({ body: body as never })).token)}
      onSaved={() => {}}
      onClose={onClose}
    />
  )
}
