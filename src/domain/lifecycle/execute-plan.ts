/** Applies a plan within a transaction, through the same functions as every other write of a document. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { checkEdition } from '../app-code/edition-contents.ts'
import { findCheckedReferences } from '../app-rights/ownership.ts'
import { putWithin, removeWithin } from '../documents/documents.ts'
import type { DocumentRows } from '../documents/save-document.ts'
import { buildChange } from '../audit/audited-changes.ts'
import type { Context } from '../context.ts'
import { findReferences, danglingReferences } from '../references.ts'
import { toBody, type Definition } from '../definitions/definition.ts'
import { readName, typeName } from './compare/diff-format.ts'
import { DomainError } from '../errors.ts'
import { checkWriteAccess, filterUnmanaged } from '../access/access.ts'
import { isChoiceCollection } from './install/install-steps.ts'
import { toAuthors, type ScriptText } from './script-authors.ts'
import { nodeKey } from './snapshots/tree.ts'
import type { PlanStep } from './merge/merge-states.ts'
import type { LoadedPlan } from './plan.ts'
import type { AppliedChange } from './revision.ts'
import { withSecrets } from './install/secrets-needed.ts'
import type { Doc, Key, Reference } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import { excludeKeys, keepKeys, uniqueKeys } from '../keys.ts'

/** What is needed comes before what needs it: groups before flows, connections of steps before the flows that register them. */
const order: readonly Collection[] = [
  'integrations',
  'lookupcaches',
  'scripts',
  'filedefinitions',
  'asynchelpers',
  'exports',
  'imports',
  'tools',
  'flows',
  'apis',
]
const writeOrder = ({ collection }: Pick<PlanStep, 'collection'>): number => order.indexOf(collection)

interface Origins {
  /** What a new resource was made after, by its id: its `_sourceId`. */
  readonly sources: ReadonlyMap<string, string>
  /** Connections, stacks and EDI profiles that are referred to come back from the recycle bin. */
  readonly revive: boolean
  /** What this side deleted and the other side has begun to use comes back. */
  readonly isPull: boolean
  /** Of a revert: whatever is older and no part of the integration for itself was there before it was used here, and stays behind. */
  readonly since?: string
  /** What install steps asked for, by the id of the resource. */
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Ids of what was a part of the integration before. */
  readonly known: ReadonlySet<string>
  /** Where the texts of scripts come from, by the id of the script. */
  readonly texts: ReadonlyMap<string, ScriptText>
}

type Change = AppliedChange['change']
type OnChange = (change: Change, key: Key, definition: Definition | undefined) => void

/** Answers what was done, in its order. */
export async function executePlan(
  rows: DocumentRows & RowsOf<'snapshots'>,
  ctx: Context,
  { steps, load }: Pick<LoadedPlan, 'steps' | 'load'>,
  origins: Origins,
): Promise<readonly AppliedChange[]> {
  const { revive, since, isPull } = origins
  const { envId } = ctx.caller
  // What an If-Match header names is one document, and these are many.
  const { ifMatch: _one, ...rest } = ctx
  const inOrder = steps.toSorted((a, b) => writeOrder(a) - writeOrder(b))
  const written = inOrder.filter(({ after }) => after !== undefined)
  const quiet = { ...rest, making: new Set(written.map(nodeKey)) }
  await checkWriteRights(rows, ctx, written, origins.known)
  const bound = revive ? written.flatMap(({ collection, after }) => findReferences(resources[collection].body, after ?? {})) : []
  const back = await rows.snapshots.restore(envId, [
    ...written.filter(({ before }) => before === undefined),
    ...bound.filter(({ collection }) => isChoiceCollection(collection)),
  ])
  const done: AppliedChange[] = []
  const note: OnChange = (change, { collection, id: _id }, definition) =>
    void done.push({ change, collection, type: typeName(collection as Collection), _id, name: readName(definition) })
  for (const key of back.filter(({ collection }) => isChoiceCollection(collection)))
    note('restored', key, (await rows.documents.find(envId, key.collection as Collection, key.id))?.doc)
  const restored = new Set(back.map(({ id }) => id))
  for (const step of written) await checkReferenceRights(rows, quiet, step)
  const needed: Reference[] = []
  await checkEdition(
    rows,
    quiet,
    written.filter(({ collection, before }) => collection === 'flows' && before === undefined).map(({ id }) => id),
  )
  for (const step of written) {
    const { references, isNew } = await writeStep(rows, quiet, step, origins)
    needed.push(...references)
    note(isNew ? 'created' : restored.has(step.id) ? 'restored' : 'updated', step, step.after)
  }
  if (isPull) await restoreNeeded(rows, quiet, needed, note)
  await checkTargetsExist(rows, envId, needed)
  const removed = inOrder.filter(({ after }) => after === undefined).toReversed()
  const gone = new Set((await removeUnused(rows, quiet, removed, since)).map(({ id }) => id))
  for (const step of removed) if (gone.has(step.id)) note('deleted', step, step.before === undefined ? undefined : load(step.before))
  return done
}

/** `references` have to lead somewhere: those of an app to its publisher lie elsewhere. */
async function writeStep(
  rows: DocumentRows,
  ctx: Context,
  { collection, id, after = {} }: PlanStep,
  origins: Origins,
): Promise<WrittenStep> {
  let known: Doc | undefined
  const made = creationFields(collection, origins.sources.get(id))
  const bodyOver = (before: Doc | undefined): Definition => ({
    ...withSecrets(toBody(collection, after, before), origins.secrets.get(id) ?? {}),
    ...(collection === 'scripts' && toAuthors(after, before, origins.texts.get(id))),
  })
  const doc = await putWithin(rows, ctx, collection, id, (before) => bodyOver((known = before)), made)
  return { references: findCheckedReferences(ctx, collection, known, doc), isNew: known === undefined }
}

interface WrittenStep {
  readonly references: readonly Reference[]
  readonly isNew: boolean
}

/** What is there and no part of the integration, or was deleted elsewhere, is written only by those who may change it. */
async function checkWriteRights(
  rows: RowsOf<'documents' | 'membership' | 'snapshots'>,
  ctx: Context,
  written: readonly PlanStep[],
  known: ReadonlySet<string>,
): Promise<void> {
  const arriving = written.filter(({ before }) => before === undefined)
  const { envId } = ctx.caller
  for (const { collection, id } of (await filterUnmanaged(ctx, rows, arriving)) as readonly PlanStep[]) {
    const isHere = (await rows.documents.readText(envId, collection, id)) !== undefined
    const isElsewhere = isHere || (!known.has(id) && (await rows.snapshots.filterStored(envId, collection, [id])).length > 0)
    if (isElsewhere)
      throw new DomainError('access_denied', `The document ${id} in ${collection} is not yours to change.`, `${collection}/${id}`)
  }
}

/** Before anything is written: a reference that is there makes its target a part of the integration. */
async function checkReferenceRights(
  rows: RowsOf<'documents' | 'membership'>,
  ctx: Context,
  { collection, id, after = {} }: PlanStep,
): Promise<void> {
  if (!ctx.caller.reach) return
  const { body, stored } = resources[collection]
  const before = (await rows.documents.find(ctx.caller.envId, collection, id))?.doc
  await checkWriteAccess(ctx, rows, collection, after, findReferences(body, after), before && findReferences(stored, before))
}

const creationFields = (collection: Collection, source: string | undefined): Partial<Doc> =>
  source !== undefined && '_sourceId' in resources[collection].stored.properties ? { _sourceId: source } : {}

/** All at once, after the last write: resources that come along refer to each other in circles. Nobody deletes a target before the end. */
async function checkTargetsExist(rows: RowsOf<'documents'>, envId: string, references: readonly Reference[]): Promise<void> {
  const nowhere = await findDanglingReferences(rows, envId, references)
  if (nowhere.length > 0) throw danglingReferences(nowhere)
}

const findDanglingReferences = async (
  rows: RowsOf<'documents'>,
  envId: string,
  references: readonly Reference[],
): Promise<readonly Reference[]> => keepKeys(references, await rows.documents.lockTargets(envId, uniqueKeys(references)))

/** And what that refers to in turn. Each comes back once, so it ends. Connections are chosen by people. */
async function restoreNeeded(
  rows: RowsOf<'audit' | 'documents' | 'snapshots'>,
  ctx: Context,
  references: readonly Reference[],
  note: OnChange,
): Promise<void> {
  const { envId } = ctx.caller
  let needed = references
  while (needed.length > 0) {
    const gone = (await findDanglingReferences(rows, envId, needed)).filter(({ collection }) => collection !== 'connections')
    const found = (await rows.snapshots.restore(envId, gone)) as readonly { collection: Collection; id: string }[]
    needed = []
    for (const { collection, id } of found) {
      const doc = (await rows.documents.find(envId, collection, id))?.doc
      if (!doc) continue
      note('restored', { collection, id }, doc)
      await rows.audit.add(envId, [buildChange(ctx, { event: 'restore', collection, before: doc, after: doc })])
      needed = [...needed, ...findReferences(resources[collection].body, doc)]
    }
  }
}

async function hasOnlyJoined(
  rows: RowsOf<'documents'>,
  ctx: Context,
  { collection, id }: Key,
  since: string | undefined,
): Promise<boolean> {
  const doc = since === undefined ? undefined : (await rows.documents.find(ctx.caller.envId, collection as Collection, id))?.doc
  return since !== undefined && doc !== undefined && doc._integrationId === undefined && doc.createdAt < since
}

/** Flows go; what else is to go stays where something outside uses it, and with it what that uses. Answers what went. */
async function removeUnused(rows: DocumentRows, ctx: Context, steps: readonly Key[], since: string | undefined): Promise<readonly Key[]> {
  const isFlow = ({ collection }: Key): boolean => collection === 'flows'
  for (const { id } of steps.filter(isFlow)) await removeWithin(rows, ctx, 'flows', id)
  let candidates: Key[] = []
  for (const step of steps) if (!isFlow(step) && !(await hasOnlyJoined(rows, ctx, step, since))) candidates.push(step)
  await rows.documents.lockKeys(ctx.caller.envId, candidates)
  for (;;) {
    const used = await rows.documents.findUsed(ctx.caller.envId, candidates)
    if (used.length === 0) break
    candidates = excludeKeys(candidates, used)
  }
  for (const { collection, id } of candidates) await removeWithin(rows, ctx, collection as Collection, id)
  return [...steps.filter(isFlow), ...candidates]
}
