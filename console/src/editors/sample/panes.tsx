/** A record that goes in and what comes out, side by side, one of the sample at a time. */
import { useState, type ReactNode } from 'react'
import { Button, IconButton } from '../../parts/button.tsx'
import { CodeEditor } from '../../parts/code-editor.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { parseJson } from '../../parts/parse-json.ts'
import { Loading, Refusal } from '../../parts/states.tsx'
import { words as common } from '../../words.ts'
import { editorWords } from '../../words/editors.ts'
import type { Outcomes, Sample } from '../editor.ts'
import '../editors.css'

const words = editorWords.sample

interface PanesProps {
  readonly sample: Sample
  readonly place: number
  readonly onPlace: (place: number) => void
  readonly resultLabel: string
  readonly outcomes: Outcomes
  readonly error: unknown
  readonly isBusy: boolean
  /** How a result is shown; as JSON by default. */
  readonly show?: (value: unknown) => ReactNode
}

export function Panes({ sample, place, onPlace, resultLabel, outcomes, error, isBusy, show }: PanesProps) {
  const outcome = outcomes.each[place]
  const failed = outcomes.each.flatMap(({ problems }, i) => (problems.length > 0 ? [i] : []))
  const problems = outcomes.problems.length > 0 ? outcomes.problems : (outcome?.problems ?? [])
  return (
    <div className="panes">
      <InputPane sample={sample} place={place} onPlace={onPlace} />
      <section className="pane" aria-label={resultLabel} aria-busy={isBusy || undefined}>
        <header>
          <h3>{resultLabel}</h3>
          {failed.length > 0 && outcomes.each.length > 1 && (
            <button type="button" className="link end" onClick={() => onPlace(failed.find((i) => i > place) ?? failed[0] ?? 0)}>
              {words.failed(failed.length, outcomes.each.length)}
            </button>
          )}
        </header>
        <Refusal error={error} />
        {problems.length > 0 && (
          <ul className="pane-problems" role="alert">
            {[...new Set(problems)].map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
        {outcome && outcome.problems.length === 0 && outcomes.problems.length === 0 && error === undefined
          ? (show ?? ((value: unknown) => <JsonView label={resultLabel} value={value} />))(outcome.value)
          : problems.length === 0 && error === undefined && <p className="soft pane-empty">{words.noResult}</p>}
      </section>
    </div>
  )
}

interface InputPaneProps {
  readonly sample: Sample
  readonly place: number
  readonly onPlace: (place: number) => void
}

export function InputPane({ sample, place, onPlace }: InputPaneProps) {
  const [typed, setTyped] = useState<string>()
  const { records, isBusy, error, isOnlyTyped } = sample
  const record = records[place]
  return (
    <section className="pane" aria-label={words.input} aria-busy={isBusy || undefined}>
      <header>
        <h3>{words.input}</h3>
        {records.length > 1 && typed === undefined && (
          <span className="inline pager-small">
            <IconButton icon="previous" label={words.previous} disabled={place === 0} onClick={() => onPlace(place - 1)} />
            <span className="soft">{words.place(place + 1, records.length)}</span>
            <IconButton icon="chevron" label={words.next} disabled={place >= records.length - 1} onClick={() => onPlace(place + 1)} />
          </span>
        )}
        <span className="end inline">
          {typed === undefined && !isOnlyTyped && (
            <IconButton icon="refresh" label={words.fetch} disabled={isBusy} onClick={sample.fetch} />
          )}
          {typed === undefined && (
            <Button kind="quiet" onClick={() => setTyped(JSON.stringify(records.length > 0 ? records : [{}], null, 2))}>
              {words.edit}
            </Button>
          )}
        </span>
      </header>
      {typed !== undefined ? (
        <TypedSample text={typed} onClose={() => setTyped(undefined)} onUse={sample.set} onPlace={onPlace} />
      ) : (
        <>
          <Refusal error={error} />
          {isBusy && records.length === 0 && <Loading lines={3} />}
          {record === undefined ? (
            !isBusy && <p className="soft pane-empty">{isOnlyTyped ? words.noneToAsk : words.none}</p>
          ) : (
            <JsonView label={words.input} value={record} />
          )}
        </>
      )}
    </section>
  )
}

/** Characters of a sample that is typed in: previews take as much as a request may have, and a page stays quick. */
const longestTyped = 1_000_000

interface TypedSampleProps {
  readonly text: string
  readonly onClose: () => void
  readonly onUse: (records: readonly unknown[]) => void
  readonly onPlace: (place: number) => void
}

function TypedSample({ text: first, onClose, onUse, onPlace }: TypedSampleProps) {
  const [text, setText] = useState(first)
  const [why, setWhy] = useState<string>()
  const use = () => {
    const parsed = text.length > longestTyped ? { why: words.tooLong(longestTyped) } : parseJson(text)
    if ('why' in parsed) return setWhy(common.editor.invalid(parsed.why))
    const records = Array.isArray(parsed.value) ? (parsed.value as unknown[]) : [parsed.value]
    if (!records.every((each) => typeof each === 'object' && each !== null)) return setWhy(words.notRecords)
    onPlace(0)
    onUse(records)
    onClose()
  }
  return (
    <>
      <CodeEditor label={words.edited} value={text} onChange={setText} />
      {why && (
        <p className="field-error" role="alert">
          {why}
        </p>
      )}
      <div className="editor-foot">
        <Button kind="primary" onClick={use}>
          {words.use}
        </Button>
        <Button onClick={onClose}>{common.actions.cancel}</Button>
      </div>
    </>
  )
}
