/** What was gathered of a run, as the content of its file. */
import type { GatheredFile } from '../../../domain/ports/flows/gathered-files.ts'
import type { ImportDoc, Run } from '../../adaptor.ts'
import { encodeText } from '../../formats/encode-text.ts'
import { UnwritableContent, type Writing } from '../../formats/format.ts'
import { encodeInChunks } from '../../formats/in-chunks.ts'
import { findFormat } from '../../formats/index.ts'
import { readJson } from '../../formats/json.ts'
import type { StructuredWriting } from '../../formats/structured/work.ts'
import type { Rendering } from '../../outgoing/request-texts.ts'
import { stepFailure } from './check-options.ts'
import { FileFailure } from './failure.ts'
import { readBlob, readLines, type KeptRows } from '../kept-bytes.ts'

interface Sink {
  readonly run: Run
  readonly file: NonNullable<ImportDoc['file']> & { readonly type: string }
  readonly encoding: string
  readonly texts: Rendering
  readonly structured: StructuredWriting | undefined
}

/** A file that is held in memory as a whole, for a template or a format that asks for all of it: its records as they were gathered. Bytes. */
const maxHeld = 50 * 1024 * 1024

/** Throws `StepFailure` and `FileFailure`. */
export async function* gatheredContent(sink: Sink, rows: KeptRows, gathered: GatheredFile): AsyncGenerator<Uint8Array> {
  try {
    yield* formatted(sink, rows, gathered)
  } catch (error) {
    throw error instanceof UnwritableContent ? new FileFailure(error.code, error.message) : error
  }
}

async function* formatted(
  { run, file, encoding, texts, structured }: Sink,
  rows: KeptRows,
  { key, target }: GatheredFile,
): AsyncGenerator<Uint8Array> {
  const records = { [Symbol.asyncIterator]: () => readRecords(rows, run, key) }
  if (file.type === 'xml' && file.xml?.body) {
    const data = await hold(rows, run, key, records)
    yield encodeText((await texts.render({ records: data, data, batched: true })).at(-1) ?? '', encoding)
    return
  }
  const format = findFormat(file.type, target.fileName)
  const writing: Writing = { resourcePath: target.resourcePath, csv: file.csv, xlsx: file.xlsx, structured, encoding }
  if (!format) throw new Error(`the format ${file.type} was let through`)
  if (format.stream) return yield* encodeInChunks(format.stream(records, writing), encoding)
  const written = await format.write(await hold(rows, run, key, records), writing)
  yield typeof written === 'string' ? encodeText(written, encoding) : written
}

async function* readRecords(rows: KeptRows, { envId, signal }: Run, key: string): AsyncGenerator<unknown> {
  for await (const line of readLines(readBlob(rows, envId, key, signal))) {
    const read = await readJson(line)
    if ('unreadable' in read) throw new Error(`what was gathered cannot be read: ${read.unreadable}`)
    yield read.value
  }
}

async function hold({ blobs }: KeptRows, { envId }: Run, key: string, records: AsyncIterable<unknown>): Promise<unknown[]> {
  const { bytes = 0 } = (await blobs.find(envId, key)) ?? {}
  if (bytes > maxHeld)
    throw stepFailure(
      'file_too_large',
      `Its records take more than ${maxHeld / 1024 / 1024} MB, and this kind of file is put together as a whole: set file.batchSize.`,
    )
  const held: unknown[] = []
  for await (const record of records) held.push(record)
  return held
}
