/** What is being built and not saved yet: the flow and its changed steps, with every edit so far to go back to. A failed save keeps all of it. */
import { useMemo, useRef, useState } from 'react'
import { isObject } from '../../../src/contract/is-object.ts'
import type { Versioned } from '../api/versioned.ts'
import { isSame } from '../parts/is-same.ts'
import { isNewId, newIdPrefix, rebaseEdits, type Edits, type KnownStep, type Stored, type Values } from './edits.ts'
import type { Flow } from './flow-edits.ts'

export { isNewId, textOf, type Edits, type KnownStep, type StepCollection, type StepEdit, type Values } from './edits.ts'

interface History {
  readonly past: readonly Edits[]
  readonly now: Edits
  readonly future: readonly Edits[]
}

/** Edits that can be undone. */
const mostEdits = 200
/** Changes of one field within this time are one edit. In milliseconds. */
const oneEditMs = 1500

let lastNew = 0
export const nextNewId = (): string => `${newIdPrefix}${++lastNew}`

/** The server answers every secret as this. */
export const masked = '******'

/** A document as it was typed: secrets that are masked in it are those that were typed before. */
export function unmask(value: unknown, before: unknown): unknown {
  if (value === masked) return before
  if (Array.isArray(value)) return value.map((each: unknown, i) => unmask(each, Array.isArray(before) ? before[i] : undefined))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, unmask(each, isObject(before) ? before[name] : undefined)]))
}

export interface Workspace {
  readonly edits: Edits
  readonly base: Versioned<Flow>
  /** By the ids that edits use. Not undone: it is what the server has. */
  readonly known: ReadonlyMap<string, KnownStep>
  /** What undo and redo lead to; undefined where there is nothing. */
  readonly before: Edits | undefined
  readonly after: Edits | undefined
  readonly isChanged: boolean
  /** Changes with the same name soon after each other are one edit. */
  readonly change: (change: (edits: Edits) => Edits, name?: string) => void
  readonly undo: () => void
  readonly redo: () => void
  readonly know: (id: string, step: KnownStep) => void
  readonly setBase: (base: Versioned<Flow>) => void
  /** Begins with what is stored: there is nothing to go back to. */
  readonly begin: (base: Versioned<Flow>) => void
  /** What was `sent` is stored: what was edited meanwhile goes on from there. */
  readonly goOn: (stored: Stored, sent: Edits) => void
}

export function useWorkspace(loaded: Versioned<Flow>): Workspace {
  const [base, setBase] = useState(loaded)
  const [history, setHistory] = useState<History>(() => startOf(loaded.result))
  const [known, setKnown] = useState<ReadonlyMap<string, KnownStep>>(() => new Map())
  const last = useRef({ name: '', at: 0 })
  const acts = useMemo(
    () => ({
      change: (change: (edits: Edits) => Edits, name = '') => {
        const at = Date.now()
        const isSame = name !== '' && name === last.current.name && at - last.current.at < oneEditMs
        last.current = { name, at }
        setHistory(({ past, now }) => {
          const next = change(now)
          if (next === now) return { past, now, future: [] }
          return { past: isSame && past.length > 0 ? past : [...past, now].slice(-mostEdits), now: next, future: [] }
        })
      },
      undo: () => {
        last.current = { name: '', at: 0 }
        setHistory((before) => {
          const { past, now, future } = before
          const previous = past.at(-1)
          return previous ? { past: past.slice(0, -1), now: previous, future: [now, ...future] } : before
        })
      },
      redo: () =>
        setHistory((before) => {
          const { past, now, future } = before
          const [next, ...later] = future
          return next ? { past: [...past, now], now: next, future: later } : before
        }),
      know: (id: string, step: KnownStep) => setKnown((before) => new Map([...before, [id, step]])),
      setBase,
      begin: (next: Versioned<Flow>) => {
        setBase(next)
        setHistory(startOf(next.result))
        setKnown(asStored)
      },
      goOn: (stored: Stored, sent: Edits) => {
        const begun = startOf(stored.flow.result)
        last.current = { name: '', at: 0 }
        setBase(stored.flow)
        setHistory(({ now }) => (now === sent ? begun : { past: [begun.now], now: rebaseEdits(sent, now, stored), future: [] }))
        setKnown(asStored)
      },
    }),
    [],
  )
  const { past, now, future } = history
  return {
    edits: now,
    base,
    known,
    before: past.at(-1),
    after: future[0],
    isChanged: differs(now, base.result, known),
    ...acts,
  }
}

/** Steps that are stored go by their own ids, and begin as they are stored. */
const asStored = (known: Workspace['known']): Workspace['known'] =>
  new Map([...known.values()].map((step) => [step._id, { ...step, first: step.stored.result }]))

const startOf = (flow: Flow): History => ({ past: [], now: { flow, steps: {} }, future: [] })

/** What a step says now, as far as that is known: as it is edited, else as it was read. */
export const valueOf = ({ edits, known }: Pick<Workspace, 'edits' | 'known'>, id: string): Values | undefined =>
  edits.steps[id]?.value ?? known.get(id)?.first

const differs = ({ flow, steps }: Edits, base: Flow, known: ReadonlyMap<string, KnownStep>): boolean =>
  !isSame(flow, base) ||
  Object.entries(steps).some(([id, { value }]) => !isSame(value, known.get(id)?.stored.result)) ||
  // A step that a failed save has stored already, and whose edit was undone since.
  [...known].some(([id, { first, stored }]) => steps[id] === undefined && !isNewId(id) && !isSame(first, stored.result))
