/** Makes an integration from a template: a copy of the integration that the template presents, with connections of this environment. */
import { useNavigate } from '@tanstack/react-router'
import { useAct, useLater } from '../api/queries.ts'
import { words } from '../words.ts'
import { adminWords } from '../words/admin.ts'
import { paths } from '../paths.ts'
import { Field, TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { Loading } from '../parts/states.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

export function InstallTemplateForm({ onClose }: { readonly onClose: () => void }) {
  const { data } = useLater('listTemplates', {})
  const templates = (data ?? []).filter(({ _integrationId }) => _integrationId !== undefined)
  const clone = useAct('cloneIntegration', 'listTiles', 'listIntegrations')
  const navigate = useNavigate()
  const { register, submit, watch, refusal, isBusy, formState } = useSavedForm({ template: '', name: '' }, async ({ template, name }) => {
    const chosen = templates.find(({ _id }) => _id === template) ?? templates[0]
    if (!chosen?._integrationId) return
    const made = await clone.mutateAsync({ params: { _id: chosen._integrationId }, body: { name: name || chosen.name, connectionMap: {} } })
    notify(adminWords.cloned(name || chosen.name))
    onClose()
    await navigate({ to: paths.integrationFlows(made._id) })
  })
  const chosen = templates.find(({ _id }) => _id === watch('template')) ?? templates[0]
  return (
    <FormDialog
      title={words.begin.template}
      action={words.begin.install}
      busy={isBusy}
      disabled={!chosen}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      {data === undefined ? (
        <Loading lines={3} />
      ) : templates.length === 0 ? (
        <p className="soft">{words.begin.noTemplates}</p>
      ) : (
        <>
          <Field label={words.begin.templateToUse} hint={chosen?.description}>
            {(props) => (
              <select className="input" {...register('template')} {...props}>
                {templates.map(({ _id, name }) => (
                  <option key={_id} value={_id}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <TextField
            label={words.integration.name}
            placeholder={chosen?.name}
            {...register('name')}
            error={formState.errors.name?.message}
          />
          <p className="soft">{words.begin.templateCopies}</p>
        </>
      )}
    </FormDialog>
  )
}
