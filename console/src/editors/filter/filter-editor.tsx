/** A filter: as rules in words, as JSON, or as a function of a script, with what becomes of each record of the sample. */
import { useId, useMemo, useState } from 'react'
import { call } from '../../api/client.ts'
import { CodeEditor } from '../../parts/code-editor.tsx'
import { Switch } from '../../parts/page.tsx'
import { parseJson } from '../../parts/parse-json.ts'
import { Refusal } from '../../parts/states.tsx'
import { words as common } from '../../words.ts'
import { editorWords } from '../../words/editors.ts'
import { messagesOf, noOutcomes, type EditorProps, type Json, type Outcomes } from '../editor.ts'
import { listFields } from '../sample-paths.ts'
import { InputPane } from '../sample/panes.tsx'
import { FunctionChoice } from '../script/function-choice.tsx'
import { useLive } from '../use-live.ts'
import { useRemembered } from '../use-remembered.ts'
import { readRules, writeRules } from './filter-tree.ts'
import { RuleGroup } from './rule-group.tsx'
import '../editors.css'

const words = editorWords.filter

/** As exports, imports and branches have it. */
export type FilterValue = Json

const rulesOf = (value: FilterValue | undefined): unknown =>
  value?.['rules'] ?? (value?.['expression'] as { rules?: unknown } | undefined)?.rules ?? []

interface FilterEditorProps extends EditorProps<FilterValue> {
  /** Branches have rules and nothing else: `{version, rules}`. */
  readonly isBare?: boolean
}

type View = 'rules' | 'json' | 'script'

export function FilterEditor({ value, onChange, sample, context, isReadOnly = false, isBare = false }: FilterEditorProps) {
  const isScript = value?.['type'] === 'script'
  const [chosen, setView] = useState<View>(isScript ? 'script' : 'rules')
  const view = isScript ? 'script' : chosen === 'script' ? 'rules' : chosen
  const rules = rulesOf(value)
  const { records } = sample
  const fields = useMemo(() => listFields(records), [records])
  const id = useId()
  const toFilter = (next: unknown): FilterValue | undefined => {
    if (Array.isArray(next) && next.length === 0) return undefined
    return isBare ? { ...value, version: '1', rules: next } : { type: 'expression', expression: { version: '1', rules: next } }
  }
  const setRules = (next: unknown) => onChange(toFilter(next))
  const key = isScript || records.length === 0 ? undefined : JSON.stringify([rules, records, context.settings])
  const live = useLive(key, () => evaluate(rules, records, context.settings))
  const recall = useRemembered(isScript, value)
  const change = (next: View) => {
    setView(next)
    const becomesScript = next === 'script'
    if (becomesScript === isScript) return
    onChange(recall(becomesScript, becomesScript ? { type: 'script', script: value?.['script'] ?? {} } : toFilter(rules)))
  }
  return (
    <div className="filter">
      <div className="toolbar">
        <Switch
          label={words.as}
          value={view}
          onChange={change}
          options={[
            { value: 'rules', label: words.rules },
            { value: 'json', label: common.editor.json },
            ...(isBare || (isReadOnly && !isScript) ? [] : [{ value: 'script' as const, label: words.script }]),
          ]}
        />
      </div>
      {view === 'script' ? (
        <FunctionChoice
          value={value?.['script'] as Json | undefined}
          onChange={(script) => onChange({ type: 'script', script: script ?? {} })}
          hook="filter"
          sample={sample}
          context={context}
          isReadOnly={isReadOnly}
        />
      ) : (
        <>
          {view === 'json' ? (
            <RulesAsJson rules={rules} isReadOnly={isReadOnly} onChange={setRules} />
          ) : (
            <RuleGroup group={readRules(rules)} list={id} isReadOnly={isReadOnly} onChange={(group) => setRules(writeRules(group))} />
          )}
          <datalist id={id}>
            {fields.map(({ path }) => (
              <option key={path} value={path} />
            ))}
          </datalist>
          <Passing sample={sample} outcomes={live.result ?? noOutcomes} error={live.error} isBusy={live.isBusy} />
        </>
      )}
    </div>
  )
}

async function evaluate(rules: unknown, records: readonly unknown[], settings: Json): Promise<Outcomes> {
  const filter = { type: 'expression' as const, expression: { version: '1' as const, rules: rules as unknown[] } }
  const { results, errors } = await call('previewFilter', { body: { filter, records: [...records] as never, settings: { ...settings } } })
  return { each: results.map((each) => ({ value: each.passes, problems: messagesOf(each.errors) })), problems: messagesOf(errors) }
}

interface RulesAsJsonProps {
  readonly rules: unknown
  readonly isReadOnly: boolean
  readonly onChange: (rules: unknown) => void
}

function RulesAsJson({ rules, isReadOnly, onChange }: RulesAsJsonProps) {
  const [text, setText] = useState(() => JSON.stringify(rules, null, 2))
  const parsed = parseJson(text)
  const why = 'why' in parsed ? common.editor.invalid(parsed.why) : Array.isArray(parsed.value) ? undefined : words.notRules
  return (
    <>
      <CodeEditor
        label={words.asJson}
        value={text}
        readOnly={isReadOnly}
        onChange={(typed) => {
          setText(typed)
          const read = parseJson(typed)
          if ('value' in read && Array.isArray(read.value)) onChange(read.value)
        }}
      />
      {why && (
        <p className="field-error" role="alert">
          {why}
        </p>
      )}
    </>
  )
}

interface PassingProps {
  readonly sample: EditorProps<unknown>['sample']
  readonly outcomes: Outcomes
  readonly error: unknown
  readonly isBusy: boolean
}

/** Characters of a record that fit into a line. */
const shownOfRecord = 160

/** Each record of the sample, and whether it goes on. */
function Passing({ sample, outcomes, error, isBusy }: PassingProps) {
  const [place, setPlace] = useState(0)
  const { records } = sample
  const passing = outcomes.each.filter(({ value }) => value === true).length
  return (
    <div className="panes">
      <InputPane sample={sample} place={Math.min(place, Math.max(0, records.length - 1))} onPlace={setPlace} />
      <section className="pane" aria-label={words.result} aria-busy={isBusy || undefined}>
        <header>
          <h3>{words.result}</h3>
          {outcomes.each.length > 0 && <span className="soft">{words.passing(passing, outcomes.each.length)}</span>}
        </header>
        <Refusal error={error} />
        {outcomes.problems.map((problem) => (
          <p key={problem} className="field-error" role="alert">
            {problem}
          </p>
        ))}
        <ol className="passing">
          {outcomes.each.map(({ value, problems }, i) => (
            // oxlint-disable-next-line react/no-array-index-key -- a record is its place in the sample
            <li key={i}>
              <button type="button" aria-pressed={i === place} onClick={() => setPlace(i)}>
                <span className={value === true ? 'passes' : 'stops'}>
                  {problems.length > 0 ? words.fails : value === true ? words.passes : words.stops}
                </span>
                <code>{problems[0] ?? (JSON.stringify(records[i]) ?? '').slice(0, shownOfRecord)}</code>
              </button>
            </li>
          ))}
        </ol>
      </section>
    </div>
  )
}
