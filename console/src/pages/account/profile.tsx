/** Who one is, one's password, and where one is signed in. */
import { call, type CallResult } from '../../api/client.ts'
import { useAct, useData } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { words } from '../../words.ts'
import { RefusalText } from '../../forms/form-dialog.tsx'
import { useSavedForm } from '../../forms/use-form.ts'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { notify } from '../../parts/notices.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Badge } from '../../parts/status.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

type SignedIn = CallResult<'listSessions'>[number]

export function ProfilePage() {
  const { user } = useSession()
  const sessions = useData('listSessions', {})
  const end = useAct('endSession', 'listSessions')
  const columns: readonly Column<SignedIn>[] = [
    {
      id: 'browser',
      heading: words.profile.browser,
      cell: ({ userAgent, current }) => (
        <span className="with-marks">
          <span className="main-link" title={userAgent}>
            {userAgent ?? '–'}
          </span>
          {current && <Badge tone="accent">{words.profile.current}</Badge>}
        </span>
      ),
    },
    { id: 'from', heading: words.profile.from, width: '150px', cell: ({ from }) => <code>{from}</code> },
    { id: 'began', heading: words.profile.began, width: '140px', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: 'used', heading: words.profile.used, width: '140px', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    {
      id: 'end',
      heading: words.profile.end,
      hidesHeading: true,
      width: '90px',
      cell: ({ _id, current }) => !current && <Button onClick={() => end.mutate({ params: { _id } })}>{words.profile.end}</Button>,
    },
  ]
  return (
    <>
      <PageHead title={words.profile.title} detail={`${user.name} · ${user.email}`} />
      <section className="section narrow">
        <h2>{words.profile.sessions}</h2>
        <Table label={words.profile.sessions} columns={columns} rows={sessions} keyOf={({ _id }) => _id} />
      </section>
      <section className="section narrow">
        <h2>{words.profile.password}</h2>
        <PasswordForm />
      </section>
    </>
  )
}

function PasswordForm() {
  const { register, submit, refusal, isBusy, formState, reset } = useSavedForm(
    { currentPassword: '', password: '' },
    async ({ currentPassword, password }) => {
      await call('changePassword', { body: { password, ...(currentPassword && { currentPassword }) } })
      reset()
      notify(words.profile.changed)
    },
  )
  return (
    <form className="card form" onSubmit={submit}>
      <TextField
        label={words.profile.currentPassword}
        type="password"
        autoComplete="current-password"
        hint={words.profile.currentHint}
        {...register('currentPassword')}
        error={formState.errors.currentPassword?.message}
      />
      <TextField
        label={words.welcome.password}
        type="password"
        autoComplete="new-password"
        required
        {...register('password')}
        error={formState.errors.password?.message}
      />
      <RefusalText text={refusal} />
      <div>
        <Button type="submit" busy={isBusy}>
          {words.profile.change}
        </Button>
      </div>
    </form>
  )
}
