/** Shares the account with a user. */
import { useAct } from '../api/queries.ts'
import { signInWords } from '../words/sign-in.ts'
import { userWords } from '../words/users.ts'
import { Field, TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

const levels = ['monitor', 'manage', 'administrator'] as const

export function InviteUserForm({ onClose }: { readonly onClose: () => void }) {
  const invite = useAct('inviteUser', 'listAShares')
  const { register, frame, formState } = useSavedForm<{ email: string; accessLevel: (typeof levels)[number] }>(
    { email: '', accessLevel: 'monitor' },
    async (body) => {
      await invite.mutateAsync({ body })
      notify(userWords.invited(body.email))
      onClose()
    },
  )
  return (
    <FormDialog title={userWords.invite} action={userWords.invite} {...frame} onClose={onClose}>
      <TextField
        label={signInWords.signIn.email}
        type="email"
        autoFocus
        required
        {...register('email')}
        error={formState.errors.email?.message}
      />
      <Field label={userWords.level} hint={userWords.levelHint} error={formState.errors.accessLevel?.message}>
        {(props) => (
          <select className="input" {...register('accessLevel')} {...props}>
            {levels.map((level) => (
              <option key={level} value={level}>
                {userWords.levels[level]}
              </option>
            ))}
          </select>
        )}
      </Field>
    </FormDialog>
  )
}
