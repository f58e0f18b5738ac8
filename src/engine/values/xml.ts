/** Reads values out of XML answers by XPath. The libraries are loaded by the first answer; no entity is expanded, and nothing is fetched. */
import { createRequire } from 'node:module'
import { maxLevels } from '../../domain/limits/parse-json.ts'
import type { Failure } from '../adaptor.ts'

/** Characters of an answer that is read: one page has as much. */
const maxAnswer = 5_000_000
/** Of one path: longer ones are mistakes. */
const maxPath = 2_000

export interface XmlQuery {
  readonly text: string
  readonly paths: readonly string[]
  /** Of the parts that are each about one record. */
  readonly resourcePath?: string
}

/** What stands at each of the paths: undefined (left out), one value, or a list; and the same as seen from each part. */
export interface XmlRead {
  readonly whole: Readonly<Record<string, unknown>>
  readonly parts: readonly Readonly<Record<string, unknown>>[]
}

/** What is used of the libraries. Their own types bring those of browsers along, for all of the program. */
interface XmlNode {
  readonly nodeType: number
  readonly nodeValue: string | null
  readonly textContent: string | null
  readonly firstChild: XmlNode | null
  readonly nextSibling: XmlNode | null
  readonly parentNode: XmlNode | null
  readonly ownerDocument: XmlNode | null
  readonly attributes?: ArrayLike<{ readonly name: string; readonly localName: string; readonly value: string }>
  getElementsByTagName(name: string): ArrayLike<XmlNode>
  toString(): string
}
interface Dom {
  readonly DOMParser: new (options: { onError(level: string): void }) => { parseFromString(text: string, type: string): XmlNode }
}
/** Nodes, or the one value of a function. */
interface Found {
  readonly toArray?: () => XmlNode[]
  readonly b?: boolean
  readonly num?: number
  readonly str?: string
}
interface XPath {
  parse(path: string): { evaluate(options: object): Found }
}

const require = createRequire(import.meta.url)

export function readXml({ text, paths, resourcePath }: XmlQuery): XmlRead | Failure {
  if (text.length > maxAnswer) return unreadable('response_too_large', `is longer than ${maxAnswer / 1_000_000} million characters`)
  try {
    const document = parsed(text)
    const valuesFrom = (node: XmlNode, own: readonly string[]): Record<string, unknown> =>
      Object.fromEntries(own.map((path) => [path, at(path, node)] as const).filter(([, value]) => value !== undefined))
    // From a part only what is said in words of the part is its own; a path from the root is the same for all.
    const inside = paths.filter((path) => !path.trim().startsWith('/'))
    const parts = resourcePath === undefined ? [] : nodesAt(resourcePath, document)
    return { whole: valuesFrom(document, paths), parts: parts.map((part) => valuesFrom(part, inside)) }
  } catch (error) {
    if (error instanceof Unreadable) return error.failure
    if (error instanceof RangeError) return tooDeep
    throw error
  }
}

class Unreadable extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

const unreadable = (code: string, how: string): Failure => ({
  source: 'application',
  code,
  message: `The XML that the application answered ${how}.`,
})
const tooDeep = unreadable('too_deep', `is nested deeper than ${maxLevels} levels`)

function parsed(text: string): XmlNode {
  const { DOMParser } = require('@xmldom/xmldom') as Dom
  // A declared entity would not be expanded, and a value without it would be another one.
  if (/<!ENTITY/i.test(text)) throw new Unreadable(unreadable('invalid_xml', 'declares entities, which are not expanded'))
  let document: XmlNode
  try {
    const parser = new DOMParser({
      onError: (level) => {
        if (level !== 'warning') throw new Error(level)
      },
    })
    document = parser.parseFromString(text.trimStart(), 'text/xml')
  } catch (error) {
    if (error instanceof RangeError) throw error
    throw new Unreadable(unreadable('invalid_xml', 'is not well-formed'))
  }
  mustBeShallow(document)
  return document
}

/** The walks after it go down by calling themselves. */
function mustBeShallow(document: XmlNode): void {
  let depth = 0
  for (let at: XmlNode | null = document; at;) {
    if (at.firstChild) {
      if (++depth > maxLevels + 1) throw new Unreadable(tooDeep)
      at = at.firstChild
      continue
    }
    while (at && !at.nextSibling) {
      at = at.parentNode
      depth--
    }
    at = at?.nextSibling ?? null
  }
}

/** Compiled when it is used, which is once an answer. */
function compiled(path: string): ReturnType<XPath['parse']> {
  if (path.length > maxPath) throw new Unreadable(invalidPath(`The path is longer than ${maxPath} characters.`))
  // A name may hold dots, so this would be a path that finds nothing.
  if (/^\$|^[\w-]+(?:\.[\w-]+|\[\d+\])+$/.test(path))
    throw new Unreadable(invalidPath(`"${path}" is a path for JSON. Answers in XML are read by XPath, such as /Response/Status.`))
  try {
    return (require('xpath') as XPath).parse(path)
  } catch {
    throw new Unreadable(invalidPath(`"${path}" is not an XPath.`))
  }
}

const invalidPath = (message: string): Failure => ({ source: 'internal', code: 'invalid_path', message })

/** Prefixes mean what the answer says they mean; a name without one is of any namespace that needs none. */
function evaluated(path: string, node: XmlNode): Found {
  const declared = namespacesIn(node.ownerDocument ?? node)
  // One that the answer does not declare stands for nothing in it.
  const namespaces = (prefix: string): string => declared.get(prefix) ?? 'urn:undeclared'
  const options = { node, allowAnyNamespaceForNoPrefix: true, namespaces }
  try {
    return compiled(path).evaluate(options)
  } catch (error) {
    if (error instanceof Unreadable || error instanceof RangeError) throw error
    throw new Unreadable(invalidPath(`"${path}" cannot be used on the answer of the application.`))
  }
}

const known = new WeakMap<object, ReadonlyMap<string, string>>()

function namespacesIn(document: XmlNode): ReadonlyMap<string, string> {
  const found = known.get(document)
  if (found) return found
  const namespaces = new Map<string, string>()
  for (const element of Array.from(document.getElementsByTagName('*')))
    for (const { name, value } of Array.from(element.attributes ?? []))
      if (name.startsWith('xmlns:') && !namespaces.has(name.slice(6))) namespaces.set(name.slice(6), value)
  known.set(document, namespaces)
  return namespaces
}

const nodesAt = (path: string, document: XmlNode): readonly XmlNode[] => evaluated(path, document).toArray?.() ?? []

function at(path: string, node: XmlNode): unknown {
  const found = evaluated(path, node)
  if (!found.toArray) return found.b ?? found.num ?? found.str
  const values = found.toArray().map(valueOf)
  return values.length > 1 ? values : values[0]
}

const elementNode = 1

/** The text; of an element that says something by its attributes or elements alone, its XML: it is there. */
function valueOf(node: XmlNode): string {
  if (node.nodeType !== elementNode) return node.nodeValue ?? ''
  const text = (node.textContent ?? '').trim()
  if (text !== '') return text
  const attributes = Array.from(node.attributes ?? []).filter(({ name }) => name !== 'xmlns' && !name.startsWith('xmlns:'))
  if (attributes.some(({ localName, value }) => localName === 'nil' && value === 'true')) return ''
  return attributes.length > 0 || node.getElementsByTagName('*').length > 0 ? String(node) : ''
}
