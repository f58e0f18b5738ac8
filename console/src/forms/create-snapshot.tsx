/** Keeps the state that an integration is in, as a revision. */
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

export function CreateSnapshotForm({ integrationId, onClose }: { readonly integrationId: string; readonly onClose: () => void }) {
  const create = useAct('createIntegrationRevision', 'listIntegrationRevisions')
  const { register, submit, refusal, isBusy, formState } = useSavedForm({ description: '' }, async (body) => {
    await create.mutateAsync({ params: { _id: integrationId }, body })
    notify(words.revisions.created)
    onClose()
  })
  return (
    <FormDialog
      title={words.revisions.create}
      action={words.actions.create}
      busy={isBusy}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.revisions.description}
        autoFocus
        required
        maxLength={10_240}
        {...register('description')}
        error={formState.errors.description?.message}
      />
    </FormDialog>
  )
}
