/** An export or import that is sent along and not stored. It has to be one that its sender could store. */
import type { AnyBody } from '../../contract/document.ts'
import { resources } from '../../contract/resources/index.ts'
import { acceptBounded } from '../accept-body.ts'
import { adaptorTypeByBlocks } from '../rules/adaptor-types.ts'
import { stampAppFields, findCheckedReferences } from '../app-rights/ownership.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { checkReferences } from '../access/reference-access.ts'
import { checkTemplates } from '../limits/template-limits.ts'
import { validator } from '../validation.ts'
import type { Doc } from '../ports/document.ts'

type Collection = 'exports' | 'imports'
type Body = AnyBody

const checks = { exports: validator(resources.exports.body, 'body'), imports: validator(resources.imports.body, 'body') } as const

/** `field` is where it stands in the request. */
export async function buildVirtualStep(
  ctx: Context,
  collection: Collection,
  field: string,
  sent: Body,
  _connectionId: string,
): Promise<Doc> {
  const { envId } = ctx.caller
  const connection = await ctx.store.documents.readText(envId, 'connections', _connectionId)
  if (connection === undefined) throw notFound('connections')
  return withField(field, async () => {
    const body = completeBody(collection, sent, _connectionId)
    checks[collection](body)
    checkTemplates(body)
    const at = ctx.now().toISOString()
    const doc = { ...body, ...stampAppFields(ctx, collection, body), _id: ctx.newId(), createdAt: at, lastModified: at } as Doc
    const references = findCheckedReferences(ctx, collection, undefined, body).filter(({ path }) => path !== '_connectionId')
    await checkReferences(ctx, collection, doc, references, undefined)
    return doc
  })
}

/** Belongs to nothing but whoever sent it, or to the app that did: nobody gets the rights of an app by naming it. */
function completeBody(collection: Collection, sent: Body, _connectionId: string): Body {
  const { _connectorId, _integrationId, ...accepted } = acceptBounded(resources[collection].stored, sent).value as AnyBody
  const adaptorType = accepted.adaptorType ?? adaptorTypeByBlocks(collection, accepted)
  return { name: `Virtual ${resources[collection].name}`, ...accepted, ...(adaptorType !== undefined && { adaptorType }), _connectionId }
}

/** Fields are named as they stand in the request. */
async function withField<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const [first, ...more] = error.problems.map((problem) => ({ ...problem, field: [field, problem.field].filter(Boolean).join('.') }))
    throw new DomainError(first?.code ?? 'invalid_field', first?.message ?? '', first?.field, more, first?.details)
  }
}
