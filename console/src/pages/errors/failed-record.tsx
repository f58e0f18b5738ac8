/** The record of an error, as it came to its step: read, corrected, sent again. One that is too large to edit here is downloaded, and replaced by a file. */
import { useMemo, useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { call, callWithVersion, explain } from '../../api/client.ts'
import { queryClient, refresh } from '../../api/queries.ts'
import { ifMatch, versionedQueryOf } from '../../api/versioned.ts'
import { errorLists, type StepError, type StepParams } from '../../api/step-errors.ts'
import { words } from '../../words.ts'
import { errorWords } from '../../words/errors.ts'
import { saveAs } from '../../forms/download-files.ts'
import { Button } from '../../parts/button.tsx'
import { CodeEditor } from '../../parts/code-editor.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { notify } from '../../parts/notices.tsx'
import { formatShort } from '../../parts/time.tsx'
import { useConflict } from '../../parts/use-conflict.tsx'
import { useUnsaved } from '../../parts/unsaved.tsx'
import { toRecordText } from './record-text.ts'

interface FailedRecordProps {
  readonly params: StepParams
  readonly error: Pick<StepError, 'errorId'>
  readonly retryDataKey: string
  readonly readOnly: boolean
  readonly onSent: () => void
}

/** The record that a change was made from. */
interface Base {
  readonly data: unknown
  readonly version: string | undefined
}

interface Typed {
  readonly text: string
  readonly from: Base
}

export function FailedRecord({ params, error, retryDataKey, readOnly, onSent }: FailedRecordProps) {
  const input = { params: { ...params, retryDataKey } }
  // A record may be deeper than two of them can be compared.
  const kept = useQuery({ ...versionedQueryOf('getRetryData', input), structuralSharing: false })
  const record = kept.data?.result.data
  const shown = useMemo(() => toRecordText(record), [record])
  const [typed, setTyped] = useState<Typed>()
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const isSent = useRef(false)
  const { attempt, dialog } = useConflict({
    read: async () => {
      const { result, version } = await callWithVersion('getRetryData', input)
      return { result: result.data, version }
    },
    onChoose: (chosen, { version }) => void store(() => chosen, { data: chosen, version }),
  })
  // Another error and another list take what was typed away; filters and the order do not.
  useUnsaved(typed !== undefined, { leftBy: ['error', 'tab'] })
  if (kept.isPending) return <Loading lines={3} />
  if (!kept.data) return <Refusal error={kept.error} />
  const { result, version } = kept.data
  const read: Base = { data: record, version }
  const store = async (make: () => unknown, from: Base) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const data = make()
      const save = () => call('updateRetryData', { ...input, body: { ...result, data }, ...ifMatch(from.version) })
      if (!(await attempt(save, data, from.data))) return
      await refresh(queryClient, ['getRetryData'])
      setTyped((now) => (now === typed ? undefined : now))
      if (isSent.current) await call('retryErrors', { params, body: { errorIds: [error.errorId] } })
      notify(isSent.current ? errorWords.savedAndSent : errorWords.recordSaved)
      if (isSent.current) onSent()
    } catch (refusal) {
      setProblem(refusal instanceof SyntaxError ? new Error(words.editor.invalid(refusal.message)) : refusal)
    } finally {
      setBusy(false)
      await refresh(queryClient, errorLists)
    }
  }
  const save = (text: string, from: Base, sends: boolean) => {
    isSent.current = sends
    void store(() => JSON.parse(text) as unknown, from)
  }
  return (
    <section className="detail-section">
      <h3>{errorWords.record}</h3>
      <p className="soft">{errorWords.recordWhy}</p>
      {shown.isCut ? (
        <>
          <p>{errorWords.tooLong(formatShort(shown.size))}</p>
          <pre className="json" tabIndex={0} role="region" aria-label={errorWords.record}>
            {shown.text}
          </pre>
        </>
      ) : (
        <CodeEditor
          label={errorWords.record}
          value={typed?.text ?? shown.text}
          readOnly={readOnly}
          onChange={(text) => setTyped({ text, from: typed?.from ?? read })}
        />
      )}
      {problem !== undefined && (
        <p className="refusal" role="alert">
          {explain(problem)}
        </p>
      )}
      <div className="editor-foot">
        {!readOnly && typed !== undefined && (
          <>
            <Button kind="primary" busy={isBusy} onClick={() => save(typed.text, typed.from, true)}>
              {errorWords.saveAndRetry}
            </Button>
            <Button busy={isBusy} onClick={() => save(typed.text, typed.from, false)}>
              {words.actions.save}
            </Button>
          </>
        )}
        <Button onClick={() => download(record, retryDataKey)}>{errorWords.downloadRecord}</Button>
        {!readOnly && shown.isCut && <FileButton busy={isBusy} onFile={(text) => save(text, read, false)} />}
      </div>
      {dialog}
    </section>
  )
}

function FileButton({ busy, onFile }: { readonly busy: boolean; readonly onFile: (text: string) => void }) {
  return (
    <label className="button plain file-button" aria-busy={busy || undefined}>
      {errorWords.replaceRecord}
      <input
        type="file"
        className="hidden"
        accept=".json,application/json"
        disabled={busy}
        onChange={(event) => {
          const [file] = event.target.files ?? []
          event.target.value = ''
          void file?.text().then(onFile)
        }}
      />
    </label>
  )
}

/** Of a record that is too deep for the browser to write it says so. */
function download(record: unknown, key: string): void {
  try {
    saveAs(new Blob([JSON.stringify(record) ?? ''], { type: 'application/json' }), `record-${key}.json`)
  } catch (error) {
    notify(explain(error), true)
  }
}
