/** A run that was opened in the history: its steps with their counts, what went wrong, its diagnostics. */
import type { CallResult } from '../../api/client.ts'
import { useLater, type useWatched } from '../../api/queries.ts'
import { isGoingOn } from '../../api/step-jobs.ts'
import { flowWords } from '../../words/flows.ts'
import { paths } from '../../paths.ts'
import { downloadDiagnostics } from '../../forms/download-diagnostics.ts'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { formatCount, Time } from '../../parts/time.tsx'
import { RunConsole } from './run-console.tsx'

type Job = CallResult<'getJob'>
type Diagnostics = CallResult<'getJobDiagnostics'>
type ErrorGroup = Diagnostics['errors'][number]

interface OpenedRunProps {
  readonly run: Pick<ReturnType<typeof useWatched<'getJob'>>, 'data' | 'error'>
  readonly flowId: string
  readonly names: ReadonlyMap<string, string>
  readonly onClose: () => void
}

export function OpenedRun({ run: { data: run, error }, flowId, names, onClose }: OpenedRunProps) {
  return (
    <>
      <div className="toolbar">
        <Button icon="previous" onClick={onClose}>
          {flowWords.allRuns}
        </Button>
        {run && (
          <Button icon="down" onClick={() => downloadDiagnostics(run._id)}>
            {flowWords.diagnostics}
          </Button>
        )}
      </div>
      <Refusal error={error} />
      {!run && !error && <Loading />}
      {run && <RunConsole run={run} flowId={flowId} names={names} errorsOfRun />}
      {run && run.numError > 0 && <RunErrors run={run} flowId={flowId} names={names} />}
    </>
  )
}

function RunErrors({ run, flowId, names }: { readonly run: Job; readonly flowId: string; readonly names: ReadonlyMap<string, string> }) {
  const { data, error } = useLater('getJobDiagnostics', { params: { _id: run._id } }, !isGoingOn(run))
  return (
    <section className="section">
      <div className="section-head">
        <h2>{flowWords.errorsOfRun}</h2>
        <LinkButton to={paths.flowErrors(flowId)} search={{ run: run._id }}>
          {flowWords.showErrors}
        </LinkButton>
      </div>
      <Refusal error={error} />
      {data && data.errors.length > 0 && (
        <Table
          label={flowWords.errorsOfRun}
          columns={columnsOf(data, names)}
          rows={data.errors}
          keyOf={({ _jobId, source, code }) => `${_jobId} ${source} ${code}`}
        />
      )}
    </section>
  )
}

function columnsOf({ steps }: Diagnostics, names: ReadonlyMap<string, string>): readonly Column<ErrorGroup>[] {
  const stepOf = new Map(steps.map(({ _id, _exportId, _importId }) => [_id, _exportId ?? _importId ?? '']))
  const nameOf = ({ _jobId }: ErrorGroup): string => names.get(stepOf.get(_jobId) ?? '') ?? '–'
  return [
    { id: 'message', heading: flowWords.problem, cell: ({ message }) => <span title={message}>{message}</span> },
    { id: 'step', heading: flowWords.step, width: '200px', cell: (group) => <span title={nameOf(group)}>{nameOf(group)}</span> },
    { id: 'source', heading: flowWords.source, width: '130px', cell: ({ source }) => source },
    { id: 'code', heading: flowWords.code, width: '150px', cell: ({ code }) => <code title={code}>{code}</code> },
    { id: 'count', heading: flowWords.count, width: '90px', isNumber: true, cell: ({ numError }) => formatCount(numError) },
    { id: 'last', heading: flowWords.lastError, width: '130px', cell: ({ lastErrorAt }) => <Time at={lastErrorAt} /> },
  ]
}
