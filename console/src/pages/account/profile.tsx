/** Who one is, where one is signed in, how pages look, and one's password. */
import { call, type CallResult } from '../../api/client.ts'
import { savePreferences, usePreferences } from '../../api/preferences.ts'
import { useAct, useData } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { notificationWords } from '../../words/notifications.ts'
import { words } from '../../words.ts'
import { accountWords } from '../../words/account.ts'
import { welcomeWords } from '../../words/welcome.ts'
import { SetNotificationsForm } from '../../forms/set-notifications.tsx'
import { RefusalText } from '../../forms/form-dialog.tsx'
import { useSavedForm } from '../../forms/use-form.ts'
import { Button } from '../../parts/button.tsx'
import { Field, TextField } from '../../parts/field.tsx'
import { notify } from '../../parts/notices.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Badge } from '../../parts/status.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { useUnsaved } from '../../parts/unsaved.tsx'
import { useHeld } from '../../parts/use-held.ts'

type SignedIn = CallResult<'listSessions'>[number]

export function ProfilePage() {
  const { user } = useSession()
  const sessions = useData('listSessions', {})
  const end = useAct('endSession', 'listSessions')
  const endOthers = useAct('endOtherSessions', 'listSessions')
  const columns: readonly Column<SignedIn>[] = [
    {
      id: 'browser',
      heading: accountWords.profile.browser,
      cell: ({ userAgent, current }) => (
        <span className="with-marks">
          <span className="main-link" title={userAgent}>
            {userAgent ?? '–'}
          </span>
          {current && <Badge tone="accent">{accountWords.profile.current}</Badge>}
        </span>
      ),
    },
    { id: 'from', heading: accountWords.profile.from, width: '150px', cell: ({ from }) => <code>{from}</code> },
    { id: 'began', heading: accountWords.profile.began, width: '140px', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'used', heading: accountWords.profile.used, width: '140px', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    {
      id: 'end',
      heading: accountWords.profile.end,
      hidesHeading: true,
      width: '90px',
      cell: ({ _id, current }) => !current && <Button onClick={() => end.mutate({ params: { _id } })}>{accountWords.profile.end}</Button>,
    },
  ]
  return (
    <>
      <PageHead title={accountWords.profile.title} detail={`${user.name} · ${user.email}`} />
      <section className="section narrow">
        <div className="section-head">
          <h2>{accountWords.profile.sessions}</h2>
          {sessions.length > 1 && (
            <Button
              busy={endOthers.isPending}
              onClick={() => endOthers.mutate({}, { onSuccess: () => notify(accountWords.profile.endedOthers) })}
            >
              {accountWords.profile.endOthers}
            </Button>
          )}
        </div>
        <Table label={accountWords.profile.sessions} columns={columns} rows={sessions} keyOf={({ _id }) => _id} />
      </section>
      <section className="section narrow">
        <h2>{accountWords.profile.preferences}</h2>
        <PreferencesForm />
      </section>
      <section className="section narrow">
        <h2>{notificationWords.title}</h2>
        <SetNotificationsForm address={user.email} />
      </section>
      <section className="section narrow">
        <h2>{accountWords.profile.password}</h2>
        <PasswordForm />
      </section>
    </>
  )
}

const themes = ['', 'light', 'dark'] as const
const timezones = Intl.supportedValuesOf('timeZone')

function PreferencesForm() {
  const { colorTheme = '', timezone = '' } = usePreferences()
  const { register, submit, refusal, isBusy, isChanged, formState, reset } = useSavedForm({ colorTheme, timezone }, async (chosen) => {
    await savePreferences({
      colorTheme: chosen.colorTheme === 'light' || chosen.colorTheme === 'dark' ? chosen.colorTheme : undefined,
      timezone: chosen.timezone || undefined,
    })
    reset(chosen)
    notify(accountWords.profile.saved)
  })
  useUnsaved(isChanged)
  return (
    <form className="card form" {...useHeld(isBusy)} onSubmit={submit}>
      <Field label={words.frame.theme} error={formState.errors.colorTheme?.message}>
        {(props) => (
          <select className="input" {...register('colorTheme')} {...props}>
            {themes.map((each) => (
              <option key={each} value={each}>
                {words.frame.themes[each || 'system']}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={accountWords.profile.timezone} hint={accountWords.profile.timezoneHint} error={formState.errors.timezone?.message}>
        {(props) => (
          <select className="input" {...register('timezone')} {...props}>
            <option value="">{accountWords.profile.browserTimezone}</option>
            {timezones.map((each) => (
              <option key={each} value={each}>
                {each.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        )}
      </Field>
      <RefusalText text={refusal} />
      <div>
        <Button type="submit" busy={isBusy}>
          {words.actions.save}
        </Button>
      </div>
    </form>
  )
}

function PasswordForm() {
  const { register, submit, refusal, isBusy, isChanged, formState, reset } = useSavedForm(
    { currentPassword: '', password: '' },
    async ({ currentPassword, password }) => {
      await call('changePassword', { body: { password, ...(currentPassword && { currentPassword }) } })
      reset()
      notify(accountWords.profile.changed)
    },
  )
  useUnsaved(isChanged)
  return (
    <form className="card form" {...useHeld(isBusy)} onSubmit={submit}>
      <TextField
        label={accountWords.profile.currentPassword}
        type="password"
        autoComplete="current-password"
        hint={accountWords.profile.currentHint}
        {...register('currentPassword')}
        error={formState.errors.currentPassword?.message}
      />
      <TextField
        label={welcomeWords.password}
        type="password"
        autoComplete="new-password"
        required
        {...register('password')}
        error={formState.errors.password?.message}
      />
      <RefusalText text={refusal} />
      <div>
        <Button type="submit" busy={isBusy}>
          {accountWords.profile.change}
        </Button>
      </div>
    </form>
  )
}
