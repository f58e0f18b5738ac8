/** A document, or the body of a request, in a dialog: as a form and as JSON of the same values. */
import { isObject } from '../../../src/contract/is-object.ts'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from 'react'
import { CallRefused } from '../api/client.ts'
import { placeProblems, problemsOf, type Problem } from '../api/problems.ts'
import type { Versioned } from '../api/versioned.ts'
import { words } from '../words.ts'
import { dialogWords } from '../words/dialogs.ts'
import { Button } from '../parts/button.tsx'
import { ConflictDialog } from '../parts/conflict-dialog.tsx'
import { CancelButton, Dialog } from '../parts/dialog.tsx'
import type { FormView } from '../parts/document-editor.tsx'
import { FormOrJson } from '../parts/form-or-json.tsx'
import { CodeEditor } from '../parts/code-editor.tsx'
import { parseJson } from '../parts/parse-json.ts'
import { Problems } from '../parts/problems.tsx'
import { Loading, Refusal } from '../parts/states.tsx'
import { Unsaved } from '../parts/unsaved.tsx'
import { useHeld } from '../parts/use-held.ts'

interface FrameProps {
  readonly title: string
  /** What the button says. */
  readonly action: string
  readonly form: FormView
  /** What the JSON is called. */
  readonly label?: string
  /** What stands before the names of its fields in the answers of the server. */
  readonly root?: string
  /** A sentence above the fields. */
  readonly lead?: ReactNode
  readonly wide?: boolean
  /** What is wrong without asking the server. */
  readonly check?: (value: object) => readonly Problem[]
  readonly onClose: () => void
  /** What follows once it is saved: the dialog is closed by default. */
  readonly onSaved?: () => void
}

interface BodyDialogProps extends FrameProps {
  /** What the form begins with. */
  readonly start: object
  /** Sends it, and throws the refusal. */
  readonly save: (value: object) => Promise<unknown>
}

/** The body of a request that makes something. */
export const BodyDialog = ({ start, save, ...rest }: BodyDialogProps) => (
  <Editing {...rest} base={{ result: start, version: undefined }} save={save} />
)

interface StoredDialogProps extends FrameProps {
  /** Reads what is changed, with its version: when the dialog opens, and again where somebody else saved first. */
  readonly load: () => Promise<Versioned<object>>
  readonly save: (value: object, version: string | undefined) => Promise<unknown>
}

/** A document that is stored: read when the dialog opens, and saved with the version that it had then. */
export function StoredDialog(props: StoredDialogProps) {
  const id = useId()
  const { data, error } = useQuery({ queryKey: ['dialog', id], queryFn: props.load, staleTime: Infinity, gcTime: 0 })
  if (data) return <Editing {...props} base={data} />
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div className="dialog-body">{error ? <Refusal error={error} /> : <Loading lines={3} />}</div>
    </Dialog>
  )
}

interface EditingProps extends FrameProps {
  readonly base: Versioned<object>
  readonly load?: () => Promise<Versioned<object>>
  readonly save: (value: object, version: string | undefined) => Promise<unknown>
}

const asText = (value: object): string => JSON.stringify(value, null, 2)

function Editing({
  title,
  action,
  form,
  label = title,
  root = '',
  lead,
  wide = false,
  check,
  onClose,
  onSaved = onClose,
  base: opened,
  load,
  save,
}: EditingProps) {
  // What is read again while it is open, such as after another sign-in, is not what was changed here.
  const [base] = useState(opened)
  const [text, setText] = useState(() => asText(base.result))
  const [as, setAs] = useState<'form' | 'json'>('form')
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const [isBusy, setBusy] = useState(false)
  const [conflict, setConflict] = useState<{ readonly theirs: Versioned<object>; readonly mine: object }>()
  const body = useRef<HTMLDivElement>(null)
  // The dialog has been opened by now, and has the focus on its button that closes it.
  useEffect(() => body.current?.querySelector<HTMLElement>('input, select, textarea')?.focus(), [])
  const held = useHeld(isBusy)
  const parsed = parseJson(text)
  const values = 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined
  const isForm = as === 'form' && values !== undefined
  const { placed, left } = placeProblems(problems, isForm ? form.fields(values) : new Set(), root)
  const send = async (value: object, version: string | undefined) => {
    setProblems([])
    setBusy(true)
    try {
      await save(value, version)
      onSaved()
    } catch (error) {
      setConflict(undefined)
      if (load && error instanceof CallRefused && error.status === 412) await showConflict(load, value)
      else setProblems(problemsOf(error))
    } finally {
      setBusy(false)
    }
  }
  /** What the dialog is about may be as it was, beside what was changed. It may also be gone, which then is the problem that is shown. */
  const showConflict = async (read: () => Promise<Versioned<object>>, mine: object) => {
    try {
      const theirs = await read()
      if (asText(theirs.result) !== asText(base.result)) return setConflict({ theirs, mine })
      await save(mine, theirs.version)
      onSaved()
    } catch (error) {
      setProblems(problemsOf(error))
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isBusy) return
    if (!values) return setProblems([{ message: 'why' in parsed ? words.editor.invalid(parsed.why) : dialogWords.noObject }])
    const found = check?.(values) ?? []
    if (found.length > 0) setProblems(found)
    else void send(values, base.version)
  }
  return (
    <>
      <Dialog title={title} onClose={onClose} wide={wide}>
        <Unsaved isChanged={text !== asText(base.result)} isSaving={isBusy} />
        <form onSubmit={submit} noValidate>
          <div className="dialog-body" ref={body} {...held}>
            <FormOrJson isForm={isForm} onChange={setAs} />
            {lead && <p className="soft">{lead}</p>}
            {isForm ? (
              form.draw({ values, problems: placed, isReadOnly: isBusy, onChange: (next) => setText(asText(next)) })
            ) : (
              <CodeEditor label={label} value={text} readOnly={isBusy} onChange={setText} />
            )}
            <Problems problems={left} />
          </div>
          <footer>
            <CancelButton />
            <Button type="submit" kind="primary" busy={isBusy}>
              {action}
            </Button>
          </footer>
        </form>
      </Dialog>
      {conflict && (
        <ConflictDialog
          theirs={conflict.theirs.result}
          mine={conflict.mine}
          base={base.result}
          onClose={() => setConflict(undefined)}
          onChoose={(value) => void send(value as object, conflict.theirs.version)}
        />
      )}
    </>
  )
}
