/** Moves a document into the recycle bin, once somebody has seen what uses it. */
import { useNavigate } from '@tanstack/react-router'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { useAct } from '../api/queries.ts'
import { collections } from '../collections.ts'
import { words } from '../words.ts'
import { resourceWords } from '../words/resources.ts'
import { adminWords } from '../words/admin.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../parts/dialog.tsx'
import { UsedBy } from '../parts/used-by.tsx'
import { notify } from '../parts/notices.tsx'

interface DeleteResourceProps {
  readonly collection: Collection
  readonly document: { readonly _id: string; readonly name: string }
  readonly onClose: () => void
}

export function DeleteResourceForm({ collection, document: { _id, name }, onClose }: DeleteResourceProps) {
  const { list, remove } = collections[collection]
  const act = useAct(remove, list, 'listRecycleBin', 'listTiles')
  const navigate = useNavigate()
  const confirm = () =>
    act.mutate({ params: { _id } } as never, {
      onSuccess: () => {
        notify(adminWords.deleted(name))
        void navigate({ to: paths.resources(collection) })
      },
    })
  return (
    <Confirm
      title={adminWords.deleteAsk(name)}
      action={words.actions.delete}
      kind="danger"
      busy={act.isPending}
      error={act.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{resourceWords.deleteHint}</p>
      <UsedBy collection={collection} id={_id} />
    </Confirm>
  )
}
