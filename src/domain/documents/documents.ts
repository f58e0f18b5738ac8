/** Lists, creates, reads, replaces and removes documents of every type. What differs by type is in rules/. */
import type { ErrorCode } from '../../contract/errors.ts'
import type { Document } from '../../contract/document.ts'
import type { ListOrder } from '../../contract/paging.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { restrictFilters, visibleScope } from '../access/access.ts'
import { readPage } from '../paging.ts'
import { JsonText, type JsonPage } from '../result.ts'
import { hasPreSaveChecks, runPreSaveChecks } from './pre-save-checks.ts'
import { withAdaptorType } from '../rules/adaptor-types.ts'
import { buildChange } from '../audit/audited-changes.ts'
import { DomainError } from '../errors.ts'
import { computeEtag, checkIfMatch } from '../etag.ts'
import type { Context } from '../context.ts'
import { isRunnable, checkRunnable } from '../rules/check-runnable.ts'
import { readPreSave } from './pre-save.ts'
import { projectRecords, parseProjection, toTopLevel } from '../projection.ts'
import { findRule } from '../rules/index.ts'
import { homeEnvironment, saveDocument, type DocumentRows } from './save-document.ts'
import { findUsers, warnAboutUsers } from './still-used.ts'
import type { Doc, Locked } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

type Body = Readonly<Record<string, unknown>>
export interface ListQuery {
  readonly include?: string
  readonly exclude?: string
  readonly limit?: number
  readonly skip?: number
  readonly search?: string
  readonly sort?: ListOrder
  readonly [filter: string]: unknown
}

export async function list(ctx: Context, collection: Collection, query: ListQuery): Promise<JsonPage> {
  const { filters, spelling, ...facts } = resources[collection]
  const projection = parseProjection(query, spelling ?? collection, facts)
  const where = Object.fromEntries(
    filters.flatMap((field: string) =>
      query[field] === undefined
        ? []
        : [[field, field === '_integrationId' && query[field] === 'none' ? null : (query[field] as string | boolean)]],
    ),
  )
  const within = visibleScope(ctx, collection)
  const { search, sort } = query
  const asked = {
    where: restrictFilters(ctx, collection, where),
    ...(within && { within }),
    ...(search !== undefined && { search }),
    ...(sort !== undefined && { sort }),
    ...toTopLevel(projection),
  }
  return readPage(
    query,
    (skip, limit) => ctx.store.documents.page(homeEnvironment(ctx, collection), collection, { ...asked, skip, limit }),
    (found) => projectRecords(found, projection),
  )
}

export async function read(ctx: Context, collection: Collection, id: string): Promise<JsonText> {
  const text = await ctx.store.documents.readText(homeEnvironment(ctx, collection), collection, id)
  if (text === undefined) throw notFound(collection)
  return new JsonText(text)
}

export async function create(ctx: Context, collection: Collection, sent: Body): Promise<JsonText> {
  const typed = await withAdaptorType(ctx, collection, sent)
  const body = hasPreSaveChecks(collection, typed) ? await runPreSaveChecks(ctx, collection, typed, undefined) : typed
  const doc = stampNew(ctx, collection, prepareBody(ctx, collection, body, undefined))
  await checkRunnable(ctx, collection, body, undefined)
  return new JsonText(await saveDocument(ctx, ctx.store, collection, doc, undefined))
}

/** The same as a part of a larger transaction; answers the id. */
export async function createWithin(rows: DocumentRows, ctx: Context, collection: Collection, body: Body): Promise<string> {
  const doc = stampNew(ctx, collection, prepareBody(ctx, collection, body, undefined))
  await saveDocument(ctx, rows, collection, doc, undefined)
  return doc._id
}

function stampNew(ctx: Context, collection: Collection, body: Body): Doc {
  const at = ctx.now().toISOString()
  const home = resources[collection].accountWide ? {} : { _envId: ctx.caller.envId }
  return { ...body, ...ctx.writePolicy.stamp(ctx, collection, body), _id: ctx.newId(), createdAt: at, lastModified: at, ...home }
}

export async function replace(ctx: Context, collection: Collection, id: string, sent: Body): Promise<JsonText> {
  const isLookedAt = isRunnable(collection) || 'preSave' in resources[collection].body.properties
  const old = isLookedAt ? await ctx.store.documents.find(homeEnvironment(ctx, collection), collection, id) : undefined
  const body = await completeBody(ctx, collection, old?.doc, sent)
  if (hasPreSaveChecks(collection, body)) return replaceChecked(ctx, collection, id, () => body)
  if (old) await checkRunnable(ctx, collection, body, old.doc)
  return ctx.store.transaction(async (rows) => replaceWithin(rows, ctx, collection, await lockToChange(rows, ctx, collection, id), body))
}

async function completeBody(ctx: Context, collection: Collection, old: Doc | undefined, sent: Body): Promise<Body> {
  if (!old) return sent
  const kept = await ctx.writePolicy.keep(ctx, collection, old)
  return kept ? { ...kept, ...sent } : withAdaptorType(ctx, collection, sent)
}

async function replaceWithin(rows: DocumentRows, ctx: Context, collection: Collection, before: Locked, body: Body): Promise<JsonText> {
  const doc = await allowReplacement(rows, ctx, collection, before, body)
  return new JsonText(await saveDocument(ctx, rows, collection, doc, before))
}

/** How often a document may change under the code that is asked about it. */
const maxAsked = 3

/** What follows from a change is found out and done with these. */
type FollowingRows = DocumentRows & RowsOf<'dependencies'>

/** A change that is ready to be written. */
interface ReadyChange {
  readonly collection: Collection
  readonly id: string
  /** What the document was when the account's own code was asked about the change. Absent where none is asked. */
  readonly etag?: string
  write(rows: DocumentRows, before: Locked): Promise<JsonText>
}

async function replaceChecked<C extends Collection>(
  ctx: Context,
  collection: C,
  id: string,
  bodyOver: (old: Document<C>) => Body,
): Promise<JsonText> {
  const [saved] = await writeReady(
    ctx,
    async () => [await checkChange(ctx, collection, id, bodyOver)],
    (_rows, written) => Promise.resolve(written),
  )
  return saved as JsonText
}

/** The account's own code says what is stored. It saw the documents as they were: if one has changed meanwhile, it is asked again. */
async function writeReady<T>(
  ctx: Context,
  makeReady: () => Promise<readonly ReadyChange[]>,
  finish: (rows: FollowingRows, written: readonly JsonText[]) => Promise<T>,
): Promise<T> {
  for (let asked = 1; asked <= maxAsked; asked++) {
    const changes = await makeReady()
    const saved = await ctx.store.transaction(async (rows) => {
      const written = await writeUnchanged(rows, ctx, changes)
      return written && { result: await finish(rows, written) }
    })
    if (saved) return saved.result
  }
  throw new DomainError('conflict', 'Others changed the document each time its script had seen it. Send the change again.')
}

/** Undefined, and nothing is written, where one of the documents is another by now. */
async function writeUnchanged(rows: DocumentRows, ctx: Context, changes: readonly ReadyChange[]): Promise<JsonText[] | undefined> {
  const locked: { readonly change: ReadyChange; readonly before: Locked }[] = []
  for (const change of changes) {
    const before = await lockToChange(rows, ctx, change.collection, change.id)
    if (change.etag !== undefined && before.etag !== change.etag) return undefined
    locked.push({ change, before })
  }
  const written: JsonText[] = []
  for (const { change, before } of locked) written.push(await change.write(rows, before))
  return written
}

async function checkChange<C extends Collection>(
  ctx: Context,
  collection: C,
  id: string,
  bodyOver: (old: Document<C>) => Body,
): Promise<ReadyChange> {
  const text = await ctx.store.documents.readText(homeEnvironment(ctx, collection), collection, id)
  if (text === undefined) throw notFound(collection)
  checkIfMatch(ctx.ifMatch, computeEtag(text))
  const old = JSON.parse(text) as Document<C>
  const sent = bodyOver(old)
  const hook = readPreSave(collection, old) && (await ctx.writePolicy.readHookRights(ctx, collection, old, sent))
  // Code of somebody else gets what the caller may save, all of it, and changes that as its owner may.
  const ready = await runPreSaveChecks(ctx, collection, hook ? await previewChange(ctx.store, ctx, collection, old, sent) : sent, old)
  await checkRunnable(ctx, collection, ready, old)
  return {
    collection,
    id,
    etag: computeEtag(text),
    async write(rows, before) {
      if (!hook) return replaceWithin(rows, ctx, collection, before, ready)
      await previewChange(rows, ctx, collection, before.doc, sent)
      return replaceWithin(rows, hook.ctx, collection, before, hook.limit(ready))
    },
  }
}

/** What the caller's change would make of the document, as code of somebody else is shown it. Refuses what the caller may not change. */
const previewChange = async (rows: DocumentRows, ctx: Context, collection: Collection, old: Doc, sent: Body): Promise<Body> =>
  pickBody(collection, await allowReplacement(rows, ctx, collection, { doc: old }, sent))

const allowReplacement = (
  rows: DocumentRows,
  ctx: Context,
  collection: Collection,
  before: Pick<Locked, 'doc'>,
  body: Body,
): Promise<Doc> => ctx.writePolicy.allow(rows, ctx, collection, before.doc, buildReplacement(ctx, collection, body, before))

const buildReplacement = (ctx: Context, collection: Collection, body: Body, before: Pick<Locked, 'doc'>): Doc => ({
  ...readOnlyFields(collection, before.doc),
  ...prepareBody(ctx, collection, body, before.doc),
  _id: before.doc._id,
  createdAt: before.doc.createdAt,
  lastModified: ctx.now().toISOString(),
})

/**
 * Makes a document or replaces it, as part of a larger transaction, which checks the references of all it writes once everything is there. `body` is told what
 * is stored; `made` are fields of a new document that no client sets.
 */
export async function putWithin(
  rows: DocumentRows,
  ctx: Context,
  collection: Collection,
  id: string,
  body: (before: Doc | undefined) => Body,
  made: Body = {},
): Promise<Doc> {
  const before = await rows.documents.lock(homeEnvironment(ctx, collection), collection, id)
  const doc = before
    ? await allowReplacement(rows, ctx, collection, before, body(before.doc))
    : { ...stampNew(ctx, collection, prepareBody(ctx, collection, body(undefined), undefined)), ...made, _id: id }
  await saveDocument(ctx, rows, collection, doc, before, {})
  return doc
}

/** Changes some fields of a document in place: `change` gets the document as stored and answers the fields that are new. */
export async function amend<C extends Collection>(
  ctx: Context,
  collection: C,
  id: string,
  change: (doc: Document<C>) => Body,
): Promise<JsonText> {
  if (await isAskedBeforeSaving(ctx, collection, id))
    return replaceChecked(ctx, collection, id, (old) => amendBody(collection, old, change))
  return ctx.store.transaction((rows) => amendWithin(rows, ctx, collection, id, change))
}

const isAskedBeforeSaving = async (ctx: Context, collection: Collection, id: string): Promise<boolean> => {
  if (!('settings' in resources[collection].body.properties)) return false
  const seen = await ctx.store.documents.find(homeEnvironment(ctx, collection), collection, id)
  return seen !== undefined && hasPreSaveChecks(collection, seen.doc)
}

const amendBody = <D extends Doc>(collection: Collection, old: D, change: (doc: D) => Body): Body => ({
  ...pickBody(collection, old),
  ...change(old),
})

/** A change of some fields of one document. */
export interface Amendment {
  readonly collection: Collection
  readonly id: string
  change(doc: Doc): Body
}

/** Changes some fields of several documents, of all or of none, and does what follows from it in the same transaction. */
export function amendTogether<T>(ctx: Context, amendments: readonly Amendment[], follow: (rows: FollowingRows) => Promise<T>): Promise<T> {
  // In the order of their ids, so that two requests do not wait for each other.
  const inOrder = amendments.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const makeReady = async ({ collection, id, change }: Amendment): Promise<ReadyChange> =>
    (await isAskedBeforeSaving(ctx, collection, id))
      ? checkChange(ctx, collection, id, (old: Doc) => amendBody(collection, old, change))
      : { collection, id, write: (rows, before) => amendLocked(rows, ctx, collection, before, change) }
  const makeAllReady = async (): Promise<readonly ReadyChange[]> => {
    const ready: ReadyChange[] = []
    for (const each of inOrder) ready.push(await makeReady(each))
    return ready
  }
  return writeReady(ctx, makeAllReady, follow)
}

/** The same as a part of a larger transaction. */
export async function amendWithin<C extends Collection>(
  rows: DocumentRows,
  ctx: Context,
  collection: C,
  id: string,
  change: (doc: Document<C>) => Body,
): Promise<JsonText> {
  return amendLocked(rows, ctx, collection, await lockToChange(rows, ctx, collection, id), change)
}

async function amendLocked<D extends Doc>(
  rows: DocumentRows,
  ctx: Context,
  collection: Collection,
  before: Locked<D>,
  change: (doc: D) => Body,
): Promise<JsonText> {
  const { _id, createdAt } = before.doc
  const changes = prepareBody(ctx, collection, change(before.doc), before.doc)
  const doc = { ...before.doc, ...changes, _id, createdAt, lastModified: ctx.now().toISOString() }
  return new JsonText(
    await saveDocument(ctx, rows, collection, await ctx.writePolicy.allow(rows, ctx, collection, before.doc, doc), before, changes),
  )
}

/** To the recycle bin, with what the type's rule takes along. */
export async function remove(ctx: Context, collection: Collection, id: string): Promise<undefined> {
  const users = await ctx.store.transaction(async (rows) => {
    await removeWithin(rows, ctx, collection, id)
    return findUsers(rows, ctx, homeEnvironment(ctx, collection), { collection, id })
  })
  await warnAboutUsers(ctx, collection, users)
  return undefined
}

/** The same as a part of a larger transaction. */
export async function removeWithin(rows: DocumentRows, ctx: Context, collection: Collection, id: string): Promise<void> {
  const { doc } = await lockToChange(rows, ctx, collection, id)
  await ctx.writePolicy.refuseRemoval(rows, ctx, collection, doc)
  await findRule(collection).beforeRemove?.(rows, ctx, id)
  await rows.documents.remove(homeEnvironment(ctx, collection), collection, [id], id)
  await rows.audit.add(homeEnvironment(ctx, collection), [buildChange(ctx, { event: 'delete', collection, before: doc })])
  await ctx.writePolicy.refuseUsedElsewhere(rows, homeEnvironment(ctx, collection), collection, id)
  const { keptWhileUsed } = resources[collection]
  if (keptWhileUsed) await refuseUsed(rows, ctx, collection, id, keptWhileUsed)
  await findRule(collection).afterRemove?.(rows, ctx, id)
}

/** After the removal, which has waited for everyone who was just writing a reference to the document. A refusal takes it back. */
async function refuseUsed(rows: DocumentRows, ctx: Context, collection: Collection, id: string, code: ErrorCode): Promise<void> {
  const used = await rows.documents.findUsed(homeEnvironment(ctx, collection), [{ collection, id }])
  if (used.length === 0) return
  const { name, model } = resources[collection]
  const see = `GET /v1/${collection}/${id}/dependencies`
  throw new DomainError(code, `${model} is in use and stays. \`${see}\` lists what refers to it.`, `_${name}Id`)
}

export const exists = async (ctx: Context, collection: Collection, id: string): Promise<boolean> =>
  (await ctx.store.documents.readText(homeEnvironment(ctx, collection), collection, id)) !== undefined

/** Refuses an id that names no document of the caller's account. */
export async function checkExists(ctx: Context, collection: Collection, id: string): Promise<void> {
  if (!(await exists(ctx, collection, id))) throw notFound(collection)
}

export const notFound = (collection: Collection): DomainError => {
  const { name, model } = resources[collection]
  return new DomainError('not_found', `${model} not found.`, `_${name}Id`)
}

async function lockToChange<C extends Collection>(
  rows: DocumentRows,
  ctx: Context,
  collection: C,
  id: string,
): Promise<Locked<Document<C>>> {
  const entry = await rows.documents.lock(homeEnvironment(ctx, collection), collection, id)
  if (!entry) throw notFound(collection)
  checkIfMatch(ctx.ifMatch, entry.etag)
  return entry
}

const prepareBody = (ctx: Context, collection: Collection, body: Body, before: Doc | undefined): Body =>
  findRule(collection).prepare?.(ctx, body, before) ?? body

/** What a client could have sent of a document. */
function pickBody(collection: Collection, doc: Doc): Body {
  const fields = resources[collection].body.properties as Readonly<Record<string, unknown>>
  return Object.fromEntries(Object.entries(doc).filter(([field]) => field in fields))
}

/** What no client sets survives a replacement. */
function readOnlyFields(collection: Collection, doc: Doc): Body {
  const fields = resources[collection].stored.properties as Readonly<Record<string, { readOnly?: boolean }>>
  return Object.fromEntries(Object.entries(doc).filter(([field]) => fields[field]?.readOnly))
}
