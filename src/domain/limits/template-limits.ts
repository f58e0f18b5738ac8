/** How large a template may be, looked at before anything parses it: the parser recurses, and what it makes takes 300 times the memory of the text. */
import { isObject } from '../../contract/is-object.ts'
import { DomainError } from '../errors.ts'

/** Characters. The longest known are request bodies of some thousand. */
const largestTemplate = 100_000
/** Expressions (`{{ }}`) of one template. 2,000 take 0.2 s to compile, 49,000 took 14 s. */
const maxExpressions = 2_000
/** Characters within the expressions of one template: 8,000 take at most 0.1 s. */
const maxWithin = 40_000
/** The same for all templates of one document, so that many of them are no way around it. */
const maxOfDocument = 100_000
/** Blocks within blocks, and helpers within helpers. */
export const deepestTemplate = 50

export interface TemplateShape {
  /** Why it is refused, as the end of a sentence. */
  readonly refusal?: string
  /** Characters within its expressions. */
  readonly within: number
}

const many = (count: number): string => count.toLocaleString('en')

/** Once over the text, without recursion. */
export function measureTemplate(text: string): TemplateShape {
  if (text.length > largestTemplate) return { refusal: `is longer than ${many(largestTemplate)} characters`, within: 0 }
  let [expressions, within, blocks] = [0, 0, 0]
  for (let open = text.indexOf('{{'); open >= 0;) {
    const inner = measureExpression(text, open + 2)
    expressions++
    within += inner.length
    const start = text.slice(open + 2, open + 6)
    if (/^[{~ ]*#/.test(start)) blocks++
    else if (/^[{~ ]*\//.test(start)) blocks--
    if (inner.depth > deepestTemplate || blocks > deepestTemplate)
      return { refusal: `is nested deeper than ${deepestTemplate} levels`, within }
    if (expressions > maxExpressions) return { refusal: `holds more than ${many(maxExpressions)} expressions`, within }
    if (within > maxWithin) return { refusal: `holds more than ${many(maxWithin)} characters in its expressions`, within }
    open = text.indexOf('{{', open + 2 + inner.length)
  }
  return { within }
}

/** From after the braces to the ones that close them, quotes being jumped over; to the end where nothing closes them. */
function measureExpression(text: string, from: number): { readonly length: number; readonly depth: number } {
  let [now, depth] = [0, 0]
  for (let at = from; at < text.length; at++) {
    const sign = text[at]
    if (sign === '(') depth = Math.max(depth, ++now)
    else if (sign === ')') now--
    else if (sign === '}' && text[at + 1] === '}') return { length: at - from, depth }
    else if (sign === '"' || sign === "'") at = Math.max(at, text.indexOf(sign, at + 1))
  }
  return { length: text.length - from, depth }
}

/** Throws a DomainError that names the field. */
export function checkTemplates(body: Readonly<Record<string, unknown>>): void {
  let within = 0
  const look = (value: unknown, field: string): void => {
    if (typeof value === 'string' && value.includes('{{')) {
      const shape = measureTemplate(value)
      within += shape.within
      const refusal = shape.refusal ?? (within > maxOfDocument ? tooMuch() : undefined)
      if (refusal !== undefined) throw new DomainError('invalid_field', `The template in ${field} ${refusal}.`, field)
    } else if (Array.isArray(value)) for (const [i, below] of value.entries()) look(below, `${field}.${i}`)
    else if (isObject(value)) for (const [name, below] of Object.entries(value)) look(below, field === '' ? name : `${field}.${name}`)
  }
  look(body, '')
}

/** A function: the first number that is formatted takes some 20 ms, in every process that loads this file. */
const tooMuch = (): string => `makes the document hold more than ${many(maxOfDocument)} characters in the expressions of its templates`
