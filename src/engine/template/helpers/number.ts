/** Arithmetic and the writing of numbers. Missing values leave a sum alone; a text that is no number is an error. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { ordinal } from '../../values/date.ts'
import { TemplateError } from '../template-run.ts'
import { countOf, inline, numberOf, type TemplateHelper } from './template-helper.ts'

/** 3 × 19.99 is 59.97: binary fractions show after the 15th digit. */
const tidy = (number: number): number => Number(number.toPrecision(15))

const numbersIn = (args: readonly unknown[], helper: string): number[] => args.flat(Infinity).flatMap((arg) => numberOf(arg, helper) ?? [])
const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

/** Of one number; nothing of nothing. */
const ofOne = (name: string, of: (number: number, digits: unknown) => number | string): TemplateHelper =>
  inline(name, (value, digits) => {
    const number = numberOf(value, name)
    return number === undefined ? '' : of(number, digits)
  })

const ofTwo = (name: string, of: (a: number, b: number) => number): TemplateHelper =>
  inline(name, (a, b) => {
    const result = of(numberOf(a, name) ?? 0, numberOf(b, name) ?? 0)
    if (!Number.isFinite(result)) throw new TemplateError(`${name} cannot divide by zero.`)
    return tidy(result)
  })

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
function bytes(size: number, precision: number): string {
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(size))) / 3)))
  return `${Math.trunc((size / 1000 ** unit) * 10 ** precision) / 10 ** precision} ${units[unit]}`
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
function random(method: unknown, length: unknown): string {
  const count = Math.max(1, countOf(length, 'random', 32, 1_000))
  if (method === 'number') return Array.from({ length: count }, () => randomInt(10)).join('')
  if (method === 'uuid') return length === undefined ? randomUUID() : randomBytes(count).toString('hex').slice(0, count)
  return Array.from({ length: count }, () => letters[randomInt(letters.length)]).join('')
}

/** Digits that Number's own methods take. */
const digitsOf = (value: unknown, helper: string, otherwise: number): number => Math.max(0, countOf(value, helper, otherwise, 100))

export const numberHelpers: readonly TemplateHelper[] = [
  inline('add', (...args) => tidy(total(numbersIn(args, 'add')))),
  inline('sum', (...args) => tidy(total(numbersIn(args, 'sum')))),
  inline('avg', (...args) => {
    const numbers = numbersIn(args, 'avg')
    return numbers.length === 0 ? '' : tidy(total(numbers) / numbers.length)
  }),
  ofTwo('subtract', (a, b) => a - b),
  ofTwo('multiply', (a, b) => a * b),
  ofTwo('divide', (a, b) => a / b),
  ofTwo('modulo', (a, b) => a % b),
  ofOne('abs', Math.abs),
  ofOne('ceil', Math.ceil),
  ofOne('floor', Math.floor),
  ofOne('round', (number) => Math.round(number)),
  ofOne('toFixed', (number, digits) => number.toFixed(digitsOf(digits, 'toFixed', 0))),
  ofOne('toExponential', (number, digits) =>
    digits === undefined ? number.toExponential() : number.toExponential(digitsOf(digits, 'toExponential', 0)),
  ),
  ofOne('toPrecision', (number, digits) =>
    digits === undefined ? String(number) : number.toPrecision(Math.max(1, digitsOf(digits, 'toPrecision', 1))),
  ),
  ofOne('addCommas', (number) => number.toLocaleString('en-US', { maximumFractionDigits: 20 })),
  ofOne('bytes', (number, precision) => bytes(number, digitsOf(precision, 'bytes', 2))),
  ofOne('ordinalize', (number) => ordinal(Math.trunc(number))),
  inline('random', random),
]
