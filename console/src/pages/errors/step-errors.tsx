/** The errors of a step of a flow. */
import { useData } from '../../api/queries.ts'
import { useParam } from '../../url-state.ts'
import { errorWords } from '../../words/errors.ts'
import { ErrorsView } from './errors-view.tsx'
import { useStepNames } from '../../api/step-names.ts'

export function StepErrorsPage() {
  const scope = { _flowId: useParam('flowId'), _stepId: useParam('stepId') }
  const flow = useData('getFlow', { params: { _id: scope._flowId } })
  const { nameOf } = useStepNames(flow._integrationId)
  return <ErrorsView scope={scope} integrationId={flow._integrationId} flows={[flow]} title={nameOf(scope._stepId) ?? errorWords.title} />
}
