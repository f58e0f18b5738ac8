/** Makes an access token, and shows it this once. */
import { useState } from 'react'
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { accountWords } from '../words/account.ts'
import { integrationWords } from '../words/integrations.ts'
import { signInWords } from '../words/sign-in.ts'
import { resourceWords } from '../words/resources.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

export function CreateAccessTokenForm({ onClose }: { readonly onClose: () => void }) {
  const create = useAct('createAccessToken', 'listAccessTokens')
  const [token, setToken] = useState<string>()
  const { register, frame, formState } = useSavedForm({ name: '', description: '' }, async ({ name, description }) => {
    const made = await create.mutateAsync({ body: { name, fullAccess: true, ...(description && { description }) } })
    setToken(made.token)
  })
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
          <Button onClick={() => void navigator.clipboard.writeText(token).then(() => notify(words.actions.copied))}>
            {words.actions.copy}
          </Button>
          <Button kind="primary" onClick={onClose}>
            {words.actions.close}
          </Button>
        </footer>
      </Dialog>
    )
  return (
    <FormDialog title={accountWords.tokens.create} action={words.actions.create} {...frame} onClose={onClose}>
      <p className="soft">{accountWords.tokens.fullHint}</p>
      <TextField label={resourceWords.name} autoFocus required {...register('name')} error={formState.errors.name?.message} />
      <TextField
        label={integrationWords.integration.description}
        {...register('description')}
        error={formState.errors.description?.message}
      />
    </FormDialog>
  )
}
