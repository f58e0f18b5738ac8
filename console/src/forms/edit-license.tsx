/** Gives an account a licence, or changes the terms of one. */
import { call, type CallResult } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import type { FormView } from '../parts/document-editor.tsx'
import { readPath, writePath } from '../parts/document-path.ts'
import { FieldControl, type ControlProps } from '../parts/field-control.tsx'
import { notify } from '../parts/notices.tsx'
import { BodyDialog } from './document-dialog.tsx'
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

export function EditLicenseForm({ connectorId, editions, license, onClose }: EditLicenseProps) {
  const { _editionId = editions[0]?._id, expires, trialEndDate, opts } = license ?? {}
  const terms = Object.fromEntries(Object.entries({ _editionId, expires, trialEndDate, opts }).filter(([, value]) => value !== undefined))
  const save = async (value: object) => {
    if (license) {
      await call('updateConnectorLicense', { params: { _id: connectorId, _licenseId: license._id }, body: value as never })
      notify(words.changed)
    } else {
      const { user } = await call('createConnectorLicense', { params: { _id: connectorId }, body: value as never })
      notify(words.gave(user.email))
    }
    await refresh(queryClient, ['listConnectorLicenses', 'listInstallBase', 'listLicenses'])
  }
  const title = license ? words.change : words.give
  return (
    <BodyDialog
      title={title}
      action={title}
      lead={license?.user.email}
      form={formFor(editions, license)}
      start={license ? terms : { user: { email: '' }, ...terms }}
      save={save}
      onClose={onClose}
    />
  )
}

type Control = Omit<ControlProps, 'value' | 'onChange'>

function formFor(editions: EditLicenseProps['editions'], license: License | undefined): FormView {
  const controls: Readonly<Record<string, Control>> = {
    ...(!license && { 'user.email': { kind: 'email', label: words.email, isRequired: true } }),
    ...(editions.length > 0 && {
      _editionId: {
        kind: 'select',
        label: words.edition,
        isRequired: true,
        options: editions.map(({ _id, name }) => ({ value: _id, label: name })),
      },
    }),
    expires: { kind: 'date', label: words.expires },
    trialEndDate: { kind: 'date', label: words.trialEnd, hint: words.trialEndHint, isReadOnly: license?.trialEndDate !== undefined },
  }
  const before: Readonly<Record<string, unknown>> = { ...license }
  return {
    fields: () => new Set(Object.keys(controls)),
    draw: ({ values, problems, isReadOnly, onChange }) =>
      Object.entries(controls).map(([path, control]) => {
        const value = readPath(values, path)
        const isDay = control.kind === 'date'
        return (
          <FieldControl
            key={path}
            {...control}
            value={isDay ? toLocalDay(value) : value}
            error={problems.get(path)}
            isReadOnly={isReadOnly || control.isReadOnly === true}
            onChange={(next) => onChange(writePath(values, path, isDay ? toEnd(next, before[path]) : next))}
          />
        )
      }),
  }
}

/** The time that was there before where the day stays. */
const toEnd = (day: unknown, before: unknown): unknown =>
  typeof day !== 'string' || day === '' ? undefined : day === toLocalDay(before) ? before : endOfDay(day)
