/** The notification settings of the user: mail, webhook, at once or daily; and a test of both. */
import { call, callWithVersion, explain } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { ifMatch, useVersioned } from '../api/versioned.ts'
import { notificationWords as text } from '../words/notifications.ts'
import { Button } from '../parts/button.tsx'
import { DocumentEditor, type FormView, type FormViewProps } from '../parts/document-editor.tsx'
import { readPath, writePath } from '../parts/document-path.ts'
import { FieldControl, type ControlProps } from '../parts/field-control.tsx'
import { notify } from '../parts/notices.tsx'

type Values = FormViewProps['values']
type Field = Pick<ControlProps, 'kind' | 'label' | 'hint' | 'options' | 'isRequired'> & { readonly byDefault?: unknown }

const secretBytes = 32

/** In their order, by the path of each. */
const fieldsFor = (address: string): Readonly<Record<string, Field>> => ({
  email: { kind: 'flag', label: `${text.email} ${address}`, byDefault: true },
  frequency: {
    kind: 'select',
    label: text.frequency,
    isRequired: true,
    options: (['gathered', 'daily'] as const).map((value) => ({ value, label: text.frequencies[value] })),
    byDefault: 'gathered',
  },
  dailyHour: { kind: 'number', label: text.dailyHour, hint: text.dailyHourHint, byDefault: 8 },
  errorThreshold: { kind: 'number', label: text.errorThreshold, byDefault: 1 },
  assignments: { kind: 'flag', label: text.assignments, byDefault: true },
  includeErrorMessages: { kind: 'flag', label: text.includeErrorMessages, hint: text.includeErrorMessagesHint },
  'webhook.uri': { kind: 'url', label: text.webhook, hint: text.webhookHint },
  'webhook.secret': { kind: 'text', label: text.secret, hint: text.secretHint },
})

const isShown = (path: string, values: Values): boolean =>
  path === 'dailyHour' ? values['frequency'] === 'daily' : path !== 'webhook.secret' || values['webhook'] !== undefined

/** The secret stays while the address is empty: another one may be typed. */
const withField = (values: Values, path: string, value: unknown): Values =>
  path === 'webhook.uri' && value === ''
    ? { ...values, webhook: { ...(values['webhook'] as object | undefined), uri: '' } }
    : writePath(values, path, value)

function withoutEmptyWebhook(values: Values): Values {
  const { webhook, ...others } = values
  return (webhook as { readonly uri?: string } | undefined)?.uri === '' ? others : values
}

function formFor(address: string): FormView {
  const fields = Object.entries(fieldsFor(address))
  return {
    fields: (values) => new Set(fields.flatMap(([path]) => (isShown(path, values) ? [path] : []))),
    draw: ({ values, problems, isReadOnly, onChange }) => (
      <div className="form-fields">
        {fields.map(
          ([path, { byDefault, ...field }]) =>
            isShown(path, values) && (
              <FieldControl
                key={path}
                {...field}
                value={readPath(values, path) ?? byDefault}
                error={problems.get(path)}
                isReadOnly={isReadOnly}
                onChange={(value) => onChange(withField(values, path, value))}
              />
            ),
        )}
        {isShown('webhook.secret', values) && (
          <div>
            <Button onClick={() => onChange(writePath(values, 'webhook.secret', makeSecret()))}>{text.makeSecret}</Button>
          </div>
        )}
      </div>
    ),
  }
}

export function SetNotificationsForm({ address }: { readonly address: string }) {
  const loaded = useVersioned('getNotificationSettings', {})
  return (
    <div className="card form">
      {!loaded.result.sendsMail && <p className="hint">{text.noMail}</p>}
      <DocumentEditor
        label={text.title}
        loaded={loaded}
        form={formFor(address)}
        save={(body, version) =>
          call('updateNotificationSettings', { body: withoutEmptyWebhook(body as Values) as never, ...ifMatch(version) })
        }
        reload={async () => {
          await refresh(queryClient, ['getNotificationSettings'])
          return callWithVersion('getNotificationSettings', {})
        }}
        saved={text.saved}
      />
      <div>
        <Button onClick={() => void sendTest()}>{text.test}</Button>
      </div>
    </div>
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
