/** Begins a flow: its name, and the integration that it belongs to where that is not known yet. */
import { useNavigate } from '@tanstack/react-router'
import { Controller } from 'react-hook-form'
import { useAct } from '../api/queries.ts'
import { paths } from '../paths.ts'
import { DocumentSelect } from '../parts/document-form.tsx'
import { TextField } from '../parts/field.tsx'
import { builderWords } from '../words/builder.ts'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

const words = builderWords.flow

interface CreateFlowProps {
  /** Undefined where it is chosen here; empty for a standalone flow. */
  readonly integrationId?: string | undefined
  readonly onClose: () => void
}

export function CreateFlowForm({ integrationId, onClose }: CreateFlowProps) {
  const create = useAct('createFlow', 'listFlows', 'listIntegrationFlows', 'listTiles')
  const navigate = useNavigate()
  const { register, control, frame, formState } = useSavedForm(
    { name: '', _integrationId: integrationId ?? '' },
    async ({ name, _integrationId }) => {
      const { _id } = await create.mutateAsync({ body: { name, ...(_integrationId && { _integrationId }) } })
      await navigate({ to: paths.flow(_id) })
    },
  )
  return (
    <FormDialog title={words.create} action={words.begin} {...frame} onClose={onClose}>
      <TextField label={words.name} autoFocus required {...register('name')} error={formState.errors.name?.message} />
      {integrationId === undefined && (
        <Controller
          name="_integrationId"
          control={control}
          render={({ field: { value, onChange } }) => (
            <DocumentSelect
              label={words.integration}
              collection="integrations"
              none={words.noIntegration}
              value={value}
              onChange={(next) => onChange(next ?? '')}
            />
          )}
        />
      )}
    </FormDialog>
  )
}
