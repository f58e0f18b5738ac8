/** Changes how far the account is shared with a user. */
import { callWithVersion } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { ifMatch } from '../api/versioned.ts'
import { words } from '../words.ts'
import { sharingWords } from '../words/sharing.ts'
import type { FormView } from '../parts/document-editor.tsx'
import { notify } from '../parts/notices.tsx'
import { StoredDialog } from './document-dialog.tsx'
import { shareForm } from './share-fields.tsx'

interface ChangeShareProps {
  readonly shareId: string
  readonly user: string
  readonly form?: FormView
  readonly onClose: () => void
}

export function ChangeShareForm({ shareId, user, form = shareForm, onClose }: ChangeShareProps) {
  const params = { _id: shareId }
  const update = useAct('updateAShare', 'listAShares', 'listIntegrationAshares')
  return (
    <StoredDialog
      title={sharingWords.changeOf(user)}
      action={words.actions.save}
      form={form}
      load={() => callWithVersion('getAShare', { params })}
      save={async (body, version) => {
        await update.mutateAsync({ params, body: body as never, ...ifMatch(version) })
        notify(sharingWords.changed(user))
      }}
      onClose={onClose}
    />
  )
}
