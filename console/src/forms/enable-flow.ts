/** Switches a flow on or off. */
import { explain } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { notify } from '../parts/notices.tsx'

export function useEnableFlow(): (flow: { readonly _id: string; readonly name: string }, on: boolean) => void {
  const patch = useAct('patchFlow', 'listIntegrationFlows', 'listFlows', 'getFlow')
  return ({ _id, name }, on) =>
    patch.mutate(
      { params: { _id }, body: [{ op: 'replace', path: '/disabled', value: !on }] },
      {
        onSuccess: () => notify(on ? words.flows.enabledNow(name) : words.flows.disabledNow(name)),
        onError: (error) => notify(explain(error), true),
      },
    )
}
