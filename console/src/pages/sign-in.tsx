/** Signing in: with an address and a password, or with an access token. */
import { useNavigate } from '@tanstack/react-router'
import { call } from '../api/client.ts'
import { queryClient, useData } from '../api/queries.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { RefusalText } from '../forms/form-dialog.tsx'
import { useSavedForm } from '../forms/use-form.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Gate } from '../parts/gate.tsx'
import { useSearchParams, useUrlState } from '../url-state.ts'

export function SignInPage() {
  const methods = useData('listSignInMethods', {})
  const [way, setWay] = useUrlState('with', 'password')
  const enter = useEnterAfterwards()
  const isToken = way === 'token' || !methods.password
  return (
    <Gate title={words.signIn.title}>
      {isToken ? <TokenForm onEnter={enter} /> : <PasswordForm onEnter={enter} />}
      <div className="gate-ways">
        {methods.password && (
          <Button kind="quiet" onClick={() => setWay(isToken ? 'password' : 'token')}>
            {isToken ? words.signIn.withPassword : words.signIn.withToken}
          </Button>
        )}
      </div>
    </Gate>
  )
}

/** Back to the page that was asked for, within this console. */
function useEnterAfterwards(): () => Promise<void> {
  const navigate = useNavigate()
  const { next = paths.home() } = useSearchParams()
  const isOurs = next.startsWith('/') && !/^\/[/\\]/.test(next)
  return async () => {
    queryClient.clear()
    await navigate({ href: isOurs ? next : paths.home(), replace: true } as never)
  }
}

function PasswordForm({ onEnter }: { readonly onEnter: () => Promise<void> }) {
  const { register, submit, refusal, isBusy, formState } = useSavedForm({ email: '', password: '' }, async (body) => {
    await call('createSession', { body })
    await onEnter()
  })
  return (
    <form onSubmit={submit}>
      <TextField
        label={words.signIn.email}
        type="email"
        autoComplete="username"
        autoFocus
        required
        {...register('email')}
        error={formState.errors.email?.message}
      />
      <TextField
        label={words.signIn.password}
        type="password"
        autoComplete="current-password"
        required
        {...register('password')}
        error={formState.errors.password?.message}
      />
      <RefusalText text={refusal} />
      <Button type="submit" kind="primary" busy={isBusy}>
        {words.signIn.submit}
      </Button>
    </form>
  )
}

function TokenForm({ onEnter }: { readonly onEnter: () => Promise<void> }) {
  const { register, submit, refusal, isBusy, formState } = useSavedForm({ token: '' }, async ({ token }) => {
    await call('createSession', { body: { token: token.trim() } })
    await onEnter()
  })
  return (
    <form onSubmit={submit}>
      <TextField
        label={words.signIn.token}
        type="password"
        autoComplete="off"
        autoFocus
        required
        hint={words.signIn.tokenHint}
        {...register('token')}
        error={formState.errors.token?.message}
      />
      <RefusalText text={refusal} />
      <Button type="submit" kind="primary" busy={isBusy}>
        {words.signIn.submit}
      </Button>
    </form>
  )
}
