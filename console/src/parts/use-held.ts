/** A form that waits for an answer is held still: nothing is typed into it that the answer would take away. The focus comes back afterwards. */
import { useEffect, useLayoutEffect, useRef } from 'react'

export function useHeld(isBusy: boolean): { readonly inert: boolean } {
  const focused = useRef<Element>(null)
  useLayoutEffect(() => {
    if (isBusy) focused.current = document.activeElement
  }, [isBusy])
  useEffect(() => {
    if (!isBusy && document.activeElement === document.body && focused.current instanceof HTMLElement) focused.current.focus()
  }, [isBusy])
  return { inert: isBusy }
}
