/** JSON: one text that holds all records, read as a whole, within bounds of size, depth and names. */
import { isShort, parseInParts, TooManyNames } from '../../domain/limits/json-in-parts.ts'
import { maxLevels, parseBounded, TooDeep } from '../../domain/limits/parse-json.ts'
import { decodeText } from './decode-text.ts'
import { UnreadableContent, type Format } from './format.ts'
import { nestAt, extractRecords } from './records.ts'

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

/** It is held in memory as a whole. Characters. */
const maxText = 50 * 1024 * 1024

export const json: Format = {
  async *read(chunks, { encoding, resourcePath }) {
    const parts: string[] = []
    let length = 0
    for await (const part of decodeText(chunks, encoding)) {
      length += part.length
      if (length > maxText)
        throw new UnreadableContent(
          'content_too_large',
          `is JSON of more than ${maxText / 1024 / 1024} MB: newline-delimited JSON may be longer.`,
        )
      parts.push(part)
    }
    const text = parts.join('')
    if (text.trim() === '') return
    const read = await readJson(text)
    if ('unreadable' in read) throw new UnreadableContent(read.unreadable, endings[read.unreadable])
    yield* extractRecords(read.value, resourcePath)
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
