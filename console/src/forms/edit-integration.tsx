/** Changes the name, the description and the notes of an integration. */
import { useQuery } from '@tanstack/react-query'
import { call, callWithVersion, type CallResult } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { ifMatch, type Versioned } from '../api/versioned.ts'
import { words } from '../words.ts'
import { adminWords } from '../words/admin.ts'
import { Field } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { useConflict } from '../parts/use-conflict.tsx'
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
    queryFn: () => readIntegration(id),
    staleTime: Infinity,
    gcTime: 0,
    throwOnError: true,
  })
  return data && <IntegrationForm id={id} opened={data} onClose={onClose} />
}

type Integration = CallResult<'getIntegration'>
const readIntegration = (_id: string): Promise<Versioned<Integration>> => callWithVersion('getIntegration', { params: { _id } })

interface IntegrationFormProps extends EditIntegrationProps {
  readonly opened: Versioned<Integration>
}

function IntegrationForm({ id, opened, onClose }: IntegrationFormProps) {
  const { name, description = '', readme = '' } = opened.result
  const conflict = useConflict({
    read: () => readIntegration(id),
    onChoose: (value, theirs) => void save(value as Integration, theirs as Versioned<Integration>).catch(refuse),
  })
  const save = async (body: Integration, from: Versioned<Integration>) => {
    const update = () => call('updateIntegration', { params: { _id: id }, body, ...ifMatch(from.version) })
    if (!(await conflict.attempt(update, body, from.result))) return
    await refresh(queryClient, ['getIntegration', 'listTiles', 'listIntegrationAudit'])
    notify(adminWords.saved)
    onClose()
  }
  const { register, frame, formState, refuse } = useSavedForm({ name, description, readme }, (values) =>
    save({ ...opened.result, ...values }, opened),
  )
  return (
    <>
      <FormDialog title={adminWords.details} action={words.actions.save} {...frame} onClose={onClose}>
        <IntegrationFields register={register} errors={formState.errors} />
        <Field label={adminWords.readme} error={formState.errors.readme?.message}>
          {(props) => <textarea className="input" rows={10} {...register('readme')} {...props} />}
        </Field>
      </FormDialog>
      {conflict.dialog}
    </>
  )
}
