/** How far something is that is done to all errors that match. The address names it, so that it is followed after a reload and by who gets the link. */
import { useEffect } from 'react'
import { callForFile, explain, type CallResult } from '../../api/client.ts'
import { queryClient, refresh, useAct, useWatched } from '../../api/queries.ts'
import { errorLists } from '../../api/step-errors.ts'
import { words } from '../../words.ts'
import { errorWords } from '../../words/errors.ts'
import { saveAs } from '../../forms/download-files.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { notify } from '../../parts/notices.tsx'
import { formatCount } from '../../parts/time.tsx'
import { useSearchChange, useUrlState } from '../../url-state.ts'

type ErrorJob = CallResult<'getErrorJob'>

const isUnderWay = ({ status }: ErrorJob): boolean => status === 'queued' || status === 'running'

export function JobProgress() {
  const [id, follow] = useUrlState('job')
  const { data: job, error } = useWatched('getErrorJob', { params: { _id: id } }, isUnderWay, id !== '', true)
  const state = job && `${job._id} ${job.status}`
  useEffect(() => {
    if (state) void refresh(queryClient, errorLists)
  }, [state])
  if (id === '') return null
  if (error) return <p className="refusal">{explain(error)}</p>
  return job && <Bar job={job} onClose={() => follow('')} />
}

function Bar({ job, onClose }: { readonly job: ErrorJob; readonly onClose: () => void }) {
  const cancel = useAct('cancelErrorJob', 'getErrorJob')
  const change = useSearchChange()
  const name = errorWords.jobOf[job.action]
  const isGoing = isUnderWay(job)
  return (
    <section className={job.status === 'failed' ? 'job failed' : 'job'} aria-label={errorWords.progressOf(name)}>
      {!isGoing && <Icon name={job.status === 'failed' ? 'alert' : 'check'} />}
      <span role="status">{isGoing ? `${name}: ${sayProgress(job)}` : sayResult(job)}</span>
      {isGoing && (
        <progress
          aria-label={errorWords.progressOf(name)}
          {...(job.numTotal !== undefined && { max: Math.max(1, job.numTotal), value: Math.min(job.numDone, job.numTotal) })}
        />
      )}
      {isGoing && (
        <Button busy={cancel.isPending} onClick={() => cancel.mutate({ params: { _id: job._id } })}>
          {errorWords.cancelJob}
        </Button>
      )}
      {job.action === 'download' && job.status === 'completed' && <Button onClick={() => void save(job)}>{errorWords.saveFile}</Button>}
      {job.action === 'retry' && job._jobIds && (
        <Button onClick={() => change({ tab: 'retries', job: undefined })}>{errorWords.seeRetries}</Button>
      )}
      {!isGoing && <IconButton icon="cross" label={words.actions.close} onClick={onClose} />}
    </section>
  )
}

const sayProgress = ({ numDone, numTotal }: ErrorJob): string =>
  numTotal === undefined ? errorWords.counting : errorWords.jobDoing(formatCount(numDone), formatCount(numTotal))

function sayResult({ action, status, numDone, errorMessage }: ErrorJob): string {
  if (status === 'failed') return errorWords.jobFailed(errorMessage ?? '')
  if (status === 'canceled') return errorWords.jobCanceled(formatCount(numDone))
  return [errorWords.jobDone[action](formatCount(numDone)), errorMessage].filter(Boolean).join(' ')
}

async function save({ _id }: ErrorJob): Promise<void> {
  try {
    saveAs(await callForFile('downloadErrorJob', { params: { _id } }), `errors-${_id}.csv`)
  } catch (error) {
    notify(explain(error), true)
  }
}
