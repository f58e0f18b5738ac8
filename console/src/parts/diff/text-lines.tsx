/** The difference of two texts line by line, as version control shows it. */
import { parsePatch } from 'diff'
import { useMemo, useState } from 'react'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Button } from '../button.tsx'
import './diff.css'

const words = lifecycleWords.diff
/** Lines that are drawn before somebody asks for all. */
const shownFirst = 400

interface Line {
  readonly kind: 'same' | 'removed' | 'added' | 'gap'
  readonly text: string
  readonly before?: number
  readonly after?: number
}

/** Lines of a unified diff with their numbers; between its parts stands a gap. */
function readPatch(patch: string): readonly Line[] {
  const hunks = parsePatch(patch).flatMap((file) => file.hunks)
  return hunks.flatMap(({ oldStart, newStart, lines }, i) => {
    let [before, after] = [oldStart, newStart]
    const read = lines.flatMap((line): readonly Line[] => {
      const text = line.slice(1)
      if (line.startsWith('+')) return [{ kind: 'added', text, after: after++ }]
      if (line.startsWith('-')) return [{ kind: 'removed', text, before: before++ }]
      return line.startsWith('\\') ? [] : [{ kind: 'same', text, before: before++, after: after++ }]
    })
    return i === 0 ? read : [{ kind: 'gap', text: '' } satisfies Line, ...read]
  })
}

const marks = { same: ' ', removed: '−', added: '+', gap: '' } as const

export function PatchLines({ label, patch }: { readonly label: string; readonly patch: string }) {
  const lines = useMemo(() => readPatch(patch), [patch])
  const [isWhole, setWhole] = useState(false)
  const shown = isWhole ? lines : lines.slice(0, shownFirst)
  return (
    <>
      <div className="lines-room" tabIndex={0} role="region" aria-label={label}>
        <table className="lines">
          <tbody>
            {shown.map(({ kind, text, before, after }, i) => (
              // oxlint-disable-next-line react/no-array-index-key -- lines never change their places
              <tr key={i} className={kind}>
                <td className="line-number">{kind === 'gap' ? '…' : before}</td>
                <td className="line-number">{after}</td>
                <td className="line-mark">
                  {kind === 'added' || kind === 'removed' ? <span className="hidden">{words.lines[kind]}</span> : null}
                  <span aria-hidden="true">{marks[kind]}</span>
                </td>
                <td className="line-text">{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < lines.length && <Button onClick={() => setWhole(true)}>{words.allLines(lines.length)}</Button>}
    </>
  )
}
