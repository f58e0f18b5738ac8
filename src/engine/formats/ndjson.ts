/** Newline-delimited JSON: read line by line, however many there are. A resource path is one within each line. */
import type { FlowRecord } from '../adaptor.ts'
import { decodeText } from './decode-text.ts'
import { UnreadableContent, type Format } from './format.ts'
import { endings, readJson } from './json.ts'
import { maxPageBytes } from './page-bounds.ts'
import { nestAt, extractRecords } from './records.ts'

export const ndjson: Format = {
  async *read(chunks, { resourcePath, ...decoding }) {
    let line = 0
    for await (const lines of splitLines(decodeText(chunks, decoding))) {
      const records: FlowRecord[] = []
      const sizes: number[] = []
      for (const text of lines) {
        line++
        if (text.trim() === '') continue
        const reading = readJson(text)
        const read = reading instanceof Promise ? await reading : reading
        if ('unreadable' in read) {
          yield { records, sizes }
          throw new UnreadableContent(read.unreadable, `cannot be read: line ${line} ${endings[read.unreadable]}`)
        }
        const found = extractRecords(read.value, resourcePath)
        const size = Buffer.byteLength(text) / found.length
        for (const record of found) {
          records.push(record)
          sizes.push(size)
        }
      }
      yield { records, sizes }
    }
  },
  write: (records, { resourcePath }) => records.map((record) => toLine(record, resourcePath)).join(''),
  async *stream(records, { resourcePath }) {
    for await (const record of records) yield toLine(record, resourcePath)
  },
}

const toLine = (record: unknown, resourcePath: string | undefined): string => `${JSON.stringify(nestAt(record, resourcePath))}\n`

/** A line is held in memory as a whole, and makes a record: no longer than a page may be. Characters. */
const maxLine = maxPageBytes

/** Those that end in one part of the text. */
async function* splitLines(parts: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let rest = ''
  for await (const part of parts) {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    if ([rest, ...lines].some(({ length }) => length > maxLine))
      throw new UnreadableContent('content_too_large', `holds a line of more than ${maxLine / 1024 / 1024} MB.`)
    yield lines
  }
  if (rest !== '') yield [rest]
}
