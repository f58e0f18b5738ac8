/** What is edited in the builder: the flow and its changed steps, beside what the server has of them. */
import type { Versioned } from '../api/client.ts'
import { isSame } from '../parts/is-same.ts'
import { rebase } from '../parts/rebase.ts'
import { withStepIds, type Flow } from './flow-edits.ts'

export type Values = Readonly<Record<string, unknown>>
export type StepCollection = 'exports' | 'imports'

export interface StepEdit {
  readonly collection: StepCollection
  readonly value: Values
}

/** One state of what is built. Steps that are not stored yet have ids of their own until they are. */
export interface Edits {
  readonly flow: Flow
  readonly steps: Readonly<Record<string, StepEdit>>
}

/** A text of a document whose type is not known; empty where it is none. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const newIdPrefix = 'new-'
export const isNewId = (id: string): boolean => id.startsWith(newIdPrefix)

/** A step as the server has it: as it was when it was first read here, and with its newest version. */
export interface KnownStep {
  readonly _id: string
  readonly collection: StepCollection
  readonly first: Values
  readonly stored: Versioned<Values>
  /** As it was typed here when it was stored last: with secrets, which the server does not tell again. */
  readonly typed?: Values
}

/** A flow as it is stored, and its steps by the ids that edits use. */
export interface Stored {
  readonly flow: Versioned<Flow>
  readonly known: ReadonlyMap<string, KnownStep>
}

/** Edits that were made while `sent` was saved, of the flow and the steps that are stored by now. */
export function rebaseEdits(sent: Edits, now: Edits, { flow, known }: Stored): Edits {
  const idOf = (id: string): string => known.get(id)?._id ?? id
  const steps = Object.entries({ ...sent.steps, ...now.steps }).flatMap(([id, { collection }]) => {
    const { first, stored } = known.get(id) ?? {}
    // What was undone meanwhile is as it was first read.
    const value = now.steps[id]?.value ?? (isNewId(id) ? undefined : first)
    const next = stored && value ? (rebase(sent.steps[id]?.value ?? first, value, stored.result) as Values) : value
    return next === undefined || isSame(next, stored?.result) ? [] : [[idOf(id), { collection, value: next }] as const]
  })
  const asSent = withStepIds(sent.flow, idOf)
  return { flow: rebase(asSent, withStepIds(now.flow, idOf), flow.result) as Flow, steps: Object.fromEntries(steps) }
}

/** Edits that were made while a flow was `sent` that somebody else had saved first, of the version that was chosen. Both name steps by the ids that they are stored by. */
export function carryOverFlow(sent: Flow, { flow, steps }: Edits, chosen: Flow, known: Stored['known']): Edits {
  const storedIds = new Map([...known].map(([id, { _id }]) => [id, _id]))
  const ids = new Map([...storedIds].map(([id, _id]) => [_id, id]))
  const now = withStepIds(flow, (id) => storedIds.get(id) ?? id)
  // Steps that are stored by now go on by the ids that they have here.
  return { flow: withStepIds(rebase(sent, now, chosen) as Flow, (id) => ids.get(id) ?? id), steps }
}

/** The same of a step; what was undone meanwhile is as it was first read. */
export function carryOverStep(sent: Values, { flow, steps }: Edits, chosen: Values, id: string, { collection, first }: KnownStep): Edits {
  const value = rebase(sent, steps[id]?.value ?? first, chosen) as Values
  return { flow, steps: { ...steps, [id]: { collection, value } } }
}
