/** Takes the licence of an Integration App away from it, for another installation to use. */
import { useAct } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { Confirm } from '../parts/dialog.tsx'
import { notify } from '../parts/notices.tsx'

const words = appWords.app

export function DetachLicenseForm({ integrationId, onClose }: { readonly integrationId: string; readonly onClose: () => void }) {
  const detach = useAct('detachIntegrationLicense', 'getIntegration', 'listLicenses')
  const confirm = () =>
    detach.mutate(
      { params: { _id: integrationId } },
      {
        onSuccess: () => {
          notify(words.detached)
          onClose()
        },
      },
    )
  return (
    <Confirm
      title={words.detachAsk}
      action={words.detach}
      kind="danger"
      busy={detach.isPending}
      error={detach.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{words.detachHint}</p>
    </Confirm>
  )
}
