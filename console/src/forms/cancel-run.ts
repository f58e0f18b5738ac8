/** Cancels a run that waits or goes on. */
import { explain } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { flowWords } from '../words/flows.ts'
import { notify } from '../parts/notices.tsx'

export function useCancelRun(): (run: { readonly _id: string }) => void {
  const cancel = useAct('cancelJob', 'listLatestFlowJobs', 'listLatestIntegrationJobs', 'listJobs', 'listCurrentJobs', 'listRuns')
  return ({ _id }) =>
    cancel.mutate({ params: { _id } }, { onSuccess: () => notify(flowWords.canceled), onError: (error) => notify(explain(error), true) })
}
