/** Installs an Integration App: shows what it makes and which code runs, and begins the installation, whose steps follow. */
import { useNavigate } from '@tanstack/react-router'
import type { CallResult } from '../api/client.ts'
import { useAct, useLater } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { paths } from '../paths.ts'
import { CodePreview } from '../parts/code-preview.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { Loading, Refusal } from '../parts/states.tsx'
import { FormFrame } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

interface InstallAppProps {
  readonly connectorId: string
  readonly name: string
  /** The oldest that is free where it is left out. */
  readonly licenseId?: string
  readonly onClose: () => void
}

const words = appWords.install

export function InstallAppForm(props: InstallAppProps) {
  const preview = useLater('previewInstallConnector', { params: { _id: props.connectorId } })
  return (
    <Dialog title={words.title(props.name)} onClose={props.onClose} wide>
      {preview.isPending && (
        <div className="dialog-body">
          <Loading />
        </div>
      )}
      {preview.error && (
        <div className="dialog-body">
          <Refusal error={preview.error} />
        </div>
      )}
      {preview.data && <PreviewedForm {...props} preview={preview.data} />}
    </Dialog>
  )
}

type Preview = CallResult<'previewInstallConnector'>

function PreviewedForm({ connectorId, licenseId, preview }: InstallAppProps & { readonly preview: Preview }) {
  const install = useAct('installConnector', 'listTiles', 'listIntegrations', 'listLicenses', 'listInstallBase')
  const navigate = useNavigate()
  const { register, frame, formState } = useSavedForm({ name: preview.name, tag: '' }, async ({ name, tag }) => {
    const body = { name, sha256: preview.sha256, ...(tag && { tag }), ...(licenseId !== undefined && { _licenseId: licenseId }) }
    const made = await install.mutateAsync({ params: { _id: connectorId }, body })
    notify(words.begun(name))
    await navigate({ to: made.mode === 'install' ? paths.integrationSetup(made._id) : paths.integrationApp(made._id) })
  })
  return (
    <FormFrame action={words.act} {...frame}>
      {preview.description && <p>{preview.description}</p>}
      <p className="soft">
        {preview.version && `${words.version(preview.version)} · `}
        {appWords.preview.steps(preview.installSteps?.length ?? 0)}
      </p>
      <TextField label={words.name} autoFocus required {...register('name')} error={formState.errors.name?.message} />
      <TextField label={words.tag} hint={words.tagHint} {...register('tag')} error={formState.errors.tag?.message} />
      <CodePreview connectorId={connectorId} preview={preview} />
    </FormFrame>
  )
}
