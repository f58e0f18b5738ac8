/** A value as JSON, to read: short ones as they are, long ones cut with a way to see the rest. */
import { useState } from 'react'
import { words } from '../words.ts'
import { Button } from './button.tsx'

/** Characters that are shown before somebody asks for more. */
const shownFirst = 20_000

export function JsonView({ label, value }: { readonly label: string; readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false)
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')
  const isLong = text.length > shownFirst && !isWhole
  return (
    <>
      <pre className="json" tabIndex={0} aria-label={label} role="region">
        {isLong ? text.slice(0, shownFirst) : text}
      </pre>
      {isLong && <Button onClick={() => setWhole(true)}>{words.editor.whole(text.length)}</Button>}
    </>
  )
}
