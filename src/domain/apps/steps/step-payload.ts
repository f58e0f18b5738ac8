/** Reads what a person submits for a step, by the type of the step, and what the step's function is called with. */
import type { ConnectionDocument, Unchecked } from '../../../contract/document.ts'
import { canAddToIntegration } from '../../access/access.ts'
import { resources } from '../../../contract/resources/index.ts'
import type { AppStep } from '../../../contract/resources/integration/lifecycle.ts'
import { isObject } from '../../../contract/walk.ts'
import { DomainError } from '../../errors.ts'
import { checkWorks, checkUnsavedWorks } from '../../on-request/pings.ts'
import type { Context } from '../../context.ts'
import { findReferences } from '../../references.ts'
import { registerConnections } from '../../rules/registered-connections.ts'
import { listEditionFlows, findEdition } from '../../app-rights/editions.ts'
import type { Work } from '../../app-code/app-functions.ts'
import { installPackage } from '../template/install-package.ts'
import { buildForm } from './step.ts'
import { checkSubmission } from './submission.ts'
import type { Doc } from '../../ports/document.ts'

export interface StepBody {
  readonly _connectionId?: string
  readonly connection?: Readonly<Record<string, unknown>>
  readonly formSubmission?: Readonly<Record<string, unknown>>
  readonly _stackId?: string
  readonly _editionId?: string
  /** Of the code that whoever takes the step has seen. */
  readonly sha256?: string
}

interface StepPayload {
  /** Of the step, once it is completed. */
  readonly fields: object
  /** For its function. */
  readonly options: object
}

type ReadPayload = (ctx: Context, work: Work, step: AppStep, sent: StepBody, at: string) => Promise<StepPayload>

const readNothing: ReadPayload = async () => ({ fields: {}, options: {} })

const payloadReaders: Readonly<Record<string, ReadPayload>> = {
  async connection(ctx, work, step, sent) {
    const source: SourceConnection = step.sourceConnection ?? {}
    const connection = await resolveConnection(ctx, work, source, sent)
    const _connectionId = connection._id
    const { integrationId, envId } = work.app.installation
    await ctx.store.transaction(async (rows) => {
      const { _id: sourceId } = source
      if (typeof sourceId === 'string')
        await rows.clones.addPairs({ envId, integrationId }, [{ collection: 'connections', sourceId, targetId: _connectionId }])
      await registerConnections(rows, ctx, integrationId, [_connectionId])
    })
    return { fields: { _connectionId }, options: { _connectionId } }
  },
  async form(_ctx, work, step, { formSubmission }, at) {
    if (formSubmission === undefined) throw missing('formSubmission')
    checkSubmission(await buildForm(work, step, at), formSubmission)
    return { fields: {}, options: { formSubmission } }
  },
  async template_zip(ctx, work) {
    const { app } = work
    const edition = findEdition(app.connector, app.installation.editionId)
    await ctx.store.transaction((rows) => installPackage(rows, ctx, app, listEditionFlows(edition, app.parent !== undefined)))
    return { fields: {}, options: {} }
  },
  async stack(ctx, _work, _step, { _stackId }) {
    if (_stackId === undefined) throw missing('_stackId')
    const found = await ctx.store.documents.find(ctx.caller.envId, 'stacks', _stackId)
    if (!found || !(await canAddToIntegration(ctx, ctx.store, { collection: 'stacks', id: _stackId })))
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

export const readPayload: ReadPayload = (ctx, work, step, sent, at) =>
  (payloadReaders[step.type ?? ''] ?? readNothing)(ctx, work, step, sent, at)

const missing = (field: string): DomainError => new DomainError('missing_required_field', `Expected field: ${field} to be present.`, field)

/** What the app says of a connection, as it wrote it. */
type SourceConnection = Unchecked<ConnectionDocument> & Readonly<Record<string, unknown>>

/** Whoever fills in a connection says where it leads; how it is tried the app knows. */
function withPing(sent: Record<string, unknown>, known: SourceConnection): Record<string, unknown> {
  const type = String(known.type)
  const [block, filled] = [known[type], sent[type]]
  const { ping } = isObject(block) ? block : { ping: undefined }
  return ping !== undefined && isObject(filled) ? { ...sent, [type]: { ping, ...filled } } : sent
}

/** What the person who takes the step refers to, and may. */
async function findAllowedIds(ctx: Context, connection: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const references = findReferences(resources.connections.body, connection)
  const may = await Promise.all(references.map((reference) => canAddToIntegration(ctx, ctx.store, reference)))
  return references.flatMap(({ id }, place) => (may[place] ? [id] : []))
}

/** The one that was chosen, or a new one over what the app says of it. Either has to answer its ping before anything is made of it. */
async function resolveConnection(ctx: Context, work: Work, source: SourceConnection, sent: StepBody): Promise<Doc> {
  const { _id, ...model } = source
  if (sent.connection) {
    const { integrationId } = work.app.installation
    const body = { name: 'Connection', ...model, ...withPing(sent.connection, model), _integrationId: integrationId }
    await checkUnsavedWorks(ctx, body, 'connection')
    const { asApp } = work
    const app = asApp.app && { ...asApp.app, named: await findAllowedIds(ctx, sent.connection) }
    return (await ctx.integratorApi({ ...asApp, ...(app && { app }) })('connections.create', [body])) as Doc
  }
  if (sent._connectionId === undefined) throw missing('_connectionId')
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'connections', sent._connectionId)
  if (!entry || !(await canAddToIntegration(ctx, ctx.store, { collection: 'connections', id: sent._connectionId })))
    throw new DomainError('invalid_ref', `There is no connection ${sent._connectionId}.`, '_connectionId')
  const type = typeof model.type === 'string' ? model.type : undefined
  if (type !== undefined && entry.doc.type !== type)
    throw new DomainError(
      'invalid_ref',
      `The step takes a connection of type ${type}, and this one is of type ${entry.doc.type}.`,
      '_connectionId',
    )
  await checkWorks(ctx, entry, '_connectionId')
  return entry.doc
}
