/** Shows an entry of a lookup cache, and writes another value for its key: any JSON. */
import { useState } from 'react'
import type { CallResult } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { words as common } from '../words.ts'
import { dataWords } from '../words/data.ts'
import { parseJson } from '../parts/parse-json.ts'
import { Field, TextField } from '../parts/field.tsx'
import { CodeEditor } from '../parts/code-editor.tsx'
import { JsonView } from '../parts/json-view.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

interface EditCacheEntryProps {
  readonly cacheId: string
  readonly entry: CallResult<'getLookupCacheData'>['data'][number]
  readonly isReadOnly: boolean
  readonly onClose: () => void
}

const words = dataWords.cache

export function EditCacheEntryForm(props: EditCacheEntryProps) {
  const { entry, isReadOnly, onClose } = props
  if (!isReadOnly) return <WritableForm {...props} />
  return (
    <Dialog title={entry.key} onClose={onClose}>
      <div className="dialog-body">
        <JsonView label={words.value} value={entry.value} />
      </div>
    </Dialog>
  )
}

function WritableForm({ cacheId, entry, onClose }: EditCacheEntryProps) {
  const write = useAct('upsertLookupCacheData', 'getLookupCacheData', 'getLookupCache')
  const [stored] = useState(() => JSON.stringify(entry.value, null, 2))
  const [text, setText] = useState(stored)
  const { register, frame, formState } = useSavedForm({ key: entry.key }, async ({ key }) => {
    const parsed = parseJson(text)
    if ('why' in parsed) throw new Error(common.editor.invalid(parsed.why))
    await write.mutateAsync({ params: { _id: cacheId }, body: { data: [{ key, value: parsed.value }] } })
    notify(words.saved(key))
    onClose()
  })
  return (
    <FormDialog title={words.edit(entry.key)} action={words.save} {...frame} isChanged={text !== stored} onClose={onClose}>
      <TextField label={words.key} required readOnly {...register('key')} error={formState.errors.key?.message} />
      <Field label={words.value} hint={words.json}>
        {() => <CodeEditor label={words.value} value={text} onChange={setText} />}
      </Field>
    </FormDialog>
  )
}
