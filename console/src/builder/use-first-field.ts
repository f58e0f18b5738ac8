/** The focus comes along where what had it made place for a form: to the first field that waits to be filled in, else to where the form begins. */
import { useEffect, useRef, type RefObject } from 'react'

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | HTMLButtonElement

/** `isWanted`: not of what opens with the page, where nobody has begun yet. */
export function useFirstField(isWanted = true): RefObject<HTMLDivElement | null> {
  const form = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isWanted || document.activeElement !== document.body) return
    const controls = [...(form.current?.querySelectorAll<Control>('input, textarea, select, button') ?? [])]
    const waits = (control: Control) => control.tagName !== 'BUTTON' && control.ariaRequired === 'true' && control.value === ''
    const first = controls.find(waits) ?? controls[0]
    first?.focus({ preventScroll: true })
  }, [])
  return form
}
