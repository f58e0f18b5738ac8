/** Moves an integration into the recycle bin, once somebody has seen what goes with it. */
import { useNavigate } from '@tanstack/react-router'
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { adminWords } from '../words/admin.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../parts/dialog.tsx'
import { UsedBy } from '../parts/used-by.tsx'
import { notify } from '../parts/notices.tsx'

interface DeleteIntegrationProps {
  readonly integration: { readonly _id: string; readonly name: string }
  readonly onClose: () => void
}

export function DeleteIntegrationForm({ integration: { _id, name }, onClose }: DeleteIntegrationProps) {
  const remove = useAct('deleteIntegration', 'listTiles', 'listIntegrations', 'listRecycleBin')
  const navigate = useNavigate()
  const confirm = () =>
    remove.mutate(
      { params: { _id } },
      {
        onSuccess: () => {
          notify(adminWords.deleted(name))
          void navigate({ to: paths.home() })
        },
      },
    )
  return (
    <Confirm
      title={adminWords.deleteAsk(name)}
      action={words.actions.delete}
      kind="danger"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{adminWords.deleteHint}</p>
      <UsedBy collection="integrations" id={_id} />
    </Confirm>
  )
}
