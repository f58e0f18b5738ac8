/** One conflict: what both sides come from, both sides beside each other, and the result: one of the sides, or what somebody writes. */
import { diffLines } from 'diff'
import { useMemo, useState } from 'react'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Button } from '../../parts/button.tsx'
import { nameOfType } from '../../parts/diff/resource-type.ts'
import { CodeEditor } from '../../parts/code-editor.tsx'
import { Switch } from '../../parts/page.tsx'
import { parseJson } from '../../parts/parse-json.ts'
import { Problems } from '../../parts/problems.tsx'
import type { Conflict, Decision } from './conflicts-step.tsx'
import './conflicts.css'

const words = lifecycleWords.conflicts
/** Longer texts are shown without marks of what differs: comparing them would hold up the page. Characters. */
const longestCompared = 200_000
/** Lines that may differ before a text counts as rewritten: looking for what two share takes the square of it. */
const maxEdits = 1000

const sides = ['base', 'ours', 'theirs'] as const

interface ConflictPanesProps {
  readonly conflict: Conflict
  readonly theirsName: string | undefined
  readonly isBusy: boolean
  /** Undefined for users who may look and not decide. */
  readonly onDecide: ((decision: Decision) => void) | undefined
}

const asText = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value, null, 2)

export function ConflictPanes({ conflict, theirsName, isBusy, onDecide }: ConflictPanesProps) {
  const { type, name, _id, path, merged, use, value } = conflict
  const isTextual = sides.some((side) => typeof conflict[side] === 'string')
  const texts = { base: asText(conflict.base), ours: asText(conflict.ours), theirs: asText(conflict.theirs) }
  const [result, setResult] = useState<'ours' | 'theirs' | 'value' | ''>(use ?? '')
  const [edited, setEdited] = useState(() => (use === 'value' ? asText(value) : undefined) ?? merged ?? texts.ours ?? texts.theirs ?? '')
  const [why, setWhy] = useState<string>()
  const save = () => {
    if (result === '') return
    if (result !== 'value') return onDecide?.({ use: result })
    if (isTextual) return onDecide?.({ value: edited })
    const parsed = parseJson(edited)
    if ('why' in parsed) return setWhy(parsed.why)
    setWhy(undefined)
    onDecide?.({ value: parsed.value })
  }
  return (
    <section className="conflict-one" aria-label={words.of(name || _id, path)}>
      <h3>
        {nameOfType(type)} {name || _id} <code>{path || words.whole}</code>
      </h3>
      <div className="conflict-panes">
        {sides.map((side) => (
          <Pane
            key={side}
            title={side === 'theirs' && theirsName ? words.theirsOf(theirsName) : words.sides[side]}
            text={texts[side]}
            base={side === 'base' ? undefined : texts.base}
          />
        ))}
      </div>
      <div className="inline">
        <h3>{words.result}</h3>
        {onDecide && (
          <Switch<string>
            label={words.result}
            value={result}
            onChange={(next) => setResult(next as typeof result)}
            options={[
              { value: 'ours', label: words.uses.ours },
              { value: 'theirs', label: words.uses.theirs },
              { value: 'value', label: words.uses.value },
            ]}
          />
        )}
        {onDecide && (
          <Button
            kind={use === undefined ? 'primary' : 'plain'}
            busy={isBusy}
            disabled={result === '' || (result === use && result !== 'value')}
            onClick={save}
          >
            {words.decide}
          </Button>
        )}
      </div>
      {result === '' ? (
        <p className="soft">{words.undecided}</p>
      ) : result === 'value' ? (
        <CodeEditor
          label={words.result}
          value={edited}
          language={isTextual ? 'javascript' : 'json'}
          readOnly={!onDecide}
          onChange={setEdited}
        />
      ) : (
        <Pane title={words.result} text={texts[result]} base={texts.base} />
      )}
      {result === 'value' && merged !== undefined && <p className="hint">{words.marks}</p>}
      <Problems problems={why === undefined ? [] : [{ message: words.invalid(why) }]} />
    </section>
  )
}

function Pane({ title, text, base }: { readonly title: string; readonly text: string | undefined; readonly base: string | undefined }) {
  const lines = useMemo(() => compareLines(base, text), [base, text])
  return (
    <div className="conflict-pane">
      <h4>{title}</h4>
      {text === undefined ? (
        <p className="soft conflict-absent">{words.absent}</p>
      ) : (
        <pre className="json" tabIndex={0} role="region" aria-label={title}>
          {lines.map(({ text: some, isNew }, i) =>
            // oxlint-disable-next-line react/no-array-index-key -- parts of a text never change their places
            isNew ? <mark key={i}>{some}</mark> : <span key={i}>{some}</span>,
          )}
        </pre>
      )}
    </div>
  )
}

/** The text in pieces, of which those are marked that what it comes from has not. */
function compareLines(base: string | undefined, text: string | undefined): readonly { readonly text: string; readonly isNew: boolean }[] {
  if (text === undefined) return []
  if (base === undefined || base.length + text.length > longestCompared) return [{ text, isNew: false }]
  const changes = diffLines(base, text, { maxEditLength: maxEdits })
  if (!changes) return [{ text, isNew: false }]
  return changes.filter(({ removed }) => !removed).map(({ value, added }) => ({ text: value, isNew: added }))
}
