/** The editor of scripts: what does not compile, and where a run failed, is marked at its line. Loaded when it is first needed. */
import { linter, lintGutter, type Diagnostic } from '@codemirror/lint'
import type { Extension } from '@codemirror/state'
import { keymap } from '@codemirror/view'
import { useMemo, useRef } from 'react'
import { CodeEditorView } from '../../parts/code-editor-view.tsx'

export interface LineProblem {
  readonly message: string
  readonly line: number
}

interface ScriptViewProps {
  readonly label: string
  readonly value: string
  readonly isReadOnly: boolean
  readonly onChange: (value: string) => void
  /** Asks whether it compiles. */
  readonly check: (content: string) => Promise<LineProblem | undefined>
  readonly onRun: () => void
}

/** Typing pauses before a script is checked. Milliseconds. */
const pauseMs = 400

export function ScriptView({ label, value, isReadOnly, onChange, check, onRun }: ScriptViewProps) {
  const latest = useRef({ check, onRun })
  latest.current = { check, onRun }
  const extension = useMemo<Extension>(
    () => [
      lintGutter(),
      linter(
        async ({ state }): Promise<readonly Diagnostic[]> => {
          const problem = await latest.current.check(state.doc.toString())
          if (!problem) return []
          const { from, to } = state.doc.line(Math.min(Math.max(1, problem.line), state.doc.lines))
          return [{ from, to, severity: 'error', message: problem.message }]
        },
        { delay: pauseMs },
      ),
      keymap.of([
        {
          key: 'Mod-Enter',
          run: () => {
            latest.current.onRun()
            return true
          },
        },
      ]),
    ],
    [],
  )
  return (
    <CodeEditorView label={label} value={value} language="javascript" readOnly={isReadOnly} extension={extension} onChange={onChange} />
  )
}
