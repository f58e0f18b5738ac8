/** What a clone would be made of. Makes nothing. */
import type { Input } from '../../contract/operation.ts'
import type { clones as operations } from '../../contract/operations/lifecycle/clones.ts'
import { resources } from '../../contract/resources/index.ts'
import { JsonText } from '../result.ts'
import { collectAppCode } from '../app-code/approved-code.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { findClosureMentions } from './closure-mentions.ts'
import { readClosure } from './dependency-closure.ts'
import { listStacks } from './copy.ts'
import type { Closure } from '../ports/clones.ts'

export async function previewCloneIntegration(
  ctx: Context,
  { params }: Input<(typeof operations)['previewCloneIntegration']>,
): Promise<JsonText> {
  const closure = await readClosure(ctx.store, ctx.caller.envId, 'integrations', params._id)
  refuseTools(closure)
  const [stack = null] = listStacks(closure)
  const objects = [closure.root, ...closure.members.filter((member) => member !== closure.root)].map(({ collection, entry }) => ({
    model: resources[collection].model,
    doc: entry.doc,
  }))
  const { functions } = await collectAppCode(ctx.store, ctx.caller.envId, closure)
  return new JsonText(
    JSON.stringify({ objects, stackRequired: stack !== null, _stackId: stack, functions, mentions: findClosureMentions(closure) }),
  )
}

/** Tools are in use by more than what is copied: integrator.io copies none, and nothing that calls one. */
export function refuseTools({ members }: Closure): void {
  const usesTool = members.some(
    ({ collection, entry: { doc } }) => collection === 'tools' || (collection === 'imports' && doc.adaptorType === 'ToolImport'),
  )
  if (usesTool) throw new DomainError('tools_not_supported', 'It contains tools, which cannot be cloned.')
}
