/** Flows and APIs lie in groups of their integration: one that names a group has to be in the integration that has it, and leaves it when the group goes. */
import type { IntegrationDocument } from '../../contract/document.ts'
import { resources } from '../../contract/resources/index.ts'
import { buildChange } from '../audit/audited-changes.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { findReferences } from '../references.ts'
import type { Doc } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

const kinds = { flow: { collection: 'flows', name: 'flow' }, api: { collection: 'apis', name: 'API' } } as const
type Kind = keyof typeof kinds

/** A flow or an API. */
interface Member extends Doc {
  readonly _flowGroupingId?: string
  readonly _apiGroupingId?: string
}

export async function checkGroup(
  rows: RowsOf<'documents'>,
  ctx: Context,
  doc: Member,
  what: Kind,
  before: Member | undefined,
): Promise<void> {
  const field = `_${what}GroupingId` as const
  const { [field]: group } = doc
  // One that was taken away while the document was being saved must not keep everybody from changing it.
  const isAsBefore = before?.[field] === group && before?._integrationId === doc._integrationId
  if (group === undefined || isAsBefore || (await hasGroup(rows, ctx, doc, what))) return
  const { name } = kinds[what]
  throw new DomainError('invalid_ref', `The ${name}'s integration has no ${name} grouping ${group}.`, field)
}

async function hasGroup(rows: RowsOf<'documents'>, ctx: Context, doc: Member, what: Kind): Promise<boolean> {
  const { _integrationId: integration } = doc
  // Locked: who takes the group away at this moment either waits and then finds this member, or is waited for.
  const found = integration !== undefined ? await rows.documents.lock(ctx.caller.envId, 'integrations', integration) : undefined
  const group = doc[`_${what}GroupingId`]
  return found !== undefined && group !== undefined && listGroupIds(found.doc, what).includes(group)
}

const listGroupIds = (integration: IntegrationDocument, what: Kind): readonly string[] =>
  (integration[`${what}Groupings`] ?? []).flatMap(({ _id }) => _id ?? [])

/** Documents that one statement reads. */
const perStep = 500

/** The members of groups that an integration has no more stay in it without a group. */
export async function leaveGoneGroups(
  rows: RowsOf<'documents'>,
  ctx: Context,
  doc: IntegrationDocument,
  before: IntegrationDocument,
): Promise<void> {
  for (const what of Object.keys(kinds) as Kind[]) {
    const kept = listGroupIds(doc, what)
    const gone = listGroupIds(before, what).filter((id) => !kept.includes(id))
    const where = { _integrationId: doc._id, [`_${what}GroupingId`]: gone }
    const members = async (): Promise<readonly string[]> =>
      gone.length === 0
        ? []
        : rows.documents.page(ctx.caller.envId, kinds[what].collection, { where, only: ['_id'], skip: 0, limit: perStep })
    for (let found = await members(); found.length > 0; found = await members())
      for (const text of found) await leaveGroup(rows, ctx, what, (JSON.parse(text) as Doc)._id)
  }
}

/** What comes back from the recycle bin after its group went comes back without one. */
export async function leaveUnknownGroup(rows: RowsOf<'documents'>, ctx: Context, collection: string, doc: Member): Promise<void> {
  const what = (Object.keys(kinds) as Kind[]).find((each) => kinds[each].collection === collection)
  if (what && doc[`_${what}GroupingId`] !== undefined && !(await hasGroup(rows, ctx, doc, what))) await leaveGroup(rows, ctx, what, doc._id)
}

async function leaveGroup(rows: RowsOf<'documents'>, ctx: Context, what: Kind, id: string): Promise<void> {
  const { collection } = kinds[what]
  const before = await rows.documents.lock(ctx.caller.envId, collection, id)
  if (!before) return
  const member: Member = before.doc
  const { _flowGroupingId: _flow, _apiGroupingId: _api, ...rest } = member
  const doc = { ...rest, lastModified: ctx.now().toISOString() }
  const references = { all: findReferences(resources[collection].stored, doc), checked: [] }
  const change = buildChange(ctx, { event: 'update', collection, before: before.doc, after: doc })
  await rows.documents.write(ctx.caller.envId, collection, { doc, secrets: before.secrets }, references, 'replacement', change)
}
