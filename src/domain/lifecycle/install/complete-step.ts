/** Install steps of an open revision: something chosen or made in place of what the other side uses, and secrets sent for what comes without. */
import type { DocumentBody } from '../../../contract/document.ts'
import { acceptBounded } from '../../accept-body.ts'
import type { Input } from '../../../contract/operation.ts'
import type { lifecycle as operations } from '../../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { resources } from '../../../contract/resources/index.ts'
import { createWithin } from '../../documents/documents.ts'
import type { DocumentRows } from '../../documents/save-document.ts'
import { DomainError } from '../../errors.ts'
import { canAddToIntegration } from '../../access/access.ts'
import type { Context } from '../../context.ts'
import { validator } from '../../validation.ts'
import type { Hash } from '../../definitions/definition.ts'
import {
  toChoice,
  choices,
  completeChoice,
  isSecrets,
  findStep,
  type ChoiceCollection,
  type ChoiceStep,
  type InstallStep,
} from './install-steps.ts'
import { lockIntegration, lockOpenRevision, transactionHash } from '../open-revision.ts'
import { rebaseOpenRevision, writeRebased } from '../refresh-revision.ts'
import { toRevisionResponse, recordRevision, type StoredRevision } from '../revision.ts'
import { sealSentSecrets } from './sent-secrets.ts'
type Complete = Input<(typeof operations)['completeRevisionInstallStep']>
type Body = Complete['body']

export async function completeRevisionInstallStep(
  ctx: Context,
  { params, body }: Complete,
): Promise<ReturnType<typeof toRevisionResponse>> {
  return ctx.store.transaction(async (rows) => {
    const integration = await lockIntegration(rows, ctx, params._id)
    const opened = await lockOpenRevision(rows, ctx, params._id, params._revisionId)
    const { step, by, told } = await completeStep(rows, ctx, opened, body)
    await recordRevision(rows, ctx, 'update', opened.doc, told)
    const steps = opened.doc.installSteps.map((each) => (each === step ? by : each))
    const sent = isSecrets(step) ? sealSentSecrets(ctx, opened, step._resourceId, body.secrets ?? {}) : opened
    const next = await rebaseOpenRevision(rows, ctx, integration, sent, steps)
    // To complete a step is not to look at what changed here meanwhile: that is what refreshing is for.
    const { beforeRevisionHash } = opened.doc
    const doc = { ...next.doc, beforeRevisionHash, transactionHash: transactionHash(beforeRevisionHash, next.work.theirs as Hash) }
    return toRevisionResponse((await writeRebased(rows, ctx, opened, { ...next, doc })).doc)
  })
}

interface Completed {
  readonly step: InstallStep
  readonly by: InstallStep
  /** What of it goes on record. */
  readonly told: object
}

async function completeStep(rows: DocumentRows, ctx: Context, { doc }: StoredRevision, body: Body): Promise<Completed> {
  const collections = (Object.keys(choices) as ChoiceCollection[]).filter((each) => body[choices[each].source] !== undefined)
  const [collection] = collections
  if (collections.length + (body._resourceId === undefined ? 0 : 1) !== 1) {
    const fields = [...Object.values(choices).map(({ source }) => source), '_resourceId'].join(', ')
    throw new DomainError('missing_required_field', `Name the step that is completed, by one of ${fields}.`, '_sourceConnectionId')
  }
  if (collection === undefined) return readSecrets(doc.installSteps, body)
  const { source, chosen, type } = choices[collection]
  const id = body[source] as string
  const step = findStep(doc.installSteps, id)
  if (!step || toChoice(step)?.collection !== collection)
    throw new DomainError('invalid_ref', `No install step is about the ${type} ${id}.`, source)
  const found = await chooseCounterpart(rows, ctx, body, collection, step as ChoiceStep)
  return { step, by: completeChoice(step as ChoiceStep, collection, found), told: { [source]: id, [chosen]: found } }
}

async function chooseCounterpart(
  rows: DocumentRows,
  ctx: Context,
  body: Body,
  collection: ChoiceCollection,
  step: ChoiceStep,
): Promise<string> {
  const { chosen, made, shown } = choices[collection]
  const [id, sent] = [body[chosen], body[made]]
  if ((id === undefined) === (sent === undefined)) throw new DomainError('invalid_field', `Send either ${chosen} or ${made}.`, chosen)
  const type = (step[shown] as { type?: unknown }).type
  if (id === undefined) {
    const { value } = acceptBounded(resources[collection].stored, sent)
    validator(resources[collection].body, 'body')(value)
    const document = value as DocumentBody
    refuseOtherType(collection, document.type, type, `${made}.type`)
    return createWithin(rows, ctx, collection, document)
  }
  const there = await rows.documents.find(ctx.caller.envId, collection, id)
  if (
    !there ||
    !(await canAddToIntegration(ctx, rows, { collection, id })) ||
    (await rows.documents.lockTargets(ctx.caller.envId, [{ collection, id }])).length > 0
  )
    throw new DomainError('invalid_ref', `There is no document ${id} in ${collection}.`, chosen)
  refuseOtherType(collection, 'type' in there.doc ? there.doc.type : undefined, type, chosen)
  return id
}

/** What is bound to a connection speaks to one type of application. */
function refuseOtherType(collection: ChoiceCollection, type: unknown, wanted: unknown, field: string): void {
  if (collection === 'connections' && type !== wanted)
    throw new DomainError(
      'invalid_ref',
      `The connection is of type ${String(type)}, and the one whose place it takes of type ${String(wanted)}.`,
      field,
    )
}

/** All that the step asks for, and nothing else. */
function readSecrets(steps: readonly InstallStep[], { _resourceId, secrets = {} }: Body): Completed {
  const step = steps.filter(isSecrets).find((each) => each._resourceId === _resourceId)
  if (!step) throw new DomainError('invalid_ref', `No install step asks for secrets of the resource ${_resourceId}.`, '_resourceId')
  const [missing] = step.fields.filter((field) => !secrets[field])
  if (missing !== undefined) throw new DomainError('missing_required_field', `The step asks for ${missing}.`, `secrets.${missing}`)
  const [more] = Object.keys(secrets).filter((field) => !step.fields.includes(field))
  if (more !== undefined) throw new DomainError('invalid_field', `The step does not ask for ${more}.`, `secrets.${more}`)
  return { step, by: { ...step, completed: true }, told: { _resourceId, fields: step.fields } }
}
