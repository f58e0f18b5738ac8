/** What an export would bring: its records as a table and as JSON, with what went over the wire. Nothing is stored, and nothing marked as exported. */
import { useEffect, useRef, useState } from 'react'
import { call, type CallResult } from '../api/client.ts'
import { problemsOf, type Problem } from '../api/problems.ts'
import { Button } from '../parts/button.tsx'
import { CodeEditor } from '../parts/code-editor.tsx'
import { JsonView } from '../parts/json-view.tsx'
import { Switch } from '../parts/page.tsx'
import { parseJson } from '../parts/parse-json.ts'
import { Problems } from '../parts/problems.tsx'
import { builderWords } from '../words/builder.ts'
import { findRecordsOf, readRecordsAt } from './find-records.ts'
import { RecordTable } from './record-table.tsx'
import { startRecording } from './wire.ts'
import type { StepKind } from './starts.ts'
import type { Values } from './workspace.ts'

const words = builderWords.preview

type Exported = CallResult<'exportPageOverConnection'>
type Shown = 'table' | 'json' | 'wire'

interface PreviewProps {
  readonly kind: StepKind
  readonly values: Values
  readonly connectionId: string
  /** Records that reach the step, for a lookup. */
  readonly sample: readonly unknown[] | undefined
  readonly onRecords: (records: readonly unknown[]) => void
  /** What is wrong with fields of the form. */
  readonly onProblems: (problems: readonly Problem[]) => void
  readonly onValues: (values: Values) => void
}

/** One page of an export as it is edited. */
export const previewExport = (connectionId: string, values: Values, more: Values = {}): Promise<Exported> =>
  call('exportPageOverConnection', { params: { _id: connectionId }, body: { export: values, ...more } as never })

export function Preview({ kind, values: edited, connectionId, sample, onRecords, onProblems, onValues }: PreviewProps) {
  const [exported, setExported] = useState<Exported>()
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const [wire, setWire] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const [shown, setShown] = useState<Shown>('table')
  const [asking, setAsking] = useState<string>()
  const isLookup = kind === 'lookup'
  const asked = asking ?? JSON.stringify(sample?.[0] ?? {}, null, 2)
  const run = async (next?: Exported['pagedExportState'], values = edited) => {
    const data = isLookup ? parseJson(asked) : undefined
    if (data && 'why' in data) return setProblems([{ message: builderWords.send.invalid(data.why) }])
    setBusy(true)
    setProblems([])
    const recorder = await startRecording(connectionId)
    try {
      const answer = await previewExport(connectionId, values, {
        ...(data && { data: data.value }),
        ...(next && { pagedExportState: next }),
      })
      setExported(answer)
      onProblems([])
      if (!isLookup) onRecords(answer.data)
      if (shown === 'wire') setShown('table')
    } catch (error) {
      const refused = problemsOf(error)
      setExported(undefined)
      setProblems(refused)
      onProblems(refused)
      setShown('wire')
    }
    setBusy(false)
    // It is written after the answer: nobody waits for it.
    setWire(undefined)
    setWire((await recorder?.read()) ?? '')
  }
  const deeper = exported && findRecordsOf(edited, exported.data)
  const takeDeeper = (path: string) => {
    const next = readRecordsAt(edited, path)
    onValues(next)
    void run(undefined, next)
  }
  const section = useRef<HTMLElement>(null)
  // What was answered stands below what was asked.
  useEffect(() => {
    if (exported || problems.length > 0) {
      section.current?.scrollIntoView({ block: 'nearest' })
    }
  }, [exported, problems])
  const wireText = wire ?? words.wireLater
  const options = (['table', 'json', 'wire'] as const).map((value) => ({ value, label: words[value] }))
  return (
    <section ref={section} className="form-group step-group" aria-label={words.title}>
      <h3>{words.title}</h3>
      {isLookup && <CodeEditor label={words.ask} value={asked} onChange={setAsking} />}
      <div className="panel-foot">
        <Button icon="play" busy={isBusy} onClick={() => void run()}>
          {exported || problems.length > 0 ? words.again : words.run}
        </Button>
        {exported?.pagedExportState && (
          <Button busy={isBusy} onClick={() => void run(exported.pagedExportState)}>
            {words.next}
          </Button>
        )}
        {exported && <span className="soft">{words.records(exported.data.length)}</span>}
      </div>
      <p className="hint">{words.record}</p>
      <Problems problems={problems} />
      {exported?.errors && exported.errors.length > 0 && <Problems problems={exported.errors.map(({ message }) => ({ message }))} />}
      {deeper && (
        <div className="panel-foot" role="status">
          <span>{words.deeper(deeper.count, deeper.path)}</span>
          <Button busy={isBusy} onClick={() => takeDeeper(deeper.path)}>
            {words.takeDeeper(deeper.path)}
          </Button>
        </div>
      )}
      {(exported || problems.length > 0) && (
        <>
          <Switch label={words.how} value={shown} options={options} onChange={setShown} />
          {shown === 'wire' ? (
            <JsonView label={words.wire} value={wireText || words.noWire} />
          ) : exported && exported.data.length > 0 ? (
            shown === 'table' ? (
              <RecordTable records={exported.data} />
            ) : (
              <JsonView label={words.json} value={exported.data} />
            )
          ) : (
            exported && (
              <p className="soft">
                {words.none} {words.noneHint}
              </p>
            )
          )}
        </>
      )}
    </section>
  )
}
