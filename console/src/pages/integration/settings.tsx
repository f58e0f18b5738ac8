/** The settings of an integration, as JSON. */
import { useQueryClient } from '@tanstack/react-query'
import { call, callWithVersion } from '../../api/client.ts'
import { refresh } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { ifMatch, useVersioned, type Versioned } from '../../api/versioned.ts'
import { words } from '../../words.ts'
import { DocumentEditor } from '../../parts/document-editor.tsx'
import { useParam } from '../../url-state.ts'

const settingsOf = ({ result, version }: Versioned<{ readonly settings?: unknown }>): Versioned<unknown> => ({
  result: result.settings ?? {},
  version,
})

export function IntegrationSettingsPage() {
  const _id = useParam('integrationId')
  const input = { params: { _id } }
  const loaded = useVersioned('getIntegration', input)
  const may = useMay(_id)
  const client = useQueryClient()
  return (
    <section className="section narrow">
      <p className="soft lead">{words.settings.hint}</p>
      <DocumentEditor
        label={words.settings.title}
        loaded={settingsOf(loaded)}
        readOnly={!may('patchIntegration')}
        saved={words.settings.saved}
        save={(value, version) =>
          call('patchIntegration', { ...input, body: [{ op: 'replace', path: '/settings', value }], ...ifMatch(version) })
        }
        reload={async () => {
          await refresh(client, ['getIntegration'])
          return settingsOf(await callWithVersion('getIntegration', input))
        }}
      />
    </section>
  )
}
