/** A document, as a form where it has one and as JSON: read, changed, saved with the version that it was made from. */
import { isObject } from '../../../src/contract/is-object.ts'
import { useMemo, useState, type ReactNode } from 'react'
import { CallRefused } from '../api/client.ts'
import { placeProblems, problemsOf, type Problem } from '../api/problems.ts'
import type { Versioned } from '../api/versioned.ts'
import { words } from '../words.ts'
import { useUrlState } from '../url-state.ts'
import { Button } from './button.tsx'
import { ConflictDialog } from './conflict-dialog.tsx'
import { JsonEditor } from './json-editor.tsx'
import { notify } from './notices.tsx'
import { FormOrJson } from './form-or-json.tsx'
import { parseJson, type Parsed } from './parse-json.ts'
import { Problems } from './problems.tsx'
import { useUnsaved } from './unsaved.tsx'

type Values = Readonly<Record<string, unknown>>

export interface FormViewProps {
  readonly values: Values
  readonly problems: ReadonlyMap<string, string>
  readonly isReadOnly: boolean
  readonly onChange: (values: Values) => void
}

export interface FormView {
  /** The fields that the form has a place for. */
  readonly fields: ReadonlySet<string>
  readonly draw: (props: FormViewProps) => ReactNode
}

interface DocumentEditorProps {
  readonly label: string
  readonly loaded: Versioned<unknown>
  readonly readOnly?: boolean
  /** Left out where the document is JSON and nothing else. */
  readonly form?: FormView | undefined
  /** What stands before the names of its fields in the answers of the server. */
  readonly root?: string
  /** Sends the document, and answers nothing; throws the refusal. */
  readonly save: (value: unknown, version: string | undefined) => Promise<unknown>
  /** Reads it anew, where somebody else saved first. */
  readonly reload: () => Promise<Versioned<unknown>>
  readonly saved?: string
}

const asText = (value: unknown): string => JSON.stringify(value ?? {}, null, 2)

export function DocumentEditor(props: DocumentEditorProps) {
  const { label, loaded, readOnly = false, form, root = '' } = props
  const [base, setBase] = useState(loaded)
  const [text, setText] = useState(() => asText(loaded.result))
  const [as, setAs] = useUrlState('as', 'form')
  const { problems, isBusy, conflict, submit, choose, forget } = useSaving(props, base, (next) => {
    setBase(next)
    setText(asText(next.result))
  })
  const isChanged = text !== asText(base.result)
  useUnsaved(isChanged, { leftBy: ['tab', 'group'] })
  const parsed = useMemo(() => parseJson(text), [text])
  const values = 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined
  const isForm = form !== undefined && as !== 'json' && values !== undefined
  const { placed, left } = placeProblems(problems, isForm ? form.fields : new Set(), root)
  return (
    <div className="document-editor">
      {form && <FormOrJson isForm={isForm} onChange={setAs} />}
      {isForm ? (
        form.draw({ values, problems: placed, isReadOnly: readOnly, onChange: (next) => setText(asText(next)) })
      ) : (
        <JsonEditor label={label} value={text} readOnly={readOnly} onChange={setText} />
      )}
      <Problems problems={left} />
      {!readOnly && (
        <div className="editor-foot">
          <Button kind="primary" busy={isBusy} disabled={!isChanged} onClick={() => submit(parsed)}>
            {words.actions.save}
          </Button>
          {isChanged && <Button onClick={() => setText(asText(base.result))}>{words.editor.undo}</Button>}
          {isChanged && <span className="soft">{words.editor.unsaved}</span>}
        </div>
      )}
      {conflict && (
        <ConflictDialog theirs={conflict.theirs.result} mine={conflict.mine} base={base.result} onClose={forget} onChoose={choose} />
      )}
    </div>
  )
}

interface Conflict {
  readonly theirs: Versioned<unknown>
  readonly mine: unknown
}

/** Saves with the version that the changes were made from; where somebody else saved first, one chooses before it is saved again. */
function useSaving(
  { save, reload, saved = words.editor.saved }: DocumentEditorProps,
  base: Versioned<unknown>,
  take: (next: Versioned<unknown>) => void,
) {
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const [isBusy, setBusy] = useState(false)
  const [conflict, setConflict] = useState<Conflict>()
  const send = async (value: unknown, version: string | undefined) => {
    setBusy(true)
    setProblems([])
    try {
      await save(value, version)
      take(await reload())
      setConflict(undefined)
      notify(saved)
    } catch (error) {
      if (error instanceof CallRefused && error.status === 412) await showConflict(value)
      else setProblems(problemsOf(error))
    } finally {
      setBusy(false)
    }
  }
  /** The document may be gone by now, which then is the problem that is shown. */
  const showConflict = async (mine: unknown) => {
    try {
      setConflict({ theirs: await reload(), mine })
    } catch (error) {
      setProblems(problemsOf(error))
    }
  }
  return {
    problems,
    isBusy,
    conflict,
    submit: (parsed: Parsed) =>
      'why' in parsed ? setProblems([{ message: words.editor.invalid(parsed.why) }]) : void send(parsed.value, base.version),
    choose: (value: unknown) => void send(value, conflict?.theirs.version),
    forget: () => setConflict(undefined),
  }
}
