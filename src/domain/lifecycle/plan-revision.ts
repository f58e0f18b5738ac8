/** Plans a pull, a revert or files: says what it would do, and stores nothing. */
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { checkExists } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { findLayout } from './files/archive-layout.ts'
import { parseFiles } from './files/read-files.ts'
import { planFiles, type SentFiles } from './files/import-files.ts'
import type { Draft, NoChange } from './open-revision.ts'
import { draftPull } from './pull.ts'
import { toPlannedRevision, rehearseChange, type PlannedRevision } from './dry-run.ts'
import { draftRevert } from './revert.ts'
import type { DraftRows } from './revision-rows.ts'

type Body = Input<(typeof operations)['planRevision']>['body']

export async function planRevision(ctx: Context, { params, body }: Input<(typeof operations)['planRevision']>): Promise<PlannedRevision> {
  await checkExists(ctx, 'integrations', params._id)
  refuseOtherFields(body)
  if (body.type === 'files') return planFiles(ctx, params._id, toSentFiles(requireField(body, 'files')))
  return rehearseChange(ctx, async (rows) => {
    const { draft, leftOut } = await draftRequested(rows, ctx, params._id, body)
    const planned = await toPlannedRevision(rows, ctx, params._id, draft, [])
    return leftOut ? { ...planned, leftOut: [...leftOut] } : planned
  })
}

const description = 'Plan'

async function draftRequested(
  rows: DraftRows,
  ctx: Context,
  id: string,
  body: Body,
): Promise<{ readonly draft: Draft | NoChange; readonly leftOut?: PlannedRevision['leftOut'] }> {
  if (body.type === 'revert') {
    const { to } = body
    const asked = { _revertToRevisionId: requireField(body, '_revertToRevisionId'), description, ...(to !== undefined && { to }) }
    return { draft: await draftRevert(rows, ctx, id, asked) }
  }
  const { include = [] } = body
  const found = await draftPull(rows, ctx, id, { _fromIntegrationId: requireField(body, '_fromIntegrationId'), description, include })
  return 'opened' in found ? { draft: found } : { draft: found, leftOut: [...found.leftOut] }
}

/** What each type is planned from. */
const fields: Readonly<Record<Body['type'], readonly (keyof Body)[]>> = {
  pull: ['_fromIntegrationId', 'include'],
  revert: ['_revertToRevisionId', 'to'],
  files: ['files'],
}

function refuseOtherFields(body: Body): void {
  const other = Object.keys(body).find((field) => field !== 'type' && !fields[body.type].includes(field as keyof Body))
  if (other !== undefined) throw new DomainError('invalid_field', `${other} says nothing of a plan of the type ${body.type}.`, other)
}

function requireField<F extends keyof Body>(body: Body, field: F): NonNullable<Body[F]> {
  const value = body[field]
  if (value === undefined || value === null)
    throw new DomainError('missing_required_field', `${field} is required for a plan of the type ${body.type}.`, field)
  return value
}

function toSentFiles(files: Readonly<Record<string, string>>): SentFiles {
  const { paths, ignored } = findLayout(Object.keys(files))
  const known = [...paths].map(([from, path]) => ({ path, text: (files[from] as string).replace(/^\uFEFF/, '') }))
  return { sent: parseFiles(known), ignored }
}
