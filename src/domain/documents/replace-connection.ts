/** Puts a connection in the place of another one: in one step, or in all steps of a flow at once. */
import type { ImportDocument } from '../../contract/document.ts'
import type { Input } from '../../contract/operation.ts'
import type { connectionReplacement as operations } from '../../contract/operations/documents/connection-replacement.ts'
import { maxSteps } from '../../contract/operations/flows/descendants.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { canAddToIntegration, filterVisible } from '../access/access.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { checkIfMatch, computeEtag } from '../etag.ts'
import type { Doc, Key } from '../ports/document.ts'
import { danglingReferences } from '../references.ts'
import type { JsonText } from '../result.ts'
import { listConnectionTypes, type StepCollection } from '../rules/adaptor-types.ts'
import { stopFlows } from '../rules/flow.ts'
import { amendTogether, notFound, read } from './documents.ts'

type Ops = typeof operations
type StepInput = Input<Ops['replaceExportConnection']>

interface Step {
  readonly collection: StepCollection
  readonly doc: Doc
}

/** Flows of one step whose runs are ended at the most; a step that more use is changed for all of them all the same. */
const maxFlows = 1000
/** Flows that a warning names. */
const maxNamed = 5

export const replaceExportConnection = (ctx: Context, input: StepInput): Promise<JsonText> => replaceInStep(ctx, 'exports', input)
export const replaceImportConnection = (ctx: Context, input: StepInput): Promise<JsonText> => replaceInStep(ctx, 'imports', input)

async function replaceInStep(ctx: Context, collection: StepCollection, { params, body }: StepInput): Promise<JsonText> {
  const doc = await readAsked(ctx, collection, params._id)
  const [from, to] = [doc._connectionId, body._newConnectionId]
  if (from !== to) {
    await checkFits(ctx, [{ collection, doc }], from, to)
    await replaceInSteps(ctx, [{ collection, doc }], () => ({ _connectionId: to }))
  }
  return read(ctx, collection, params._id)
}

export async function replaceFlowConnection(ctx: Context, { params, body }: Input<Ops['replaceFlowConnection']>): Promise<JsonText> {
  const { _connectionId: from, _newConnectionId: to } = body
  const flow = await readAsked(ctx, 'flows', params._id)
  const steps = (await readSteps(ctx, flow._id)).filter(({ doc }) => goesOver(doc, from))
  await checkFits(ctx, steps, from, to)
  if (steps.length === 0) {
    if (!(await findConnection(ctx, from))) throw danglingReferences([{ path: '_connectionId', collection: 'connections', id: from }])
    ctx.warn?.(`No step of the flow goes over the connection ${from}: nothing was changed.`)
  } else if (from !== to) {
    // What If-Match names is the flow, which stays as it is.
    const { ifMatch: _ofFlow, ...forSteps } = ctx
    const others = (await replaceInSteps(forSteps, steps, (doc) => rebind(doc, from, to))).filter(({ id }) => id !== flow._id)
    await warnAboutFlows(ctx, others)
  }
  return read(ctx, 'flows', params._id)
}

/** The document of the path, which `If-Match` speaks of. */
async function readAsked(ctx: Context, collection: Collection, id: string): Promise<Doc> {
  const text = await ctx.store.documents.readText(ctx.caller.envId, collection, id)
  if (text === undefined) throw notFound(collection)
  checkIfMatch(ctx.ifMatch, computeEtag(text))
  return JSON.parse(text) as Doc
}

async function readSteps(ctx: Context, flowId: string): Promise<readonly Step[]> {
  const read = async (collection: StepCollection): Promise<readonly Step[]> => {
    const texts = await ctx.store.integrationResources.listStepsOfFlow(ctx.caller.envId, flowId, collection, maxSteps)
    return texts.map((text) => ({ collection, doc: JSON.parse(text) as Doc }))
  }
  return [...(await read('exports')), ...(await read('imports'))]
}

const findConnection = async (ctx: Context, id: string) => (await ctx.store.documents.find(ctx.caller.envId, 'connections', id))?.doc

/** Every step that the connection is not for is named. */
async function checkFits(ctx: Context, steps: readonly Step[], from: string | undefined, to: string): Promise<void> {
  const key = { path: '_newConnectionId', collection: 'connections', id: to }
  const connection = (await canAddToIntegration(ctx, ctx.store, key)) ? await findConnection(ctx, to) : undefined
  if (!connection) throw danglingReferences([key])
  const before = from === undefined ? undefined : await findConnection(ctx, from)
  const problems = steps.flatMap(({ collection, doc: { _id, name, adaptorType } }) => {
    const types = listConnectionTypes(collection, adaptorType)
    if (connection.type === before?.type || types.includes(connection.type)) return []
    const over = types.length > 0 ? `goes over connections of type ${types.join(' or ')}` : 'goes over no connection of its own'
    const message = `The connection ${to} is of type ${connection.type}, and the ${resources[collection].name} "${name ?? ''}" (${_id}) ${over}.`
    return [{ code: 'invalid_ref', message, field: key.path } as const]
  })
  const [first, ...more] = problems
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

/** Of an import that calls a tool: the connections that its caller puts in the place of the tool's. */
const readOverrides = (doc: Doc) => (doc as Pick<ImportDocument, 'tool'>).tool?.overrides?.connections ?? []

const goesOver = (doc: Doc, connection: string): boolean =>
  doc._connectionId === connection || readOverrides(doc).some(({ _id }) => _id === connection)

/** The fields that are new. */
function rebind(doc: Doc, from: string, to: string): Record<string, unknown> {
  const { tool } = doc as Pick<ImportDocument, 'tool'>
  const connections = readOverrides(doc).map((each) => (each._id === from ? { ...each, _id: to } : each))
  return {
    ...(doc._connectionId === from && { _connectionId: to }),
    ...(connections.length > 0 && { tool: { ...tool, overrides: { ...tool?.overrides, connections } } }),
  }
}

/** All of them or none. Answers the flows that use any of them, whose runs have ended by that. */
async function replaceInSteps(
  ctx: Context,
  steps: readonly Step[],
  change: (doc: Doc) => Record<string, unknown>,
): Promise<readonly NamedKey[]> {
  const keys = steps.map(({ collection, doc }) => ({ collection, id: doc._id }))
  return amendTogether(
    ctx,
    keys.map((key) => ({ ...key, change })),
    async (rows) => {
      const users = await rows.dependencies.listReferrers(ctx.caller.envId, keys, maxFlows)
      const flows = [...new Map(users.filter(({ collection }) => collection === 'flows').map((flow) => [flow.id, flow])).values()]
      await stopFlows(
        rows,
        ctx,
        flows.map(({ id }) => id),
      )
      return flows
    },
  )
}

interface NamedKey extends Key {
  readonly name: string
}

async function warnAboutFlows(ctx: Context, flows: readonly NamedKey[]): Promise<void> {
  const seen = ctx.warn && flows.length > 0 ? await filterVisible(ctx, flows) : []
  if (seen.length === 0) return
  const named = seen.slice(0, maxNamed).map(({ name, id }) => `"${name}" (${id})`)
  const more = seen.length > maxNamed ? ` and ${seen.length - maxNamed} more` : ''
  ctx.warn?.(`Other flows use steps that go over the new connection now: ${named.join(', ')}${more}.`)
}
