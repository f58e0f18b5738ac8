/** Blocks: conditions, and loops that count their turns. `if`, `unless` and `with` are Handlebars' own. */
import { isExact, isSameNumber } from '../../../domain/limits/exact-number.ts'
import type Handlebars from 'handlebars'
import type { HelperOptions } from 'handlebars'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import { extract } from '../../values/json-path.ts'
import { isPlainObject, toText } from '../../values/plain-value.ts'
import { spendTurn, TemplateError } from '../template-run.ts'
import { condition, inline, listOf, numberOf, type TemplateHelper } from './template-helper.ts'

/** Loosely, as `==` compares texts, numbers and booleans: 5 is "5". Objects are only themselves. */
const alike = (a: unknown, b: unknown): boolean =>
  a === b ||
  (a == null && b == null) ||
  (isScalar(a) &&
    isScalar(b) &&
    (String(a) === String(b) ||
      (String(a) !== '' && String(b) !== '' && (isExact(a) || isExact(b) ? isSameNumber(String(a), String(b)) : Number(a) === Number(b)))))
const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value) || isExact(value)

/** Numbers where both are, texts otherwise. Nothing is before or after a missing value. */
function order(a: unknown, b: unknown): number {
  if (a == null || b == null) return Number.NaN
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const isCounted = [a, b].some((one) => typeof one === 'number' || isExact(one))
  const [x, y] = isCounted ? [Number(a), Number(b)] : [toText(a), toText(b)]
  return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN
}

/** Two of the same digits are one. */
const plain = (value: unknown): unknown => (isExact(value) ? value.digits : value)

const operators: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '==': alike,
  '!=': (a, b) => !alike(a, b),
  '===': (a, b) => plain(a) === plain(b),
  '!==': (a, b) => plain(a) !== plain(b),
  '<': (a, b) => order(a, b) < 0,
  '>': (a, b) => order(a, b) > 0,
  '<=': (a, b) => order(a, b) <= 0,
  '>=': (a, b) => order(a, b) >= 0,
}

function compare(a: unknown, operator: unknown, b: unknown): boolean {
  const holds = Object.hasOwn(operators, toText(operator)) ? operators[toText(operator)] : undefined
  if (!holds)
    throw new TemplateError(`compare does not know the operator "${toText(operator)}". It knows ${Object.keys(operators).join(' ')}.`)
  return holds(a, b)
}

const contains = (where: unknown, what: unknown): boolean =>
  Array.isArray(where)
    ? where.some((entry) => alike(entry, what))
    : where !== undefined && where !== null && toText(what) !== '' && toText(where).includes(toText(what))

const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
  isFalsy: (value) => !value,
  isTruthy: Boolean,
  isArray: Array.isArray,
  isString: (value) => typeof value === 'string',
  isObject: isPlainObject,
  isNumber: (value) => typeof value === 'number' || isExact(value),
  isBoolean: (value) => typeof value === 'boolean',
}

/** A block whose every turn is counted; what a turn writes is counted with it. */
const counted = (options: HelperOptions): HelperOptions => ({
  ...options,
  fn: (context, more) => {
    const text = options.fn(context, more)
    spendTurn(text.length)
    return text
  },
})

type Each = (this: unknown, list: unknown, options: HelperOptions) => string
const handlebars = lazyLoad<typeof Handlebars>('handlebars')
let ofHandlebars: Each | undefined
const eachOfHandlebars = (): Each => (ofHandlebars ??= handlebars().create().helpers['each'] as Each)

const each: TemplateHelper = {
  name: 'each',
  run(list, options) {
    if (typeof (options as HelperOptions | undefined)?.fn !== 'function')
      throw new TemplateError('each needs a list: {{#each list}}…{{/each}}.')
    return eachOfHandlebars().call(this, list, counted(options as HelperOptions))
  },
}

/** One turn for each entry that equals `value`, or whose `property` does. */
const filter: TemplateHelper = {
  name: 'filter',
  run(...args) {
    const [list, value, property] = args.slice(0, -1)
    const options = counted(args.at(-1) as HelperOptions)
    const found = listOf(list).filter((entry) => alike(property === undefined ? entry : extract(entry, toText(property)), value))
    return found.length === 0 ? options.inverse(this) : found.map((entry) => options.fn(entry)).join('')
  },
}

/** `{{{{raw}}}}…{{{{/raw}}}}`: Handlebars leaves what is in it alone. */
const raw: TemplateHelper = { name: 'raw', run: (...args) => (args.at(-1) as HelperOptions).fn({}) }

export const blockHelpers: readonly TemplateHelper[] = [
  each,
  filter,
  raw,
  condition('compare', compare),
  condition('ifEven', (value) => (numberOf(value, 'ifEven') ?? 1) % 2 === 0),
  condition('and', (...values) => values.every(Boolean)),
  condition('or', (...values) => values.some(Boolean)),
  condition('not', (value) => !value),
  condition('neither', (...values) => !values.some(Boolean)),
  condition('contains', contains),
  condition('inArray', (list, value) => Array.isArray(list) && list.includes(value)),
  // An unquoted isNumber is a field that is not there; the parser cannot tell, so both ways of writing the test must be texts.
  condition('some', (list, test) => listOf(list).some(Object.hasOwn(tests, toText(test)) ? (tests[toText(test)] ?? Boolean) : Boolean)),
  condition('startsWith', (prefix, text) => toText(text).startsWith(toText(prefix))),
  condition(
    'isEmpty',
    (value) => value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0),
  ),
  inline('eq', alike),
  inline('isTruthy', Boolean),
  inline('isFalsey', (value) => !value),
  inline('typeOf', (value) => (Array.isArray(value) ? 'array' : typeof value)),
]
