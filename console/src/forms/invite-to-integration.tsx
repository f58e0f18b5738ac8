/** Gives a user access to one integration: by an invitation, or by more of what is shared with them already. */
import { call, callWithVersion } from '../api/client.ts'
import { queryClient, refresh, useLater } from '../api/queries.ts'
import { ifMatch } from '../api/versioned.ts'
import { sharingWords } from '../words/sharing.ts'
import { userWords } from '../words/users.ts'
import type { FormView, FormViewProps } from '../parts/document-editor.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { notify } from '../parts/notices.tsx'
import { BodyDialog } from './document-dialog.tsx'
import { EmailField, integrationLevels, integrationLevelsOf, withLevel } from './share-fields.tsx'

interface InviteToIntegrationProps {
  readonly integrationId: string
  readonly onClose: () => void
}

export function InviteToIntegrationForm({ integrationId, onClose }: InviteToIntegrationProps) {
  const shares = useLater('listAShares', { query: {} }).data ?? []
  const save = async (body: object) => {
    const { email } = body as { readonly email: string }
    const share = shares.find(({ sharedWithUser }) => sharedWithUser.email.toLowerCase() === email.trim().toLowerCase())
    if (share) await addLevel(share._id, integrationId, body as FormViewProps['values'])
    else await call('inviteUser', { body: body as never })
    await refresh(queryClient, ['listAShares', 'listIntegrationAshares'])
    notify(share ? sharingWords.granted(email) : userWords.invited(email))
  }
  return (
    <BodyDialog
      title={sharingWords.invite}
      action={sharingWords.invite}
      lead={sharingWords.inviteHint}
      form={formOf(
        integrationId,
        shares.map(({ sharedWithUser }) => sharedWithUser.email),
      )}
      start={{ email: '', integrationAccessLevel: [{ _integrationId: integrationId, accessLevel: 'monitor' }] }}
      save={save}
      onClose={onClose}
    />
  )
}

/** Beside whatever else is shared with the user. */
async function addLevel(shareId: string, integrationId: string, invitation: FormViewProps['values']): Promise<void> {
  const params = { _id: shareId }
  const { result, version } = await callWithVersion('getAShare', { params })
  const level = integrationLevelsOf(invitation).find(({ _integrationId }) => _integrationId === integrationId)?.accessLevel
  await call('updateAShare', { params, body: withLevel(result, integrationId, level) as never, ...ifMatch(version) })
}

const formOf = (integrationId: string, known: readonly string[]): FormView => ({
  fields: () => new Set(['email']),
  draw: (props) => (
    <>
      <EmailField {...props} known={known} />
      <FieldControl
        kind="select"
        isRequired
        label={sharingWords.here}
        hint={sharingWords.higherHint}
        options={integrationLevels}
        isReadOnly={props.isReadOnly}
        value={integrationLevelsOf(props.values).find(({ _integrationId }) => _integrationId === integrationId)?.accessLevel}
        onChange={(level) => props.onChange(withLevel(props.values, integrationId, level as string | undefined))}
      />
    </>
  ),
})

/** The level of a user in one integration: the rest of their share stands in the JSON. */
export const levelForm = (integrationId: string): FormView => ({
  fields: () => new Set(),
  draw: ({ values, isReadOnly, onChange }) => {
    const levels = integrationLevelsOf(values)
    const accountLevel = values['accessLevel'] as keyof typeof userWords.levels | undefined
    const isLast = accountLevel === undefined && levels.every(({ _integrationId }) => _integrationId === integrationId)
    return (
      <FieldControl
        kind="select"
        isRequired={isLast}
        label={sharingWords.here}
        hint={isLast ? sharingWords.lastHint : sharingWords.higherHint}
        none={accountLevel ? sharingWords.accountHas(userWords.levels[accountLevel]) : sharingWords.noAccess}
        options={integrationLevels}
        isReadOnly={isReadOnly}
        value={levels.find(({ _integrationId }) => _integrationId === integrationId)?.accessLevel}
        onChange={(level) => onChange(withLevel(values, integrationId, level as string | undefined))}
      />
    )
  },
})
