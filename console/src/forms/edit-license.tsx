/** Gives an account a licence, or changes the terms of one. */
import { call, type CallResult } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { Field, TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'
import { endOfDay, toLocalDay } from '../zone.ts'

type License = CallResult<'listConnectorLicenses'>[number]

interface EditLicenseProps {
  readonly connectorId: string
  readonly editions: readonly { readonly _id: string; readonly name: string }[]
  /** Undefined for a new one. */
  readonly license: License | undefined
  readonly onClose: () => void
}

const words = appWords.licenses
/** The time that was there before where the day stays. */
const changedEnd = (day: string, before: string | undefined): string | undefined =>
  day === '' ? undefined : day === toLocalDay(before) ? before : endOfDay(day)

export function EditLicenseForm({ connectorId, editions, license, onClose }: EditLicenseProps) {
  const start = {
    email: license?.user.email ?? '',
    _editionId: license?._editionId ?? editions[0]?._id ?? '',
    expires: toLocalDay(license?.expires),
    trialEndDate: toLocalDay(license?.trialEndDate),
  }
  const { register, frame, formState } = useSavedForm(start, async ({ email, _editionId, ...days }) => {
    const expires = changedEnd(days.expires, license?.expires)
    const trialEndDate = changedEnd(days.trialEndDate, license?.trialEndDate)
    const terms = {
      ...(_editionId && { _editionId }),
      ...(expires !== undefined && { expires }),
      ...(trialEndDate !== undefined && { trialEndDate }),
      ...(license?.opts && { opts: license.opts }),
    }
    await (license
      ? call('updateConnectorLicense', { params: { _id: connectorId, _licenseId: license._id }, body: terms })
      : call('createConnectorLicense', { params: { _id: connectorId }, body: { user: { email }, ...terms } }))
    await refresh(queryClient, ['listConnectorLicenses', 'listInstallBase', 'listLicenses'])
    notify(license ? words.changed : words.gave(email))
    onClose()
  })
  const { errors } = formState
  return (
    <FormDialog title={license ? words.change : words.give} action={license ? words.change : words.give} {...frame} onClose={onClose}>
      <TextField
        label={words.email}
        type="email"
        required
        readOnly={license !== undefined}
        autoFocus={!license}
        {...register('email')}
        error={errors.email?.message}
      />
      {editions.length > 0 && (
        <Field label={words.edition} error={errors._editionId?.message}>
          {(props) => (
            <select className="input" {...register('_editionId')} {...props}>
              {editions.map(({ _id, name }) => (
                <option key={_id} value={_id}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <TextField label={words.expires} type="date" {...register('expires')} error={errors.expires?.message} />
      <TextField
        label={words.trialEnd}
        type="date"
        hint={words.trialEndHint}
        readOnly={license?.trialEndDate !== undefined}
        {...register('trialEndDate')}
        error={errors.trialEndDate?.message}
      />
    </FormDialog>
  )
}
