/** What the panel of the builder is open for. The address names a place in the flow; the panel stays with what stood there when it was opened, wherever that moves and whatever its id becomes. */
import { useEffect, useRef } from 'react'
import { mayTakePlace } from '../parts/dialog-state.ts'
import { useUrlState } from '../url-state.ts'
import type { Flow } from './flow-edits.ts'
import { findSubject, subjectAt } from './flow-nodes.ts'

export interface Opened {
  readonly at: string
  /** The same for as long as the panel is of the same thing. */
  readonly key: string
  readonly open: (at: string) => void
  /** Opens the panel of what a change is about to add, whose address follows. */
  readonly show: (subject: string) => void
  /** A step is known by another id from now on. */
  readonly rename: (from: string, to: string) => void
  /** Whether the panel may close where the flow becomes another one: asks where something in it would be lost. */
  readonly mayBecome: (flow: Flow) => boolean
}

export function useOpened(flow: Flow): Opened {
  const [address, open] = useUrlState('at')
  const firstIds = useRef(new Map<string, string>()).current
  const held = useRef<{ address: string; subject: string | undefined }>({ address: '', subject: undefined }).current
  const idOf = (id: string): string => firstIds.get(id) ?? id
  const here = subjectAt(flow, address, idOf)
  if (held.address !== address || held.subject === undefined) Object.assign(held, { address, subject: here })
  const { subject } = held
  const at = here === subject || subject === undefined ? address : (findSubject(flow, subject, idOf) ?? '')
  useEffect(() => {
    if (at !== address) open(at, true)
  })
  return {
    at,
    key: subject ?? at,
    open,
    show: (next) => void (held.subject = next),
    rename: (from, to) => void firstIds.set(to, idOf(from)),
    mayBecome: (next) => subject === undefined || findSubject(next, subject, idOf) !== undefined || mayTakePlace('at'),
  }
}
