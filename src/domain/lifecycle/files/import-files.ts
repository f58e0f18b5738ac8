/** Brings an integration into the state that files hold, as a revision: opened, and applied at once where nothing has to be decided. */
import type { Input } from '../../../contract/operation.ts'
import type { integrationFiles as operations } from '../../../contract/operations/lifecycle/integration-files.ts'
import { mustExist } from '../../documents/documents.ts'
import { DomainError } from '../../errors.ts'
import type { Context } from '../../context.ts'
import { applyWithin, reasonOf } from '../apply.ts'
import { unpack, unpackedBytes } from './archive.ts'
import type { Hash } from '../../definitions/definition.ts'
import { refused, stateIn, type Defined } from './state-files.ts'
import { mustBeRelated } from '../snapshots/lineage.ts'
import { planOf } from '../plan.ts'
import { isDecided, lockIntegration } from '../open-revision.ts'
import { openPull } from '../pull.ts'
import { openRevert } from '../revert.ts'
import { answerOf, type Opened } from '../revision.ts'
import { keepDefinitions, keepTree, stateOf } from '../snapshots/integration-state.ts'
import { treeOf, type Node } from '../snapshots/tree.ts'
import { unpacking } from './unpacking.ts'
import type { Doc } from '../../ports/document.ts'
import type { Rows } from '../../ports/store.ts'

type Answer = ReturnType<typeof answerOf>

export async function importIntegrationFiles(
  ctx: Context,
  { params, query, body }: Input<(typeof operations)['importIntegrationFiles']>,
): Promise<Answer | undefined> {
  await mustExist(ctx, 'integrations', params._id)
  const archive = body as Buffer
  return unpacking(ctx.caller.accountId, await unpackedBytes(archive), () => importArchive(ctx, params._id, archive, query.description))
}

async function importArchive(ctx: Context, _id: string, archive: Buffer, told: string | undefined): Promise<Answer | undefined> {
  const { integrationId, state } = stateIn(await unpack(archive))
  const description = told || 'Files'
  try {
    const doc = await ctx.store.transaction(async (rows) => {
      const integration = await lockIntegration(rows, ctx, _id)
      const opened =
        integrationId === _id
          ? await openOwn(rows, ctx, integration, state, description)
          : await openRelated(rows, ctx, integration, integrationId, state, description)
      if (!opened) return undefined
      return isDecided(opened, await planOf(rows, ctx.caller.envId, opened)) ? applyWithin(rows, ctx, _id, opened.doc._id) : opened.doc
    })
    return doc && answerOf(doc)
  } catch (error) {
    throw reasonOf(error)
  }
}

/** The files say what the integration becomes. */
async function openOwn(
  rows: Rows,
  ctx: Context,
  integration: Doc,
  state: readonly Defined[],
  description: string,
): Promise<Opened | undefined> {
  const { envId } = ctx.caller
  const now = new Set((await stateOf(rows, envId, integration._id)).tree.map(({ id }) => id))
  for (const { collection, id } of state) {
    if (now.has(id) || collection === 'connections') continue
    if ((await rows.documents.text(envId, collection, id)) !== undefined)
      throw refused(`${collection}/${id}.json`, 'the document is there, and is no part of the integration.')
  }
  return openRevert(rows, ctx, integration, await keepState(rows, envId, state), description, { type: 'pull' })
}

/** The files are a state of a direct relative: what that changed since the two last had the same is merged. */
async function openRelated(
  rows: Rows,
  ctx: Context,
  integration: Doc,
  otherId: string,
  state: readonly Defined[],
  description: string,
): Promise<Opened | undefined> {
  const relation = await mustBeRelated(rows, ctx, integration._id, otherId, '_integrationId')
  if (!state.some(({ collection, id }) => collection === 'integrations' && id === otherId))
    throw new DomainError('invalid_archive', 'The files are of another integration than they say.')
  // Nothing of it is swept up before the revision names it.
  await rows.states.hold(relation.other.envId)
  const source = await keepState(rows, relation.other.envId, state)
  const opened = await openPull(rows, ctx, relation, integration, description, { counterparts: [], installSteps: [], source })
  return 'doc' in opened ? opened : undefined
}

async function keepState(rows: Rows, envId: string, state: readonly Defined[]): Promise<Hash> {
  const hashes = await keepDefinitions(
    rows,
    envId,
    state.map(({ definition }) => definition),
  )
  const nodes = state.map(({ collection, id }, i): Node => ({ collection, id, hash: hashes[i] as Hash }))
  return (await keepTree(rows, envId, treeOf(nodes))).hash
}
