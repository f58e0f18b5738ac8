/** The errors of all flows of an integration. */
import { useData } from '../../api/queries.ts'
import { useParam } from '../../url-state.ts'
import { errorWords } from '../../words/errors.ts'
import { ErrorsView } from './errors-view.tsx'

export function IntegrationErrorsPage() {
  const _integrationId = useParam('integrationId')
  const { name } = useData('getIntegration', { params: { _id: _integrationId } })
  const flows = useData('listIntegrationFlows', { params: { _id: _integrationId } })
  return <ErrorsView scope={{ _integrationId }} integrationId={_integrationId} flows={flows} title={errorWords.titleOf(name)} />
}
