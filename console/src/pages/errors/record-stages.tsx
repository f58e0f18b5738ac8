/** What each stage of the step made of the record, before and after, where the flow records its runs. */
import { useState } from 'react'
import { useLater } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import type { StepError } from '../../api/step-errors.ts'
import { errorWords } from '../../words/errors.ts'
import { Loading, Refusal } from '../../parts/states.tsx'
import { toRecordText } from './record-text.ts'

type Entry = CallResult<'listExecutionLogs'>['logs'][number]

export function RecordStages({ error }: { readonly error: StepError }) {
  const { _flowId, _stepId, _flowJobId, traceKey } = error
  const { data } = useLater(
    'listExecutionLogs',
    { params: { _id: _flowId, _jobId: _flowJobId }, query: { _expOrImpId: _stepId, traceKey: traceKey ?? '' } },
    traceKey !== undefined,
  )
  if (!data || data.logs.length === 0) return null
  return (
    <section className="detail-section">
      <h3>{errorWords.stages}</h3>
      {data.logs.map((entry) => (
        <Stage key={`${entry.groupId} ${entry.recordId} ${entry.stage}`} error={error} entry={entry} />
      ))}
    </section>
  )
}

function Stage({ error, entry }: { readonly error: StepError; readonly entry: Entry }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code>{entry.stage}</code> {entry.status === 'error' && <span className="error-count">{errorWords.stageFailed}</span>}
      </summary>
      {isOpen && <StageData error={error} entry={entry} />}
    </details>
  )
}

function StageData({ error, entry: { _expOrImpId, groupId, recordId, stage } }: { readonly error: StepError; readonly entry: Entry }) {
  const params = { _id: error._flowId, _jobId: error._flowJobId }
  const kept = useLater('queryExecutionLogData', { params, body: { _expOrImpId, groupId, recordId, stage } })
  if (kept.isPending) return <Loading lines={2} />
  const [data] = kept.data?.data ?? []
  if (!data) return <Refusal error={kept.error} />
  const shown = [
    [errorWords.before, data.input],
    [errorWords.after, data.output],
    [errorWords.request, data.request],
    [errorWords.response, data.response],
  ] as const
  const there = shown.filter(([, value]) => value !== undefined)
  if (there.length === 0) return <p className="soft">{errorWords.notKept}</p>
  return there.map(([name, value]) => (
    <div key={name} className="detail-section">
      <h4>{name}</h4>
      <pre className="json" tabIndex={0} role="region" aria-label={`${stage}: ${name}`}>
        {toRecordText(value).text}
      </pre>
    </div>
  ))
}
