/** Gives an account a licence, or changes the terms of one. */
import { call, callWithVersion, type CallResult } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { ifMatch } from '../api/versioned.ts'
import { appWords } from '../words/apps.ts'
import type { FormView } from '../parts/document-editor.tsx'
import { readPath, writePath } from '../parts/document-path.ts'
import { FieldControl, type ControlProps } from '../parts/field-control.tsx'
import { notify } from '../parts/notices.tsx'
import { BodyDialog, StoredDialog } from './document-dialog.tsx'
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
  const form = formFor(editions, license)
  if (!license) {
    const give = async (body: object) => {
      const { user } = await call('createConnectorLicense', { params: { _id: connectorId }, body: body as never })
      notify(words.gave(user.email))
      await readAgain()
    }
    const start = { user: { email: '' }, ...(editions[0] && { _editionId: editions[0]._id }) }
    return <BodyDialog title={words.give} action={words.give} form={form} start={start} save={give} onClose={onClose} />
  }
  const params = { _id: connectorId, _licenseId: license._id }
  return (
    <StoredDialog
      title={words.change}
      action={words.change}
      lead={license.user.email}
      form={form}
      load={async () => {
        const { result, version } = await callWithVersion('getConnectorLicense', { params })
        return { result: termsOf(result, editions), version }
      }}
      save={async (body, version) => {
        await call('updateConnectorLicense', { params, body: body as never, ...ifMatch(version) })
        notify(words.changed)
        await readAgain()
      }}
      onClose={onClose}
    />
  )
}

const readAgain = () => refresh(queryClient, ['listConnectorLicenses', 'listInstallBase', 'listLicenses'])

/** What may be changed of a licence. */
const termsOf = ({ _editionId, expires, trialEndDate, opts }: License, editions: EditLicenseProps['editions']): object =>
  Object.fromEntries(
    Object.entries({ _editionId: _editionId ?? editions[0]?._id, expires, trialEndDate, opts }).filter(([, value]) => value !== undefined),
  )

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
