/** A document as JSON: read, changed, saved with the version that it was made from. */
import { useBlocker } from '@tanstack/react-router'
import { useState } from 'react'
import { CallRefused, explain } from '../api/client.ts'
import type { Versioned } from '../api/versioned.ts'
import { words } from '../words.ts'
import { Button } from './button.tsx'
import { ConflictDialog } from './conflict-dialog.tsx'
import { JsonEditor } from './json-editor.tsx'
import { notify } from './notices.tsx'
import { Icon } from './icon.tsx'

interface DocumentEditorProps {
  readonly label: string
  readonly loaded: Versioned<unknown>
  readonly readOnly?: boolean
  /** Sends the document, and answers nothing; throws the refusal. */
  readonly save: (value: unknown, version: string | undefined) => Promise<unknown>
  /** Reads it anew, where somebody else saved first. */
  readonly reload: () => Promise<Versioned<unknown>>
  readonly saved?: string
}

const asText = (value: unknown): string => JSON.stringify(value ?? {}, null, 2)

export function DocumentEditor({ label, loaded, readOnly = false, save, reload, saved = words.editor.saved }: DocumentEditorProps) {
  const [base, setBase] = useState(loaded)
  const [text, setText] = useState(() => asText(loaded.result))
  const [problems, setProblems] = useState<readonly string[]>([])
  const [isBusy, setBusy] = useState(false)
  const [conflict, setConflict] = useState<{ readonly theirs: Versioned<unknown>; readonly mine: unknown }>()
  const isChanged = text !== asText(base.result)
  useBlocker({ shouldBlockFn: () => isChanged && !window.confirm(words.editor.leave), enableBeforeUnload: () => isChanged })
  const send = async (value: unknown, version: string | undefined) => {
    setBusy(true)
    setProblems([])
    try {
      await save(value, version)
      const next = await reload()
      setBase(next)
      setText(asText(next.result))
      setConflict(undefined)
      notify(saved)
    } catch (error) {
      if (error instanceof CallRefused && error.status === 412) setConflict({ theirs: await reload(), mine: value })
      else setProblems(problemsOf(error))
    } finally {
      setBusy(false)
    }
  }
  const submit = () => {
    const parsed = parse(text)
    if ('why' in parsed) setProblems([words.editor.invalid(parsed.why)])
    else void send(parsed.value, base.version)
  }
  return (
    <div className="document-editor">
      <JsonEditor label={label} value={text} readOnly={readOnly} onChange={setText} />
      {problems.length > 0 && (
        <div className="refusal" role="alert">
          <Icon name="alert" />
          <ul>
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </div>
      )}
      {!readOnly && (
        <div className="editor-foot">
          <Button kind="primary" busy={isBusy} disabled={!isChanged} onClick={submit}>
            {words.actions.save}
          </Button>
          {isChanged && <Button onClick={() => setText(asText(base.result))}>{words.editor.undo}</Button>}
          {isChanged && <span className="soft">{words.editor.unsaved}</span>}
        </div>
      )}
      {conflict && (
        <ConflictDialog
          theirs={conflict.theirs.result}
          mine={conflict.mine}
          base={base.result}
          onClose={() => setConflict(undefined)}
          onChoose={(value) => void send(value, conflict.theirs.version)}
        />
      )}
    </div>
  )
}

function parse(text: string): { readonly value: unknown } | { readonly why: string } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { why: (error as Error).message }
  }
}

const problemsOf = (error: unknown): readonly string[] =>
  error instanceof CallRefused && error.problems.length > 0
    ? error.problems.map(({ field, message }) => (field ? `${field}: ${message}` : message))
    : [explain(error)]
