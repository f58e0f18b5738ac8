/** What each step did in a run, followed as long as the run goes on. */
import { useEffect } from 'react'
import type { CallResult } from './client.ts'
import { queryClient, refresh, useWatched } from './queries.ts'

type Job = CallResult<'getJob'>

export const isGoingOn = ({ status }: Pick<Job, 'status'>): boolean => ['queued', 'running', 'retrying'].includes(status)

export function useStepJobs(run: Job | undefined): readonly Job[] {
  const input = { query: { type_in: 'export,import', _flowJobId: run?._id ?? '' } }
  return useWatched('listJobs', input, () => run !== undefined && isGoingOn(run), run !== undefined).data ?? []
}

/** Milliseconds from when a worker took it up. */
export const durationOf = ({ startedAt, endedAt }: Pick<Job, 'startedAt' | 'endedAt'>): number | undefined =>
  startedAt === undefined ? undefined : new Date(endedAt ?? Date.now()).getTime() - new Date(startedAt).getTime()

/** Asks anew for the counts of errors as soon as a run has ended, or another one has begun. */
export function useErrorsAfterRun(run: Job | undefined): void {
  const state = run && `${run._id} ${run.status}`
  useEffect(() => {
    if (state) void refresh(queryClient, ['listJobs', 'listFlowErrors', 'listIntegrationErrors', 'listTiles', 'listStepErrors'])
  }, [state])
}
