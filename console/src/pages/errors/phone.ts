/** How much room a list has: on a phone, and wherever little is left, it shows less. */
import { useSyncExternalStore } from 'react'

/** The style sheet says the same. Pixels. */
const phone = 760
/** What stands beside a list on a wide page: the places, and the edges of the page. Pixels. */
const beside = 320

const subscribe = (listener: () => void) => {
  addEventListener('resize', listener)
  return () => removeEventListener('resize', listener)
}

export const isPhone = (): boolean => window.innerWidth <= phone

export const useIsPhone = (): boolean => useSyncExternalStore(subscribe, isPhone)

/** Pixels that a list is wide. */
export function useRoom(): number {
  const width = useSyncExternalStore(subscribe, () => window.innerWidth)
  return width <= phone ? width : width - beside
}
