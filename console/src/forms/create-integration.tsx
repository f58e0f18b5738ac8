/** Makes an integration, and opens it. */
import { useNavigate } from '@tanstack/react-router'
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { IntegrationFields } from './integration-fields.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

export function CreateIntegrationForm({ onClose }: { readonly onClose: () => void }) {
  const create = useAct('createIntegration', 'listTiles', 'listIntegrations')
  const navigate = useNavigate()
  const { register, frame, formState } = useSavedForm({ name: '', description: '' }, async ({ name, description }) => {
    const { _id } = await create.mutateAsync({ body: { name, ...(description && { description }) } })
    await navigate({ to: paths.integrationFlows(_id) })
  })
  return (
    <FormDialog title={words.home.create} action={words.actions.create} {...frame} onClose={onClose}>
      <IntegrationFields register={register} errors={formState.errors} />
    </FormDialog>
  )
}
