/** One error: what was said, the record as it came to the step, the request and the answer where they are kept. The record can be mended and sent again. */
import { useEffect, useRef, useState } from 'react'
import { call, explain } from '../../api/client.ts'
import { queryClient, refresh, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import type { StepError, StepParams } from '../../api/step-errors.ts'
import { words } from '../../words.ts'
import { useErrorActs } from '../../forms/error-acts.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { JsonEditor } from '../../parts/json-editor.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { notify } from '../../parts/notices.tsx'
import { Time } from '../../parts/time.tsx'

interface ErrorDetailProps {
  readonly params: StepParams
  readonly integrationId: string | undefined
  readonly error: StepError
  readonly isResolved: boolean
  readonly onClose: () => void
}

export function ErrorDetail({ params, integrationId, error, isResolved, onClose }: ErrorDetailProps) {
  const acts = useErrorActs(params, onClose)
  const place = useRef<HTMLElement>(null)
  // A keyboard user who opens it continues inside it.
  useEffect(() => place.current?.focus(), [])
  return (
    <aside ref={place} tabIndex={-1} className="detail" aria-label={words.errors.detail}>
      <header>
        <h2>{words.errors.detail}</h2>
        <IconButton icon="cross" label={words.actions.close} onClick={onClose} />
      </header>
      <p className="detail-message">{error.message}</p>
      <Facts error={error} />
      {!isResolved && (
        <div className="detail-acts">
          {error.retryDataKey !== undefined && (
            <Button icon="refresh" busy={acts.isBusy} onClick={() => acts.retry({ errors: [error] })}>
              {words.errors.retry}
            </Button>
          )}
          <Button icon="check" busy={acts.isBusy} onClick={() => acts.resolve({ errors: [error] })}>
            {words.errors.resolve}
          </Button>
        </div>
      )}
      {error.retryDataKey === undefined ? (
        <p className="soft">{words.errors.noRecord}</p>
      ) : (
        <Record
          params={params}
          integrationId={integrationId}
          error={error}
          retryDataKey={error.retryDataKey}
          readOnly={isResolved}
          onClose={onClose}
        />
      )}
      {error.reqAndResKey !== undefined && <Exchange params={params} reqAndResKey={error.reqAndResKey} />}
    </aside>
  )
}

function Facts({ error }: { readonly error: StepError }) {
  const { code, source, classification, occurredAt, traceKey, numRetries, retryAt, assignedTo, resolvedAt, resolvedBy } = error
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [words.errors.when, <Time key="when" at={occurredAt} />],
    [words.errors.code, <code key="code">{code}</code>],
    [words.errors.source, source],
    [words.errors.classification, classification?.replaceAll('_', ' ')],
    [words.errors.traceKey, traceKey && <code key="trace">{traceKey}</code>],
    [words.errors.assignedTo, assignedTo?.email],
    [words.errors.numRetries, numRetries],
    [words.errors.retryAt, retryAt && <Time key="retry" at={retryAt} />],
    [words.errors.resolvedAt, resolvedAt && <Time key="resolved" at={resolvedAt} />],
    [words.errors.resolvedBy, resolvedBy],
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

interface RecordProps extends Omit<ErrorDetailProps, 'isResolved'> {
  readonly retryDataKey: string
  readonly readOnly: boolean
}

function Record({ params, integrationId, error, retryDataKey, readOnly, onClose }: RecordProps) {
  const input = { params: { ...params, retryDataKey } }
  const kept = useLater('getRetryData', input)
  const may = useMay(integrationId)
  const [typed, setTyped] = useState<string>()
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  if (kept.isPending) return <Loading lines={3} />
  if (!kept.data) return <Refusal error={kept.error} />
  const text = typed ?? JSON.stringify(kept.data.data, null, 2)
  const mayEdit = !readOnly && may('updateRetryData')
  const save = async (isSent: boolean) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await call('updateRetryData', { ...input, body: { ...kept.data, data: JSON.parse(text) as unknown } })
      await refresh(queryClient, ['getRetryData'])
      setTyped(undefined)
      if (isSent) await call('retryErrors', { params, body: { errorIds: [error.errorId] } })
      notify(isSent ? words.errors.savedAndSent : words.errors.recordSaved)
      if (isSent) onClose()
    } catch (refusal) {
      setProblem(refusal instanceof SyntaxError ? new Error(words.editor.invalid(refusal.message)) : refusal)
    } finally {
      setBusy(false)
      await refresh(queryClient, ['listStepErrors', 'listFlowErrors', 'listLatestFlowJobs'])
    }
  }
  return (
    <section className="detail-section">
      <h3>{words.errors.record}</h3>
      <JsonEditor label={words.errors.record} value={text} readOnly={!mayEdit} onChange={setTyped} />
      {problem !== undefined && (
        <p className="refusal" role="alert">
          {explain(problem)}
        </p>
      )}
      {mayEdit && typed !== undefined && (
        <div className="editor-foot">
          <Button kind="primary" busy={isBusy} onClick={() => void save(true)}>
            {words.errors.saveAndRetry}
          </Button>
          <Button busy={isBusy} onClick={() => void save(false)}>
            {words.actions.save}
          </Button>
        </div>
      )}
    </section>
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
          {words.errors.request} <code>{request.method}</code>
        </h3>
        <p className="mono break">{request.url}</p>
        <JsonView
          label={words.errors.request}
          value={{ headers: request.headers, ...(request.body !== undefined && { body: request.body }) }}
        />
      </section>
      <section className="detail-section">
        <h3>
          {words.errors.response} {response && <code>{response.status}</code>}
        </h3>
        <JsonView
          label={words.errors.response}
          value={
            response ? { headers: response.headers, ...(response.body !== undefined && { body: response.body }) } : (error?.message ?? '')
          }
        />
      </section>
    </>
  )
}
