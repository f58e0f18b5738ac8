/** Where a one-time link leads: its holder sets the password of the user, and is signed in. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { queryClient } from '../api/queries.ts'
import { welcomeWords } from '../words/welcome.ts'
import { paths } from '../paths.ts'
import { RefusalText } from '../forms/form-dialog.tsx'
import { useSavedForm } from '../forms/use-form.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Gate } from '../parts/gate.tsx'

/** Characters of a password. The server holds it. */
const minPassword = 12

export function WelcomePage() {
  // After the #: it is sent to nobody, and stands in no log.
  const [oneTimeToken] = useState(() => location.hash.slice(1))
  const navigate = useNavigate()
  const { register, submit, refusal, isBusy, formState } = useSavedForm({ password: '', again: '' }, async ({ password }) => {
    await call('redeemPasswordLink', { body: { oneTimeToken, password } })
    queryClient.clear()
    await navigate({ to: paths.home(), replace: true })
  })
  return (
    <Gate title={welcomeWords.title}>
      <form onSubmit={submit}>
        <p className="soft">{welcomeWords.hint(minPassword)}</p>
        <TextField
          label={welcomeWords.password}
          type="password"
          autoComplete="new-password"
          autoFocus
          required
          minLength={minPassword}
          {...register('password')}
          error={formState.errors.password?.message}
        />
        <TextField
          label={welcomeWords.again}
          type="password"
          autoComplete="new-password"
          required
          {...register('again', { validate: (again, { password }) => again === password || welcomeWords.differ })}
          error={formState.errors.again?.message}
        />
        <RefusalText text={refusal} />
        <Button type="submit" kind="primary" busy={isBusy}>
          {welcomeWords.submit}
        </Button>
      </form>
    </Gate>
  )
}
