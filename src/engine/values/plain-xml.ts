/**
 * Reads elements of XML that stand in a text as a whole and are plain: names of ASCII, attributes, elements and texts, the entities of XML itself. It reads them
 * several times as fast as the parser of all XML, and leaves whatever else comes to that: also what is not well-formed, which it does not judge.
 */

const [tab, lineFeed, space, doubleQuote, ampersand, singleQuote, slash, less, equals, greater, closeBracket] = [
  9, 10, 32, 34, 38, 39, 47, 60, 61, 62, 93,
]
/** From here on characters may be halves of others, or none that XML allows. */
const firstSurrogate = 0xd800
/** As between records: other reading is left to the parser. */
export const isSpace = (code: number): boolean => code === space || code === lineFeed || code === tab
const endsName = (code: number): boolean => code === greater || code === slash || isSpace(code)

/** By code: 1 where a name may begin with it, 2 where it may stand in one besides. */
const inName = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return /[A-Za-z_:]/.test(character) ? 1 : /[\d.-]/.test(character) ? 2 : 0
})

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const entityForm = /&(amp|lt|gt|quot|apos);/g
/** Characters of the longest of them. */
const longestEntity = '&quot;'.length

/** What the reader of all XML makes of the parts of an element. */
export interface Making {
  /** The same text for each time that the name comes. */
  nameOf(name: string): string
  /** What an attribute is called among the fields. */
  fieldOf(attribute: string): string
  /** Of the text of an element, as it is read. */
  textOf(text: string): string
  readonly textField: string
  set(node: Record<string, unknown>, name: string, value: unknown): void
  /** Of a field as JSON. Characters. */
  sizeOf(name: string, value: unknown): number
}

export class PlainXml {
  readonly #making: Making
  readonly #most: number
  /** Names of the tags and attributes of the element that was read before, in their order: those of the next one are the same, mostly. */
  readonly #tags: string[] = []
  readonly #attributes: string[] = []
  #tag = 0
  #attribute = 0
  #text = ''
  #at = 0
  #size = 0
  #isLeft = false

  /** `mostLevels` of elements in each other. */
  constructor(making: Making, mostLevels: number) {
    this.#making = making
    this.#most = mostLevels
  }

  /** After the element that was read. */
  get end(): number {
    return this.#at
  }

  /** Of its fields as JSON. Characters. */
  get size(): number {
    return this.#size
  }

  /** Of the element that begins at `at`; undefined where there is none that is plain. */
  nameAt(text: string, at: number): string | undefined {
    if (text.charCodeAt(at) !== less) return undefined
    this.#begin(text, at + 1)
    return this.#readName()
  }

  /** The element that begins at `at`, below so many levels; undefined where it is not plain, or does not end in the text. */
  read(text: string, at: number, levels: number): { readonly value: unknown } | undefined {
    this.#begin(text, at + 1)
    const name = this.#readName()
    const value = name === undefined ? undefined : this.#element(name, levels)
    return name === undefined || this.#isLeft ? undefined : { value }
  }

  #begin(text: string, at: number): void {
    this.#text = text
    this.#at = at
    this.#tag = 0
    this.#attribute = 0
    this.#size = 0
    this.#isLeft = false
  }

  #leave(): undefined {
    this.#isLeft = true
    return undefined
  }

  /** After its name. */
  #element(name: string, levels: number): unknown {
    if (levels >= this.#most) return this.#leave()
    let node: Record<string, unknown> | undefined
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === greater) break
      if (code === slash) {
        if (this.#text.charCodeAt(this.#at + 1) !== greater) return this.#leave()
        this.#at += 2
        return node ?? this.#making.textOf('')
      }
      if (!isSpace(code)) return this.#leave()
      this.#at += 1
      if (inName[this.#text.charCodeAt(this.#at)] !== 1) continue
      node ??= {}
      if (!this.#readAttribute(node)) return this.#leave()
    }
    this.#at += 1
    return this.#content(name, node, levels)
  }

  #readAttribute(node: Record<string, unknown>): boolean {
    const text = this.#text
    const begin = this.#at
    const place = this.#attribute++
    let name = this.#attributes[place]
    let at = begin + (name?.length ?? 0)
    if (name === undefined || text.charCodeAt(at) !== equals || !text.startsWith(name, begin)) {
      at = endOfName(text, begin)
      name = text.slice(begin, at)
      this.#attributes[place] = name
    }
    const quote = text.charCodeAt(at + 1)
    if (text.charCodeAt(at) !== equals || (quote !== doubleQuote && quote !== singleQuote)) return false
    const from = at + 2
    let hasEntities = false
    for (at = from; ; at++) {
      const code = text.charCodeAt(at)
      if (code === quote) break
      if (code === ampersand) hasEntities = true
      // Line ends and tabs would be spaces. NaN after the end.
      else if (!(code >= space && code < firstSurrogate) || code === less) return false
    }
    const next = text.charCodeAt(at + 1)
    const field = this.#making.fieldOf(name)
    const value = decoded(text.slice(from, at), hasEntities)
    if (value === undefined || !endsName(next) || Object.hasOwn(node, field)) return false
    this.#at = at + 1
    this.#set(node, field, value)
    return true
  }

  /** What stands between the tags of an element, and its end tag. */
  #content(name: string, attributes: Record<string, unknown> | undefined, levels: number): unknown {
    const text = this.#text
    let node = attributes
    let hasElements = false
    for (;;) {
      const from = this.#at
      let at = from
      let isBlank = true
      let hasEntities = false
      for (; ; at++) {
        const code = text.charCodeAt(at)
        if (code === less) break
        if (code > space) {
          isBlank = false
          if (code === ampersand) hasEntities = true
          else if (code >= firstSurrogate || (code === greater && text.charCodeAt(at - 1) === closeBracket)) return this.#leave()
        } else if (!isSpace(code)) return this.#leave()
      }
      this.#at = at + 1
      const isEnd = text.charCodeAt(at + 1) === slash
      // Text beside elements is put together by the other reader.
      if ((hasElements || !isEnd) && !isBlank) return this.#leave()
      if (isEnd) {
        if (!this.#readEndTag(name)) return this.#leave()
        if (hasElements) return node
        const said = decoded(text.slice(from, at), hasEntities)
        if (said === undefined) return this.#leave()
        const value = this.#making.textOf(said)
        if (!node) return value
        if (value.trim() !== '') this.#set(node, this.#making.textField, value)
        return node
      }
      const child = this.#readName()
      if (child === undefined) return this.#leave()
      const value = this.#element(child, levels + 1)
      if (this.#isLeft) return undefined
      hasElements = true
      node ??= {}
      this.#add(node, child, value)
    }
  }

  #add(node: Record<string, unknown>, name: string, value: unknown): void {
    const known = Object.hasOwn(node, name) ? node[name] : undefined
    if (known === undefined) return this.#set(node, name, value)
    this.#size += this.#making.sizeOf(name, value)
    if (Array.isArray(known)) known.push(value)
    else this.#making.set(node, name, [known, value])
  }

  #set(node: Record<string, unknown>, name: string, value: unknown): void {
    this.#size += this.#making.sizeOf(name, value)
    this.#making.set(node, name, value)
  }

  #readEndTag(name: string): boolean {
    const at = this.#at + 1
    const end = at + name.length
    if (this.#text.charCodeAt(end) !== greater || !this.#text.startsWith(name, at)) return false
    this.#at = end + 1
    return true
  }

  /** Undefined where no name begins here. */
  #readName(): string | undefined {
    const text = this.#text
    const begin = this.#at
    const place = this.#tag++
    const guess = this.#tags[place]
    if (guess !== undefined && endsName(text.charCodeAt(begin + guess.length)) && text.startsWith(guess, begin)) {
      this.#at = begin + guess.length
      return guess
    }
    const end = inName[text.charCodeAt(begin)] === 1 ? endOfName(text, begin) : begin
    if (end === begin || !endsName(text.charCodeAt(end))) return undefined
    const name = this.#making.nameOf(text.slice(begin, end))
    this.#tags[place] = name
    this.#at = end
    return name
  }
}

function endOfName(text: string, begin: number): number {
  let end = begin
  while (inName[text.charCodeAt(end)]) end++
  return end
}

/** Undefined where one of the entities is none of XML itself. */
function decoded(text: string, hasEntities: boolean): string | undefined {
  if (!hasEntities) return text
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    const end = text.slice(at, at + longestEntity).indexOf(';')
    if (end < 0 || !Object.hasOwn(entities, text.slice(at + 1, at + end))) return undefined
  }
  return text.replaceAll(entityForm, (_entity, name: string) => entities[name] as string)
}
