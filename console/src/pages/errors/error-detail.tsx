/** One error: what was said, the record as it came to the step and as it was sent, and what was answered, where they are kept. */
import { useEffect, useRef } from 'react'
import { useLater } from '../../api/queries.ts'
import type { StepError, StepParams } from '../../api/step-errors.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { errorWords } from '../../words/errors.ts'
import { useErrorActs } from '../../forms/error-acts.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { Time } from '../../parts/time.tsx'
import { FailedRecord } from './failed-record.tsx'
import { RecordStages } from './record-stages.tsx'

interface ErrorDetailProps {
  readonly integrationId: string | undefined
  readonly error: StepError
  readonly flowName: string | undefined
  readonly stepName: string | undefined
  readonly isResolved: boolean
  /** It is no longer among the errors that are listed. */
  readonly isGone: boolean
  readonly onClose: () => void
}

export function ErrorDetail({ integrationId, error, flowName, stepName, isResolved, isGone, onClose }: ErrorDetailProps) {
  const params: StepParams = { _id: error._flowId, _stepId: error._stepId }
  const acts = useErrorActs({ _flowId: error._flowId, _stepId: error._stepId }, onClose)
  const may = useMay(integrationId)
  const place = useRef<HTMLElement>(null)
  // A keyboard user who opens it continues inside it.
  useEffect(() => place.current?.focus(), [])
  return (
    <aside
      ref={place}
      tabIndex={-1}
      className="detail"
      aria-label={errorWords.detail}
      onKeyDown={(event) => event.key === 'Escape' && !event.defaultPrevented && onClose()}
    >
      <header>
        <h2>{errorWords.detail}</h2>
        <IconButton icon="cross" label={words.actions.close} onClick={onClose} />
      </header>
      {isGone && (
        <p className="soft" role="status">
          {errorWords.gone}
        </p>
      )}
      <p className="detail-message" tabIndex={0}>
        {error.message}
      </p>
      <Facts error={error} flowName={flowName} stepName={stepName} />
      {!isResolved && (
        <div className="detail-acts">
          {error.retryDataKey !== undefined && may('retryErrors') && (
            <Button icon="refresh" busy={acts.isBusy} onClick={() => acts.retry({ errors: [error] })}>
              {errorWords.retry}
            </Button>
          )}
          {may('resolveErrors') && (
            <Button icon="check" busy={acts.isBusy} onClick={() => acts.resolve({ errors: [error] })}>
              {errorWords.resolve}
            </Button>
          )}
        </div>
      )}
      {error.retryDataKey === undefined ? (
        <p className="soft">{errorWords.noRecord}</p>
      ) : (
        <FailedRecord
          params={params}
          error={error}
          retryDataKey={error.retryDataKey}
          readOnly={isResolved || !may('updateRetryData')}
          onSent={onClose}
        />
      )}
      <RecordStages error={error} />
      {error.reqAndResKey !== undefined && <Exchange params={params} reqAndResKey={error.reqAndResKey} />}
    </aside>
  )
}

type FactsProps = Pick<ErrorDetailProps, 'error' | 'flowName' | 'stepName'>

function Facts({ error, flowName, stepName }: FactsProps) {
  const { code, source, classification, occurredAt, traceKey, numRetries, retryAt, assignedTo, resolvedAt, resolvedBy } = error
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [errorWords.when, <Time key="when" at={occurredAt} />],
    [errorWords.flow, flowName],
    [errorWords.step, stepName],
    [errorWords.code, <code key="code">{code}</code>],
    [errorWords.source, source],
    [errorWords.classification, classification?.replaceAll('_', ' ')],
    [errorWords.traceKey, traceKey && <code key="trace">{traceKey}</code>],
    [errorWords.assignedTo, assignedTo?.email],
    [errorWords.numRetries, numRetries],
    [errorWords.retryAt, retryAt && <Time key="retry" at={retryAt} />],
    [errorWords.resolvedAt, resolvedAt && <Time key="resolved" at={resolvedAt} />],
    [errorWords.resolvedBy, resolvedBy],
  ]
  return (
    <dl className="fact-list">
      {facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

function Exchange({ params, reqAndResKey }: { readonly params: StepParams; readonly reqAndResKey: string }) {
  const kept = useLater('getStepRequest', { params: { ...params, reqAndResKey } })
  if (kept.isPending) return <Loading lines={3} />
  if (!kept.data) return <Refusal error={kept.error} />
  const { request, response, error } = kept.data
  return (
    <>
      <section className="detail-section">
        <h3>
          {errorWords.request} <code>{request.method}</code>
        </h3>
        <p className="soft">{errorWords.sentWhy}</p>
        <p className="mono break">{request.url}</p>
        <JsonView
          label={errorWords.request}
          value={{ headers: request.headers, ...(request.body !== undefined && { body: request.body }) }}
        />
      </section>
      <section className="detail-section">
        <h3>
          {errorWords.response} {response && <code>{response.status}</code>}
        </h3>
        <JsonView
          label={errorWords.response}
          value={
            response ? { headers: response.headers, ...(response.body !== undefined && { body: response.body }) } : (error?.message ?? '')
          }
        />
      </section>
    </>
  )
}
