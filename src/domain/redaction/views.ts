/**
 * A text as it reads once escapes are undone, as often as they were put on: percent encoding and form fields, JSON, HTML. A view holds the UTF-8 bytes of
 * the text, one a character, and knows where in the text each came from.
 */

export interface View {
  readonly bytes: string
  /** Where in the text the byte at a position begins and ends; absent where byte and character are the same. */
  readonly places?: { readonly from: readonly number[]; readonly to: readonly number[] }
}

/** Escapes within escapes that are undone. A message that quotes an answer that quotes a request has three. */
const maxDepth = 4

// oxlint-disable-next-line no-control-regex -- what is ASCII is its own UTF-8
const ascii = /^[\u0000-\u007f]*$/

function buildView(text: string): View {
  if (ascii.test(text)) return { bytes: text }
  return spelled(text, 1)
}

/** The text as it is, and with one more layer of escapes undone each, until there are none. */
export function buildViews(text: string): readonly View[] {
  const views = [buildView(text)]
  for (let view = views[0]; view && views.length <= maxDepth;) {
    view = undoEscapes(view)
    if (view) views.push(view)
  }
  return views
}

export const startInText = ({ places }: View, at: number): number => places?.from[at] ?? at
export const endInText = ({ places }: View, at: number): number => places?.to[at] ?? at + 1

/** Quantifiers are bounded or stand at the end: the time is linear in the text, whatever an application answers. */
const escape =
  /%[0-9a-f]{2}|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[\\"'/bfnrt]|&(?:#x0{0,8}[0-9a-f]{1,6}|#0{0,8}[0-9]{1,7}|[a-z]{2,8});|\+/gi

function undoEscapes(view: View): View | undefined {
  if (!/[%\\&+]/.test(view.bytes)) return undefined
  let bytes = ''
  const from: number[] = []
  const to: number[] = []
  const keep = (start: number, end: number): void => {
    bytes += view.bytes.slice(start, end)
    for (let i = start; i < end; i++) {
      from.push(startInText(view, i))
      to.push(endInText(view, i))
    }
  }
  let at = 0
  for (const { 0: escaped, index } of view.bytes.matchAll(escape)) {
    const means = decodeEscape(escaped)
    if (!means) continue
    keep(at, index)
    at = index + escaped.length
    bytes += means.bytes
    for (let i = 0; i < means.bytes.length; i++) {
      from.push(startInText(view, index + startInText(means, i)))
      to.push(endInText(view, index + endInText(means, i) - 1))
    }
  }
  if (at === 0) return undefined
  keep(at, view.bytes.length)
  return { bytes, places: { from, to } }
}

const short: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
/** The names that HTML has for characters that secrets are made of. */
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  sol: '/',
  plus: '+',
  equals: '=',
  colon: ':',
  semi: ';',
  comma: ',',
  period: '.',
  excl: '!',
  num: '#',
  dollar: '$',
  percnt: '%',
  lpar: '(',
  rpar: ')',
  ast: '*',
  midast: '*',
  quest: '?',
  commat: '@',
  lsqb: '[',
  lbrack: '[',
  bsol: '\\',
  rsqb: ']',
  rbrack: ']',
  hat: '^',
  lowbar: '_',
  grave: '`',
  lbrace: '{',
  lcub: '{',
  vert: '|',
  verbar: '|',
  rbrace: '}',
  rcub: '}',
  nbsp: '\u00a0',
  tab: '\t',
  newline: '\n',
  hyphen: '-',
  dash: '-',
}

/** What an escape stands for, and which part of it each byte comes from; undefined for what only looks like one. */
function decodeEscape(escaped: string): View | undefined {
  const second = escaped[1] ?? ''
  const whole = (bytes: string): View => ({
    bytes,
    places: { from: Array.from(bytes, () => 0), to: Array.from(bytes, () => escaped.length) },
  })
  if (escaped === '+') return whole(' ')
  // Bytes as they are: several of them are one character.
  if (escaped[0] === '%') return whole(byteOf(escaped.slice(1)))
  if (escaped[0] === '\\') {
    if (second === 'x' || second === 'X') return whole(byteOf(escaped.slice(2)))
    if (second !== 'u' && second !== 'U') return whole(short[second] ?? second)
    const units = escaped.match(/[0-9a-f]{4}/gi) ?? []
    return spelled(String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16))), '\\u0000'.length)
  }
  const character = characterOf(escaped.slice(1, -1))
  return character === undefined ? undefined : whole(bytesOf(character))
}

const byteOf = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16))

/** Of an entity of HTML, between `&` and `;`. */
function characterOf(entity: string): string | undefined {
  if (entity[0] !== '#') return named[entity.toLowerCase()]
  const isHex = entity[1] === 'x' || entity[1] === 'X'
  const code = Number.parseInt(entity.slice(isHex ? 2 : 1), isHex ? 16 : 10)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** The bytes of a text, and for each the place of its character, where one unit of the text takes `width` characters. */
function spelled(text: string, width: number): View {
  let bytes = ''
  const from: number[] = []
  const to: number[] = []
  let at = 0
  for (const character of text) {
    const end = at + character.length * width
    for (const byte of bytesOf(character)) {
      bytes += byte
      from.push(at)
      to.push(end)
    }
    at = end
  }
  return { bytes, places: { from, to } }
}
