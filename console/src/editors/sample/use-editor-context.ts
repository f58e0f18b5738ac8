/** What surrounds a step that is edited by itself: its connection, the flow that it is used in, and what `settings` reads. */
import { useLater } from '../../api/queries.ts'
import { collections } from '../../collections.ts'
import type { EditorContext, Json } from '../editor.ts'

const isStored = /^[0-9a-f]{24}$/

/** `flowId` where the flow is known; else the first one that uses the step. */
export function useEditorContext(collection: 'exports' | 'imports', document: Json, flowId?: string): EditorContext {
  const id = String(document['_id'])
  // A step that is not stored yet is used by nothing that the server knows.
  const isAsked = flowId === undefined && isStored.test(id)
  const { data: users } = useLater(collections[collection].dependencies as 'listFlowDependencies', { params: { _id: id } }, isAsked)
  const used =
    (flowId !== undefined && isStored.test(flowId) ? flowId : undefined) ??
    (users as { readonly flows?: readonly { readonly id: string }[] } | undefined)?.flows?.[0]?.id
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
    integrationId,
    settings: {
      ...(flow?.settings && { flow: flow.settings }),
      ...(integration?.settings && { integration: integration.settings }),
      ...(document['settings'] !== undefined && { [kind === 'import' ? 'import' : 'export']: document['settings'] }),
      ...(connection?.settings && { connection: connection.settings }),
    },
  }
}
