/** The record of an error, as it came to its step: read, corrected, sent again. One that is too large to edit here is downloaded, and replaced by a file. */
import { useMemo, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { call, explain } from '../../api/client.ts'
import { queryClient, queryOf, refresh } from '../../api/queries.ts'
import { errorLists, type StepError, type StepParams } from '../../api/step-errors.ts'
import { words } from '../../words.ts'
import { errorWords } from '../../words/errors.ts'
import { saveAs } from '../../forms/download-files.ts'
import { Button } from '../../parts/button.tsx'
import { CodeEditor } from '../../parts/code-editor.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { notify } from '../../parts/notices.tsx'
import { formatShort } from '../../parts/time.tsx'
import { useUnsaved } from '../../parts/unsaved.tsx'
import { toRecordText } from './record-text.ts'

interface FailedRecordProps {
  readonly params: StepParams
  readonly error: Pick<StepError, 'errorId'>
  readonly retryDataKey: string
  readonly readOnly: boolean
  readonly onSent: () => void
}

export function FailedRecord({ params, error, retryDataKey, readOnly, onSent }: FailedRecordProps) {
  const input = { params: { ...params, retryDataKey } }
  // A record may be deeper than two of them can be compared.
  const kept = useQuery({ ...queryOf('getRetryData', input), structuralSharing: false })
  const record = kept.data?.data
  const shown = useMemo(() => toRecordText(record), [record])
  const [typed, setTyped] = useState<string>()
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  // Another error and another list take what was typed away; filters and the order do not.
  useUnsaved(typed !== undefined, { leftBy: ['error', 'tab'] })
  if (kept.isPending) return <Loading lines={3} />
  if (!kept.data) return <Refusal error={kept.error} />
  const save = async (text: string, isSent: boolean) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await call('updateRetryData', { ...input, body: { ...kept.data, data: JSON.parse(text) as unknown } })
      await refresh(queryClient, ['getRetryData'])
      setTyped((now) => (now === text ? undefined : now))
      if (isSent) await call('retryErrors', { params, body: { errorIds: [error.errorId] } })
      notify(isSent ? errorWords.savedAndSent : errorWords.recordSaved)
      if (isSent) onSent()
    } catch (refusal) {
      setProblem(refusal instanceof SyntaxError ? new Error(words.editor.invalid(refusal.message)) : refusal)
    } finally {
      setBusy(false)
      await refresh(queryClient, errorLists)
    }
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
        <CodeEditor label={errorWords.record} value={typed ?? shown.text} readOnly={readOnly} onChange={setTyped} />
      )}
      {problem !== undefined && (
        <p className="refusal" role="alert">
          {explain(problem)}
        </p>
      )}
      <div className="editor-foot">
        {!readOnly && typed !== undefined && (
          <>
            <Button kind="primary" busy={isBusy} onClick={() => void save(typed, true)}>
              {errorWords.saveAndRetry}
            </Button>
            <Button busy={isBusy} onClick={() => void save(typed, false)}>
              {words.actions.save}
            </Button>
          </>
        )}
        <Button onClick={() => download(record, retryDataKey)}>{errorWords.downloadRecord}</Button>
        {!readOnly && shown.isCut && <FileButton busy={isBusy} onFile={(text) => void save(text, false)} />}
      </div>
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
