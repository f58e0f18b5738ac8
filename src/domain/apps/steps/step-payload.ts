/** What a step takes from the person who takes it, by its type, and what its function gets of that. */
import { mayDrawIn } from '../../access/access.ts'
import { resources } from '../../../contract/resources/index.ts'
import { isObject } from '../../../contract/walk.ts'
import { DomainError } from '../../errors.ts'
import { mustWork, mustWorkUnsaved } from '../../on-request/pings.ts'
import type { Context } from '../../context.ts'
import { referencesOf } from '../../references.ts'
import { registerUsed } from '../../rules/registered-connections.ts'
import { flowsFor, editionOf } from '../../app-rights/editions.ts'
import type { Work } from '../../app-code/app-functions.ts'
import { installPackage } from '../template/install-package.ts'
import { formOf, type Step } from './step.ts'
import { checkSubmission } from './submission.ts'
import type { Doc } from '../../ports/document.ts'

export interface Sent {
  readonly _connectionId?: string
  readonly connection?: Readonly<Record<string, unknown>>
  readonly formSubmission?: Readonly<Record<string, unknown>>
  readonly _stackId?: string
  readonly _editionId?: string
  /** Of the code that whoever takes the step has seen. */
  readonly sha256?: string
}

export interface Taken {
  /** Of the step, once it is completed. */
  readonly fields: object
  /** For its function. */
  readonly options: object
}

type Take = (ctx: Context, work: Work, step: Step, sent: Sent, at: string) => Promise<Taken>

const nothing: Take = async () => ({ fields: {}, options: {} })

const kinds: Readonly<Record<string, Take>> = {
  async connection(ctx, work, step, sent) {
    const source = isObject(step['sourceConnection']) ? step['sourceConnection'] : {}
    const connection = await connectionOf(ctx, work, source, sent)
    const _connectionId = connection._id
    const { integrationId, envId } = work.app.installation
    await ctx.store.transaction(async (rows) => {
      if (typeof source['_id'] === 'string')
        await rows.clones.addPairs({ envId, integrationId }, [
          { collection: 'connections', sourceId: source['_id'], targetId: _connectionId },
        ])
      await registerUsed(rows, ctx, integrationId, [_connectionId])
    })
    return { fields: { _connectionId }, options: { _connectionId } }
  },
  async form(_ctx, work, step, { formSubmission }, at) {
    if (formSubmission === undefined) throw missing('formSubmission')
    checkSubmission(await formOf(work, step, at), formSubmission)
    return { fields: {}, options: { formSubmission } }
  },
  async template_zip(ctx, work) {
    const { app } = work
    const edition = editionOf(app.connector, app.installation.editionId)
    await ctx.store.transaction((rows) => installPackage(rows, ctx, app, flowsFor(edition, app.parent !== undefined)))
    return { fields: {}, options: {} }
  },
  async stack(ctx, _work, _step, { _stackId }) {
    if (_stackId === undefined) throw missing('_stackId')
    const found = await ctx.store.documents.find(ctx.caller.envId, 'stacks', _stackId)
    if (!found || !(await mayDrawIn(ctx, ctx.store, { collection: 'stacks', id: _stackId })))
      throw new DomainError('invalid_ref', `There is no stack ${_stackId}.`, '_stackId')
    return { fields: { _stackId }, options: { _stackId } }
  },
  async edition(_ctx, { app }, _step, { _editionId }) {
    const own = app.license?.editionId ?? app.installation.editionId
    if (_editionId !== undefined && _editionId !== own)
      throw new DomainError('invalid_ref', `The licence is not for the edition ${_editionId}.`, '_editionId')
    return { fields: {}, options: { _editionId: own } }
  },
}

export const payloadOf: Take = (ctx, work, step, sent, at) => (kinds[step.type ?? ''] ?? nothing)(ctx, work, step, sent, at)

const missing = (field: string): DomainError => new DomainError('missing_required_field', `Expected field: ${field} to be present.`, field)

/** Whoever fills in a connection says where it leads; how it is tried the app knows. */
function withPing(sent: Record<string, unknown>, known: Record<string, unknown>): Record<string, unknown> {
  const type = String(known['type'])
  const [block, filled] = [known[type], sent[type]]
  const ping = isObject(block) ? block['ping'] : undefined
  return ping !== undefined && isObject(filled) ? { ...sent, [type]: { ping, ...filled } } : sent
}

/** What the person who takes the step refers to, and may. */
async function namedIn(ctx: Context, connection: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const references = referencesOf(resources.connections.body, connection)
  const may = await Promise.all(references.map((reference) => mayDrawIn(ctx, ctx.store, reference)))
  return references.flatMap(({ id }, place) => (may[place] ? [id] : []))
}

/** The one that was chosen, or a new one over what the app says of it. Either has to answer its ping before anything is made of it. */
async function connectionOf(ctx: Context, work: Work, source: Record<string, unknown>, sent: Sent): Promise<Doc> {
  const { _id, ...model } = source
  if (sent.connection) {
    const { integrationId } = work.app.installation
    const body = { name: 'Connection', ...model, ...withPing(sent.connection, model), _integrationId: integrationId }
    await mustWorkUnsaved(ctx, body, 'connection')
    const { asApp } = work
    const app = asApp.app && { ...asApp.app, named: await namedIn(ctx, sent.connection) }
    return (await ctx.integratorApi({ ...asApp, ...(app && { app }) })('connections.create', [body])) as Doc
  }
  if (sent._connectionId === undefined) throw missing('_connectionId')
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'connections', sent._connectionId)
  if (!entry || !(await mayDrawIn(ctx, ctx.store, { collection: 'connections', id: sent._connectionId })))
    throw new DomainError('invalid_ref', `There is no connection ${sent._connectionId}.`, '_connectionId')
  const type = typeof model['type'] === 'string' ? model['type'] : undefined
  if (type !== undefined && entry.doc['type'] !== type)
    throw new DomainError(
      'invalid_ref',
      `The step takes a connection of type ${type}, and this one is of type ${String(entry.doc['type'])}.`,
      '_connectionId',
    )
  await mustWork(ctx, entry, '_connectionId')
  return entry.doc
}
