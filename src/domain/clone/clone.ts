/** Clones: reads a closure and writes its copy, in one transaction. Runs no code of anybody's. */
import type { Input } from '../../contract/operation.ts'
import type { clones as operations } from '../../contract/operations/lifecycle/clones.ts'
import type { Document } from '../../contract/document.ts'
import type { Collection } from '../../contract/resources/index.ts'
import { maxName } from '../../contract/shared/schema-helpers.ts'
import { JsonText } from '../result.ts'
import { buildChange } from '../audit/audited-changes.ts'
import { checkExists } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import { recordClonedState } from '../lifecycle/snapshots/lineage.ts'
import { readState } from '../lifecycle/snapshots/integration-state.ts'
import type { Context } from '../context.ts'
import { danglingReferences } from '../references.ts'
import { registerConnections } from '../rules/registered-connections.ts'
import { resolveConnectionMap, resolveTargetEnvironment } from './bindings.ts'
import { findClosureMentions, formatMentionWarning } from './closure-mentions.ts'
import { readClosure } from './dependency-closure.ts'
import { listBoundConnections, buildCopy, listStacks, type Copy, type CopyOptions } from './copy.ts'
import { copyEntries, lockCaches } from '../documents/copy-cache-entries.ts'
import { refuseTools } from './preview.ts'
import type { Doc, Key } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import type { Closure, ClosureRoot } from '../ports/clones.ts'

type Ops = typeof operations
type Part = Input<Ops['cloneExport']>

export async function cloneIntegration(ctx: Context, { params, body }: Input<Ops['cloneIntegration']>): Promise<JsonText> {
  // Told before an environment that is not there: the path comes first.
  await checkExists(ctx, 'integrations', params._id)
  const envId = await resolveTargetEnvironment(ctx, body?._envId)
  const { name, description, _stackId: stackId } = body ?? {}
  return ctx.store.transaction(async (rows) => {
    // Ahead of the closure: what somebody changes in between is in the clone then, and no news to it later.
    const state = await readState(rows, ctx.caller.envId, params._id)
    const closure = await readSource(rows, ctx, 'integrations', params._id)
    const connectionMap = await resolveConnectionMap(rows, closure, body?.connectionMap ?? {}, envId)
    const crossing = envId !== ctx.caller.envId
    if (crossing && stackId === undefined && listStacks(closure).length > 0)
      throw new DomainError(
        'missing_required_field',
        'The integration is served by a stack: name one of the other environment as _stackId.',
        '_stackId',
      )
    const rootFields = {
      name: name ?? cloneName(closure.root.entry.doc.name),
      ...(description !== undefined && { description }),
    }
    const copy = await writeCopy(rows, ctx, closure, envId, {
      connectionMap,
      crossing,
      rootFields,
      ...(stackId !== undefined && { stackId }),
    })
    const [source, clone] = [
      { envId: ctx.caller.envId, integrationId: params._id },
      { envId, integrationId: copy.rootId },
    ] as const
    await rows.clones.recordClone(source, clone, ctx.now().toISOString(), copy.pairs)
    await recordClonedState(rows, source, state, clone)
    return readClone(rows, envId, 'integrations', copy)
  })
}

export async function cloneFlow(ctx: Context, { params, body }: Input<Ops['cloneFlow']>): Promise<JsonText> {
  const integrationId = body?._integrationId
  return ctx.store.transaction(async (rows) => {
    const closure = await readSource(rows, ctx, 'flows', params._id)
    const connectionMap = await resolveConnectionMap(rows, closure, body?.connectionMap ?? {}, ctx.caller.envId)
    const integration = integrationId === undefined ? undefined : await rows.documents.find(ctx.caller.envId, 'integrations', integrationId)
    if (!integration) throw new DomainError('invalid_ref', 'Integration not found for the given id', '_integrationId')
    const flow = closure.root.entry.doc
    const rootFields = {
      ...cloneRootName(closure, body?.name),
      _integrationId: integration.doc._id,
      // Its groups are those of the integration it was in.
      ...(flow._integrationId !== integration.doc._id && { _flowGroupingId: undefined }),
    }
    const wanted = { connectionMap, crossing: false, integrationId: integration.doc._id, rootFields }
    const registered = new Set(integration.doc._registeredConnectionIds)
    const missing = listBoundConnections(closure, connectionMap).filter((id) => !registered.has(id))
    await registerConnections(rows, ctx, integration.doc._id, await filterPresent(rows, ctx, missing))
    return readClone(rows, ctx.caller.envId, 'flows', await writeCopy(rows, ctx, closure, ctx.caller.envId, wanted))
  })
}

export const cloneExport = (ctx: Context, input: Part): Promise<JsonText> => cloneStep(ctx, 'exports', input)
export const cloneImport = (ctx: Context, input: Part): Promise<JsonText> => cloneStep(ctx, 'imports', input)

/** As another version: two at one address would be called as one. */
export async function cloneApi(ctx: Context, { params, body }: Input<Ops['cloneApi']>): Promise<JsonText> {
  const { version, description } = body ?? {}
  return ctx.store.transaction(async (rows) => {
    const closure = await readSource(rows, ctx, 'apis', params._id)
    const { type, version: own = 'v1' } = closure.root.entry.doc as Document<'apis'>
    if (type !== 'builder')
      throw new DomainError('invalid_field', 'Only APIs of the type builder are cloned: make a script API anew.', 'type')
    if (version === undefined) throw new DomainError('missing_required_field', 'Expected field: version to be present.', 'version')
    if (version === own) throw new DomainError('invalid_field', `The API has the version ${own} already: name another one.`, 'version')
    const connectionMap = await resolveConnectionMap(rows, closure, body?.connectionMap ?? {}, ctx.caller.envId)
    const rootFields = { ...cloneRootName(closure, body?.name), version, ...(description !== undefined && { description }) }
    return readClone(
      rows,
      ctx.caller.envId,
      'apis',
      await writeCopy(rows, ctx, closure, ctx.caller.envId, { connectionMap, crossing: false, rootFields }),
    )
  })
}

async function cloneStep(ctx: Context, collection: 'exports' | 'imports', { params, body }: Part): Promise<JsonText> {
  return ctx.store.transaction(async (rows) => {
    const closure = await readSource(rows, ctx, collection, params._id)
    const connectionMap = await resolveConnectionMap(rows, closure, body?.connectionMap ?? {}, ctx.caller.envId)
    const wanted = { connectionMap, crossing: false, rootFields: cloneRootName(closure, body?.name) }
    return readClone(rows, ctx.caller.envId, collection, await writeCopy(rows, ctx, closure, ctx.caller.envId, wanted))
  })
}

const cloneRootName = ({ root }: Closure, name: string | undefined): { name: string } => ({
  name: name ?? cloneName(root.entry.doc.name),
})

/** Registering a connection that is gone would be a reference to nowhere. */
const filterPresent = async (rows: RowsOf<'clones'>, ctx: Context, connections: readonly string[]): Promise<readonly string[]> =>
  connections.length === 0 ? [] : [...(await rows.clones.readConnectionTypes(ctx.caller.envId, connections)).keys()]

async function readSource(rows: RowsOf<'apps' | 'clones'>, ctx: Context, collection: ClosureRoot, id: string): Promise<Closure> {
  const closure = await readClosure(rows, ctx.caller.envId, collection, id)
  refuseTools(closure)
  await refuseApp(rows, ctx, collection, closure.root.entry.doc)
  return closure
}

/** A copy would be without its licence and its publisher's code. */
export async function refuseApp(rows: RowsOf<'apps'>, ctx: Context, collection: ClosureRoot, doc: Doc): Promise<void> {
  const integration = collection === 'integrations' ? doc._id : doc._integrationId
  if (doc._connectorId === undefined || integration === undefined) return
  if (await rows.apps.find(ctx.caller.envId, integration))
    throw new DomainError('app_resource_locked', 'What belongs to an Integration App is installed with it, and not cloned.', '_connectorId')
}

type Choice = Omit<CopyOptions, 'envId' | 'userId' | 'at' | 'newId' | 'absent'>

async function writeCopy(
  rows: RowsOf<'audit' | 'clones' | 'documents'>,
  ctx: Context,
  source: Closure,
  envId: string,
  choice: Choice,
): Promise<Copy> {
  const { members, caches } = await lockCaches(rows, ctx.caller.envId, source.members)
  const closure = { root: source.root, members }
  const passes: CopyOptions = { ...choice, envId, userId: ctx.caller.userId, at: ctx.now().toISOString(), newId: ctx.newId }
  let copy = buildCopy(closure, passes)
  let absent = await rows.clones.insert(envId, copy.documents, copy.needed)
  if (absent.length > 0 && !absent.some((key) => isChosen(key, choice))) {
    // The source refers to what was deleted meanwhile: its copy does without.
    copy = buildCopy(closure, { ...passes, absent: new Set(absent.map(({ id }) => id)) })
    absent = await rows.clones.insert(envId, copy.documents, copy.needed)
  }
  if (absent.length > 0) throw danglingReferences(absent.map((key) => ({ ...key, path: findRequestField(key, choice) })))
  await rows.audit.add(
    envId,
    copy.documents.map(({ collection, entry }) => buildChange(ctx, { event: 'create', collection, after: entry.doc })),
  )
  const ids = new Map(copy.pairs.map(({ sourceId, targetId }) => [sourceId, targetId]))
  await copyEntries(rows, caches, ids, ctx.caller.envId, envId)
  const warning = formatMentionWarning(findClosureMentions(closure))
  if (warning !== undefined) ctx.warn?.(warning)
  return copy
}

/** What the caller named must be there. */
const isChosen = (key: Key, { connectionMap, stackId }: Choice): boolean =>
  key.id === stackId || [...connectionMap.values()].includes(key.id) || key.collection === 'integrations'

function findRequestField({ id }: Key, { connectionMap, stackId }: Choice): string {
  if (id === stackId) return '_stackId'
  const mapped = [...connectionMap].find(([, target]) => target === id)
  return mapped ? `connectionMap.${mapped[0]}` : '_id'
}

async function readClone(rows: RowsOf<'documents'>, envId: string, collection: Collection, { rootId }: Copy): Promise<JsonText> {
  const text = await rows.documents.readText(envId, collection, rootId)
  if (text === undefined) throw new Error('a clone that was just written is gone')
  return new JsonText(text)
}

/** Within the bound of names, so that a clone can be saved again. */
const cloneName = (of: unknown): string => `Clone - ${of as string}`.slice(0, maxName).toWellFormed()
