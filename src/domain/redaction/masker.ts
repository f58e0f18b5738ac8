/**
 * Takes secrets out of a text that somebody else wrote (an application's answer, a script's line) before any of it is kept or shown. A secret is found as it
 * is, escaped for a URL, JSON or HTML, in hexadecimal, and in base64 wherever in the encoded text it begins. The text is masked first and cut then, so that a
 * cut leaves no half of a secret.
 */
import { mask } from '../../contract/kit.ts'
import { startInText, endInText, buildViews, type View } from './views.ts'

export interface Masker {
  /** The text without the secrets. With `longest`, no more of it than so many characters. */
  redact: Redact
  /** Whether any secret of 5 characters or more stands in the text: for deciding where a text may go. */
  holds(text: string): boolean
}
export type Redact = (text: string, longest?: number) => string

/** Characters from which on a secret is masked wherever it stands. A shorter one is a word of other words, and is masked where the text says what it is. */
const minAnywhere = 8
const minHeld = 5
/** Characters that one of a secret may take: `%25255C`, `&amp;#x0000005c;`. What is cut is looked at so far beyond the cut. */
const widest = 16

/** Where there are no secrets. */
export const redactNothing: Redact = (text, longest) => cut(text, [], longest)

/** Characters of a text that may have been cut before it came here: then as few as two of a secret at its end are masked. */
const longEnoughToBeCut = 1000

type Range = readonly [from: number, to: number]

export function createMasker(secrets: readonly string[]): Masker {
  const known = [...new Set(secrets.filter((secret) => secret !== '').flatMap(addDecoded))]
  if (known.length === 0) return { redact: redactNothing, holds: () => false }
  const beyond = Math.max(...known.map((secret) => secret.length)) * widest
  // Most runs have no failure to mask anything in.
  const finder = memo(() => createFinder(known, minAnywhere))
  const holder = memo(() => createFinder(known, minHeld))
  return {
    redact(text, longest) {
      const looked = longest === undefined ? text : text.slice(0, longest + beyond)
      return cut(text, merged(finder()(looked)), longest)
    },
    // As it is first: that is how a template puts it, and requests are looked at one by one.
    holds: (text) => known.some((secret) => secret.length >= minHeld && text.includes(secret)) || holder()(text).length > 0,
  }
}

function memo<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** A token of basic authorization is sent as base64, and applications tell what is in it. */
function addDecoded(secret: string): readonly string[] {
  if (!/^[\w+/-]{8,}={0,2}$/.test(secret)) return [secret]
  const decoded = Buffer.from(secret, 'base64').toString('latin1')
  if (!/^[\x20-\x7e]{6,}$/.test(decoded)) return [secret]
  return decoded.includes(':')
    ? [secret, decoded, decoded.slice(decoded.indexOf(':') + 1)].filter((each) => each !== '')
    : [secret, decoded]
}

function createFinder(secrets: readonly string[], shortest: number): (text: string) => Range[] {
  const long = secrets.filter((secret) => secret.length >= shortest)
  const plain = [...new Set(long.flatMap((secret) => buildViews(secret).map(({ bytes }) => bytes)))].filter(
    (bytes) => bytes.length >= shortest,
  )
  const hex = long.map((secret) => Buffer.from(secret, 'utf8').toString('hex'))
  const base64 = [...new Set(long.flatMap(base64Cores))]
  const named = namedPattern(secrets.filter((secret) => secret.length < shortest))
  const begun = [...plain, ...hex, ...base64]
  return (text) =>
    buildViews(text).flatMap((view) => [
      ...endOf(view, begun, text.length >= longEnoughToBeCut ? 2 : minAnywhere),
      ...allOf(view, view.bytes, plain),
      ...(/[0-9a-f]{10}/i.test(view.bytes) ? allOf(view, view.bytes.toLowerCase(), hex) : []),
      ...inBase64(view, base64),
      ...(named ? namedIn(view, named) : []),
    ])
}

/** The beginning of a secret at the very end: the text came cut, from an application or out of the sandbox, perhaps within an escape. */
function endOf(view: View, begun: readonly string[], least: number): Range[] {
  const before = Math.max(0, view.bytes.length - 16)
  const end = before + view.bytes.slice(before).search(/(?:%[0-9a-f]?|\\(?:u[0-9a-f]{0,3})?|&[#\w]{0,8})?(?:\u00e2\u0080\u00a6|\.{3})?$/i)
  const last = view.bytes[end - 1]
  return begun.flatMap((secret): Range[] => {
    for (let length = Math.min(secret.length - 1, end); length >= least; length--)
      if (secret[length - 1] === last && view.bytes.endsWith(secret.slice(0, length), end))
        return [[startInText(view, end - length), endInText(view, end - 1)]]
    return []
  })
}

function allOf(view: View, bytes: string, wanted: readonly string[], widen = 0): Range[] {
  const found: Range[] = []
  for (const each of wanted)
    for (let at = bytes.indexOf(each); at >= 0; at = bytes.indexOf(each, at + each.length)) {
      let start = at
      let end = at + each.length
      if (widen > 0) {
        if (start > 0 && isBase64.test(bytes[start - 1] ?? '')) start--
        if (isBase64.test(bytes[end] ?? '')) end++
        while (bytes[end] === '=') end++
      }
      found.push([startInText(view, start), endInText(view, end - 1)])
    }
  return found
}

const isBase64 = /[A-Za-z0-9+/]/

/** The characters of base64 that a secret alone decides, for each of the three places in a group of bytes where it can begin. */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
}

/** In either alphabet, in lines too. The character at each end that the secret shares with its neighbours goes with it. */
function inBase64(view: View, cores: readonly string[]): Range[] {
  if (cores.length === 0 || !/[\w+/-]{6}/.test(view.bytes)) return []
  const bytes = view.bytes.replaceAll('-', '+').replaceAll('_', '/')
  const found = allOf(view, bytes, cores, 1)
  const joined = withoutLineEnds(view, bytes)
  return joined ? [...found, ...allOf(joined, joined.bytes, cores, 1)] : found
}

/** Long texts in base64 come in lines, also within JSON, where their ends are escaped: undone, `+` would be a space. */
const lineEnd = /\r|\n|\\{1,15}[rn]/g
const inLines = /[A-Za-z0-9+/](?:\r?\n|(?:\\{1,15}r)?\\{1,15}n)[A-Za-z0-9+/]/

function withoutLineEnds(view: View, bytes: string): View | undefined {
  if (!inLines.test(bytes)) return undefined
  const from: number[] = []
  const to: number[] = []
  let joined = ''
  let at = 0
  const keep = (end: number): void => {
    joined += bytes.slice(at, end)
    for (; at < end; at++) {
      from.push(startInText(view, at))
      to.push(endInText(view, at))
    }
  }
  for (const { 0: ended, index } of bytes.matchAll(lineEnd)) {
    keep(index)
    at = index + ended.length
  }
  keep(bytes.length)
  return { bytes: joined, places: { from, to } }
}

/** `"password":"p"`, `token=abc`, `Authorization: Bearer abc`, `://user:p@`. */
const naming = String.raw`(?:(?:pass|pwd|secret|token|key|auth|credential)[\w-]{0,32}["'\\]{0,4}\s{0,4}(?:[:=]|is\b)\s{0,4}["'\\]{0,4}(?:(?:bearer|basic|token)\s{1,4})?|\b(?:bearer|basic|token)\s{1,4}|://[^\s/:@]{0,64}:)`

/** Short secrets, where the text itself says that they are: a password `p` is no reason to blank a letter of every word. */
function namedPattern(secrets: readonly string[]): RegExp | undefined {
  if (secrets.length === 0) return undefined
  const values = [...new Set(secrets.flatMap((secret) => [secret, ...buildViews(secret).map(({ bytes }) => bytes)]))]
  const longestFirst = values.toSorted((a, b) => b.length - a.length).map((value) => RegExp.escape(value))
  return new RegExp(`${naming}(${longestFirst.join('|')})(?!\\w)`, 'gi')
}

const namedIn = (view: View, pattern: RegExp): Range[] =>
  [...view.bytes.matchAll(pattern)].map(({ 0: all, 1: value = '', index }): Range => {
    const end = index + all.length
    return [startInText(view, end - value.length), endInText(view, end - 1)]
  })

function merged(ranges: readonly Range[]): Range[] {
  const found: [number, number][] = []
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = found.at(-1)
    if (last && from < last[1]) last[1] = Math.max(last[1], to)
    else found.push([from, to])
  }
  return found
}

/** The cut counts characters of the text as it came; a secret across it is masked whole. */
function cut(text: string, ranges: readonly Range[], longest = Number.POSITIVE_INFINITY): string {
  const end = text.length <= longest ? text.length : longest - 1
  let kept = ''
  let at = 0
  for (const [from, to] of ranges) {
    if (from >= end) break
    kept += text.slice(at, from) + mask
    at = to
  }
  if (at < end) kept += text.slice(at, end)
  return end < text.length ? `${kept.toWellFormed()}…` : kept
}
