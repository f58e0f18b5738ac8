/** JSON and scripts, to read and to write. */
import { lazy, Suspense } from 'react'
import type { EditorProps } from './code-editor-view.tsx'

const View = lazy(async () => ({ default: (await import('./code-editor-view.tsx')).CodeEditorView }))

/** Longer texts are shown as plain text: an editor of them would hold up the page. Characters. */
const longest = 2_000_000

/** Rows of the plain text at the most: about as high as the editor gets. */
const mostRows = 32

export function CodeEditor(props: EditorProps) {
  const plain = (
    <textarea
      className="input mono plain-editor"
      aria-label={props.label}
      readOnly={props.readOnly ?? false}
      value={props.value}
      onChange={(event) => props.onChange?.(event.target.value)}
      // As high as the editor will be, so that nothing below moves when it comes.
      rows={props.value.split('\n', mostRows).length}
      spellCheck={false}
    />
  )
  if (props.value.length > longest) return plain
  return (
    <Suspense fallback={plain}>
      <View {...props} />
    </Suspense>
  )
}
