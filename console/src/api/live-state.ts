/** Whether what is on the page is being brought up to date by the stream of events. */
import { useSyncExternalStore } from 'react'

export type LiveState = 'connecting' | 'live' | 'lost'
let state: LiveState = 'connecting'
const listeners = new Set<() => void>()
export function setLiveState(next: LiveState): void {
  state = next
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
export const useLiveState = (): LiveState => useSyncExternalStore(subscribe, () => state)
export const isLive = (): boolean => state === 'live'
