/** Cancels a run that waits or goes on. */
import { useAct } from '../api/queries.ts'
import { flowWords } from '../words/flows.ts'
import { notify } from '../parts/notices.tsx'

export function useCancelRun(): (run: { readonly _id: string }) => void {
  const cancel = useAct('cancelJob', 'listLatestFlowJobs', 'listLatestIntegrationJobs', 'listJobs', 'listLatestJobs', 'listRuns')
  return ({ _id }) => cancel.mutate({ params: { _id } }, { onSuccess: () => notify(flowWords.canceled) })
}
