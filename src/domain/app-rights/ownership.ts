/** Separates what users may change in the documents of an Integration App from what only the app may change. */
import { isDeepStrictEqual } from 'node:util'
import type { AnyBody } from '../../contract/document.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { findReferences } from '../references.ts'
import type { Doc, Reference } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

/** What users change. Connections are theirs altogether: they hold their credentials. */
const exposed: Readonly<Record<string, readonly string[]>> = {
  integrations: ['name', 'description', 'readme', 'tag', 'settings', 'iLMIgnore'],
  flows: ['disabled', 'schedule', 'timezone', 'settings'],
  exports: ['settings'],
  imports: ['settings', 'mapping', 'mappings'],
}
/** Change with every write. */
const stamped: readonly string[] = ['_id', 'createdAt', 'lastModified', '_envId']
const stamps = ['_connectorId', '_integrationId'] as const

/** Types whose documents an app uses where its publisher has them. */
export const publishersOwn: ReadonlySet<string> = new Set<Collection>(['scripts', 'stacks', 'connectors'])

type Body = AnyBody

const storedFields = (collection: Collection): Readonly<Record<string, unknown>> => resources[collection].stored.properties

/** On what an app makes. */
export function stampAppFields({ app }: Context, collection: Collection, body: Body): Body {
  const fields = storedFields(collection)
  if (!app || collection === 'integrations') return {}
  return {
    ...('_connectorId' in fields && { _connectorId: app.connectorId }),
    ...('_integrationId' in fields && { _integrationId: body._integrationId ?? app.integrationIds[0] }),
  }
}

/** The document as the change leaves it: what users may not set stays as it was where it is left out, and is refused where it is another. */
export async function enforceAppOwnership(
  rows: RowsOf<'apps' | 'documents'>,
  ctx: Context,
  collection: Collection,
  before: Doc,
  after: Doc,
): Promise<Doc> {
  if (before._connectorId === undefined) return after
  const kept = Object.fromEntries(stamps.filter((field) => before[field] !== undefined).map((field) => [field, before[field]]))
  if (ctx.app) return { ...after, ...kept }
  if (!(await isAppDocument(rows, ctx, collection, before))) return after
  if (collection === 'connections') return { ...after, ...kept }
  const open = exposed[collection] ?? []
  const differs = (field: string): boolean => !isDeepStrictEqual(before[field], after[field])
  const locked = Object.keys(after).find((field) => !open.includes(field) && !stamped.includes(field) && differs(field))
  if (locked !== undefined) throw lockedField(collection, locked, open)
  if (open.some(differs)) await checkNoUpdateRuns(rows, ctx, collection, before)
  const changed = Object.fromEntries(open.filter((field) => after[field] !== undefined).map((field) => [field, after[field]]))
  const rest = Object.fromEntries(Object.entries(before).filter(([field]) => !open.includes(field)))
  return { ...rest, ...changed, lastModified: after.lastModified } as Doc
}

export async function refuseRemovalFromApp(rows: RowsOf<'apps'>, ctx: Context, collection: Collection, doc: Doc): Promise<void> {
  if (doc._connectorId === undefined || ctx.app || collection === 'connections' || !(await isAppDocument(rows, ctx, collection, doc)))
    return
  const { model } = resources[collection]
  throw new DomainError(
    'app_resource_locked',
    `${model} belongs to an Integration App and goes with it: POST /v1/integrations/{_id}/uninstall.`,
    '_connectorId',
  )
}

/** The references of a document to be stored that have to lead to something. */
export const findCheckedReferences = (ctx: Context, collection: Collection, before: Doc | undefined, sent: Body): readonly Reference[] =>
  selectChecked(ctx, collection, before, findReferences(resources[collection].body, sent))

/** Not those that were in an app's document before, nor those of an app to its publisher's scripts and stacks. */
export function selectChecked(
  { app }: Context,
  collection: Collection,
  before: Doc | undefined,
  found: readonly Reference[],
): readonly Reference[] {
  if (app) return found.filter((each) => !publishersOwn.has(each.collection))
  if (before?._connectorId === undefined) return found
  const known = findReferences(resources[collection].stored, before)
  return found.filter((each) => !known.some(({ path, id }) => path === each.path && id === each.id))
}

const integrationIdOf = (collection: Collection, doc: Doc): string | undefined =>
  collection === 'integrations' ? doc._id : doc._integrationId

async function isAppDocument(rows: RowsOf<'apps'>, ctx: Context, collection: Collection, doc: Doc): Promise<boolean> {
  const id = integrationIdOf(collection, doc)
  const installation = id === undefined ? undefined : await rows.apps.find(ctx.caller.envId, id)
  return installation?.connectorId === doc._connectorId
}

async function checkNoUpdateRuns(rows: RowsOf<'documents'>, ctx: Context, collection: Collection, doc: Doc): Promise<void> {
  const id = integrationIdOf(collection, doc) ?? ''
  const integration = await rows.documents.find(ctx.caller.envId, 'integrations', id)
  if (integration?.doc.updateInProgress)
    throw new DomainError('update_in_progress', 'The Integration App is being updated. Its settings and mappings are locked meanwhile.')
}

function lockedField(collection: Collection, field: string, open: readonly string[]): DomainError {
  const what = open.length > 0 ? `only ${open.join(', ')} can be changed` : 'nothing of it can be changed'
  return new DomainError('app_resource_locked', `${resources[collection].model} belongs to an Integration App: ${what}.`, field)
}
