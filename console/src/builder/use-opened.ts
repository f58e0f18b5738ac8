/** What the panel of the builder is open for. The address names a place in the flow; the panel stays with what stood there when it was opened, wherever that moves and whatever its id becomes. */
import { useEffect, useRef } from 'react'
import { losesPlace, mayTakePlace } from '../parts/dialog-state.ts'
import { useUrlState } from '../url-state.ts'
import type { Flow } from './flow-edits.ts'
import { follow, renameStep, standingAt, type Standing } from './flow-nodes.ts'

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
  /** Whether something in the panel would be lost by it. */
  readonly losesBy: (flow: Flow) => boolean
}

export function useOpened(flow: Flow): Opened {
  const [address, open] = useUrlState('at')
  const firstIds = useRef(new Map<string, string>()).current
  const held = useRef<{ address: string; standing: Standing | undefined }>({ address: '', standing: undefined }).current
  const idOf = (id: string): string => firstIds.get(id) ?? id
  if (held.address !== address || !held.standing) Object.assign(held, { address, standing: standingAt(flow, address, idOf) })
  const { standing } = held
  const now = standing && follow(flow, standing, idOf)
  if (now) held.standing = now
  const at = standing ? (now?.node ?? '') : address
  const staysIn = (next: Flow): boolean => !held.standing || follow(next, held.standing, idOf) !== undefined
  useEffect(() => {
    // Whatever takes it away has asked before.
    if (at !== address) open(at, true)
  })
  return {
    at,
    key: standing?.subject ?? at,
    open,
    show: (subject) => void (held.standing = { node: '', subject, use: {}, uses: 0 }),
    rename: (from, to) => renameStep(firstIds, from, to),
    mayBecome: (next) => staysIn(next) || mayTakePlace('at'),
    losesBy: (next) => !staysIn(next) && losesPlace('at'),
  }
}
