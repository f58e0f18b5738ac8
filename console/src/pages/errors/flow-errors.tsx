/** The errors of all steps of a flow. */
import { useData } from '../../api/queries.ts'
import { useParam } from '../../url-state.ts'
import { errorWords } from '../../words/errors.ts'
import { ErrorsView } from './errors-view.tsx'

export function FlowErrorsPage() {
  const scope = { _flowId: useParam('flowId') }
  const flow = useData('getFlow', { params: { _id: scope._flowId } })
  return <ErrorsView scope={scope} integrationId={flow._integrationId} flows={[flow]} title={errorWords.titleOf(flow.name)} />
}
