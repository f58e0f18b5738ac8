/** The editor of templates: expressions stand out, and what may stand in them is offered. Loaded when it is first needed. */
import { autocompletion } from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { Decoration, EditorView, MatchDecorator, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view'
import { useMemo, useRef } from 'react'
import { CodeEditorView } from '../../parts/code-editor-view.tsx'
import type { Json } from '../editor.ts'
import { completeTemplate } from './complete-template.ts'

const expressions = new MatchDecorator({
  regexp: /\{\{\{?[^{}]*\}?\}\}/g,
  decoration: (match) => Decoration.mark({ class: /^\{\{\{?[#/^]|^\{\{\{?else/.test(match[0]) ? 'cm-block' : 'cm-expression' }),
})
const marked = ViewPlugin.fromClass(
  class {
    marks: DecorationSet
    constructor(view: EditorView) {
      this.marks = expressions.createDeco(view)
    }
    update(update: ViewUpdate) {
      this.marks = expressions.updateDeco(update, this.marks)
    }
  },
  { decorations: (plugin) => plugin.marks },
)
const look = EditorView.theme({
  '.cm-content .cm-expression, .cm-content .cm-expression span': { color: 'var(--accent)' },
  '.cm-content .cm-block, .cm-content .cm-block span': { color: 'var(--accent)', fontWeight: '600' },
})

interface TemplateViewProps {
  readonly label: string
  readonly value: string
  readonly isReadOnly: boolean
  /** What the template sees, by name. */
  readonly seen: Json
  readonly onChange: (value: string) => void
}

export function TemplateView({ label, value, isReadOnly, seen, onChange }: TemplateViewProps) {
  const latest = useRef(seen)
  latest.current = seen
  const extension = useMemo<Extension>(
    () => [marked, look, autocompletion({ override: [completeTemplate(() => latest.current)], activateOnTyping: true })],
    [],
  )
  return <CodeEditorView label={label} value={value} language="text" readOnly={isReadOnly} extension={extension} onChange={onChange} />
}
