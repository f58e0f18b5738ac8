/** Files by a file definition: rows of several kinds, of delimited columns, of fixed widths, or of EDI. */
import type { FlowRecord } from '../../adaptor.ts'
import { decodeText } from '../decode-text.ts'
import { UnreadableContent, type Chunks, type Decoding, type Format } from '../format.ts'
import { compileDefinition } from './definition.ts'
import { toRow } from './read-row.ts'
import { RowParser, type Parsed } from './row-parser.ts'
import { splitRows } from './split-rows.ts'
import type { StructuredReading, StructuredWriting } from './work.ts'

/** What its records are read and written by is said beside all else. */
export const structured: Format = {
  grows: true,
  async *read(chunks, { structured: reading, ...decoding }) {
    if (!reading) throw new Error('a file of rows is read by a file definition')
    yield* readStructured(chunks, decoding, reading)
  },
  async write(records, { structured: writing }) {
    const texts: string[] = []
    for (const record of records) texts.push(await writeRecord(record, writing))
    return texts.join('')
  },
  async *stream(records, { structured: writing }) {
    for await (const record of records) yield await writeRecord(record, writing)
  },
}

/** The rows of a record. Throws `UnwritableContent`, and what rendering throws. */
export async function writeRecord(record: unknown, writing: StructuredWriting | undefined): Promise<string> {
  if (!writing) throw new Error('a file of rows is written by a file definition')
  const { writer, profile, render } = writing
  return writer.assemble(await render(writer.toInput(record)), profile)
}

/** Throws `UnreadableContent`. */
export async function* readStructured(chunks: Chunks, decoding: Decoding, reading: StructuredReading): AsyncGenerator<FlowRecord> {
  const structure = compileDefinition(reading.definition)
  const { separators, rows } = await splitRows(structure, decodeText(chunks, decoding))
  const parser = new RowParser(structure, separators, reading)
  for await (const row of rows) yield* given(parser.add(toRow(structure, separators, row)), reading)
  yield* given(parser.end(), reading)
}

function given({ records, faults }: Parsed, { failed }: StructuredReading): readonly FlowRecord[] {
  for (const fault of faults) {
    if (!failed) throw new UnreadableContent(fault.code, `cannot be read: ${fault.message}`)
    failed(fault)
  }
  return records
}
