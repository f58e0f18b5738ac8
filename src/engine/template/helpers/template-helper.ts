/** What a helper of templates is, and the three ways to make one. A helper is one value in one list; nothing registers itself. */
import type { HelperOptions } from 'handlebars'
import { formatValue, toText } from '../../values/plain-value.ts'
import { type Escaping, TemplateError } from '../template-run.ts'

export interface TemplateHelper {
  readonly name: string
  /** Its result is already fit for there: `{{jsonEncode x}}` in a JSON body must not be escaped again. */
  readonly writtenFor?: Escaping
  readonly run: (this: unknown, ...args: unknown[]) => unknown
}

/** `{{name a b}}`: a value from values. */
export const inline = (name: string, of: (...args: unknown[]) => unknown, writtenFor?: Escaping): TemplateHelper => ({
  name,
  ...(writtenFor && { writtenFor }),
  run: (...args) => of(...args.slice(0, -1)),
})

/** `{{name a key=value}}`: the named arguments come first. */
export const inlineNamed = (
  name: string,
  of: (named: Readonly<Record<string, unknown>>, ...args: unknown[]) => unknown,
): TemplateHelper => ({
  name,
  run: (...args) => of((args.at(-1) as HelperOptions).hash as Record<string, unknown>, ...args.slice(0, -1)),
})

/** `{{#name a b}}…{{else}}…{{/name}}`; where it is used as a value it answers true or false. */
export const condition = (name: string, holds: (...args: unknown[]) => boolean): TemplateHelper => ({
  name,
  run(...args) {
    const options = args.at(-1) as HelperOptions
    const yes = holds(...args.slice(0, -1))
    if (typeof options.fn !== 'function') return yes
    return yes ? options.fn(this) : options.inverse(this)
  },
})

/** Missing and empty are no number. Throws `TemplateError` on what cannot be one. */
export function numberOf(value: unknown, helper: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'number' ? value : Number(toText(value).trim())
  if (!Number.isFinite(number)) throw new TemplateError(`${helper} needs a number, and got ${formatValue(value)}.`)
  return number
}

/** A whole number between bounds, for lengths and positions. */
export function countOf(value: unknown, helper: string, otherwise: number, most: number): number {
  const number = Math.trunc(numberOf(value, helper) ?? otherwise)
  if (Math.abs(number) > most) throw new TemplateError(`${helper} takes at most ${most}, and got ${number}.`)
  return number
}

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
