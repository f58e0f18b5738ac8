/** What an Integration App installs, and how: the version, the steps with their forms, and the functions of its template integration. */
import { callAny, callWithVersion } from '../../api/client.ts'
import { queryClient, refresh, useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { ifMatch, useVersioned } from '../../api/versioned.ts'
import { publishWords as words } from '../../words/publish.ts'
import { paths } from '../../paths.ts'
import { LinkButton } from '../../parts/button.tsx'
import { DocumentEditor } from '../../parts/document-editor.tsx'
import { formOf } from '../../parts/document-form.tsx'
import { Empty } from '../../parts/states.tsx'

export function AppPackage({ id }: { readonly id: string }) {
  const { twoDotZero } = useData('getConnector', { params: { _id: id } })
  if (twoDotZero?._integrationId === undefined)
    return (
      <Empty icon="box" title={words.noIntegration}>
        {words.noIntegrationWhy}
      </Empty>
    )
  return <TemplateIntegration key={twoDotZero._integrationId} id={twoDotZero._integrationId} />
}

function TemplateIntegration({ id }: { readonly id: string }) {
  const input = { params: { _id: id } }
  const loaded = useVersioned('getIntegration', input)
  const may = useMay(id)
  return (
    <>
      <div className="toolbar">
        <span className="soft">{words.packageHint}</span>
        <span className="end">
          <LinkButton to={paths.integrationFlows(id)}>{words.openIntegration}</LinkButton>
        </span>
      </div>
      <DocumentEditor
        label={words.integration}
        loaded={loaded}
        readOnly={!may('updateIntegration')}
        form={formOf('integrations', false)}
        save={(body, version) => callAny('updateIntegration', { ...input, body, ...ifMatch(version) })}
        reload={async () => {
          await refresh(queryClient, ['getIntegration', 'previewInstallConnector'])
          return callWithVersion('getIntegration', input)
        }}
      />
    </>
  )
}
