/** The form for entering `settings`: as it is after its `init` script, for an integration or one of its groups. */
import type { IntegrationDocument } from '../../contract/document.ts'
import type { Input } from '../../contract/operation.ts'
import type { settingsForms as operations } from '../../contract/operations/documents/settings-forms.ts'
import { JsonText } from '../result.ts'
import { notFound } from './documents.ts'
import { DomainError } from '../errors.ts'
import { runFormInit, readInitOptions } from './form-init.ts'
import type { Context } from '../context.ts'

export async function getSettingsForm(
  ctx: Context,
  { params, query, body }: Input<(typeof operations)['getSettingsForm']>,
): Promise<JsonText> {
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'integrations', params._id)
  if (!entry) throw notFound('integrations')
  const integration = entry.doc
  const groupId = body?._flowGroupingId ?? query._flowGroupingId
  const resource = groupId === undefined ? integration : findGroup(integration, groupId)
  const { code } = await ctx.writePolicy.readCodeContext(ctx, 'integrations', integration)
  const surroundings = await readInitOptions(ctx, code, integration, resource.settingsForm)
  const options =
    groupId === undefined
      ? { resource, ...surroundings }
      : { ...surroundings, resource, parentResource: integration, grandparentResource: surroundings.parentResource }
  const at = { field: 'settingsForm', place: [integration._id] }
  return new JsonText(JSON.stringify(await runFormInit(code, resource.settingsForm, options, at)))
}

function findGroup({ flowGroupings = [] }: IntegrationDocument, id: string): NonNullable<IntegrationDocument['flowGroupings']>[number] {
  const group = flowGroupings.find(({ _id }) => _id === id)
  if (!group) throw new DomainError('not_found', 'Flow grouping not found.', '_flowGroupingId')
  return group
}
