/**
 * Writes records at the end of a file that is there. Where it ended before is known from the first try on, so that another one, or another worker, goes on where
 * that broke off; one writer at a time does it over a connection.
 */
import type { FileTarget } from '../../../domain/ports/flows/gathered-files.ts'
import type { ImportDoc } from '../../adaptor.ts'
import { csv } from '../../formats/csv.ts'
import { encodeText } from '../../formats/encode-text.ts'
import type { Chunks, CsvWriting } from '../../formats/format.ts'
import { findFormat } from '../../formats/index.ts'
import type { FileClient } from './client.ts'
import { FileFailure } from './failure.ts'
import { describeFile, pathOf } from './gather.ts'
import type { FileEnds } from './transport.ts'

/** A file as it is before anything comes to its end. */
interface Ending {
  /** How what comes to its end is written: by the header that is there. */
  readonly csv: CsvFile | undefined
  /** What its last row lacks. */
  readonly missing: Uint8Array
}

interface Place {
  readonly ends: FileEnds
  readonly folder: string
  readonly name: string
}

interface Written {
  readonly type: string
  readonly csv?: CsvFile | undefined
  readonly encoding: string
}

export interface AppendTo {
  /** Where the file ended before anybody tried; asked for where it is absent. */
  readonly at?: number | undefined
  /** Told before the first byte goes. */
  readonly begins?: (at: number) => Promise<void>
  /** The content, with what is said of the file as it stands here: each time from the first byte. */
  readonly write: (file: { readonly csv?: CsvFile }) => () => Chunks
}

type CsvFile = NonNullable<ImportDoc['file']>['csv'] & CsvWriting

interface Sink {
  readonly client: FileClient
  readonly file: NonNullable<ImportDoc['file']> & { readonly type: string }
  readonly encoding: string
}

/** Answers how long the file is by then. Throws `StepFailure`. */
export async function append(
  { client, file, encoding }: Sink,
  target: FileTarget,
  { at: known, begins, write }: AppendTo,
): Promise<number> {
  const { directoryPath: folder, fileName: name } = target
  const { transport } = client
  let began = known
  return client.alone(pathOf(target), () =>
    client.work(describeFile(target), async () => {
      transport.mustBeName(name)
      mustTakeMore(file.type, name)
      if (!transport.ends) throw new Error('a place where nothing is appended was let through')
      const place = { ends: transport.ends, folder, name }
      const size = await transport.ends.size(folder, name)
      // What is shorter by now is another file.
      const at = began === undefined || began > size ? size : began
      const ending = await findEnding(place, { type: file.type, csv: file.csv, encoding }, at)
      if (at !== began) await begins?.(at)
      began = at
      const content = write(ending.csv ? { csv: ending.csv } : {})
      await appendAt(place, { at, size }, async function* () {
        if (ending.missing.length > 0) yield ending.missing
        yield* content()
      })
      return transport.ends.size(folder, name)
    }),
  )
}

/** Throws `FileFailure` for a file that has an end of its own, so that nothing can come after it. */
export function mustTakeMore(type: string, name: string): void {
  if (type === 'csv' || findFormat(type, name) === findFormat('json', '.ndjson')) return
  throw new FileFailure(
    'append_unsupported',
    'Nothing can be written at its end (file.append): only CSV can go on, and JSON line by line, in a file whose name ends in .ndjson or .jsonl.',
  )
}

/** `at` is where it ended when it was first looked at. */
async function findEnding({ ends, folder, name }: Place, { type, csv: said, encoding }: Written, at: number): Promise<Ending> {
  if (at === 0) return { csv: said, missing: new Uint8Array() }
  const delimiter = encodeText(type === 'csv' ? csv.rowEnd(said) : '\n', encoding)
  const last = await readAll(ends.read(folder, name, Math.max(0, at - delimiter.length)), delimiter.length)
  const missing = delimiter.equals(last) ? new Uint8Array() : delimiter
  if (type !== 'csv') return { csv: said, missing }
  const isHeaded = said?.includeHeader ?? true
  const columns = isHeaded ? await csv.readHeader(ends.read(folder, name, 0), encoding, said) : undefined
  return { csv: { ...said, includeHeader: false, ...(columns?.length && { columns }) }, missing }
}

async function readAll(chunks: Chunks, most: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let left = most
  for await (const chunk of chunks) {
    parts.push(chunk.subarray(0, left))
    left -= chunk.length
    if (left <= 0) break
  }
  return Buffer.concat(parts)
}

/** `content` is the same each time that it is called. */
async function appendAt(
  { ends, folder, name }: Place,
  { at, size }: { readonly at: number; readonly size: number },
  content: () => Chunks,
): Promise<void> {
  const done = size > at ? await countCommon(ends.read(folder, name, at), content()) : 0
  await ends.append(folder, name, after(content(), done))
}

/** How much of the content is there already; 0 where something else is. Bytes. */
async function countCommon(there: Chunks, content: Chunks): Promise<number> {
  const [one, other] = [there[Symbol.asyncIterator](), content[Symbol.asyncIterator]()]
  let [left, right]: [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()]
  try {
    for (let common = 0; ;) {
      if (left.length === 0) left = await nextOf(one)
      if (right.length === 0) right = await nextOf(other)
      const length = Math.min(left.length, right.length)
      if (length === 0) return common
      if (Buffer.compare(left.subarray(0, length), right.subarray(0, length)) !== 0) return 0
      common += length
      left = left.subarray(length)
      right = right.subarray(length)
    }
  } finally {
    await one.return?.()
    await other.return?.()
  }
}

/** Empty at the end. */
async function nextOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  for (;;) {
    const next = await chunks.next()
    if (next.done) return new Uint8Array()
    if (next.value.length > 0) return next.value
  }
}

async function* after(content: Chunks, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of content) {
    if (left < chunk.length) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}
