/** Moves a document into the recycle bin, once somebody has seen what uses it. */
import { useNavigate } from '@tanstack/react-router'
import { Suspense } from 'react'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { useAct, useLater } from '../api/queries.ts'
import { collections, isCollection } from '../collections.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../parts/dialog.tsx'
import type { IconName } from '../parts/icon.tsx'
import { notify } from '../parts/notices.tsx'

interface DeleteResourceProps {
  readonly collection: Collection
  readonly document: { readonly _id: string; readonly name: string }
  readonly icon: IconName
  readonly onClose: () => void
}

export function DeleteResourceForm({ collection, document: { _id, name }, onClose }: DeleteResourceProps) {
  const { list, remove } = collections[collection]
  const act = useAct(remove, list, 'listRecycleBin', 'listTiles')
  const navigate = useNavigate()
  const confirm = () =>
    act.mutate({ params: { _id } } as never, {
      onSuccess: () => {
        notify(words.admin.deleted(name))
        void navigate({ to: paths.resources(collection) })
      },
    })
  return (
    <Confirm
      title={words.admin.deleteAsk(name)}
      action={words.actions.delete}
      kind="danger"
      busy={act.isPending}
      error={act.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{words.resources.deleteHint}</p>
      <Suspense>
        <UsedBy collection={collection} id={_id} />
      </Suspense>
    </Confirm>
  )
}

function UsedBy({ collection, id }: { readonly collection: Collection; readonly id: string }) {
  const users = (useLater(collections[collection].dependencies as 'listFlowDependencies', { params: { _id: id } }).data ?? {}) as Readonly<
    Record<string, readonly unknown[]>
  >
  const used = Object.entries(users).filter(([, list]) => list.length > 0)
  if (used.length === 0) return null
  const counts = used.map(([type, list]) => `${isCollection(type) ? collections[type].title : type}: ${list.length}`)
  return <p className="refusal">{words.resources.usedBy(counts.join(', '))}</p>
}
