/** The notification settings of the user: mail, webhook, at once or daily; and a test of both. */
import { call, explain, type CallResult } from '../api/client.ts'
import { useAct, useData } from '../api/queries.ts'
import { words } from '../words.ts'
import { notificationWords as text } from '../words/notifications.ts'
import { Button } from '../parts/button.tsx'
import { Field, TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { useHeld } from '../parts/use-held.ts'
import { RefusalText } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

type Settings = CallResult<'getNotificationSettings'>
const defaultHour = 8
const secretBytes = 32

const toValues = (settings: Settings) => ({
  email: settings.email ?? true,
  frequency: settings.frequency ?? 'gathered',
  dailyHour: String(settings.dailyHour ?? defaultHour),
  errorThreshold: String(settings.errorThreshold ?? 1),
  assignments: settings.assignments ?? true,
  includeErrorMessages: settings.includeErrorMessages ?? false,
  webhook: settings.webhook?.uri ?? '',
  secret: settings.webhook?.secret ?? '',
})

export function SetNotificationsForm({ address }: { readonly address: string }) {
  const settings = useData('getNotificationSettings', {})
  const update = useAct('updateNotificationSettings', 'getNotificationSettings')
  const form = useSavedForm(toValues(settings), async ({ webhook, secret, dailyHour, errorThreshold, ...rest }) => {
    const saved = await update.mutateAsync({
      body: {
        ...rest,
        dailyHour: Number(dailyHour),
        errorThreshold: Number(errorThreshold),
        ...(webhook && { webhook: { uri: webhook, secret } }),
      },
    })
    form.reset(toValues(saved))
    notify(text.saved)
  })
  const { register, submit, refusal, isBusy, isChanged, formState, watch, setValue } = form
  useUnsaved(isChanged)
  const { errors } = formState
  return (
    <form className="card form" {...useHeld(isBusy)} onSubmit={submit}>
      {!settings.sendsMail && <p className="hint">{text.noMail}</p>}
      <label className="choice">
        <input type="checkbox" {...register('email')} />
        <span className="choice-text">
          {text.email} {address}
        </span>
      </label>
      <Field label={text.frequency} error={errors.frequency?.message}>
        {(props) => (
          <select className="input" {...register('frequency')} {...props}>
            {(['gathered', 'daily'] as const).map((each) => (
              <option key={each} value={each}>
                {text.frequencies[each]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {watch('frequency') === 'daily' && (
        <TextField
          label={text.dailyHour}
          hint={text.dailyHourHint}
          type="number"
          min={0}
          max={23}
          {...register('dailyHour')}
          error={errors.dailyHour?.message}
        />
      )}
      <TextField label={text.errorThreshold} type="number" min={1} {...register('errorThreshold')} error={errors.errorThreshold?.message} />
      <label className="choice">
        <input type="checkbox" {...register('assignments')} />
        <span className="choice-text">{text.assignments}</span>
      </label>
      <label className="choice">
        <input type="checkbox" {...register('includeErrorMessages')} />
        <span className="choice-text">{text.includeErrorMessages}</span>
      </label>
      <p className="hint">{text.includeErrorMessagesHint}</p>
      <TextField label={text.webhook} hint={text.webhookHint} type="url" {...register('webhook')} error={errors.webhook?.message} />
      {watch('webhook') !== '' && (
        <>
          <TextField label={text.secret} hint={text.secretHint} autoComplete="off" {...register('secret')} error={errors.secret?.message} />
          <div>
            <Button onClick={() => setValue('secret', makeSecret(), { shouldDirty: true })}>{text.makeSecret}</Button>
          </div>
        </>
      )}
      <RefusalText text={refusal} />
      <div className="with-marks">
        <Button type="submit" busy={isBusy}>
          {words.actions.save}
        </Button>
        <Button onClick={() => void sendTest()}>{text.test}</Button>
      </div>
    </form>
  )
}

const makeSecret = (): string => `whsec_${btoa(String.fromCodePoint(...crypto.getRandomValues(new Uint8Array(secretBytes))))}`

async function sendTest(): Promise<void> {
  try {
    const outcome = await call('testNotifications')
    const channels = (['email', 'webhook'] as const).filter((channel) => outcome[channel])
    const sent = channels.filter((channel) => outcome[channel]?.sent)
    if (channels.length === 0) notify(text.nothingToSend, true)
    if (sent.length > 0) notify(text.sent(sent.map((channel) => text.channels[channel]).join(', ')))
    for (const channel of channels)
      if (!outcome[channel]?.sent) notify(text.notSent(text.channels[channel], outcome[channel]?.message ?? ''), true)
  } catch (error) {
    notify(explain(error), true)
  }
}
