/** What an export of files is made of: its folder, which of the files in it are wanted, and how they are read. */
import { StepFailure, type FlowRecord, type SourceStep } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { Chunks } from '../../formats/format.ts'
import { readGrouping, type Grouping } from '../../formats/group-records.ts'
import { findFormat } from '../../formats/index.ts'
import { readSortFields, sortRecords } from '../../formats/sort-records.ts'
import { defaultPageSize } from '../../formats/split-pages.ts'
import { createRendering } from '../../outgoing/request-texts.ts'
import { stepContext } from '../step-context.ts'
import { fileClient, type FileClient, type FileSystemPorts } from './client.ts'
import { listFiles, type Found } from './folder.ts'
import { findEncoding, stepFailure, checkExportOptions } from './check-options.ts'

interface Files {
  /** As users write it. */
  readonly path: string
  readonly folder: string
  readonly names: readonly string[]
}

export interface FileSource {
  readonly client: FileClient
  readonly pageSize: number
  /** Records that travel together as one. */
  readonly grouping: Grouping | undefined
  /** Files stay where they are. */
  readonly keeps: boolean
  readonly backupPath: string | undefined
  /** `record` is the one that asks, of a lookup. */
  files(record?: FlowRecord): Promise<Files>
  /** In the order of the file, or in that of the fields to sort by. `bytes` is how long it is. */
  read(name: string, chunks: Chunks, bytes: number): AsyncIterable<FlowRecord>
}

export async function createSource(ports: FileSystemPorts, step: SourceStep): Promise<FileSource> {
  const { doc, connection, run } = step
  refuseFields('exports', doc)
  if (!doc.filesystem?.directoryPath) throw stepFailure('configuration_missing', 'The export names no folder (filesystem.directoryPath).')
  const file = checkExportOptions(doc)
  const client = fileClient(ports, connection, run)
  const shared = stepContext(step, 'export', { connection: describeConnection(client) })
  const path = createRendering(client.evaluate, {
    texts: [{ template: doc.filesystem.directoryPath, escaping: 'raw', sees: 'context' }],
    shared,
  })
  const isWanted = createFileFilter(client, file.filter, shared.settings as object)
  const { resourcePath } = file.json ?? {}
  const sortFields = readSortFields(file.sortByFields)
  return {
    client,
    grouping: readGrouping(file.groupByFields?.length ? file.groupByFields : doc.groupByFields, file.groupEmptyValues),
    pageSize: Math.max(1, doc.pageSize ?? defaultPageSize),
    keeps: file.skipDelete ?? false,
    backupPath: file.backupPath || undefined,
    async files(record) {
      const [directoryPath] = await path.render(record === undefined ? {} : { record })
      const shown = directoryPath ?? ''
      const { folder, found } = await client.work(`The folder ${shown}`, async () => {
        const at = await client.folder(shown)
        return { folder: at, found: await listFiles(at) }
      })
      return { path: shown, folder, names: (await isWanted(found, shown)).map(({ name }) => name) }
    },
    read(name, chunks, bytes) {
      const format = findFormat(file.type, name)
      if (!format) throw new Error(`the format ${file.type} was let through`)
      const records = format.read(chunks, { encoding: findEncoding(file), ...(resourcePath && { resourcePath }) })
      return sortFields.length > 0 ? sortRecords(records, sortFields, bytes) : records
    },
  }
}

/** What templates see of the connection: nothing that is secret. */
export const describeConnection = ({ connection: { _id, name } }: FileClient): object => ({ _id, name })

/** By what is known of the files, as `fileMeta`. */
function createFileFilter({ evaluate }: FileClient, filter: NonNullable<SourceStep['doc']['file']>['filter'], settings: object) {
  if (!filter) return async (found: readonly Found[]) => found
  const evaluation = evaluate({ kind: 'filter', filter, source: 'output_filter', settings })
  return async (found: readonly Found[], directoryPath: string) => {
    const answers = await evaluation.all(
      found.map(({ name, size, lastModified }) => ({ fileMeta: { fileName: name, fileSize: size, lastModified, directoryPath } })),
    )
    return found.filter((_file, i) => {
      const answer = answers[i]
      const value = answer && 'stopped' in answer ? answer.stopped : answer?.value
      if (typeof value === 'object') throw new StepFailure(value)
      return value
    })
  }
}
