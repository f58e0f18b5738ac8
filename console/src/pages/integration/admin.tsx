/** What is done with an integration as a whole: its name and notes, copies, files, its end. */
import { useNavigate } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { useData } from '../../api/queries.ts'
import type { OperationName } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { adminWords } from '../../words/admin.ts'
import { paths } from '../../paths.ts'
import { DeleteIntegrationForm } from '../../forms/delete-integration.tsx'
import { EditIntegrationForm } from '../../forms/edit-integration.tsx'
import { useDownloadFiles } from '../../forms/download-files.ts'
import { UploadFilesForm } from '../../forms/upload-files.tsx'
import { Button } from '../../parts/button.tsx'
import { Notes } from '../../parts/markdown.tsx'
import { useParam } from '../../url-state.ts'

type Open = 'edit' | 'upload' | 'delete'

export function IntegrationAdminPage() {
  const id = useParam('integrationId')
  const integration = useData('getIntegration', { params: { _id: id } })
  const may = useMay(id)
  const download = useDownloadFiles(integration)
  const [open, setOpen] = useState<Open>()
  const navigate = useNavigate()
  const close = () => setOpen(undefined)
  // An app is installed and uninstalled, and not cloned, merged with files or deleted.
  const isApp = integration._connectorId !== undefined
  const act = (name: OperationName, label: string, hint: string, onClick: () => void, kind: 'plain' | 'danger' = 'plain'): ReactNode =>
    may(name) && (
      <li className="act">
        <div>
          <h3>{label}</h3>
          <p className="soft">{hint}</p>
        </div>
        <Button kind={kind} onClick={onClick}>
          {label}
        </Button>
      </li>
    )
  return (
    <div className="narrow">
      <section className="section">
        <div className="section-head">
          <h2>{adminWords.readme}</h2>
          {may('updateIntegration') && <Button onClick={() => setOpen('edit')}>{adminWords.edit}</Button>}
        </div>
        <div className="card">
          {integration.readme ? <Notes text={integration.readme} /> : <p className="soft">{adminWords.noReadme}</p>}
        </div>
      </section>
      <ul className="acts">
        {!isApp && act('cloneIntegration', adminWords.clone, adminWords.cloneHint, () => void navigate({ to: paths.integrationClone(id) }))}
        {!isApp &&
          act('createTemplate', adminWords.package, adminWords.packageHint, () => void navigate({ to: paths.integrationPackage(id) }))}
        {act('exportIntegrationFiles', adminWords.download, adminWords.downloadHint, download)}
        {!isApp && act('importIntegrationFiles', adminWords.upload, adminWords.uploadHint, () => setOpen('upload'))}
        {!isApp && act('deleteIntegration', adminWords.delete, adminWords.deleteHint, () => setOpen('delete'), 'danger')}
      </ul>
      {open === 'edit' && <EditIntegrationForm id={id} onClose={close} />}
      {open === 'upload' && <UploadFilesForm integrationId={id} onClose={close} />}
      {open === 'delete' && <DeleteIntegrationForm integration={integration} onClose={close} />}
    </div>
  )
}
