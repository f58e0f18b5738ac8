/** Merges an integration with files from an archive. */
import { useState } from 'react'
import { useAct } from '../api/queries.ts'
import { adminWords } from '../words/admin.ts'
import { Field } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

export function UploadFilesForm({ integrationId, onClose }: { readonly integrationId: string; readonly onClose: () => void }) {
  const upload = useAct('importIntegrationFiles', 'getIntegration', 'listIntegrationFlows', 'listIntegrationRevisions', 'listTiles')
  const [file, setFile] = useState<File>()
  const { frame } = useSavedForm({}, async () => {
    if (!file) return
    const body = new Uint8Array(await file.arrayBuffer())
    const answer = await upload.mutateAsync({ params: { _id: integrationId }, query: { description: file.name }, body })
    const isOpen = answer && 'status' in answer && answer.status === 'inprogress'
    notify(answer ? (isOpen ? adminWords.uploadOpen : adminWords.uploaded) : adminWords.uploadSame)
    onClose()
  })
  return (
    <FormDialog title={adminWords.upload} action={adminWords.upload} {...frame} onClose={onClose}>
      <p className="soft">{adminWords.uploadHint}</p>
      <Field label={adminWords.archive}>
        {(props) => (
          <input type="file" accept=".zip,application/zip" required onChange={(event) => setFile(event.target.files?.[0])} {...props} />
        )}
      </Field>
    </FormDialog>
  )
}
