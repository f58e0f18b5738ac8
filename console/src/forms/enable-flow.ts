/** Switches a flow on or off. */
import { useAct } from '../api/queries.ts'
import { integrationWords } from '../words/integrations.ts'
import { notify } from '../parts/notices.tsx'

export function useEnableFlow(): (flow: { readonly _id: string; readonly name: string }, on: boolean) => void {
  const patch = useAct('patchFlow', 'listIntegrationFlows', 'listFlows', 'getFlow')
  return ({ _id, name }, on) =>
    patch.mutate(
      { params: { _id }, body: [{ op: 'replace', path: '/disabled', value: !on }] },
      {
        onSuccess: () => notify(on ? integrationWords.flows.enabledNow(name) : integrationWords.flows.disabledNow(name)),
      },
    )
}
