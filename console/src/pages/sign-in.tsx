/** Signing in: with an address and a password, with an access token, or at the OpenID provider of the installation. */
import { call } from '../api/client.ts'
import { useData } from '../api/queries.ts'
import { keepNextPage, useEnterAfterwards } from '../api/next-page.ts'
import { signInWords } from '../words/sign-in.ts'
import { RefusalText } from '../forms/form-dialog.tsx'
import { useSavedForm } from '../forms/use-form.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Gate } from '../parts/gate.tsx'
import { useUrlState } from '../url-state.ts'

export function SignInPage() {
  const methods = useData('listSignInMethods', {})
  const [way, setWay] = useUrlState('with', 'password')
  const enter = useEnterAfterwards()
  const isToken = way === 'token' || !methods.password
  return (
    <Gate title={signInWords.signIn.title}>
      {isToken ? <TokenForm onEnter={enter} /> : <PasswordForm onEnter={enter} />}
      <div className="gate-ways">
        {methods.openId && <OpenIdButton name={methods.openId.name} />}
        {methods.password && (
          <Button kind="quiet" onClick={() => setWay(isToken ? 'password' : 'token')}>
            {isToken ? signInWords.signIn.withPassword : signInWords.signIn.withToken}
          </Button>
        )}
      </div>
    </Gate>
  )
}

function PasswordForm({ onEnter }: { readonly onEnter: () => Promise<void> }) {
  const { register, submit, refusal, isBusy, formState } = useSavedForm({ email: '', password: '' }, async (body) => {
    await call('createSession', { body })
    await onEnter()
  })
  return (
    <form onSubmit={submit}>
      <TextField
        label={signInWords.signIn.email}
        type="email"
        autoComplete="username"
        autoFocus
        required
        {...register('email')}
        error={formState.errors.email?.message}
      />
      <TextField
        label={signInWords.signIn.password}
        type="password"
        autoComplete="current-password"
        required
        {...register('password')}
        error={formState.errors.password?.message}
      />
      <RefusalText text={refusal} />
      <Button type="submit" kind="primary" busy={isBusy}>
        {signInWords.signIn.submit}
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
        label={signInWords.signIn.token}
        type="password"
        autoComplete="off"
        autoFocus
        required
        hint={signInWords.signIn.tokenHint}
        {...register('token')}
        error={formState.errors.token?.message}
      />
      <RefusalText text={refusal} />
      <Button type="submit" kind="primary" busy={isBusy}>
        {signInWords.signIn.submit}
      </Button>
    </form>
  )
}

/** The browser leaves for the provider, and comes back to the page at `paths.signInReturn`. */
function OpenIdButton({ name }: { readonly name: string }) {
  const { submit, refusal, isBusy } = useSavedForm({}, async () => {
    const { authorizationURL } = await call('beginOpenIdSignIn')
    keepNextPage()
    location.assign(authorizationURL)
  })
  return (
    <form onSubmit={submit}>
      <p className="gate-or">{signInWords.signIn.or}</p>
      <RefusalText text={refusal} />
      <Button type="submit" busy={isBusy}>
        {signInWords.signIn.withProvider(name)}
      </Button>
    </form>
  )
}
