/** Whether a value is what its element has to be: long enough and not too long, a number, one of its qualifiers, what the EDI profile says. */
import type { ElementFault } from './acknowledgement/received.ts'
import type { Element, Structure } from './definition.ts'
import type { Profile } from './work.ts'

interface WrongElement {
  readonly fault: ElementFault
  /** The end of a sentence that begins with the name of the element. */
  readonly message: string
}

/** Why it is not. */
export function faultOfElement(
  element: Element,
  value: string,
  { checksElements, checksProfile }: Structure,
  profile: Profile | undefined,
): WrongElement | undefined {
  const { required, minLength = 0, maxLength = Number.POSITIVE_INFINITY, isNumber, qualifiers, reference } = element
  if (checksElements) {
    if (value === '') return required ? { fault: 'missing', message: 'is missing.' } : undefined
    if (value.length < minLength)
      return { fault: 'too_short', message: `has ${value.length} characters, and ${minLength} at least are to be there.` }
    if (value.length > maxLength)
      return { fault: 'too_long', message: `has ${value.length} characters, and ${maxLength} at the most may be there.` }
    if (isNumber && !/^[+-]?\d*[.,]?\d+$/.test(value.trim()))
      return { fault: 'not_numeric', message: `is "${value.slice(0, 50)}", which is no number.` }
    if (qualifiers.length > 0 && !qualifiers.includes(value.trim()))
      return { fault: 'not_allowed', message: `is "${value.slice(0, 50)}", and may be ${qualifiers.slice(0, 20).join(', ')}.` }
  }
  if (!checksProfile || !profile || reference === undefined) return undefined
  const wanted = fillReferences(reference, profile)
  return wanted === undefined || wanted === '' || wanted.trim() === value.trim()
    ? undefined
    : { fault: 'not_allowed', message: `is "${value.trim().slice(0, 50)}", and the EDI profile says "${wanted.trim().slice(0, 50)}".` }
}

/** Undefined where the profile does not say one of them. */
function fillReferences(template: string, profile: Profile): string | undefined {
  let isSaid = true
  const text = template.replaceAll(/\{\{\{?\s*ediProfile\.([\w.]+)\s*\}?\}\}/g, (_all, name: string) => {
    const value = Object.hasOwn(profile, name) ? profile[name] : undefined
    if (typeof value !== 'string' && typeof value !== 'number') isSaid = false
    return String(value)
  })
  return isSaid && !text.includes('{{') ? text : undefined
}
