/** What those get who install a template or an app: documents, steps, and the code that runs. */
import { useData } from '../../api/queries.ts'
import { appWords } from '../../words/apps.ts'
import { publishWords as words } from '../../words/publish.ts'
import { CodePreview } from '../../parts/code-preview.tsx'
import { Empty } from '../../parts/states.tsx'
import { ClonePreview } from '../lifecycle/clone-preview.tsx'

export function TemplateContents({ id }: { readonly id: string }) {
  const { _integrationId } = useData('getTemplate', { params: { _id: id } })
  if (_integrationId === undefined)
    return (
      <Empty icon="box" title={words.noIntegration}>
        {words.noIntegrationWhy}
      </Empty>
    )
  return <ContentsOfIntegration id={_integrationId} />
}

const ContentsOfIntegration = ({ id }: { readonly id: string }) => (
  <ClonePreview preview={useData('previewCloneIntegration', { params: { _id: id } })} />
)

export function AppContents({ id }: { readonly id: string }) {
  const preview = useData('previewInstallConnector', { params: { _id: id } })
  const { version, installSteps = [] } = preview
  return (
    <div className="narrow">
      <p className="soft lead">
        {version && `${appWords.install.version(version)} · `}
        {appWords.preview.steps(installSteps.length)}
      </p>
      <CodePreview connectorId={id} preview={preview} />
    </div>
  )
}
