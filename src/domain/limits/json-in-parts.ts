/** Parses large JSON texts in parts and lets other requests run in between: 50 MB at once would block the server for half a second. */
import { setImmediate as letOthers } from 'node:timers/promises'
import { parseExact } from './exact-number.ts'
import { maxLevels, parseBounded, TooDeep } from './parse-json.ts'

/** Characters that are parsed at once: 2 to 5 ms. */
const partLength = 256 * 1024
/** Characters that are looked over at once. */
const lookLength = 2 * 1024 * 1024
/** Different names of fields in one text. Each costs the parser as much as 50 that come again, and every walk after it. */
const maxNames = 50_000

/** A text is JSON, perhaps, and has more different names of fields than it may have. */
export class TooManyNames extends Error {
  override readonly name = 'TooManyNames'
  constructor() {
    super(`The JSON has more than ${maxNames.toLocaleString('en')} different names of fields.`)
  }
}

/** Texts that are parsed at once. */
export const isShort = (text: string): boolean => text.length <= partLength

/** Throws TooDeep, TooManyNames, or what JSON.parse throws. */
export async function parseInParts(text: string): Promise<unknown> {
  if (isShort(text)) return parseBounded(text)
  const ends = await findLargeContainers(text)
  const start = skipSpace(text, 0)
  const end = ends.get(start)
  if (end === undefined) return parseExact(text)
  if (skipSpace(text, end) < text.length) throw unexpected(text, end)
  return (await containerAt(text, start, ends)).value
}

const [quote, backslash, comma, colon, openList, closeList, openObject, closeObject] = [34, 92, 44, 58, 91, 93, 123, 125]
/** FNV-1a. Two names that fall together are one too few, and no harm. */
const printStart = 0x811c9dc5
const printPrime = 0x01000193

const unexpected = (text: string, at: number): SyntaxError =>
  new SyntaxError(at < text.length ? `Unexpected token in JSON at position ${at}` : 'Unexpected end of JSON input')

/** Where each object and list ends that is too long to be parsed at once, by where it begins. One look at each character. */
async function findLargeContainers(text: string): Promise<ReadonlyMap<number, number>> {
  const ends = new Map<number, number>()
  const names = new Set<number>()
  const open: number[] = []
  let looked = 0
  for (let at = 0; at < text.length; at++) {
    if (at - looked > lookLength) {
      await letOthers()
      looked = at
    }
    const code = text.charCodeAt(at)
    if (code === openList || code === openObject) {
      if (open.push(at) > maxLevels) throw new TooDeep(maxLevels)
    } else if (code === closeList || code === closeObject) {
      const start = open.pop()
      if (start === undefined) throw unexpected(text, at)
      if (at - start > partLength) ends.set(start, at + 1)
    } else if (code === quote) {
      let print = printStart
      for (at++; at < text.length; at++) {
        const sign = text.charCodeAt(at)
        if (sign === quote) break
        print = Math.imul(print ^ sign, printPrime)
        if (sign === backslash) at++
      }
      if (text.charCodeAt(skipSpace(text, at + 1)) === colon && names.add(print).size > maxNames) throw new TooManyNames()
    }
  }
  if (open.length > 0) throw unexpected(text, text.length)
  return ends
}

function skipSpace(text: string, from: number): number {
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
  }
}

interface Read {
  readonly value: unknown
  /** After it. */
  readonly end: number
}

/** Its entries are parsed as many at a time as make a part; one that is too long for that is read as this one is. */
async function containerAt(text: string, start: number, ends: ReadonlyMap<number, number>): Promise<Read> {
  const entries = text.charCodeAt(start) === openList ? new Items() : new Fields()
  let at = skipSpace(text, start + 1)
  /** Where the entries begin and end that are not parsed yet. */
  let [from, to] = [at, at]
  const parseSome = (): void => {
    if (to > from) entries.add(text.slice(from, to))
  }
  if (text.charCodeAt(at) === entries.close) return { value: entries.value, end: at + 1 }
  for (;;) {
    const [name, valueStart] = entries.nameAt(text, at)
    const end = ends.get(valueStart)
    if (end === undefined) {
      to = findEnd(text, valueStart)
      if (to === valueStart) throw unexpected(text, to)
      at = to
    } else {
      parseSome()
      entries.set(name, (await containerAt(text, valueStart, ends)).value)
      at = skipSpace(text, end)
    }
    const sign = text.charCodeAt(at)
    if (sign !== comma && sign !== entries.close) throw unexpected(text, at)
    if (sign === entries.close || to - from > partLength) {
      if (end === undefined) parseSome()
      if (sign === entries.close) return { value: entries.value, end: at + 1 }
      await letOthers()
      from = to = skipSpace(text, at + 1)
    } else if (end !== undefined) from = to = skipSpace(text, at + 1)
    at = skipSpace(text, at + 1)
    if (text.charCodeAt(at) === entries.close) throw unexpected(text, at)
  }
}

class Items {
  readonly close = closeList
  readonly value: unknown[] = []

  nameAt(_text: string, at: number): readonly [name: string, valueStart: number] {
    return ['', at]
  }
  add(some: string): void {
    for (const item of parseExact(`[${some}]`) as unknown[]) this.value.push(item)
  }
  set(_name: string, item: unknown): void {
    this.value.push(item)
  }
}

class Fields {
  readonly close = closeObject
  readonly value: Record<string, unknown> = {}

  nameAt(text: string, at: number): readonly [name: string, valueStart: number] {
    if (text.charCodeAt(at) !== quote) throw unexpected(text, at)
    const end = skipText(text, at)
    const between = skipSpace(text, end)
    if (text.charCodeAt(between) !== colon) throw unexpected(text, between)
    return [text.slice(at, end), skipSpace(text, between + 1)]
  }
  add(some: string): void {
    for (const [name, value] of Object.entries(parseExact(`{${some}}`) as object)) this.#put(name, value)
  }
  set(name: string, value: unknown): void {
    this.#put(JSON.parse(name) as string, value)
  }
  /** As the parser does it: a field of its own, whatever it is called. */
  #put(name: string, value: unknown): void {
    if (name === '__proto__') Object.defineProperty(this.value, name, { value, writable: true, enumerable: true, configurable: true })
    else this.value[name] = value
  }
}

/** After the text in quotes that begins at `at`. */
function skipText(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const sign = text.charCodeAt(i)
    if (sign === quote) return i + 1
    if (sign === backslash) i++
  }
  return text.length
}

/** The comma after a value, or the sign that closes what it is in. */
function findEnd(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = skipText(text, at) - 1
    else if (code === openList || code === openObject) depth++
    else if (code === closeList || code === closeObject) {
      if (depth-- === 0) return at
    } else if (code === comma && depth === 0) return at
  }
  return text.length
}
