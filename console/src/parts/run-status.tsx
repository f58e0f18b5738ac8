/** How a run is, in a word and a colour. */
import type { CallResult } from '../api/client.ts'
import { isGoingOn } from '../api/step-jobs.ts'
import { runWords } from '../words/runs.ts'

type Run = Pick<CallResult<'getJob'>, 'status' | 'numError'>

export function RunStatus({ run }: { readonly run: Run }) {
  const { status, numError } = run
  const failed = status === 'failed' || (status === 'completed' && numError > 0)
  const kind = failed ? 'failed' : isGoingOn(run) ? 'active' : status === 'completed' ? 'good' : 'off'
  return (
    <span className={`status ${kind}`}>
      <span className="dot" aria-hidden="true" />
      {status === 'completed' && numError > 0 ? runWords.runs.partial : runWords.runs.statuses[status]}
    </span>
  )
}
