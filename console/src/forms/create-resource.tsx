/** Makes a document of any type: from a form where its type has one, and from its JSON. */
import { isObject } from '../../../src/contract/is-object.ts'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { callAny } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { collections } from '../collections.ts'
import { words } from '../words.ts'
import { resourceWords } from '../words/resources.ts'
import { paths } from '../paths.ts'
import { Button } from '../parts/button.tsx'
import { CancelButton, Dialog } from '../parts/dialog.tsx'
import { placeProblems, problemsOf, type Problem } from '../api/problems.ts'
import { parseJson } from '../parts/parse-json.ts'
import { formOf } from '../parts/document-form.tsx'
import { CodeEditor } from '../parts/code-editor.tsx'
import { FormOrJson } from '../parts/form-or-json.tsx'
import { Problems } from '../parts/problems.tsx'
import { Unsaved } from '../parts/unsaved.tsx'
import { useHeld } from '../parts/use-held.ts'

/** What a new document begins as. */
const starts: Partial<Record<Collection, object>> = {
  connections: { name: '', type: 'http', http: { mediaType: 'json', baseURI: 'https://' } },
  exports: { name: '', adaptorType: 'HTTPExport', _connectionId: '', http: { method: 'GET', relativeURI: '/' } },
  imports: { name: '', adaptorType: 'HTTPImport', _connectionId: '', http: { method: ['POST'], relativeURI: ['/'] } },
  scripts: { name: '', content: '' },
  stacks: { name: '', type: 'server', server: { hostURI: 'https://' } },
  tags: { tag: '' },
  apis: {
    name: '',
    type: 'builder',
    version: 'v1',
    builder: {
      request: { method: 'GET', relativeURI: '/' },
      responseRouter: { id: 'apiRouter' },
      responses: [
        { id: 'success', name: 'Success', type: 'success', statusCode: 200 },
        { id: 'failure', name: 'Failure', type: 'fail', statusCode: 502 },
      ],
    },
  },
  tools: { name: '', _integrationId: '', input: { schema: { type: 'object' } }, output: { mappings: [] } },
  mcpservers: { name: '', relativeURI: '/' },
  filedefinitions: {
    name: '',
    version: '2',
    format: 'delimited',
    delimited: { rowDelimiter: '\\n', colDelimiter: ',' },
    rules: [{ required: true, elements: [{ name: 'kind', value: 'ORDER' }, { name: 'number' }, { name: 'date' }] }],
  },
  ediprofiles: { name: '', fileType: 'edix12', isa15: 'T' },
}

export function CreateResourceForm({ collection, onClose }: { readonly collection: Collection; readonly onClose: () => void }) {
  const { one, create, list } = collections[collection]
  const [begun] = useState(() => JSON.stringify(starts[collection] ?? { name: '' }, null, 2))
  const [text, setText] = useState(begun)
  const [as, setAs] = useState<'form' | 'json'>('form')
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const [isBusy, setBusy] = useState(false)
  const navigate = useNavigate()
  const form = formOf(collection, true)
  const parsed = parseJson(text)
  const values = 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined
  const isForm = form !== undefined && as === 'form' && values !== undefined
  const { placed, left } = placeProblems(problems, isForm ? form.fields(values) : new Set(), '')
  const save = async () => {
    if ('why' in parsed) return setProblems([{ message: words.editor.invalid(parsed.why) }])
    setBusy(true)
    setProblems([])
    try {
      const made = (await callAny(create, { body: withoutOthers(collection, withoutEmpty(parsed.value)) })) as { readonly _id: string }
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
    <Dialog title={resourceWords.create(one)} onClose={onClose} wide>
      <Unsaved isChanged={text !== begun} isSaving={isBusy} />
      <div className="dialog-body" {...useHeld(isBusy)}>
        {form && <FormOrJson isForm={isForm} onChange={setAs} />}
        {isForm ? (
          form.draw({
            values,
            problems: placed,
            isReadOnly: isBusy,
            onChange: (next) => setText(JSON.stringify(next, null, 2)),
          })
        ) : (
          <>
            <p className="soft">{resourceWords.createHint}</p>
            <CodeEditor label={resourceWords.document(one)} value={text} onChange={setText} />
          </>
        )}
        <Problems problems={left} />
      </div>
      <footer>
        <CancelButton />
        <Button kind="primary" busy={isBusy} onClick={() => void save()}>
          {words.actions.create}
        </Button>
      </footer>
    </Dialog>
  )
}

/** A reference that nobody chose is left out: the server then says that it is missing, and not that it leads nowhere. */
const withoutEmpty = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([name, each]) => !(name.startsWith('_') && each === '')))
    : value

/** An API is of steps or of a script: what was begun of the other one is left out. */
function withoutOthers(collection: Collection, value: unknown): unknown {
  if (collection !== 'apis' || !isObject(value)) return value
  const { builder, script, ...rest } = value
  if (rest['type'] === 'script') return { ...rest, ...(script !== undefined && { script }) }
  return { ...rest, ...(builder !== undefined && { builder }) }
}
