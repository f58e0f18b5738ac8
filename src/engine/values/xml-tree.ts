/**
 * Reads XML piece by piece into plain data: elements by their names, several of one name as a list, attributes as `@name`, text beside them as `#text`.
 * Everything stays a text, and no entity is expanded but those of XML itself. Only the element that is being read is held.
 */
import type * as Saxes from 'saxes'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { maxLevels } from '../../domain/limits/parse-json.ts'
import { isSpace, PlainXml } from './plain-xml.ts'
import { compileXmlPath, matchesXmlPath, type XmlPath, type XmlPlace } from './xml-path.ts'

const saxes = lazyLoad<typeof Saxes>('saxes')

/** What the parser of an export or import may say, in integrator.io's words. */
export interface XmlRules {
  /** Texts are trimmed unless this is false. */
  readonly trimSpaces?: boolean | undefined
  readonly stripNewLineChars?: boolean | undefined
  readonly attributePrefix?: string | undefined
  readonly textNodeName?: string | undefined
  /** Elements that are lists however many there are. */
  readonly listNodes?: readonly string[] | undefined
  /** All that is kept of a record, and what is left out of it. */
  readonly includeNodes?: readonly string[] | undefined
  readonly excludeNodes?: readonly string[] | undefined
}

export interface XmlReading {
  readonly rules?: XmlRules | undefined
  /** Which elements are records; without it the document is one. Paths of the rules begin at a record. */
  readonly resourcePath?: string | undefined
  /** What surrounds the records is read as well, so that it is one value. */
  readonly whole?: boolean
  /** Characters of one value. */
  readonly most: number
}

/** It is no XML, or beyond its bounds. The message goes on after the name of what was read. */
export class UnreadableXml extends Error {
  override readonly name = 'UnreadableXml'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Different names of elements and attributes in one text: each costs as much as fifty that come again. */
const maxNames = 50_000
/** Where elements are not plain, so many more characters are read by the parser before the next one is looked at, doubled each time. */
const [leastPatience, mostPatience] = [16, 64 * 1024]

interface Frame extends XmlPlace {
  /** Undefined while it has no parts. */
  node: Record<string, unknown> | undefined
  readonly isRecord: boolean
  /** It is in a record, of which something is kept. */
  readonly isInRecord: boolean
  /** It is one of those that are kept, or below one. */
  readonly isIncluded: boolean
  readonly isList: boolean
  text: string
}

export interface XmlValues {
  readonly values: readonly unknown[]
  /** What each takes as JSON. Characters. */
  readonly sizes: readonly number[]
}

export interface XmlReader {
  /** The values that the text completes. Throws `UnreadableXml`. */
  write(text: string): XmlValues
  end(): XmlValues
}

/** Throws `InvalidXmlPath`. */
export const createXmlReader = (reading: XmlReading): XmlReader => new Tree(reading)

class Tree implements XmlReader {
  readonly #document: Saxes.SaxesParser
  readonly #rules: XmlRules
  readonly #whole: boolean
  readonly #most: number
  readonly #recordPath: XmlPath | undefined
  readonly #lists: readonly XmlPath[]
  readonly #includes: readonly XmlPath[]
  readonly #excludes: readonly XmlPath[]
  readonly #hasRules: boolean
  readonly #frames: Frame[] = []
  /** Of elements, and of attributes as they are called in what is read. */
  readonly #names = new Map<string, string>()
  readonly #attributes = new Map<string, string>()
  #values: unknown[] = []
  #sizes: number[] = []
  /** Of the value that is being read. */
  #size = 0
  /** Elements below one that is left out, itself included. */
  #skipped = 0
  /** Where the record began in the frames, and in the text; and where the last tag was. */
  #recordAt = -1
  #openedAt = 0
  #tagAt = 0
  /** Characters that the parser was given, and those that were read without it. */
  #fed = 0
  #passed = 0
  /** Reads elements that are plain; absent where the parser reads all. */
  #plain: PlainXml | undefined
  /** Whether the name of an element and of those around it tell that it is a record. */
  readonly #isToldByName: boolean
  #patience = 0

  constructor({ rules = {}, resourcePath, whole = false, most }: XmlReading) {
    this.#rules = rules
    this.#whole = whole
    this.#most = most
    this.#recordPath = resourcePath ? compileXmlPath(resourcePath) : undefined
    this.#lists = compilePaths(rules.listNodes)
    this.#includes = compilePaths(rules.includeNodes)
    this.#excludes = compilePaths(rules.excludeNodes)
    this.#hasRules = this.#lists.length + this.#includes.length + this.#excludes.length > 0
    const document = new (saxes().SaxesParser)({ xmlns: false })
    this.#isToldByName = this.#recordPath?.steps.every(({ conditions }) => conditions.length === 0) ?? false
    if (!this.#hasRules) this.#plain = new PlainXml(this.#making(), maxLevels)
    // In others some characters mean something else.
    document.on('xmldecl', ({ version }) => {
      if (version !== '1.0') this.#plain = undefined
    })
    document.on('error', ({ message }) => fail('invalid_xml', `is not XML: ${message.replace(/^\d+:\d+: /, '')} (line ${document.line})`))
    document.on('doctype', (text) => {
      if (/<!ENTITY/i.test(text)) fail('invalid_xml', 'is XML that declares entities, which are not expanded.')
    })
    document.on('opentag', (tag) => this.#open(tag))
    document.on('text', (text) => this.#addText(text))
    document.on('cdata', (text) => this.#addText(text))
    document.on('closetag', () => this.#close())
    this.#document = document
  }

  write(text: string): XmlValues {
    for (let at = 0; at < text.length;) at = this.#plain ? this.#writeInTurn(text, at, this.#plain) : this.#feed(text, at, text.length)
    const since = this.#recordAt >= 0 || this.#whole ? this.#openedAt : this.#tagAt
    if (this.#fed + this.#passed - since > this.#most)
      fail('content_too_large', `holds an element of more than ${Math.floor(this.#most / 1_000_000)} MB of XML.`)
    return this.#take()
  }

  end(): XmlValues {
    this.#document.close()
    return this.#take()
  }

  /** Answers where the parser has come to. */
  #feed(text: string, from: number, to: number): number {
    if (to > from) {
      this.#fed += to - from
      this.#document.write(text.slice(from, to))
    }
    return to
  }

  /** Elements that are plain are read without the parser, which goes on with what comes between and after them: to the end of a tag, where others may begin. */
  #writeInTurn(text: string, from: number, plain: PlainXml): number {
    let begin = from
    if (this.#isAfterTag()) {
      begin = this.#readPlain(text, from, plain)
      if (begin > from) this.#patience = 0
    }
    const found = text.indexOf('>', begin + this.#patience)
    if (begin === from) this.#patience = Math.min(mostPatience, Math.max(leastPatience, this.#patience * 2))
    return this.#feed(text, begin, found < 0 ? text.length : found + 1)
  }

  /** In an element, and the parser has seen nothing after its tag or that of an element in it. */
  #isAfterTag(): boolean {
    return this.#frames.length > 0 && this.#tagAt === this.#fed + this.#passed
  }

  /** Answers where the elements end that are plain: records, or parts of the element that is open. */
  #readPlain(text: string, from: number, plain: PlainXml): number {
    const levels = this.#frames.length
    const parent = this.#frames[levels - 1] as Frame
    const isPart = parent.isInRecord || this.#whole
    if (!isPart && !this.#isToldByName) return from
    let known: string | undefined
    let end = from
    for (;;) {
      let begin = end
      while (isSpace(text.charCodeAt(begin))) begin++
      const name = plain.nameAt(text, begin)
      if (name === undefined) break
      if (!isPart && name !== known && !this.#isRecord([...this.#frames, { name, attributes: {} }])) break
      known = name
      const element = plain.read(text, begin, levels)
      if (!element) break
      if (isPart) {
        if (begin > end) parent.text += text.slice(end, begin)
        this.#size += plain.size
        this.#addPart(parent, { name, isList: false }, element.value)
      } else {
        this.#values.push(element.value)
        this.#sizes.push(plain.size + sizeOf(name, element.value))
      }
      end = plain.end
    }
    if (end === from) return from
    const read = text.slice(from, end)
    for (let at = read.indexOf('\n'); at >= 0; at = read.indexOf('\n', at + 1)) this.#document.line += 1
    this.#passed += end - from
    this.#tagAt = this.#fed + this.#passed
    return end
  }

  #making() {
    const { textNodeName: textField = '#text' } = this.#rules
    return {
      nameOf: (name: string) => this.#nameOf(name),
      fieldOf: (attribute: string) => this.#fieldOf(attribute),
      textOf: (text: string) => this.#textOf(text),
      textField,
      set: setOwn,
      sizeOf,
    }
  }

  #take(): XmlValues {
    const done = { values: this.#values, sizes: this.#sizes }
    this.#values = []
    this.#sizes = []
    return done
  }

  #open(place: XmlPlace): void {
    if (this.#frames.length + this.#skipped >= maxLevels) fail('too_deep', `is XML that is nested deeper than ${maxLevels} levels.`)
    const name = this.#nameOf(place.name)
    this.#tagAt = this.#document.position + this.#passed
    const places = this.#recordAt < 0 || this.#hasRules ? [...this.#frames, place] : unasked
    const isRecord = this.#recordAt < 0 && this.#isRecord(places)
    if (isRecord) {
      this.#recordAt = this.#frames.length
      this.#openedAt = this.#tagAt
    }
    const isInRecord = this.#recordAt >= 0
    if (this.#skipped > 0 || (isInRecord && !isRecord && this.#isAt(this.#excludes, places))) return void this.#skipped++
    const isBelowIncluded = this.#includes.length === 0 || (this.#frames.at(-1)?.isIncluded ?? false)
    const frame: Frame = {
      name,
      attributes: place.attributes,
      node: undefined,
      isRecord,
      isInRecord,
      isIncluded: isBelowIncluded || (isInRecord && this.#isAt(this.#includes, places)),
      isList: this.#lists.length > 0 && this.#isAt(this.#lists, places),
      text: '',
    }
    this.#frames.push(frame)
    if (isInRecord || this.#whole) this.#addAttributes(frame, places)
  }

  #isRecord(places: readonly XmlPlace[]): boolean {
    return this.#recordPath ? matchesXmlPath(this.#recordPath, places, 0) : places.length === 1
  }

  #addAttributes(frame: Frame, places: readonly XmlPlace[]): void {
    for (const name in frame.attributes) {
      const value = frame.attributes[name] as string
      const field = this.#fieldOf(name)
      const isLeftOut =
        this.#hasRules &&
        frame.isInRecord &&
        ((!frame.isIncluded && !this.#isAt(this.#includes, places, name)) || this.#isAt(this.#excludes, places, name))
      if (isLeftOut) continue
      this.#set(frame, field, value)
    }
  }

  #addText(text: string): void {
    const frame = this.#frames.at(-1)
    if (frame && this.#skipped === 0 && (frame.isInRecord ? frame.isIncluded : this.#whole)) frame.text += text
  }

  #close(): void {
    this.#tagAt = this.#document.position + this.#passed
    if (this.#skipped > 0) return void this.#skipped--
    const frame = this.#frames.pop() as Frame
    const { name, isRecord, isInRecord, isIncluded, node } = frame
    const parent = this.#frames.at(-1)
    const value = this.#valueOf(frame)
    if (isRecord) this.#recordAt = -1
    if (this.#whole ? !parent : isRecord) {
      this.#values.push(this.#whole || !this.#recordPath ? { [name]: value } : value)
      this.#sizes.push(this.#size + sizeOf(name, value))
      this.#size = 0
    } else if (parent && (isInRecord || this.#whole) && (!isInRecord || isIncluded || node)) this.#addPart(parent, frame, value)
  }

  #valueOf(frame: Frame): unknown {
    const { node } = frame
    const text = this.#textOf(frame.text)
    if (!node) return text
    if (text.trim() !== '') this.#set(frame, this.#rules.textNodeName ?? '#text', text)
    return node
  }

  #textOf(text: string): string {
    const { trimSpaces = true, stripNewLineChars = false } = this.#rules
    const stripped = stripNewLineChars ? text.replaceAll(/[\r\n]+/g, '') : text
    return trimSpaces ? stripped.trim() : stripped
  }

  #addPart(parent: Frame, { name, isList }: Pick<Frame, 'name' | 'isList'>, value: unknown): void {
    const { node } = parent
    const known = node && Object.hasOwn(node, name) ? node[name] : undefined
    if (!node || known === undefined) return this.#set(parent, name, isList ? [value] : value)
    this.#size += sizeOf(name, value)
    if (Array.isArray(known)) known.push(value)
    else node[name] = [known, value]
  }

  #set(frame: Frame, name: string, value: unknown): void {
    this.#size += sizeOf(name, Array.isArray(value) ? value[0] : value)
    setOwn((frame.node ??= {}), name, value)
  }

  /** The same text for each time that it comes: fields are set several times as fast by one that was a name before. */
  #nameOf(name: string): string {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    this.#names.set(name, name)
    this.#mustHaveFewNames()
    return name
  }

  #fieldOf(attribute: string): string {
    const known = this.#attributes.get(attribute)
    if (known !== undefined) return known
    const { attributePrefix = '@' } = this.#rules
    const field = `${attributePrefix}${attribute}`
    this.#attributes.set(attribute, field)
    this.#mustHaveFewNames()
    return field
  }

  #mustHaveFewNames(): void {
    if (this.#names.size + this.#attributes.size > maxNames)
      fail('too_many_names', 'is XML with more than 50,000 different names of elements and attributes.')
  }

  #isAt(paths: readonly XmlPath[], places: readonly XmlPlace[], attribute?: string): boolean {
    return paths.some((path) => matchesXmlPath(path, places, Math.max(this.#recordAt, 0), attribute))
  }
}

/** The way to an element that nobody asks about. */
const unasked: readonly XmlPlace[] = []

const compilePaths = (paths: readonly string[] = []): XmlPath[] => paths.filter((path) => path.trim() !== '').map(compileXmlPath)

function fail(code: string, message: string): never {
  throw new UnreadableXml(code, message)
}

/** Of a field: a name in quotes, a colon, a comma, and a text in quotes or what surrounds an object. */
const sizeOf = (name: string, value: unknown): number => name.length + 6 + (typeof value === 'string' ? value.length : 0)

/** One name would replace the prototype instead of adding a field. */
function setOwn(node: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(node, name, { value, enumerable: true, configurable: true, writable: true })
  else node[name] = value
}
