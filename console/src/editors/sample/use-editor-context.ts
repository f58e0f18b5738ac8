/** What surrounds a step that is edited by itself: its connection, the flow that it is used in, and what `settings` reads. */
import { useLater } from '../../api/queries.ts'
import type { EditorContext, Json } from '../editor.ts'
import { useDependents } from '../../parts/dependents.tsx'

/** `flowId` where the flow is known; else the first one that uses the step. */
export function useEditorContext(collection: 'exports' | 'imports', document: Json, flowId?: string): EditorContext {
  const id = String(document['_id'])
  const { types } = useDependents(collection, id)
  const used = flowId ?? types.find(([type]) => type === 'flows')?.[1][0]?.id
  const { data: flow } = useLater('getFlow', { params: { _id: used ?? '' } }, used !== undefined)
  const integrationId = flow?._integrationId ?? (document['_integrationId'] as string | undefined)
  const { data: integration } = useLater('getIntegration', { params: { _id: integrationId ?? '' } }, integrationId !== undefined)
  const connectionId = document['_connectionId'] as string | undefined
  const { data: connection } = useLater('getConnection', { params: { _id: connectionId ?? '' } }, connectionId !== undefined)
  const kind = collection === 'imports' ? 'import' : document['isLookup'] === true ? 'lookup' : 'export'
  return {
    kind,
    document,
    connection: connection as Json | undefined,
    flowId: used,
    settings: {
      ...(flow?.settings && { flow: flow.settings }),
      ...(integration?.settings && { integration: integration.settings }),
      ...(document['settings'] !== undefined && { [kind === 'import' ? 'import' : 'export']: document['settings'] }),
      ...(connection?.settings && { connection: connection.settings }),
    },
  }
}
