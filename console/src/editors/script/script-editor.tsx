/** A script: its text, one of its functions tried on what a hook is handed, what it returned, logged, or why it failed and where. */
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { call, explain, type CallResult } from '../../api/client.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { CodeEditor } from '../../parts/code-editor.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { parseJson } from '../../parts/parse-json.ts'
import { Loading } from '../../parts/states.tsx'
import { words as common } from '../../words.ts'
import { editorWords } from '../../words/editors.ts'
import type { EditorProps, Json } from '../editor.ts'
import { argumentsOf, functionsOf, stubOf, type HookName } from './hooks.ts'
import type { LineProblem } from './script-view.tsx'
import '../editors.css'

const View = lazy(async () => ({ default: (await import('./script-view.tsx')).ScriptView }))

const words = editorWords.script

type Run = CallResult<'previewFunction'>

interface ScriptEditorProps extends EditorProps<string> {
  /** The hook that it is for, where that is known. */
  readonly hook?: HookName
  readonly name?: string
  /** The function that the hook names. */
  readonly function?: string | undefined
}

/** Characters of a script that is checked while it is typed. */
const longestChecked = 200_000

export function ScriptEditor({
  value = '',
  onChange,
  sample,
  context,
  isReadOnly = false,
  hook: fixed,
  name = words.unnamed,
  function: named,
}: ScriptEditorProps) {
  const functions = useMemo(() => functionsOf(value), [value])
  const [hook, setHook] = useState<HookName>(fixed ?? 'preSavePage')
  const [chosen, setChosen] = useState<string>()
  const called = chosen ?? named ?? functions[0] ?? ''
  const { records } = sample
  const [typed, setTyped] = useState<string>()
  const offered = useMemo(() => JSON.stringify(argumentsOf(hook, records, context), null, 2), [hook, records, context])
  const args = typed ?? offered
  const { run, made, isBusy } = useRun(name, value, called, args)
  return (
    <div className="script-editor">
      <Suspense fallback={<Loading lines={6} />}>
        <View
          label={words.text}
          value={value}
          isReadOnly={isReadOnly}
          onChange={onChange}
          check={(content) => check(name, content)}
          onRun={run}
        />
      </Suspense>
      <div className="toolbar">
        {fixed === undefined && (
          <Field label={words.hook}>
            {(aria) => (
              <select
                className="input"
                value={hook}
                onChange={({ target }) => {
                  setHook(target.value as HookName)
                  setTyped(undefined)
                }}
                {...aria}
              >
                {Object.keys(words.hooks).map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field label={words.function}>
          {(aria) => (
            <select className="input" value={called} onChange={({ target }) => setChosen(target.value)} {...aria}>
              {!functions.includes(called) && <option value={called}>{called === '' ? words.noFunction : words.absent(called)}</option>}
              {functions.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          )}
        </Field>
        <span className="end inline">
          {!isReadOnly && !functions.includes(called === '' ? hook : called) && (
            <Button
              icon="plus"
              onClick={() =>
                onChange(`${value}${value === '' || value.endsWith('\n') ? '' : '\n'}${stubOf(hook, called === '' ? hook : called)}`)
              }
            >
              {words.addFunction(called === '' ? hook : called)}
            </Button>
          )}
          <Button kind="primary" icon="play" busy={isBusy} disabled={called === ''} onClick={run}>
            {words.run}
          </Button>
        </span>
      </div>
      <HookSignature hook={hook} />
      <div className="panes">
        <section className="pane" aria-label={words.arguments}>
          <header>
            <h3>{words.arguments}</h3>
            {typed !== undefined && (
              <Button kind="quiet" onClick={() => setTyped(undefined)}>
                {words.fromSample}
              </Button>
            )}
          </header>
          <CodeEditor label={words.arguments} value={args} onChange={setTyped} />
        </section>
        <Result made={made} />
      </div>
    </div>
  )
}

function HookSignature({ hook }: { readonly hook: HookName }) {
  const { gets, returns } = words.hooks[hook]
  return (
    <dl className="hook-signature">
      <dt>{words.gets}</dt>
      <dd>{gets}</dd>
      <dt>{words.returns}</dt>
      <dd>{returns}</dd>
    </dl>
  )
}

async function check(name: string, content: string): Promise<LineProblem | undefined> {
  if (content.trim() === '' || content.length > longestChecked) return undefined
  try {
    const { error } = await call('previewFunction', { body: { content, name: name.slice(0, 100) } })
    return error && { message: error.message, line: error.line ?? 1 }
  } catch {
    // Without the right to run functions, or without a connection, no line is marked.
    return undefined
  }
}

type Made = Run | { readonly refused: string }

function useRun(name: string, content: string, called: string, args: string) {
  const [made, setMade] = useState<Made>()
  const [isBusy, setBusy] = useState(false)
  // What was returned by another function is no answer of this one.
  useEffect(() => setMade(undefined), [called])
  const run = async () => {
    const parsed = parseJson(args)
    if ('why' in parsed) return setMade({ refused: common.editor.invalid(parsed.why) })
    setBusy(true)
    try {
      setMade(
        await call('previewFunction', { body: { content, name: name.slice(0, 100), function: called, options: parsed.value as Json } }),
      )
    } catch (error) {
      setMade({ refused: explain(error) })
    } finally {
      setBusy(false)
    }
  }
  return { run: () => void run(), made, isBusy }
}

function Result({ made }: { readonly made: Made | undefined }) {
  const refused = made && 'refused' in made ? made.refused : undefined
  const told = made && !('refused' in made) ? made : undefined
  const error = told?.error
  const logs = told?.logs ?? []
  return (
    <section className="pane" aria-label={words.result}>
      <header>
        <h3>{words.result}</h3>
      </header>
      {made === undefined && <p className="soft pane-empty">{words.notRun}</p>}
      {(refused !== undefined || error) && (
        <div className="field-error" role="alert">
          <p>{refused ?? (error?.line === undefined ? error?.message : words.atLine(error.line, error.message))}</p>
          {error?.trace && <pre className="trace">{error.trace}</pre>}
        </div>
      )}
      {told &&
        !error &&
        (told.result === undefined ? (
          <p className="soft pane-empty">{words.nothing}</p>
        ) : (
          <JsonView label={words.result} value={told.result} />
        ))}
      {logs.length > 0 && (
        <>
          <h3>{words.log}</h3>
          <ol className="log" aria-label={words.log}>
            {logs.map(({ level, message }, i) => (
              // oxlint-disable-next-line react/no-array-index-key -- a line is its place
              <li key={i} className={level}>
                <span className="soft">{level}</span> <code>{message}</code>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  )
}
