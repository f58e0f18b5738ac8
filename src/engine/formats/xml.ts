/** XML: records are read one after the other, as the elements that a path leads to are closed, and written below the elements of a path. */
import type * as Builder from 'fast-xml-parser'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { isPlainObject, toText } from '../values/plain-value.ts'
import { createXmlReader, UnreadableXml, type XmlValues } from '../values/xml-tree.ts'
import { bytesOfCharacter, type Batch } from './batch.ts'
import { decodeText } from './decode-text.ts'
import { UnreadableContent, UnwritableContent, type Chunks, type Format } from './format.ts'
import { toRecords } from './records.ts'

const builder = lazyLoad<typeof Builder>('fast-xml-parser')

/** Of one record: as long as a page may be. Characters. */
const maxRecord = 5_000_000

export const xml: Format = {
  async *read(chunks, { encoding: said, replacesInvalid, resourcePath, xml: rules }) {
    const reader = createXmlReader({ rules, resourcePath, most: maxRecord })
    let isFirst = true
    const [bytes, encoding] = await withDeclared(chunks, said)
    for await (const text of decodeText(bytes, { encoding, replacesInvalid })) {
      yield toBatch(() => reader.write(isFirst ? text.trimStart() : text), bytesOfCharacter(text))
      isFirst &&= text.trim() === ''
    }
    if (!isFirst) yield toBatch(() => reader.end(), 1)
  },
  write: (records, { resourcePath, encoding }) => writeXml(nameRecords(records, resourcePath), encoding),
  stream: (records, { resourcePath, encoding }) => streamXml(records, resourcePath, encoding),
  check: (record) => void toWritable(record),
}

function toBatch(read: () => XmlValues, perCharacter: number): Batch {
  try {
    const { values, sizes } = read()
    return { records: toRecords(values), sizes: perCharacter === 1 ? sizes : sizes.map((size) => Math.ceil(size * perCharacter)) }
  } catch (error) {
    if (error instanceof UnreadableXml) throw new UnreadableContent(error.code, error.message)
    throw error
  }
}

/** What an XML document says of itself is how it is written, unless something else than UTF-8 is asked for. */
async function withDeclared(chunks: Chunks, encoding: string): Promise<[Chunks, string]> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  const again = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.(undefined)
    }
  }
  const head = first.done ? '' : Buffer.from(first.value.subarray(0, 256)).toString('latin1')
  const declared = /^\s*<\?xml[^>]{0,200}?\sencoding=["']([\w.:-]+)["']/.exec(head)?.[1]?.toLowerCase()
  if (encoding !== 'utf-8' || declared === undefined) return [again(), encoding]
  try {
    return [again(), new TextDecoder(declared).encoding]
  } catch {
    throw new UnreadableContent('charset_unknown', `is XML in the encoding ${declared}, which cannot be read.`)
  }
}

const splitNames = (resourcePath = ''): readonly string[] => resourcePath.split(/[/.]/).filter((name) => name !== '')

/** An object for each name of the path; the last one is that of a record. */
function nameRecords(records: readonly unknown[], resourcePath: string | undefined): unknown {
  const names = splitNames(resourcePath)
  if (names.length > 1) return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), records)
  const [only] = records
  if (names.length === 1 && records.length === 1) return { [names[0] as string]: only }
  if (names.length === 0 && records.length === 1 && isRoot(only)) return only
  throw new UnwritableContent(
    'invalid_xml',
    'The records have no element around them: say in a resource path which elements they are to be, such as /Orders/Order, or write the XML by a template.',
  )
}

/** One element, which is the whole document. */
const isRoot = (value: unknown): value is Record<string, unknown> => isPlainObject(value) && Object.keys(value).length === 1

const elementName = /^[\p{L}_][\p{L}\p{N}_.:-]*$/u
/** XML has no way to write them. */
// eslint-disable-next-line no-control-regex
const unwritable = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

/** Of an object with one element: fields that begin with @ are attributes, `#text` is the text beside them, and lists are elements of one name. */
function writeXml(document: unknown, encoding = 'utf-8'): string {
  return `${declare(encoding)}${createBuild()(document)}`
}

const declare = (encoding: string): string => `<?xml version="1.0" encoding="${encoding.toUpperCase()}"?>\n`

function createBuild(): (value: unknown) => string {
  const { XMLBuilder } = builder()
  const build = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    textNodeName: '#text',
    suppressBooleanAttributes: false,
  })
  return (value) => build.build(toWritable(value) as object)
}

/** Elements around the records make room for any number of them; without, there can only be one. */
async function* streamXml(records: AsyncIterable<unknown>, resourcePath: string | undefined, encoding = 'utf-8'): AsyncGenerator<string> {
  const names = splitNames(resourcePath).map(named)
  const [last, ...around] = names.toReversed()
  if (last === undefined || around.length === 0) {
    const some: unknown[] = []
    for await (const record of records) if (some.push(record) > 1) break
    yield writeXml(nameRecords(some, resourcePath), encoding)
    return
  }
  const build = createBuild()
  yield `${declare(encoding)}${around
    .toReversed()
    .map((name) => `<${name}>`)
    .join('')}`
  for await (const record of records) yield build({ [last]: record })
  yield around.map((name) => `</${name}>`).join('')
}

function toWritable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWritable)
  if (isPlainObject(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [named(name), toWritable(one)]))
  const text = toText(value)
  if (unwritable.test(text) || !text.isWellFormed())
    throw new UnwritableContent('invalid_xml', 'A text holds a character that XML has no way to write: remove it in the mapping.')
  return text
}

function named(name: string): string {
  if (name === '#text' || elementName.test(name.replace(/^@/, ''))) return name
  throw new UnwritableContent(
    'invalid_xml',
    `"${name.slice(0, 100)}" cannot be the name of an element: map it to a name of letters, digits, dots, hyphens and underscores.`,
  )
}
