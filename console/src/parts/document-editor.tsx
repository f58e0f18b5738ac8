/** A document, as a form where it has one and as JSON: read, changed, saved with the version that it was made from. */
import { isObject } from '../../../src/contract/is-object.ts'
import { useMemo, useState, type ReactNode } from 'react'
import { placeProblems, problemsOf, type Problem } from '../api/problems.ts'
import { useNewest, type Versioned } from '../api/versioned.ts'
import { words } from '../words.ts'
import { useUrlState } from '../url-state.ts'
import { Button } from './button.tsx'
import { CodeEditor } from './code-editor.tsx'
import { notify } from './notices.tsx'
import { FormOrJson } from './form-or-json.tsx'
import { parseJson, type Parsed } from './parse-json.ts'
import { Problems } from './problems.tsx'
import { rebase } from './rebase.ts'
import { useUnsaved } from './unsaved.tsx'
import { useConflict } from './use-conflict.tsx'

type Values = Readonly<Record<string, unknown>>

export interface FormViewProps {
  readonly values: Values
  readonly problems: ReadonlyMap<string, string>
  readonly isReadOnly: boolean
  readonly onChange: (values: Values) => void
}

export interface FormView {
  /** The fields that the form has a place for while the document is as it is, by their paths in it. */
  readonly fields: (values: Values) => ReadonlySet<string>
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
  const show = (next: Versioned<unknown>) => {
    setBase(next)
    setText(asText(next.result))
  }
  const { problems, isBusy, conflict, submit } = useSaving(props, base, {
    setBase,
    carryOver: (sent, next) => setText((now) => carryOver(sent, now, next)),
  })
  const isChanged = text !== asText(base.result)
  useNewest(loaded, base, isChanged, show)
  useUnsaved(isChanged, { leftBy: ['tab', 'group'] })
  const parsed = useMemo(() => parseJson(text), [text])
  const values = 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined
  const isForm = form !== undefined && as !== 'json' && values !== undefined
  const { placed, left } = placeProblems(problems, isForm ? form.fields(values) : new Set(), root)
  return (
    <div className="document-editor">
      {form && <FormOrJson isForm={isForm} onChange={setAs} />}
      {isForm ? (
        form.draw({ values, problems: placed, isReadOnly: readOnly, onChange: (next) => setText(asText(next)) })
      ) : (
        <CodeEditor label={label} value={text} readOnly={readOnly} onChange={setText} />
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
      {conflict}
    </div>
  )
}

/** What is typed while a save runs stays. What is no JSON by then is kept as it is. */
function carryOver(sent: unknown, now: string, next: unknown): string {
  if (now === asText(sent)) return asText(next)
  const parsed = parseJson(now)
  return 'value' in parsed ? asText(rebase(sent, parsed.value, next)) : now
}

interface Edited {
  readonly setBase: (base: Versioned<unknown>) => void
  /** What was sent has become another document: as it is stored, or as it was chosen of two versions. */
  readonly carryOver: (sent: unknown, next: unknown) => void
}

/** Saves with the version that the changes were made from; where somebody else saved first, one chooses before it is saved again. */
function useSaving({ save, reload, saved = words.editor.saved }: DocumentEditorProps, base: Versioned<unknown>, edited: Edited) {
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const [isBusy, setBusy] = useState(false)
  const { attempt, dialog } = useConflict({
    read: reload,
    onChoose: (value, theirs, mine) => {
      edited.setBase(theirs)
      edited.carryOver(mine, value)
      void send(value, theirs)
    },
  })
  const send = async (value: unknown, from: Versioned<unknown>) => {
    setBusy(true)
    setProblems([])
    try {
      if (await attempt(() => save(value, from.version), value, from.result)) {
        const stored = await reload()
        edited.setBase(stored)
        edited.carryOver(value, stored.result)
        notify(saved)
      }
    } catch (error) {
      setProblems(problemsOf(error))
    } finally {
      setBusy(false)
    }
  }
  return {
    problems,
    isBusy,
    conflict: dialog,
    submit: (parsed: Parsed) =>
      'why' in parsed ? setProblems([{ message: words.editor.invalid(parsed.why) }]) : void send(parsed.value, base),
  }
}
