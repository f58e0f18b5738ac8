/** The editor itself: loaded when it is first needed. */
import { javascript } from '@codemirror/lang-javascript'
import { json } from '@codemirror/lang-json'
import { Annotation, type Extension } from '@codemirror/state'
import { basicSetup, EditorView } from 'codemirror'
import { useEffect, useRef } from 'react'

export interface EditorProps {
  readonly label: string
  readonly value: string
  readonly language?: 'json' | 'javascript' | 'text'
  readonly readOnly?: boolean
  readonly onChange?: (value: string) => void
  /** What an editor of a kind of its own adds. The same one each time: another one makes a new editor. */
  readonly extension?: Extension
}

const look = EditorView.theme({
  '&': { fontSize: '12px', backgroundColor: 'var(--surface)', color: 'var(--text)', maxHeight: '62vh' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '18px' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--text-soft)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selected)',
  },
  '.cm-content span': { color: 'inherit' },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--text)' },
})

const languages = { json, javascript, text: (): Extension => [] }

const none: Extension = []

/** Marks a change that comes from the page, and was not typed. */
const isFromPage = Annotation.define<true>()

export function CodeEditorView({ label, value, language = 'json', readOnly = false, onChange, extension = none }: EditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const changed = useRef(onChange)
  changed.current = onChange
  useEffect(() => {
    const editor = new EditorView({
      doc: value,
      extensions: [
        basicSetup,
        extension,
        languages[language](),
        look,
        EditorView.lineWrapping,
        EditorView.editable.of(!readOnly),
        EditorView.contentAttributes.of({ 'aria-label': label, ...(readOnly && { tabindex: '0', 'aria-readonly': 'true' }) }),
        EditorView.updateListener.of(({ docChanged, state, transactions }) => {
          if (docChanged && !transactions.every((each) => each.annotation(isFromPage))) changed.current?.(state.doc.toString())
        }),
      ],
      ...(place.current && { parent: place.current }),
    })
    // What scrolls can be scrolled by the keyboard, too.
    editor.scrollDOM.tabIndex = 0
    view.current = editor
    return () => editor.destroy()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a new value is written into the editor below
  }, [label, language, readOnly, extension])
  useEffect(() => {
    const editor = view.current
    if (editor && editor.state.doc.toString() !== value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, annotations: isFromPage.of(true) })
  }, [value])
  return <div ref={place} className="editor" />
}
