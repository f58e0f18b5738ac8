/** Gives a flow that begins with a webhook an event as its application would send it: who runs the flow needs no proof of the sender, and its queue no request. */
import { levelInIntegration } from '../access/code-rights.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import type { RowsOf } from '../ports/store.ts'
import { maxEventBytes } from '../limits/webhook-bounds.ts'

export interface ListeningFlow {
  readonly _id: string
  readonly _integrationId?: string
}

/** `exportIds` are the page generators that the run takes. Throws `DomainError` where none of them, or several, are webhooks. */
export async function addListenerData(
  rows: RowsOf<'documents' | 'webhookEvents'>,
  ctx: Context,
  { _id: flowId, _integrationId }: ListeningFlow,
  exportIds: readonly string[],
  listenerData: unknown,
): Promise<void> {
  const { envId } = ctx.caller
  mayChange(ctx, _integrationId)
  const found = await Promise.all(exportIds.map((id) => rows.documents.find(envId, 'exports', id)))
  const webhooks = found.flatMap((entry) => (entry?.doc.adaptorType === 'WebhookExport' ? [entry.doc._id] : []))
  const [exportId] = webhooks
  if (exportId === undefined || webhooks.length > 1)
    throw refused(
      webhooks.length > 1
        ? 'The flow begins with several webhooks: name the one that gets the data in _exportIds.'
        : 'No page generator of the run is a webhook: there is nothing that could take the data.',
    )
  const records = JSON.stringify(Array.isArray(listenerData) ? listenerData : [listenerData])
  const bytes = Buffer.byteLength(records)
  if (bytes > maxEventBytes) throw refused(`An event holds ${maxEventBytes / 1024 / 1024} MB at the most.`)
  const received = await rows.webhookEvents.receive([{ envId, flowId, exportId, records, bytes }], ctx.now().toISOString())
  if (received.length === 0) throw refused('As many events of this webhook wait as are kept. Run the flow without data first.')
}

const refused = (message: string): DomainError => new DomainError('invalid_field', message, 'listenerData')

/** A run shows nothing new of the application to who may only look; records of their own in it would be a change. */
function mayChange({ caller }: Context, integrationId: string | undefined): void {
  const ofAccount = caller.reach ? caller.reach.level : caller.level
  const level = integrationId === undefined ? ofAccount : levelInIntegration(caller, integrationId)
  if (level === undefined || level === 'monitor')
    throw new DomainError('access_denied', 'Who may only look at a flow can run it, and gives it no records: leave listenerData out.')
}
