/** Takes the account away from somebody whom it is shared with. */
import { useAct } from '../api/queries.ts'
import { userWords } from '../words/users.ts'
import { Confirm } from '../parts/dialog.tsx'

interface RemoveShareProps {
  readonly shareId: string
  readonly user: string
  readonly onClose: () => void
}

export function RemoveShareForm({ shareId, user, onClose }: RemoveShareProps) {
  const remove = useAct('deleteAShare', 'listAShares')
  return (
    <Confirm
      title={userWords.removeAsk(user)}
      action={userWords.remove}
      kind="danger"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { _id: shareId } }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{userWords.removeHint}</p>
    </Confirm>
  )
}
