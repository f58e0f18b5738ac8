/** Numbers that JavaScript would round: 12345678901234567890 is another number to it. They are carried as their digits, and written as they came. */

/** What JavaScript's numbers keep for sure: 15 digits. Shorter ones are not looked at. */
const surelyKept = 15
/** Decimals of so many digits are what programs print of their own numbers: the digits after are noise. */
const printedDigits = 17

/** Written as its digits; as a number where one is computed with, and then the nearest. */
export class ExactNumber {
  readonly digits: string
  constructor(digits: string) {
    this.digits = digits
  }
  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.digits)
  }
  toString(): string {
    return this.digits
  }
  /** Text that is put together has the digits; only arithmetic and order have the nearest number. */
  [Symbol.toPrimitive](hint: string): string | number {
    return hint === 'number' ? Number(this.digits) : this.digits
  }
}

export const isExact = (value: unknown): value is ExactNumber => value instanceof ExactNumber

/** The number of a text: a JavaScript number where that is the same, else its digits. */
export function parseNumber(text: string): number | ExactNumber {
  const digits = asJson(text)
  checkDigits(digits)
  return changes(digits) ? new ExactNumber(digits) : Number(digits)
}

/** `+5`, `.5`, `5.` and `007` as JSON has them. */
function asJson(text: string): string {
  const parts = /^([+-]?)(\d*)\.?(\d*)(e[+-]?\d+)?$/i.exec(text.trim())
  if (!parts) return text
  const [, sign = '', whole = '', fraction = '', exponent = ''] = parts
  return `${sign === '-' ? '-' : ''}${whole.replace(/^0+(?=\d)/, '') || '0'}${fraction === '' ? '' : `.${fraction}`}${exponent}`
}

/** Whether two numbers, as texts, are the same, however long. */
export const isSameNumber = (a: string, b: string): boolean => grammar.test(asJson(a)) && normal(asJson(a)) === normal(asJson(b))

const grammar = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i

/** Sign, digits without zeros around them, and the power of ten of the last one. */
function normal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const kept = digits.replace(/0+$/, '')
  return kept === '' ? '0' : `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`
}

/** Of a number as JSON has it. */
function changes(text: string): boolean {
  const value = Number(text)
  const mantissa = text.replace(/e.*$/i, '')
  const count = mantissa.replace(/^-?[0.]*/, '').replace('.', '').length
  if (Number.isFinite(value) && (count <= surelyKept || (mantissa.includes('.') && count <= printedDigits))) return value === 0 && count > 0
  return !Number.isFinite(value) || normal(String(value)) !== normal(text)
}

/** Digits, and powers of ten, of a number that is carried: the database keeps them. */
const maxDigits = 1_000

function checkDigits(digits: string): void {
  const power = Math.abs(Number(/e(.*)$/i.exec(digits)?.[1] ?? 0))
  if (digits.length > maxDigits || power > maxDigits) throw new SyntaxError(`A number of more than ${maxDigits} digits cannot be carried.`)
}

const [quote, backslash, minus, zero, nine] = [34, 92, 45, 48, 57]
/** Digits, `.`, `e`, `E`, `+` and `-`. */
const isOfNumber = (code: number): boolean =>
  (code >= zero && code <= nine) || code === 46 || code === 101 || code === 69 || code === minus || code === 43

/** Only a text with one of these holds such a number, if not in a text of its own. Takes 3 ns a character. */
const candidate = /\d[\d.]{15}|\d[eE][+-]?\d{3}/

/** The JSON text with each such number as `write` has it. Undefined where there is none. */
function rewriteNumbers(json: string, write: (digits: string) => string): string | undefined {
  if (!candidate.test(json)) return undefined
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === quote) {
      for (at++; at < json.length && json.charCodeAt(at) !== quote; at++) if (json.charCodeAt(at) === backslash) at++
    } else if (code === minus || (code >= zero && code <= nine)) {
      let end = at + 1
      while (isOfNumber(json.charCodeAt(end))) end++
      const digits = json.slice(at, end)
      if ((end - at > surelyKept || /e/i.test(digits)) && grammar.test(digits) && changes(digits)) {
        checkDigits(digits)
        parts.push(json.slice(from, at), write(digits))
        from = end
      }
      at = end - 1
    }
  }
  if (parts.length === 0) return undefined
  parts.push(json.slice(from))
  return parts.join('')
}

/** For readers that know no such numbers: they get texts. */
export const withNumbersAsTexts = (json: string): string => rewriteNumbers(json, (digits) => `"${digits}"`) ?? json

/** Marks the texts that stand for numbers while a text is parsed; nobody can guess it. */
const marker = `${crypto.randomUUID()}:`

/** As JSON.parse, with exact numbers where they are needed. */
export function parseExact(json: string): unknown {
  const marked = rewriteNumbers(json, (digits) => `"${marker}${digits}"`)
  if (marked === undefined) return JSON.parse(json) as unknown
  const root = { value: JSON.parse(marked) as unknown }
  const left: object[] = [root]
  for (let of = left.pop(); of !== undefined; of = left.pop()) {
    for (const [key, value] of Object.entries(of)) {
      if (typeof value === 'string' && value.startsWith(marker))
        (of as Record<string, unknown>)[key] = new ExactNumber(value.slice(marker.length))
      else if (typeof value === 'object' && value !== null) left.push(value as object)
    }
  }
  return root.value
}

/** A number that a document could not keep, with the dotted path of its field. */
export function findExactNumber(json: string): { readonly field: string; readonly digits: string } | undefined {
  if (rewriteNumbers(json, (digits) => digits) === undefined) return undefined
  const left: { readonly path: string; readonly value: unknown }[] = [{ path: '', value: parseExact(json) }]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { path, value } = next
    if (isExact(value)) return { field: path, digits: value.digits }
    if (typeof value !== 'object' || value === null) continue
    for (const [key, below] of Object.entries(value)) left.push({ path: path === '' ? key : `${path}.${key}`, value: below })
  }
  return undefined
}
