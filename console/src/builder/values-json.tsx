/** A document of the builder as JSON: as it was typed while that is what it says, else as undo or the form has made it. */
import { useState } from 'react'
import { isObject } from '../../../src/contract/is-object.ts'
import { CodeEditor } from '../parts/code-editor.tsx'
import { parseJson } from '../parts/parse-json.ts'
import { words } from '../words.ts'
import { isSame } from '../parts/is-same.ts'
import type { Values } from './workspace.ts'

interface ValuesJsonProps {
  readonly values: Values
  readonly isReadOnly?: boolean
  readonly onChange: (values: Values) => void
}

export function ValuesJson({ values, isReadOnly = false, onChange }: ValuesJsonProps) {
  const [typed, setTyped] = useState<{ readonly text: string; readonly saying: Values }>()
  const change = (text: string) => {
    const parsed = parseJson(text)
    const next = 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined
    setTyped({ text, saying: next ?? values })
    if (next) onChange(next)
  }
  const text = typed && isSame(typed.saying, values) ? typed.text : JSON.stringify(values, null, 2)
  const parsed = parseJson(text)
  return (
    <>
      <CodeEditor label={words.editor.json} value={text} readOnly={isReadOnly} onChange={change} />
      {'why' in parsed && (
        <p className="field-error" role="alert">
          {words.editor.invalid(parsed.why)}
        </p>
      )}
    </>
  )
}
