/** Files by a file definition: rows of several kinds, of delimited columns, of fixed widths, or of EDI. */
import type { FlowRecord } from '../../adaptor.ts'
import { maxControlNumber } from '../../../contract/resources/edi-profile.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { measureRecord, type Batch } from '../batch.ts'
import { decodeText } from '../decode-text.ts'
import { UnreadableContent, type Chunks, type Decoding, type Format } from '../format.ts'
import { compileDefinition } from './definition.ts'
import { toRow } from './read-row.ts'
import { RowParser, type Parsed } from './row-parser.ts'
import { splitRows } from './split-rows.ts'
import type { RowFault, StructuredReading, StructuredWriting } from './work.ts'

/** What its records are read and written by is said beside all else. */
export const structured: Format = {
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
async function writeRecord(record: unknown, writing: StructuredWriting | undefined): Promise<string> {
  if (!writing) throw new Error('a file of rows is written by a file definition')
  const { writer, profile, takeNumber } = writing
  const { record: plain, controlNumber } = withoutNumber(record)
  const rendered = await writing.render(writer.toInput(plain))
  const asks = controlNumber === undefined && takeNumber !== undefined && writer.asksForNumber(rendered)
  return writer.assemble(rendered, profile, asks ? await takeNumber() : controlNumber)
}

/** As it is kept until its file is written: with its control number where it asks for one, so that it is the same however often that is tried. */
export async function toKeptRecord(record: unknown, writing: StructuredWriting): Promise<unknown> {
  const { writer, profile, takeNumber } = writing
  const rendered = await writing.render(writer.toInput(record))
  // A record that cannot be written takes no number.
  writer.assemble(rendered, profile, maxControlNumber)
  return takeNumber && writer.asksForNumber(rendered) ? { [numberField]: await takeNumber(), record } : record
}

/** No record has a field of this name: names with such characters come from nowhere. */
const numberField = '\u0000controlNumber'

function withoutNumber(kept: unknown): { readonly record: unknown; readonly controlNumber?: number } {
  if (!isPlainObject(kept) || !Object.hasOwn(kept, numberField)) return { record: kept }
  const { [numberField]: controlNumber, record } = kept
  return { record, controlNumber: Number(controlNumber) }
}

/** Throws `UnreadableContent`. */
export async function* readStructured(chunks: Chunks, decoding: Decoding, reading: StructuredReading): AsyncGenerator<Batch> {
  const structure = compileDefinition(reading.definition)
  const { separators, rows } = await splitRows(structure, decodeText(chunks, decoding))
  const parser = new RowParser(structure, separators, reading)
  for await (const some of rows) {
    yield* given(
      some.map((row) => parser.add(toRow(structure, separators, row))),
      reading,
    )
  }
  yield* given([parser.end()], reading)
}

/** A batch ends where something was wrong. */
function* given(parsed: readonly Parsed[], { isPartial }: StructuredReading): Generator<Batch> {
  let records: FlowRecord[] = []
  let sizes: number[] = []
  let faults: readonly RowFault[] = []
  for (const { records: found, faults: more } of parsed) {
    if (more.length > 0) {
      yield { records, sizes, faults }
      const [first] = more as [RowFault]
      if (!isPartial) throw new UnreadableContent(first.code, `cannot be read: ${first.message}`)
      records = []
      sizes = []
      faults = more
    }
    for (const record of found) {
      records.push(record)
      sizes.push(measureRecord(record))
    }
  }
  if (records.length > 0 || faults.length > 0) yield { records, sizes, faults }
}
