/** What integrations have beyond the five operations of every document. */
import type { Input, Result } from '../contract/operation.ts'
import { patchable, type integrations as operations } from '../contract/operations/integrations.ts'
import { resources } from '../contract/resources/index.ts'
import { isObject, shapeOf, type Shape } from '../contract/walk.ts'
import { amend, mustExist } from './documents.ts'
import { DomainError } from './errors.ts'
import { isId } from './ids.ts'
import type { Context } from './ports.ts'

type Patch = Input<(typeof operations)['patchIntegration']>

/** All operations or none: they are checked before the first is carried out, and the write is one. */
export async function patch(ctx: Context, { params, body }: Patch): Promise<undefined> {
  const changes = Object.assign({}, ...body.map(({ op, path, value }) => changeOf(op, path, value)))
  await amend(ctx, 'integrations', params._id, () => changes)
  return undefined
}

function changeOf(op: string, path: string, value: unknown): Record<string, unknown> {
  if (op !== 'replace') throw new DomainError('invalid_patch', `The operation ${op} is not supported: only replace is.`, path)
  if (!(patchable as readonly string[]).includes(path))
    throw new DomainError('invalid_patch', `${path} is not a whitelisted property`, path)
  const field = path.slice(1)
  if (value === undefined) throw new DomainError('invalid_patch', `The operation on ${path} needs a value.`, path)
  refuseOtherKind(field, value)
  return { [field]: value }
}

function refuseOtherKind(field: string, value: unknown): void {
  const schema = resources.integrations.body.properties[field as keyof typeof resources.integrations.body.properties]
  const { type, items } = shapeOf(schema)
  if (type === 'object' && !isObject(value)) throw new DomainError('invalid_field', `${field} must be object.`, field)
  if (type !== 'array') return
  if (!Array.isArray(value)) throw new DomainError('invalid_field', `${field} must be array.`, field)
  for (const [i, item] of value.entries()) refuseOtherItem(items ? shapeOf(items) : {}, item, `${field}.${i}`)
}

function refuseOtherItem({ required = [], properties = {} }: Shape, item: unknown, at: string): void {
  if (!isObject(item)) throw new DomainError('invalid_field', `${at} must be object.`, at)
  for (const name of required)
    if (item[name] === undefined)
      throw new DomainError('missing_required_field', `Expected field: ${at}.${name} to be present.`, `${at}.${name}`)
  for (const [name, schema] of Object.entries(properties)) {
    const [value, { type, format }] = [item[name], shapeOf(schema)]
    const fits =
      type === 'object' ? isObject(value) : type !== 'string' || (typeof value === 'string' && (format !== 'objectId' || isId(value)))
    if (value !== undefined && !fits)
      throw new DomainError('invalid_field', `${at}.${name} must be ${format === 'objectId' ? 'an id' : String(type)}.`, `${at}.${name}`)
  }
}

/** Every flow of the integration, as long as any has an open error; otherwise an empty list, which answers 204. */
export async function listErrors(
  ctx: Context,
  { params }: Input<(typeof operations)['listIntegrationErrors']>,
): Promise<Result<(typeof operations)['listIntegrationErrors']>> {
  await mustExist(ctx, 'integrations', params._id)
  const counts = await ctx.store.flowErrors.countByFlow(ctx.caller.envId, params._id)
  return counts.some(({ numError }) => numError > 0) ? counts.map(({ id, ...count }) => ({ _flowId: id, ...count })) : []
}
