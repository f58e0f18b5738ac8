/** Takes the records out of a JSON text of any length, one after the other as they end: the elements of the list that a path of names leads to. */

const [quote, backslash, comma, openList, closeList, openObject, closeObject] = [34, 92, 44, 91, 93, 123, 125]
const [zero, nine, dot, smallE, largeE] = [48, 57, 46, 101, 69]
/** Digits that JavaScript keeps for sure. */
const shortNumber = 15
const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9

/** What a character is outside of texts, by its code: one look at a table is several times as fast as comparing it with each. */
const [spaceKind, quoteKind, openKind, closeKind, commaKind, numberKind] = [1, 2, 3, 4, 5, 6]
const kinds = new Uint8Array(0x10000)
for (const [kind, characters] of [
  [spaceKind, ' \n\r\t'],
  [quoteKind, '"'],
  [openKind, '[{'],
  [closeKind, ']}'],
  [commaKind, ','],
  [numberKind, '-./0123456789'],
] as const)
  for (const character of characters) kinds[character.charCodeAt(0)] = kind

/** `data.orders`, and not `data[0].orders`: whether a list can be found without holding what stands before it. */
export const isPathOfNames = (path: string): boolean => /^[\w-]+(?:\.[\w-]+)*$/.test(path)

export type Ending = 'invalid_json' | 'too_deep' | 'record_too_large' | 'list_on_the_way'

/** Elements that stand in one text, with commas and spaces between them. */
export interface Elements {
  readonly text: string
  /** Where each begins and ends in it. */
  readonly begins: readonly number[]
  readonly ends: readonly number[]
  /** Their characters, without the spaces between their parts. */
  readonly sizes: readonly number[]
  /** None of their numbers is so long that JavaScript might round it. */
  readonly hasShortNumbers: boolean
}

export class Unparted extends Error {
  override readonly name = 'Unparted'
  readonly ending: Ending
  constructor(ending: Ending) {
    super(ending)
    this.ending = ending
  }
}

interface Bounds {
  /** Characters of one record. */
  readonly mostOfRecord: number
  /** Objects and lists inside each other. */
  readonly mostLevels: number
}

/** Fed with the text in parts of any length. What stands beside the path is looked over, and nothing is kept of it. */
export class JsonElements {
  readonly #path: readonly string[]
  readonly #bounds: Bounds
  /** What closes each object and list that is open, up to the list of records. */
  readonly #open: number[] = []
  /** So many of the open objects lead to the records. */
  #onPath = 0
  #isInList = false
  #isDone = false
  #isInText = false
  #isEscaped = false
  /** The name that was read last in an object on the path, and whether a value follows it. */
  #name: string | undefined
  #isValue = true
  /** A name, or the one object that the path leads to. */
  #kept: { text: string; readonly level: number; readonly isName: boolean } | undefined
  /** The element of the list that began in an earlier part: its text so far, and how many spaces are in that. */
  #element: { readonly text: string; readonly spaces: number } | undefined
  /** Objects and lists that are open in it. */
  #depth = 0

  constructor(path: string | undefined, bounds: Bounds) {
    this.#path = path ? path.split('.') : []
    this.#bounds = bounds
  }

  /** The records that end in this part. Throws `Unparted`. */
  write(part: string): Elements[] {
    const ended: Elements[] = []
    for (let at = 0; at < part.length;) at = this.#isInList ? this.#passList(part, at, ended) : this.#passOther(part, at, ended)
    return ended
  }

  /** Throws `Unparted` where the text ends in the middle. */
  end(): void {
    if (!this.#isDone) throw new Unparted('invalid_json')
  }

  /** Answers where it has come to: the end of the part, or the beginning of the list. */
  #passOther(part: string, begin: number, ended: Elements[]): number {
    let from = begin
    for (let at = begin; at < part.length; at++) {
      const code = part.charCodeAt(at)
      if (this.#isInText) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (code === backslash) this.#isEscaped = true
        else if (code === quote) {
          this.#isInText = false
          if (this.#kept?.isName) this.#readName(this.#take(part.slice(from, at + 1)))
        }
        continue
      }
      if (isSpace(code)) continue
      if (this.#isDone) throw new Unparted('invalid_json')
      if (code === quote) {
        if (!this.#kept && !this.#isValue && this.#isOnPath()) {
          this.#kept = { text: '', level: this.#open.length, isName: true }
          from = at
        }
        this.#isInText = true
      } else if (code === openObject || code === openList) {
        if (this.#openNext(code)) from = at
        if (this.#isInList) return at + 1
      } else if (code === closeObject || code === closeList) {
        this.#close(code)
        if (this.#kept && this.#open.length === this.#kept.level) ended.push(oneElement(this.#take(part.slice(from, at + 1)), 0))
      } else if (this.#isOnPath()) this.#isValue = code !== comma
    }
    if (this.#kept) this.#keep(part.slice(from))
    return part.length
  }

  /** The same for the end of the list. Most of a long text stands in it: what is looked at for each character stands in variables. */
  #passList(part: string, begin: number, ended: Elements[]): number {
    const { mostOfRecord, mostLevels } = this.#bounds
    const most = mostLevels - this.#open.length
    const [begins, ends, sizes]: [number[], number[], number[]] = [[], [], []]
    let begun = this.#element
    let spaces = begun?.spaces ?? 0
    let from = begun ? begin : -1
    let depth = this.#depth
    let isInText = this.#isInText
    let hasShortNumbers = true
    let at = this.#isEscaped ? begin + 1 : begin
    for (; at < part.length; at++) {
      if (isInText) {
        at = endOfText(part, at)
        if (at >= part.length) break
        isInText = false
        continue
      }
      const kind = kinds[part.charCodeAt(at)]
      if (kind === spaceKind) {
        if (from >= 0) spaces++
        continue
      }
      if (kind === closeKind || kind === commaKind) {
        if (depth > 0) {
          if (kind === closeKind) depth--
          continue
        }
        if (begun) ended.push(oneElement(bounded(begun.text + part.slice(from, at), mostOfRecord), spaces))
        else if (from >= 0) {
          begins.push(from)
          ends.push(at)
          sizes.push(at - from - spaces)
        }
        begun = undefined
        from = -1
        spaces = 0
        if (kind === closeKind) break
        continue
      }
      if (from < 0) from = at
      if (kind === quoteKind) isInText = true
      else if (kind === openKind) {
        if (++depth > most) throw new Unparted('too_deep')
      } else if (kind === numberKind) {
        const end = endOfNumber(part, at)
        hasShortNumbers &&= end - at <= shortNumber && part.charCodeAt(end) !== smallE && part.charCodeAt(end) !== largeE
        at = end - 1
      }
    }
    if (ends.length > 0) ended.push({ text: part, begins, ends, sizes, hasShortNumbers })
    this.#element = from < 0 ? undefined : { text: bounded((begun?.text ?? '') + part.slice(from), mostOfRecord), spaces }
    this.#depth = depth
    this.#isInText = isInText
    // The character after the last one is escaped.
    this.#isEscaped = at > part.length
    if (at >= part.length) return part.length
    this.#isInList = false
    this.#close(part.charCodeAt(at))
    return at + 1
  }

  #isOnPath(): boolean {
    return this.#onPath > 0 && this.#onPath === this.#open.length
  }

  #keep(text: string): void {
    if (this.#kept) this.#kept.text = bounded(this.#kept.text + text, this.#bounds.mostOfRecord)
  }

  /** What was kept has ended. */
  #take(last: string): string {
    this.#keep(last)
    const { text = '' } = this.#kept ?? {}
    this.#kept = undefined
    return text
  }

  #readName(text: string): void {
    try {
      this.#name = JSON.parse(text) as string
    } catch {
      throw new Unparted('invalid_json')
    }
  }

  /** Answers whether the one record begins here. */
  #openNext(code: number): boolean {
    const level = this.#open.length
    // Of the whole text, or of the name that was read last.
    const leads = !this.#kept && this.#onPath === level && (level === 0 || this.#name === this.#path[level - 1])
    const isTarget = leads && level === this.#path.length
    if (leads && !isTarget && code === openList) throw new Unparted('list_on_the_way')
    if (this.#open.push(code === openObject ? closeObject : closeList) > this.#bounds.mostLevels) throw new Unparted('too_deep')
    if (leads && !isTarget) {
      this.#onPath += 1
      this.#isValue = false
    }
    this.#isInList = isTarget && code === openList
    if (!isTarget || this.#isInList) return false
    this.#kept = { text: '', level, isName: false }
    return true
  }

  #close(code: number): void {
    if (this.#open.pop() !== code) throw new Unparted('invalid_json')
    this.#onPath = Math.min(this.#onPath, this.#open.length)
    if (this.#open.length === 0) this.#isDone = true
  }
}

function bounded(text: string, most: number): string {
  if (text.length > most) throw new Unparted('record_too_large')
  return text
}

const oneElement = (text: string, spaces: number): Elements => ({
  text,
  begins: [0],
  ends: [text.length],
  sizes: [text.length - spaces],
  hasShortNumbers: false,
})

/** The quote after a text, or after the end of the part: one further where the character after that is escaped. */
function endOfText(part: string, begin: number): number {
  for (let at = begin; at < part.length; at++) {
    const code = part.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash && ++at >= part.length) return at + 1
  }
  return part.length
}

/** Or of what stands there instead of one: after its digits and dots. */
function endOfNumber(text: string, begin: number): number {
  let end = begin + 1
  for (let code = text.charCodeAt(end); (code >= zero && code <= nine) || code === dot; code = text.charCodeAt(end)) end++
  return end
}
