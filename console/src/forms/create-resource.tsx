/** Makes a document of any type from its JSON. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { callAny, CallRefused, explain } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { collections } from '../collections.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { JsonEditor } from '../parts/json-editor.tsx'

/** What a new document begins as. */
const starts: Partial<Record<Collection, object>> = {
  connections: { name: '', type: 'http', http: { mediaType: 'json', baseURI: 'https://' } },
  exports: { name: '', adaptorType: 'HTTPExport', _connectionId: '', http: { method: 'GET', relativeURI: '/' } },
  imports: { name: '', adaptorType: 'HTTPImport', _connectionId: '', http: { method: ['POST'], relativeURI: ['/'] } },
  scripts: { name: '', content: '' },
  tags: { tag: '' },
}

export function CreateResourceForm({ collection, onClose }: { readonly collection: Collection; readonly onClose: () => void }) {
  const { one, create, list } = collections[collection]
  const [text, setText] = useState(() => JSON.stringify(starts[collection] ?? { name: '' }, null, 2))
  const [problems, setProblems] = useState<readonly string[]>([])
  const [isBusy, setBusy] = useState(false)
  const navigate = useNavigate()
  const save = async () => {
    setBusy(true)
    setProblems([])
    try {
      const made = (await callAny(create, { body: JSON.parse(text) as unknown })) as { readonly _id: string }
      await refresh(queryClient, [list])
      onClose()
      await navigate({ to: paths.resource(collection, made._id) })
    } catch (error) {
      setProblems(problemsOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog title={words.resources.create(one)} onClose={onClose} wide>
      <div className="dialog-body">
        <p className="soft">{words.resources.createHint}</p>
        <JsonEditor label={words.resources.document(one)} value={text} onChange={setText} />
        {problems.length > 0 && (
          <ul className="refusal" role="alert">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
      </div>
      <footer>
        <Button onClick={onClose}>{words.actions.cancel}</Button>
        <Button kind="primary" busy={isBusy} onClick={() => void save()}>
          {words.actions.create}
        </Button>
      </footer>
    </Dialog>
  )
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof SyntaxError) return [words.editor.invalid(error.message)]
  if (error instanceof CallRefused && error.problems.length > 0)
    return error.problems.map(({ field, message }) => (field ? `${field}: ${message}` : message))
  return [explain(error)]
}
