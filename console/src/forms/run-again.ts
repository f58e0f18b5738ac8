/** Runs a flow once more, as it is. */
import { useAct } from '../api/queries.ts'
import { integrationWords } from '../words/integrations.ts'
import { notify } from '../parts/notices.tsx'

export function useRunAgain({ _id, name }: { readonly _id: string; readonly name: string }): () => void {
  const run = useAct('runFlow', 'listLatestFlowJobs', 'listLatestIntegrationJobs', 'listJobs', 'listLatestJobs', 'listRuns')
  return () => run.mutate({ params: { _id } }, { onSuccess: () => notify(integrationWords.flows.started(name)) })
}
