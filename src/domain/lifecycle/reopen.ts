/** Changes of an open revision: read anew on the present state, and connections chosen for what it brings along. */
import { isDeepStrictEqual } from 'node:util'
import { acceptWithin } from '../accepted.ts'
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle.ts'
import { resources } from '../../contract/resources/index.ts'
import { createWithin } from '../documents.ts'
import { DomainError } from '../errors.ts'
import type { Context, Doc, Rows } from '../ports.ts'
import { validator } from '../validation.ts'
import type { Hash } from './definition.ts'
import { mustBeRelated } from './lineage.ts'
import { placeOf } from './merge-states.ts'
import { planOf } from './plan.ts'
import { lockIntegration, lockOpen, transactionHash, writeOpen } from './open-revision.ts'
import { drawFrom, fieldsOf, workOf } from './pull.ts'
import { drawBack } from './revert.ts'
import { leftOutOf } from './reverted.ts'
import { answerOf, noteRevision, type InstallStep, type Opened } from './revision.ts'

type Ops = typeof operations
type Answer = ReturnType<typeof answerOf>

export async function refresh(ctx: Context, { params }: Input<Ops['refreshRevision']>): Promise<Answer> {
  return ctx.store.transaction(async (rows) => {
    const integration = await lockIntegration(rows, ctx, params._id)
    const opened = await lockOpen(rows, ctx, params._id, params._revisionId)
    const { doc } = await written(rows, ctx, opened, await redrawn(rows, ctx, integration, opened, opened.doc.installSteps))
    await noteRevision(rows, ctx, 'refresh', doc)
    return answerOf(doc)
  })
}

/** On the present state of this side; of the other side too, unless what it brings was sent as files. */
async function redrawn(rows: Rows, ctx: Context, integration: Doc, opened: Opened, installSteps: readonly InstallStep[]): Promise<Opened> {
  const { doc, work } = opened
  const { counterparts = [], isSent, include = [] } = work
  if (work.target !== undefined) {
    const { theirs, fields } = await drawBack(rows, ctx, integration, work.target, installSteps)
    return { doc: { ...doc, ...fields }, work: { ...work, theirs } }
  }
  const relation = await mustBeRelated(rows, ctx, doc._integrationId, doc._fromIntegrationId, '_fromIntegrationId')
  const source = isSent && work.source !== undefined ? { source: work.source } : {}
  const drawn = await drawFrom(rows, ctx, relation, integration, { counterparts, installSteps, include, ...source })
  const { leftOut: _leftOut, ...rest } = doc
  const next = { doc: { ...(rest as Opened['doc']), ...fieldsOf(drawn) }, work: { ...work, ...workOf(drawn) } }
  const leftOut = await leftOutOf(rows, ctx, next, drawn.reverted)
  return leftOut.length > 0 ? { ...next, doc: { ...next.doc, leftOut } } : next
}

/** With the decisions on conflicts that are still the same: nobody has decided about values that have come since. */
async function written(rows: Rows, ctx: Context, opened: Opened, next: Opened): Promise<Opened> {
  const { resolutions = [] } = opened.work
  if (resolutions.length === 0) return writeOpen(rows, ctx, next)
  const conflictsOf = async (of: Opened) =>
    new Map((await planOf(rows, ctx.caller.envId, of, [])).conflicts.map((conflict) => [placeOf(conflict), conflict]))
  const [before, now] = [await conflictsOf(opened), await conflictsOf(next)]
  const kept = resolutions.filter((each) => isDeepStrictEqual(before.get(placeOf(each)), now.get(placeOf(each))))
  return writeOpen(rows, ctx, { ...next, work: { ...next.work, resolutions: kept } })
}

export async function completeStep(ctx: Context, { params, body }: Input<Ops['completeRevisionInstallStep']>): Promise<Answer> {
  return ctx.store.transaction(async (rows) => {
    const integration = await lockIntegration(rows, ctx, params._id)
    const opened = await lockOpen(rows, ctx, params._id, params._revisionId)
    const { installSteps } = opened.doc
    const open = installSteps.find(({ _sourceConnectionId }) => _sourceConnectionId === body._sourceConnectionId)
    if (!open)
      throw new DomainError('invalid_ref', `No install step is about the connection ${body._sourceConnectionId}.`, '_sourceConnectionId')
    const _connectionId = await chosen(rows, ctx, body, open.sourceConnection['type'])
    await noteRevision(rows, ctx, 'update', opened.doc, { _sourceConnectionId: body._sourceConnectionId, _connectionId })
    const steps = installSteps.map((step) =>
      step._sourceConnectionId === body._sourceConnectionId ? { ...step, completed: true, _connectionId } : step,
    )
    const next = await redrawn(rows, ctx, integration, opened, steps)
    // To choose a connection is not to look at what changed here meanwhile: that is what refreshing is for.
    const { beforeRevisionHash } = opened.doc
    const doc = { ...next.doc, beforeRevisionHash, transactionHash: transactionHash(beforeRevisionHash, next.work.theirs as Hash) }
    return answerOf((await written(rows, ctx, opened, { ...next, doc })).doc)
  })
}

async function chosen(
  rows: Rows,
  ctx: Context,
  { _connectionId, connection }: Input<Ops['completeRevisionInstallStep']>['body'],
  type: unknown,
): Promise<string> {
  if ((_connectionId === undefined) === (connection === undefined))
    throw new DomainError('invalid_field', 'Send either _connectionId or connection.', '_connectionId')
  if (_connectionId === undefined) {
    const { body, stored } = resources.connections
    const { value } = acceptWithin(stored, connection)
    validator(body, 'body')(value)
    const made = value as Record<string, unknown>
    refuseOtherType(made['type'], type, 'connection.type')
    return createWithin(rows, ctx, 'connections', made)
  }
  const there = (await rows.clones.connectionTypes(ctx.caller.envId, [_connectionId])).get(_connectionId)
  if (there === undefined) throw new DomainError('invalid_ref', `There is no document ${_connectionId} in connections.`, '_connectionId')
  refuseOtherType(there, type, '_connectionId')
  return _connectionId
}

/** What is bound to it speaks to one type of application. */
function refuseOtherType(type: unknown, wanted: unknown, field: string): void {
  if (type !== wanted)
    throw new DomainError(
      'invalid_ref',
      `The connection is of type ${String(type)}, and the one whose place it takes of type ${String(wanted)}.`,
      field,
    )
}
