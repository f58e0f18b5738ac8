/** Makes an integration from files: reads the archive, asks for what files never hold, and opens what came of it. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call, CallRefused, type CallResult } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { words } from '../words.ts'
import { beginningWords } from '../words/beginnings.ts'
import { integrationWords } from '../words/integrations.ts'
import { adminWords } from '../words/admin.ts'
import { paths } from '../paths.ts'
import { Field, TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { CompleteRestoreForm } from './complete-restore.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

export type OpenRevision = CallResult<'getIntegrationRevision'>

export function RestoreFilesForm({ onClose }: { readonly onClose: () => void }) {
  const [opened, setOpened] = useState<OpenRevision>()
  const navigate = useNavigate()
  const finish = async (integrationId: string): Promise<void> => {
    await refresh(queryClient, ['listTiles', 'listIntegrations', 'listConnections'])
    onClose()
    await navigate({ to: paths.integrationFlows(integrationId) })
  }
  if (opened) return <CompleteRestoreForm revision={opened} onDone={() => finish(opened._integrationId)} onClose={onClose} />
  return <ReadFilesForm onOpen={setOpened} onDone={finish} onClose={onClose} />
}

interface ReadFilesProps {
  readonly onOpen: (revision: OpenRevision) => void
  readonly onDone: (integrationId: string) => Promise<void>
  readonly onClose: () => void
}

function ReadFilesForm({ onOpen, onDone, onClose }: ReadFilesProps) {
  const [file, setFile] = useState<File>()
  const { register, setValue, watch, frame, formState } = useSavedForm({ name: '' }, async ({ name }) => {
    if (!file) return
    const body = new Uint8Array(await file.arrayBuffer())
    const { _id } = await call('createIntegration', { body: { name } })
    try {
      const revision = await call('importIntegrationFiles', { params: { _id }, query: { description: file.name }, body })
      if (revision && 'status' in revision && revision.status === 'inprogress') return onOpen(revision)
    } catch (error) {
      await forget(_id)
      // The integration that the files are of is here: it takes them itself.
      const isHere = error instanceof CallRefused && error.problems.some(({ code }) => code === 'not_a_relative')
      throw isHere ? new Error(beginningWords.begin.isHere) : error
    }
    notify(beginningWords.begin.restored(name))
    await onDone(_id)
  })
  const choose = (chosen: File | undefined): void => {
    setFile(chosen)
    // What it is called stays as somebody typed it.
    if (chosen && watch('name') === '') setValue('name', chosen.name.replace(/\.zip$/i, '').slice(0, 200))
  }
  return (
    <FormDialog title={words.begin.files} action={beginningWords.begin.restore} {...frame} disabled={!file} onClose={onClose}>
      <p className="soft">{beginningWords.begin.filesWhat}</p>
      <Field label={adminWords.archive}>
        {(props) => (
          <input type="file" accept=".zip,application/zip" required onChange={(event) => choose(event.target.files?.[0])} {...props} />
        )}
      </Field>
      <TextField label={integrationWords.integration.name} required {...register('name')} error={formState.errors.name?.message} />
    </FormDialog>
  )
}

/** The integration that was to take the files, which nothing came of. */
async function forget(_id: string): Promise<void> {
  try {
    await call('deleteIntegration', { params: { _id } })
    await call('purgeFromRecycleBin', { params: { resourceType: 'integrations', _id } })
  } catch {
    // It stays, empty, where somebody else took it up meanwhile: the refusal of the files is what is to be told.
  }
  await refresh(queryClient, ['listTiles'])
}
