/** The recycle bin: lists it, restores from it, and empties it. Environments, shares and users do not go there. A share keeps an integration that is in the bin, and opens nothing of it until it is restored (store/membership.ts). */
import type { Input, Result } from '../../contract/operation.ts'
import { binDays, type recycleBin as operations } from '../../contract/operations/documents/recycle-bin.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { membershipRules } from '../access/membership.ts'
import { readPage } from '../paging.ts'
import type { JsonPage } from '../result.ts'
import { buildChange } from '../audit/audited-changes.ts'
import { DomainError } from '../errors.ts'
import type { Context, World } from '../context.ts'
import type { Binned } from '../ports/recycle-bin.ts'
import { registerToUsers } from '../rules/registered-connections.ts'
import { leaveUnknownGroup } from '../rules/grouping.ts'
import type { Doc, Key } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import { excludeKeys, formatKey } from '../keys.ts'

type Ops = typeof operations

const collections = (Object.keys(resources) as Collection[]).filter((collection) => !resources[collection].accountWide)

export async function listRecycleBin(ctx: Context, { query }: Input<Ops['listRecycleBin']>): Promise<JsonPage> {
  return readPage(
    query,
    (skip, limit) => ctx.store.recycleBin.page(ctx.caller.envId, listCollections(query.type), skip, limit),
    (found) => found.map(({ collection, text }) => `{"model":${JSON.stringify(resources[collection as Collection].model)},"doc":${text}}`),
  )
}

/** A type that nobody knows has nothing in the bin. */
function listCollections(type: string | undefined): readonly Collection[] {
  if (type === undefined || type === '') return collections
  const wanted = type.toLowerCase()
  return collections.filter((collection) => [collection, resources[collection].name.toLowerCase()].includes(wanted))
}

/** What a document merely runs after or has registered does not come back with it: it does without. */
const skippedFields = [...membershipRules.unless, '_registeredConnectionIds']

export async function restoreFromRecycleBin(
  ctx: Context,
  { params }: Input<Ops['restoreFromRecycleBin']>,
): Promise<Result<Ops['restoreFromRecycleBin']>> {
  const key = toKey(params)
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const found = (await rows.recycleBin.restore(envId, key, skippedFields)) as readonly Restored[]
    if (found.length === 0) throw notInBin()
    const restored = await returnUnusable(rows, ctx, key, found)
    await rows.audit.add(
      envId,
      restored.map(({ collection, doc }) => buildChange(ctx, { event: 'restore', collection, before: doc, after: doc })),
    )
    for (const { collection, doc } of restored) if (collection === 'connections') await registerToUsers(rows, ctx, doc._id)
    for (const { collection, doc } of restored) await leaveUnknownGroup(rows, ctx, collection, doc)
    const missing = await findMissing(rows, ctx, restored)
    return restored.map(({ collection, doc }) => ({
      model: resources[collection].model,
      _id: doc._id,
      ...(typeof doc.name === 'string' && { name: doc.name }),
      ...(missing.has(doc) && { missing: missing.get(doc) as Missing[] }),
    }))
  })
}

/** What merely came along and is not to be used goes back. */
async function returnUnusable(
  rows: RowsOf<'apps' | 'clones' | 'documents'>,
  ctx: Context,
  asked: Key,
  restored: readonly Restored[],
): Promise<readonly Restored[]> {
  const unusable = await ctx.writePolicy.findUnusable(rows, ctx, asked, restored)
  const isUnusable = ({ doc }: Restored): boolean => unusable.includes(doc)
  for (const { collection, doc } of restored.filter(isUnusable))
    await rows.documents.remove(ctx.caller.envId, collection, [doc._id], doc._id)
  return restored.filter((each) => !isUnusable(each))
}

type Restored = Binned & { collection: Collection }
interface Missing {
  field: string
  model: string
  _id: string
}

const modelOf = (collection: string): string => (collection in resources ? resources[collection as Collection].model : collection)

/** What documents refer to and is gone for good: their users have to name another. */
async function findMissing(rows: RowsOf<'documents'>, ctx: Context, restored: readonly Restored[]): Promise<ReadonlyMap<Doc, Missing[]>> {
  const referring = restored.map(({ collection, doc }) => ({ doc, references: ctx.writePolicy.findChecked(ctx, collection, doc, doc) }))
  const keys = referring.flatMap(({ references }) => references)
  const absent = new Set(excludeKeys(keys, await rows.documents.filterPresent(ctx.caller.envId, keys)).map(formatKey))
  const missing = referring.map(({ doc, references }) => {
    const gone = references.filter((reference) => absent.has(formatKey(reference)))
    return [doc, gone.map(({ path, collection, id }) => ({ field: path, model: modelOf(collection), _id: id }))] as const
  })
  return new Map(missing.filter(([, told]) => told.length > 0))
}

/** Steps of sweeping that follow a purge at once; what is left after them is swept up minute by minute. */
const stepBatch = 20

export async function purgeFromRecycleBin(ctx: Context, { params }: Input<Ops['purgeFromRecycleBin']>): Promise<undefined> {
  const key = toKey(params)
  const { envId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    const purged = (await rows.recycleBin.purge(envId, key)) as readonly Restored[]
    if (purged.length === 0) throw notInBin()
    await rows.audit.add(
      envId,
      purged.map(({ collection, doc }) => buildChange(ctx, { event: 'purge', collection, before: doc, after: doc })),
    )
  })
  for (let step = 0; step < stepBatch && (await sweepLeftovers(ctx)); step++);
  return undefined
}

function toKey({ resourceType, _id }: { resourceType: string; _id: string }): Key {
  const collection = collections.find((each) => each === resourceType.toLowerCase())
  if (collection === undefined) throw notInBin()
  return { collection, id: _id }
}

const notInBin = (): DomainError => new DomainError('not_found', 'There is no such document in the recycle bin.', '_id')

/** Rows of each kind that one step removes: a few hundred milliseconds. */
const rowsPerStep = 10_000
const sweepLeftovers = ({ store }: Pick<World, 'store'>): Promise<boolean> =>
  store.transaction((rows) => rows.recycleBin.sweep(rowsPerStep))

const dayMs = 24 * 60 * 60_000
/** Documents that one statement purges. */
const documentsPerStep = 500
/** The schedules wait for it: what does not get done in this time is done in the next minute. Milliseconds. */
const emptyingMs = 5000

/** Once a minute, by one of all workers: purges what has been in the bin for long enough, and sweeps up after all that was purged. */
export async function emptyBin(world: World): Promise<void> {
  const end = performance.now() + emptyingMs
  const isTime = (): boolean => performance.now() < end
  const before = new Date(world.now().getTime() - binDays * dayMs).toISOString()
  while (isTime() && (await world.store.recycleBin.purgeExpired(before, documentsPerStep)) === documentsPerStep);
  while (isTime() && (await sweepLeftovers(world)));
}
