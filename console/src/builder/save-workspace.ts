/** Stores what was built: its steps first, then the flow that names them. Whatever fails stops it there, and the next time it goes on from what the server has by then. */
import { callAny, callWithVersion, CallRefused, type CallInput } from '../api/client.ts'
import { ifMatch, type Versioned } from '../api/versioned.ts'
import { collections } from '../collections.ts'
import { isSame } from '../parts/is-same.ts'
import { listStepIds, withStepIds, type Flow } from './flow-edits.ts'
import { isNewId, textOf, unmask, type Edits, type KnownStep, type StepCollection, type Values } from './workspace.ts'

/** Somebody else saved a document first. */
export interface SaveConflict {
  /** Undefined where it is the flow. */
  readonly stepId: string | undefined
  readonly theirs: Versioned<Values>
  readonly mine: Values
  readonly base: Values
}

/** What stopped a save: the server refused a document, or somebody else saved it first. */
export class SaveStopped extends Error {
  readonly stepId: string | undefined
  readonly why: unknown
  readonly conflict: SaveConflict | undefined
  constructor(stepId: string | undefined, why: unknown, conflict?: SaveConflict) {
    super('not everything could be saved')
    this.stepId = stepId
    this.why = why
    this.conflict = conflict
  }
}

interface Saving {
  readonly edits: Edits
  readonly base: Versioned<Flow>
  readonly known: ReadonlyMap<string, KnownStep>
  /** Told of each step that is stored. */
  readonly know: (id: string, step: KnownStep) => void
}

/** Answers the flow as it is stored. */
export async function saveWorkspace({ edits, base, known, know }: Saving): Promise<Versioned<Flow>> {
  const ids = new Map<string, string>([...known].map(([id, { _id }]) => [id, _id]))
  const stepIds = new Set(listStepIds(edits.flow))
  for (const id of new Set([...stepIds, ...known.keys()])) {
    const step = edits.steps[id]
    const before = known.get(id)
    const value = step?.value ?? (isNewId(id) ? undefined : before?.first)
    if (value === undefined || (!stepIds.has(id) && isNewId(id))) continue
    if (before && isSame(value, before.stored.result)) continue
    const collection = step?.collection ?? before?.collection ?? 'exports'
    const stored = before ? await replaceStep(id, before, value) : await createStep(id, collection, value)
    const _id = textOf(stored.result['_id'])
    ids.set(id, _id)
    know(id, { _id, collection, first: before?.first ?? stored.result, stored, typed: unmask(value, before?.typed) as Values })
  }
  const flow = withStepIds(edits.flow, (id) => ids.get(id) ?? id)
  const saved = isSame(flow, base.result) ? base : await replaceFlow(flow, base)
  await removeUnused(known, stepIds)
  return saved
}

const input = (_id: string) => ({ params: { _id } }) as never

async function createStep(id: string, collection: StepCollection, value: Values): Promise<Versioned<Values>> {
  try {
    const made = (await callAny(collections[collection].create, { body: value })) as Values & { readonly _id: string }
    // It is stored: where it cannot be read now it is known all the same, and not made twice.
    return await readStep(collection, made._id).catch(() => ({ result: made, version: undefined }))
  } catch (error) {
    throw new SaveStopped(id, error)
  }
}

async function replaceStep(id: string, { _id, collection, stored }: KnownStep, value: Values): Promise<Versioned<Values>> {
  try {
    await callAny(collections[collection].update, { ...(input(_id) as object), body: value, ...ifMatch(stored.version) })
    return await readStep(collection, _id)
  } catch (error) {
    if (!isOutdated(error)) throw new SaveStopped(id, error)
    const theirs = await readStep(collection, _id).catch((gone: unknown) => {
      throw new SaveStopped(id, gone)
    })
    throw new SaveStopped(id, error, { stepId: id, theirs, mine: value, base: stored.result })
  }
}

export const readStep = (collection: StepCollection, _id: string): Promise<Versioned<Values>> =>
  callWithVersion(collections[collection].read, input(_id)) as unknown as Promise<Versioned<Values>>

const readFlow = (_id: string): Promise<Versioned<Flow>> => callWithVersion('getFlow', { params: { _id } })

async function replaceFlow(flow: Flow, base: Versioned<Flow>): Promise<Versioned<Flow>> {
  const params = { _id: flow._id }
  try {
    await callAny('updateFlow', { params, body: flow, ...ifMatch(base.version) } satisfies { body: unknown } & Partial<
      CallInput<'getFlow'>
    >)
  } catch (error) {
    if (!isOutdated(error)) throw new SaveStopped(undefined, error)
    const theirs = await readFlow(flow._id).catch((gone: unknown) => {
      throw new SaveStopped(undefined, gone)
    })
    // What the server keeps beside it, such as when it last ran, is nobody's edit.
    if (isSame(withoutStamps(theirs.result), withoutStamps(base.result))) return replaceFlow(flow, theirs)
    throw new SaveStopped(undefined, error, {
      stepId: undefined,
      theirs: theirs as unknown as Versioned<Values>,
      mine: flow,
      base: base.result,
    })
  }
  return readFlow(flow._id)
}

const withoutStamps = ({ lastModified: _modified, lastExecutedAt: _ran, resolvedAt: _resolved, ...others }: Flow): object => others

const isOutdated = (error: unknown): boolean => error instanceof CallRefused && error.status === 412

/** Steps that an earlier, failed save has stored and that were taken out of the flow again. */
async function removeUnused(known: ReadonlyMap<string, KnownStep>, used: ReadonlySet<string>): Promise<void> {
  for (const [id, { _id, collection }] of known)
    if (isNewId(id) && !used.has(id)) await callAny(collections[collection].remove, input(_id)).catch(() => {})
}
