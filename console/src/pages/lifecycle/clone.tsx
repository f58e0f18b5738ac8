/** Copies an integration, in this environment or into another one. */
import { useData } from '../../api/queries.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { useParam } from '../../url-state.ts'
import { CloneWizard } from './clone-wizard.tsx'

const words = lifecycleWords.clone

export function CloneIntegrationPage() {
  const id = useParam('integrationId')
  const { name } = useData('getIntegration', { params: { _id: id } })
  return (
    <>
      <h2>{words.title}</h2>
      <CloneWizard integrationId={id} name={words.nameOf(name)} label={words.title} text={words} />
    </>
  )
}
