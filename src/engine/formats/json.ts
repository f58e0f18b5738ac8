/** JSON: one text that holds all records, within bounds of depth and names. A short one is read as a whole, of a long one the records one after the other. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseExact } from '../../domain/limits/exact-number.ts'
import { isShort, parseInParts, TooManyNames } from '../../domain/limits/json-in-parts.ts'
import { maxLevels, parseBounded, TooDeep } from '../../domain/limits/parse-json.ts'
import { bytesOfCharacter, inBatches, type Batch } from './batch.ts'
import { decodeText } from './decode-text.ts'
import { UnreadableContent, type Format } from './format.ts'
import { isPathOfNames, JsonElements, Unparted, type Elements, type Ending } from './json-elements.ts'
import { extractRecords, isRecordValue, nestAt } from './records.ts'

/** Why a text cannot be read as JSON. */
export type Unreadable = 'invalid_json' | 'too_deep' | 'too_many_names'

type ReadJson = { readonly value: unknown } | { readonly unreadable: Unreadable }

/** At once where the text is short. */
export function readJson(text: string): ReadJson | Promise<ReadJson> {
  if (!isShort(text)) return parseInParts(text).then((value) => ({ value }), toUnreadable)
  try {
    return { value: parseBounded(text) }
  } catch (error) {
    return toUnreadable(error)
  }
}

function toUnreadable(error: unknown): { readonly unreadable: Unreadable } {
  if (error instanceof TooManyNames) return { unreadable: 'too_many_names' }
  return { unreadable: error instanceof TooDeep ? 'too_deep' : 'invalid_json' }
}

/** How the sentence about an unreadable text ends. */
export const endings: Readonly<Record<Unreadable, string>> = {
  invalid_json: 'is not JSON.',
  too_deep: `is JSON that is nested deeper than ${maxLevels} levels.`,
  too_many_names: 'is JSON with more than 50,000 different names of fields.',
}

/** A text that is held in memory as a whole. Characters. */
const maxWhole = 16 * 1024 * 1024
/** Of one record of a longer text: as long as a page may be. Characters. */
const maxRecord = 5_000_000

const endingsOfParts: Readonly<Record<Ending, [code: string, ending: string]>> = {
  invalid_json: ['invalid_json', endings.invalid_json],
  too_deep: ['too_deep', endings.too_deep],
  record_too_large: [
    'content_too_large',
    `holds a record of more than ${maxRecord / 1_000_000} MB: file.json.resourcePath leads to the records.`,
  ],
  list_on_the_way: [
    'content_too_large',
    `is JSON of more than ${maxWhole / 1024 / 1024} MB, and the path to its records leads through a list.`,
  ],
}

export const json: Format = {
  async *read(chunks, { resourcePath, ...decoding }) {
    const parts: string[] = []
    let length = 0
    const texts = decodeText(chunks, decoding)[Symbol.asyncIterator]()
    try {
      for (let next = await texts.next(); !next.done; next = await texts.next()) {
        length += next.value.length
        parts.push(next.value)
        if (length > maxWhole) return yield* readParts(parts, texts, resourcePath)
      }
    } finally {
      await texts.return?.(undefined)
    }
    const text = parts.join('')
    if (text.trim() === '') return
    yield* inBatches(extractRecords(toValue(await readJson(text)), resourcePath), Buffer.byteLength(text))
  },
  write: (records, { resourcePath }) => JSON.stringify(nestAt(records, resourcePath)),
  async *stream(records, { resourcePath }) {
    const names = resourcePath?.split('.') ?? []
    yield `${names.map((name) => `{${JSON.stringify(name)}:`).join('')}[`
    let separator = ''
    for await (const record of records) {
      yield `${separator}${JSON.stringify(record) ?? 'null'}`
      separator = ','
    }
    yield `]${'}'.repeat(names.length)}`
  },
}

const nextOf = async (texts: AsyncIterator<string>): Promise<string | undefined> => {
  const { done, value } = await texts.next()
  return done ? undefined : value
}

function toValue(read: ReadJson): unknown {
  if ('unreadable' in read) throw new UnreadableContent(read.unreadable, endings[read.unreadable])
  return read.value
}

/** Of a text that begins with these parts. */
async function* readParts(begun: string[], rest: AsyncIterator<string>, resourcePath: string | undefined): AsyncGenerator<Batch> {
  if (resourcePath && !isPathOfNames(resourcePath))
    throw new UnreadableContent(
      'content_too_large',
      `is JSON of more than ${maxWhole / 1024 / 1024} MB, whose records are found by a path of names alone, such as data.orders.`,
    )
  const elements = new JsonElements(resourcePath, { mostOfRecord: maxRecord, mostLevels: maxLevels })
  try {
    for (let part = begun.shift(); part !== undefined; part = begun.shift() ?? (await nextOf(rest))) {
      for (const some of elements.write(part)) yield* readElements(some)
      // What was read before has come: without a turn for others it would be worked through at once.
      await nextTurn()
    }
    elements.end()
  } catch (error) {
    if (error instanceof Unparted) throw new UnreadableContent(...endingsOfParts[error.ending])
    throw error
  }
}

async function* readElements(elements: Elements): AsyncGenerator<Batch> {
  const values = parseTogether(elements)
  if (values) yield toBatch(values, elements)
  else yield* readOneByOne(elements)
}

/** Undefined where they are too long to be parsed at once, or one of them is no JSON. What is no element to the parser is none to who took them apart. */
function parseTogether({ text, begins, ends, hasShortNumbers }: Elements): unknown[] | undefined {
  const some = text.slice(begins[0], ends.at(-1))
  if (!isShort(some)) return undefined
  try {
    return (hasShortNumbers ? JSON.parse(`[${some}]`) : parseExact(`[${some}]`)) as unknown[]
  } catch {
    return undefined
  }
}

async function* readOneByOne(elements: Elements): AsyncGenerator<Batch> {
  const { text, begins, ends } = elements
  const values: unknown[] = []
  for (const [i, begin] of begins.entries()) {
    const read = await readJson(text.slice(begin, ends[i]))
    if ('unreadable' in read) {
      yield toBatch(values, elements)
      toValue(read)
    } else values.push(read.value)
  }
  yield toBatch(values, elements)
}

/** What is put around a value that is no record. Characters. */
const around = '{"value":}'.length

function toBatch(values: readonly unknown[], { text, sizes }: Elements): Batch {
  const perCharacter = bytesOfCharacter(text)
  const toBytes = (size: number): number => Math.ceil((size + around) * perCharacter)
  if (values.length === sizes.length && values.every(isRecordValue)) return { records: values, sizes: sizes.map(toBytes) }
  const found = values.flatMap((value, i) => (value == null ? [] : [{ value, size: toBytes(sizes[i] as number) }]))
  return { records: found.map(({ value }) => (isRecordValue(value) ? value : { value })), sizes: found.map(({ size }) => size) }
}
