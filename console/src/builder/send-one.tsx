/** Sends one record to an import as it is edited, and shows what became of it, with what went over the wire. */
import { useState } from 'react'
import { call, type CallResult } from '../api/client.ts'
import type { Problem } from '../api/problems.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { CodeEditor } from '../parts/code-editor.tsx'
import { JsonView } from '../parts/json-view.tsx'
import { parseJson } from '../parts/parse-json.ts'
import { Problems } from '../parts/problems.tsx'
import { builderWords } from '../words/builder.ts'
import { startRecording } from './wire.ts'
import type { Values } from './workspace.ts'
import { useAttempt } from './use-attempt.ts'

const words = builderWords.send

type Imported = CallResult<'importOverConnection'>[number]

interface SendOneProps {
  readonly values: Values
  readonly connectionId: string
  readonly sample: readonly unknown[] | undefined
  /** Asks the source for records; undefined where it cannot be asked. */
  readonly fetchSample: (() => Promise<readonly unknown[]>) | undefined
  readonly onProblems: (problems: readonly Problem[]) => void
}

export function SendOne({ values, connectionId, sample, fetchSample, onProblems }: SendOneProps) {
  const [typed, setTyped] = useState<string>()
  const [result, setResult] = useState<Imported>()
  const [wire, setWire] = useState<string>()
  const { isBusy, problems, setProblems, attempt } = useAttempt(onProblems)
  const text = typed ?? JSON.stringify(sample?.[0] ?? {}, null, 2)
  const send = () => {
    const parsed = parseJson(text)
    if ('why' in parsed) return setProblems([{ message: words.invalid(parsed.why) }])
    return void attempt(async () => {
      setResult(undefined)
      const recorder = await startRecording(connectionId)
      try {
        const [first] = await call('importOverConnection', {
          params: { _id: connectionId },
          body: { import: values, data: [parsed.value] } as never,
        })
        setResult(first)
        onProblems([])
      } finally {
        setWire('')
        // It is written after the answer: nobody waits for it.
        void recorder?.read().then(setWire, () => {})
      }
    })
  }
  const take = (fetch: () => Promise<readonly unknown[]>) =>
    void attempt(async () => setTyped(JSON.stringify((await fetch())[0] ?? {}, null, 2)))
  return (
    <section className="form-group step-group" aria-label={words.title}>
      <h3>{words.title}</h3>
      <p className="hint">{words.hint}</p>
      <CodeEditor label={words.record} value={text} onChange={setTyped} />
      <div className="panel-foot">
        <Button icon="play" busy={isBusy} onClick={send}>
          {words.run}
        </Button>
        {fetchSample && (
          <Button busy={isBusy} onClick={() => take(fetchSample)}>
            {words.sample}
          </Button>
        )}
      </div>
      <Problems problems={problems} />
      {result && <Outcome result={result} />}
      {wire !== undefined && <JsonView label={builderWords.preview.wire} value={wire || builderWords.preview.wireLater} />}
    </section>
  )
}

function Outcome({ result: { statusCode, id, ignored, errors = [], _json } }: { readonly result: Imported }) {
  const isTaken = errors.length === 0 && statusCode < 400
  return (
    <>
      {errors.length > 0 && <Problems problems={errors.map(({ message }) => ({ message }))} />}
      <p className={isTaken ? 'tried' : 'soft'} role="status">
        {isTaken && <Icon name="check" />}
        <span>
          {words.status(statusCode)}
          {isTaken && ` · ${ignored ? words.ignored : words.ok}`}
          {id !== undefined && id !== null && ` · ${words.id}: ${typeof id === 'object' ? JSON.stringify(id) : String(id as string)}`}
        </span>
      </p>
      {_json !== undefined && <JsonView label={words.answer} value={_json} />}
    </>
  )
}
