/** Deletes all entries of a lookup cache. */
import { useAct } from '../api/queries.ts'
import { dataWords } from '../words/data.ts'
import { Confirm } from '../parts/dialog.tsx'
import { notify } from '../parts/notices.tsx'

const words = dataWords.cache

export function PurgeCacheForm({ cacheId, onClose }: { readonly cacheId: string; readonly onClose: () => void }) {
  const purge = useAct('purgeLookupCacheData', 'getLookupCacheData', 'getLookupCache')
  const confirm = () =>
    purge.mutate(
      { params: { _id: cacheId } },
      {
        onSuccess: () => {
          notify(words.purged)
          onClose()
        },
      },
    )
  return (
    <Confirm
      title={words.purgeAsk}
      action={words.purge}
      kind="danger"
      busy={purge.isPending}
      error={purge.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{words.purgeHint}</p>
    </Confirm>
  )
}
