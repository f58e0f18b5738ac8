/** Changes the name, the description and the notes of an integration. */
import { useQuery } from '@tanstack/react-query'
import { call, callWithVersion, type CallResult } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { ifMatch, type Versioned } from '../api/versioned.ts'
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

/** Read when the form opens, and never while it is open: its changes are of that version. */
export function EditIntegrationForm({ id, onClose }: EditIntegrationProps) {
  const { data } = useQuery({
    queryKey: ['forms', 'integrations', id],
    queryFn: () => callWithVersion('getIntegration', { params: { _id: id } }),
    staleTime: Infinity,
    gcTime: 0,
    throwOnError: true,
  })
  return data && <IntegrationForm id={id} opened={data} onClose={onClose} />
}

interface IntegrationFormProps extends EditIntegrationProps {
  readonly opened: Versioned<CallResult<'getIntegration'>>
}

function IntegrationForm({ id, opened: { result, version }, onClose }: IntegrationFormProps) {
  const { name, description = '', readme = '' } = result
  const { register, frame, formState } = useSavedForm({ name, description, readme }, async (values) => {
    await call('updateIntegration', { params: { _id: id }, body: { ...result, ...values }, ...ifMatch(version) })
    await refresh(queryClient, ['getIntegration', 'listTiles', 'listIntegrationAudit'])
    notify(adminWords.saved)
    onClose()
  })
  return (
    <FormDialog title={adminWords.details} action={words.actions.save} {...frame} onClose={onClose}>
      <IntegrationFields register={register} errors={formState.errors} />
      <Field label={adminWords.readme} error={formState.errors.readme?.message}>
        {(props) => <textarea className="input" rows={10} {...register('readme')} {...props} />}
      </Field>
    </FormDialog>
  )
}
