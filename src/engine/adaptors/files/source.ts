/** What an export of files is made of: its folder, which of the files in it are wanted, and how they are read. */
import { StepFailure, type ExportDoc, type Failure, type FlowRecord, type SourceStep } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { Chunks, Reading } from '../../formats/format.ts'
import { readGrouping, type Grouping } from '../../formats/group-records.ts'
import { findFormat } from '../../formats/index.ts'
import { unpack } from '../../formats/pack.ts'
import type { RowFault, StructuredReading } from '../../formats/structured/work.ts'
import { readSortFields, sortRecords } from '../../formats/sort-records.ts'
import { defaultPageSize } from '../../formats/split-pages.ts'
import { createRendering } from '../../outgoing/request-texts.ts'
import { stepContext } from '../step-context.ts'
import { fileClient, type FileClient, type FilePorts } from './client.ts'
import { createDecryption } from './pgp-keys.ts'
import { findDefinition } from './row-files.ts'
import type { FilePlace } from './place.ts'
import type { Found } from './transport.ts'
import { findEncoding, stepFailure, checkExportOptions } from './check-options.ts'

/** Records of one page that are told of because they cannot be read. */
const maxFailures = 1_000

interface Files {
  readonly folder: string
  readonly found: readonly Found[]
  readonly names: readonly string[]
}

export interface FileSource {
  readonly client: FileClient
  readonly pageSize: number
  /** Records that travel together as one. */
  readonly grouping: Grouping | undefined
  /** Files stay where they are. */
  readonly keeps: boolean
  readonly backup: string | undefined
  /** `record` is the one that asks, of a lookup. */
  files(record?: FlowRecord): Promise<Files>
  /** In the order of the file, or in that of the fields to sort by. */
  read(name: string, chunks: Chunks): AsyncIterable<FlowRecord>
  /** With the keys of the connection, where the export says so. */
  readonly decrypt: (chunks: Chunks) => Chunks
  /** What was wrong with records since it was asked last. */
  takeFailures(): readonly Failure[]
  /** How large its records are at the most, of a file of so many bytes. */
  sizeOf(name: string, bytes: number): number
}

export async function createSource(place: FilePlace, ports: FilePorts, step: SourceStep): Promise<FileSource> {
  const { doc } = step
  refuseFields('exports', doc)
  const from = place.ofExport(doc)
  if (!from) throw stepFailure('configuration_missing', `The export does not say where its files are (${place.folderField}).`)
  const file = checkExportOptions(doc)
  const client = fileClient(place, ports, step)
  const shared = stepContext(step, 'export', { connection: describeConnection(client) })
  const texts = createRendering(client.evaluate, {
    texts: [from.folder, from.startsWith ?? '', from.endsWith ?? ''].map((template) => ({ template, escaping: 'raw', sees: 'context' })),
    shared,
  })
  const decrypt = await createDecryption(doc, client.connection)
  const isWanted = createFileFilter(client, file.filter, shared.settings as object)
  const failures: Failure[] = []
  const reading = { ...toReading(file), ...(file.type === 'filedefinition' && { structured: rowReading(doc, step, failures) }) }
  const sortFields = readSortFields(file.sortByFields)
  const grouped = [
    file.groupByFields,
    doc.groupByFields,
    file.type === 'csv' ? (file.csv?.keyColumns ?? file.parser?.csv?.keyColumns) : undefined,
    file.type === 'xlsx' ? file.xlsx?.keyColumns : undefined,
  ]
  return {
    client,
    grouping: readGrouping(
      grouped.find((fields) => fields?.length),
      file.groupEmptyValues,
    ),
    pageSize: Math.max(1, doc.pageSize ?? defaultPageSize),
    keeps: file.skipDelete ?? false,
    backup: from.backup,
    async files(record) {
      const [folder = '', startsWith = '', endsWith = ''] = (await texts.render(record === undefined ? {} : { record })).map(
        (text) => text ?? '',
      )
      const fits = (name: string): boolean => name.startsWith(startsWith) && name.endsWith(endsWith)
      const found = await client.work(`The folder ${folder}`, () => client.transport.list(folder, fits, startsWith))
      const wanted = await isWanted(found, folder, record)
      return { folder, found: wanted, names: wanted.map(({ name }) => name) }
    },
    read(name, chunks) {
      if (sortFields.length === 0) return readContents(file, reading, name, chunks)
      return sortRecords(readContents(file, reading, name, chunks), sortFields)
    },
    decrypt,
    takeFailures: () => failures.splice(0),
    sizeOf: (name, bytes) =>
      file.compressionFormat || file.decrypt || findFormat(file.type, name)?.grows ? Number.POSITIVE_INFINITY : bytes,
  }
}

/** Records that cannot be read are told of where the others are to go on. */
function rowReading(doc: ExportDoc, { run }: SourceStep, failures: Failure[]): StructuredReading {
  const { allowPartialSuccess, resourcePath } = doc.file?.fileDefinition ?? {}
  const failed = ({ code, message }: RowFault): void => {
    if (failures.length < maxFailures)
      failures.push({ source: 'application', code, message: `A record of a file was left out: ${message}` })
  }
  return { ...findDefinition(doc, run), resourcePath, ...(allowPartialSuccess && { failed }) }
}

type File = ReturnType<typeof checkExportOptions>

/** What the document says of files goes before what it says of a parser. */
function toReading(file: File): Reading {
  const { parser } = file
  const resourcePath = (file.type === 'xml' ? file.xml : file.json)?.resourcePath || parser?.resourcePath
  return {
    encoding: findEncoding(file),
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
): AsyncGenerator<FlowRecord> {
  for await (const content of unpack(compressionFormat || undefined, name, chunks)) {
    const format = findFormat(type, content.name)
    if (!format) throw new Error(`the format ${type} was let through`)
    yield* format.read(content.chunks, reading)
  }
}

/** What templates see of the connection: nothing that is secret. */
export const describeConnection = ({ connection: { _id, name } }: FileClient): object => ({ _id, name })

/** By what is known of the files, as `fileMeta`; a lookup also by the `record` that asks. */
function createFileFilter({ evaluate }: FileClient, filter: NonNullable<SourceStep['doc']['file']>['filter'], settings: object) {
  if (!filter) return async (found: readonly Found[]) => found
  const evaluation = evaluate({ kind: 'filter', filter, source: 'output_filter', settings })
  return async (found: readonly Found[], directoryPath: string, record?: FlowRecord) => {
    const answers = await evaluation.all(
      found.map(({ name, size, lastModified }) => ({
        ...(record && { record }),
        fileMeta: { fileName: name, fileSize: size, lastModified, directoryPath },
      })),
    )
    return found.filter((_file, i) => {
      const answer = answers[i]
      const value = answer && 'stopped' in answer ? answer.stopped : answer?.value
      if (typeof value === 'object') throw new StepFailure(value)
      return value
    })
  }
}
