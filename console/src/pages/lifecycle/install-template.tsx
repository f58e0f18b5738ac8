/** Makes an integration of a template: a copy of what it presents, with connections that are chosen by their names. */
import { useData } from '../../api/queries.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { paths } from '../../paths.ts'
import { PageHead } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { useParam } from '../../url-state.ts'
import { CloneWizard } from './clone-wizard.tsx'

const words = lifecycleWords.template
const text = { name: words.name, act: words.install, open: words.open }

export function InstallTemplatePage() {
  const { name, description, _integrationId } = useData('getTemplate', { params: { _id: useParam('templateId') } })
  const title = words.installOf(name)
  return (
    <>
      <PageHead title={title} crumbs={[{ label: words.list, to: paths.templates() }]} detail={description} />
      {_integrationId === undefined ? (
        <Empty icon="tiles" title={words.empty}>
          {words.emptyWhy}
        </Empty>
      ) : (
        <CloneWizard integrationId={_integrationId} name={name} label={title} text={text} />
      )}
    </>
  )
}
