/** Changes the name, the description and the notes of an integration. */
import { Suspense } from 'react'
import { call } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { ifMatch, useVersioned } from '../api/versioned.ts'
import { words } from '../words.ts'
import { adminWords } from '../words/admin.ts'
import { Field } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { IntegrationFields } from './integration-fields.tsx'
import { useSavedForm } from './use-form.ts'

interface EditIntegrationProps {
  readonly id: string
  readonly onClose: () => void
}

export const EditIntegrationForm = (props: EditIntegrationProps) => (
  <Suspense>
    <Loaded {...props} />
  </Suspense>
)

function Loaded({ id, onClose }: EditIntegrationProps) {
  const { result, version } = useVersioned('getIntegration', { params: { _id: id } })
  const { name, description = '', readme = '' } = result
  const { register, submit, refusal, isBusy, formState } = useSavedForm({ name, description, readme }, async (values) => {
    await call('updateIntegration', { params: { _id: id }, body: { ...result, ...values }, ...ifMatch(version) })
    await refresh(queryClient, ['getIntegration', 'listTiles', 'listIntegrationAudit'])
    notify(adminWords.saved)
    onClose()
  })
  return (
    <FormDialog title={adminWords.details} action={words.actions.save} busy={isBusy} refusal={refusal} onSubmit={submit} onClose={onClose}>
      <IntegrationFields register={register} errors={formState.errors} />
      <Field label={adminWords.readme} error={formState.errors.readme?.message}>
        {(props) => <textarea className="input" rows={10} {...register('readme')} {...props} />}
      </Field>
    </FormDialog>
  )
}
