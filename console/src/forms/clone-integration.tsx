/** Copies an integration, into this environment or into another one, and opens the copy where it is here. */
import { useNavigate } from '@tanstack/react-router'
import { useAct, useLater } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { Field, TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { withProduction } from '../parts/scope-switcher.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

interface CloneIntegrationProps {
  readonly integration: { readonly _id: string; readonly name: string }
  readonly onClose: () => void
}

export function CloneIntegrationForm({ integration, onClose }: CloneIntegrationProps) {
  const { account, environment } = useSession()
  const environments = withProduction(useLater('listEnvironments', {}).data ?? [], account)
  const clone = useAct('cloneIntegration', 'listTiles', 'listIntegrations')
  const navigate = useNavigate()
  const { register, submit, refusal, isBusy, formState } = useSavedForm(
    { name: `Clone - ${integration.name}`.slice(0, 200), _envId: environment._id },
    async ({ name, _envId }) => {
      const made = await clone.mutateAsync({
        params: { _id: integration._id },
        body: { name, connectionMap: {}, ...(_envId !== environment._id && { _envId }) },
      })
      notify(words.admin.cloned(name))
      onClose()
      if (_envId === environment._id) await navigate({ to: paths.integrationFlows(made._id) })
    },
  )
  return (
    <FormDialog title={words.admin.clone} action={words.admin.clone} busy={isBusy} refusal={refusal} onSubmit={submit} onClose={onClose}>
      <p className="soft">{words.admin.cloneHint}</p>
      <TextField label={words.admin.cloneName} autoFocus required {...register('name')} error={formState.errors.name?.message} />
      {environments.length > 1 && (
        <Field label={words.admin.cloneTo} error={formState.errors._envId?.message}>
          {(props) => (
            <select className="input" {...register('_envId')} {...props}>
              {environments.map(({ _id, name }) => (
                <option key={_id} value={_id}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
    </FormDialog>
  )
}
