/** Begins to go back to a state of the history: what that changes is looked at before it is applied. */
import { useNavigate } from '@tanstack/react-router'
import type { CallResult } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { lifecycleWords } from '../words/lifecycle.ts'
import { paths } from '../paths.ts'
import { Field, TextField } from '../parts/field.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

const words = lifecycleWords.revert

interface RevertProps {
  readonly revision: CallResult<'getIntegrationRevision'>
  readonly onClose: () => void
}

export function RevertIntegrationForm({ revision: { _id, _integrationId, type, description }, onClose }: RevertProps) {
  const revert = useAct('revertIntegration', 'listIntegrationRevisions')
  const navigate = useNavigate()
  const name = description || lifecycleWords.types[type]
  const start = { description: words.byDefault(name), to: 'before' as 'before' | 'after' }
  const { register, frame, formState } = useSavedForm(start, async (values) => {
    const made = await revert.mutateAsync({
      params: { _id: _integrationId },
      body: { _revertToRevisionId: _id, description: values.description, ...(type !== 'snapshot' && { to: values.to }) },
    })
    onClose()
    await navigate({ to: paths.integrationRevision(_integrationId, made._id) })
  })
  return (
    <FormDialog title={words.title} action={words.act} {...frame} onClose={onClose}>
      <p className="soft">{words.hint}</p>
      {type !== 'snapshot' && (
        <Field label={words.to}>
          {(props) => (
            <select className="input" {...register('to')} {...props}>
              <option value="before">{words.before(name)}</option>
              <option value="after">{words.after(name)}</option>
            </select>
          )}
        </Field>
      )}
      <TextField
        label={words.description}
        required
        maxLength={10_240}
        {...register('description')}
        error={formState.errors.description?.message}
      />
    </FormDialog>
  )
}
