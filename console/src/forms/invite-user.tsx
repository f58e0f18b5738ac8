/** Shares the account with a user: as a whole, or some of its integrations. */
import { useAct } from '../api/queries.ts'
import { userWords } from '../words/users.ts'
import { notify } from '../parts/notices.tsx'
import { BodyDialog } from './document-dialog.tsx'
import { invitationForm } from './share-fields.tsx'

export function InviteUserForm({ onClose }: { readonly onClose: () => void }) {
  const invite = useAct('inviteUser', 'listAShares', 'listIntegrationAshares')
  return (
    <BodyDialog
      title={userWords.invite}
      action={userWords.invite}
      form={invitationForm}
      start={{ email: '', accessLevel: 'monitor' }}
      save={async (body) => {
        const { sharedWithUser } = await invite.mutateAsync({ body: body as never })
        notify(userWords.invited(sharedWithUser.email))
      }}
      onClose={onClose}
    />
  )
}
