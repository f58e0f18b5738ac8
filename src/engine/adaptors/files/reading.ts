/** How the bytes of a file become records, wherever the file came from. */
import type { ExportDoc, Run } from '../../adaptor.ts'
import type { Batch } from '../../formats/batch.ts'
import type { Chunks, Reading } from '../../formats/format.ts'
import { readGrouping, type Grouping } from '../../formats/group-records.ts'
import { findFormat } from '../../formats/index.ts'
import { unpack } from '../../formats/pack.ts'
import type { ReceivedInterchange } from '../../formats/structured/acknowledgement/received.ts'
import type { StructuredReading } from '../../formats/structured/work.ts'
import { readSortFields, sortRecords } from '../../formats/sort-records.ts'
import { checkExportOptions, findEncoding } from './check-options.ts'
import { findDefinition } from './row-files.ts'

type File = ReturnType<typeof checkExportOptions>

/** What goes through it is counted, and ended where it is too much. */
type Bounded = (chunks: Chunks) => Chunks

export interface FileReading {
  readonly file: File
  /** Records that travel together as one. */
  readonly grouping: Grouping | undefined
  /** In the order of the file, or in that of the fields to sort by. `bounded` sees it unpacked. */
  read(name: string, chunks: Chunks, bounded?: Bounded): AsyncIterable<Batch>
  /** Interchanges of EDI of the file that was read last, where they are to be acknowledged. */
  readonly received: readonly ReceivedInterchange[]
}

/** Throws `StepFailure`. */
export function createFileReading(doc: ExportDoc, run: Run): FileReading {
  const file = checkExportOptions(doc)
  const received: ReceivedInterchange[] = []
  const reading = { ...toReading(file), ...(file.type === 'filedefinition' && { structured: rowReading(doc, run, received) }) }
  const sortFields = readSortFields(file.sortByFields)
  const grouped = [
    file.groupByFields,
    doc.groupByFields,
    file.type === 'csv' ? (file.csv?.keyColumns ?? file.parser?.csv?.keyColumns) : undefined,
    file.type === 'xlsx' ? file.xlsx?.keyColumns : undefined,
  ]
  return {
    file,
    grouping: readGrouping(
      grouped.find((fields) => fields?.length),
      file.groupEmptyValues,
    ),
    read(name, chunks, bounded = (all) => all) {
      received.length = 0
      const batches = readContents(file, reading, name, chunks, bounded)
      return sortFields.length === 0 ? batches : sortRecords(batches, sortFields)
    },
    received,
  }
}

function rowReading(doc: ExportDoc, run: Run, received: ReceivedInterchange[]): StructuredReading {
  const { allowPartialSuccess, resourcePath, acknowledgementPath } = doc.file?.fileDefinition ?? {}
  return {
    ...findDefinition(doc, run),
    resourcePath,
    isPartial: allowPartialSuccess,
    ...(acknowledgementPath?.trim() && { received: (interchange: ReceivedInterchange) => void received.push(interchange) }),
  }
}

/** What the document says of files goes before what it says of a parser. */
function toReading(file: File): Reading {
  const { parser } = file
  const resourcePath = (file.type === 'xml' ? file.xml : file.json)?.resourcePath || parser?.resourcePath
  return {
    encoding: findEncoding(file),
    ...(file.replaceInvalidBytes && { replacesInvalid: true }),
    ...(resourcePath && { resourcePath }),
    csv: { ...parser?.csv, ...file.csv },
    xlsx: file.xlsx,
    ...(parser?.xml && { xml: parser.xml }),
  }
}

/** Of a file that is packed those of every file in it. */
async function* readContents(
  { type, compressionFormat }: File,
  reading: Reading,
  name: string,
  chunks: Chunks,
  bounded: Bounded,
): AsyncGenerator<Batch> {
  for await (const content of unpack(compressionFormat || undefined, name, chunks)) {
    const format = findFormat(type, content.name)
    if (!format) throw new Error(`the format ${type} was let through`)
    yield* format.read(bounded(content.chunks), reading)
  }
}
