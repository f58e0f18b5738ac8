/** Keeps the state that an integration is in, as a revision. */
import { useAct } from '../api/queries.ts'
import { words as common } from '../words.ts'
import { lifecycleWords } from '../words/lifecycle.ts'
import { TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

const words = lifecycleWords.revisions

export function CreateSnapshotForm({ integrationId, onClose }: { readonly integrationId: string; readonly onClose: () => void }) {
  const create = useAct('createIntegrationRevision', 'listIntegrationRevisions')
  const { register, frame, formState } = useSavedForm({ description: '' }, async (body) => {
    await create.mutateAsync({ params: { _id: integrationId }, body })
    notify(words.created)
    onClose()
  })
  return (
    <FormDialog title={words.create} action={common.actions.create} {...frame} onClose={onClose}>
      <TextField
        label={words.description}
        autoFocus
        required
        maxLength={10_240}
        {...register('description')}
        error={formState.errors.description?.message}
      />
    </FormDialog>
  )
}
