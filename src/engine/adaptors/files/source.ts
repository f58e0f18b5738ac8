/** What an export of files is made of: its folder, which of the files in it are wanted, and how they are read. */
import { StepFailure, type FileMeta, type FlowRecord, type SourceStep } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { Chunks } from '../../formats/format.ts'
import { defaultPageSize } from '../../formats/page-bounds.ts'
import { createRendering } from '../../outgoing/request-texts.ts'
import { stepContext } from '../step-context.ts'
import { fileClient, type FileClient, type FilePorts } from './client.ts'
import { createDecryption } from './pgp-keys.ts'
import type { FilePlace } from './place.ts'
import { filesAtOnce, type Beginning } from './listing/next-files.ts'
import { createSettling, settled, type Settling } from './listing/settling.ts'
import type { Found, OpenFile } from './transport.ts'
import { createAcknowledge, type Acknowledge } from './acknowledge.ts'
import { createMemory, type Memory } from './listing/taken-files.ts'
import { stepFailure } from './check-options.ts'
import { createFileReading, type FileReading } from './reading.ts'

interface Files {
  readonly folder: string
  /** Undefined where it is still being written: it is left to the next run. */
  open(found: Found): Promise<OpenFile | undefined>
  /** In their order, and looked for as they are asked for. */
  readonly files: AsyncIterable<NextFile>
}

export interface NextFile {
  readonly file: Found
  readonly isLast: boolean
}

/** Files that are looked at together by the filter of an export. */
const filteredAtOnce = 1_000

export interface FileSource extends Omit<FileReading, 'file'> {
  readonly client: FileClient
  readonly pageSize: number
  /** Files stay where they are. */
  readonly keeps: boolean
  /** Of files that stay. */
  readonly memory: Memory | undefined
  readonly backup: string | undefined
  readonly acknowledge: Acknowledge | undefined
  /** `record` is the one that asks, of a lookup. */
  files(record?: FlowRecord, beginning?: Beginning): Promise<Files>
  /** With the keys of the connection, where the export says so. */
  readonly decrypt: (chunks: Chunks) => Chunks
}

export async function createSource(place: FilePlace, ports: FilePorts, step: SourceStep): Promise<FileSource> {
  const { doc } = step
  refuseFields('exports', doc)
  const from = place.ofExport(doc)
  if (!from) throw stepFailure('configuration_missing', `The export does not say where its files are (${place.folderField}).`)
  const { file, ...reading } = createFileReading(doc, step.run)
  const client = fileClient(place, ports, step)
  const shared = stepContext(step, 'export', { connection: describeConnection(client) })
  const texts = createRendering(client.evaluate, {
    texts: [from.folder, from.startsWith ?? '', from.endsWith ?? ''].map((template) => ({ template, escaping: 'raw', sees: 'context' })),
    shared,
  })
  const decrypt = await createDecryption(doc, client.connection)
  // What is only looked at is not waited for.
  const isTaken = doc.type !== 'test' && !step.run.testMode && !client.transport.filesAppearWhole
  const settling = isTaken ? createSettling(ports.settleMs ?? 0, step.run.signal) : settled
  const isWanted = createFileFilter(client, file.filter, shared.settings as object)
  const memory = createMemory(place, ports, step)
  return {
    client,
    ...reading,
    pageSize: Math.max(1, doc.pageSize ?? defaultPageSize),
    keeps: file.skipDelete ?? false,
    memory,
    backup: from.backup,
    acknowledge: createAcknowledge(place, ports, step, client),
    async files(record, beginning) {
      const [folder = '', startsWith = '', endsWith = ''] = (await texts.render(record === undefined ? {} : { record })).map(
        (text) => text ?? '',
      )
      const fits = (name: string): boolean =>
        name.startsWith(startsWith) && name.endsWith(endsWith) && isComplete(name, startsWith, endsWith)
      const order = file.sortFilesBy ?? 'name'
      const most = ports.filesAtOnce ?? filesAtOnce
      const listFrom = (from: Beginning | undefined) =>
        client.work(`The folder ${folder}`, () => client.transport.list(folder, { fits, startsWith, order, beginning: from, most }))
      const way = record === undefined ? settling : settled
      const remembered = record === undefined ? memory : undefined
      const choose = async (found: readonly Found[]): Promise<readonly Found[]> => {
        const wanted = await isWanted(found, folder, record)
        return wanted.length > 0 && remembered ? remembered.leaveOutTaken(folder, wanted) : wanted
      }
      return {
        folder,
        open: (found) => way.open(found, () => client.transport.open(folder, found.name)),
        files: inOrder(
          (from) => way.look(() => listFrom(from)),
          choose,
          beginning,
          // A run that was taken up has not looked at all of them.
          beginning === undefined ? () => remembered?.forgetGone(folder) : undefined,
        ),
      }
    },
    decrypt,
  }
}

/** The folder is looked at again when those that were found are through: the last one of these is held back until it is known whether others follow. */
async function* inOrder(
  listFrom: (from: Beginning | undefined) => ReturnType<Settling['look']>,
  choose: (found: readonly Found[]) => Promise<readonly Found[]>,
  beginning: Beginning | undefined,
  lookedAtAll: (() => Promise<void> | undefined) | undefined,
): AsyncGenerator<NextFile> {
  let held: Found | undefined
  for (let from = beginning, isAll = false; !isAll;) {
    const { found, end, isWhole } = await listFrom(from)
    for (let at = 0; at < found.length; at += filteredAtOnce)
      for (const file of await choose(found.slice(at, at + filteredAtOnce))) {
        if (!(await isWhole(file))) continue
        if (held) yield { file: held, isLast: false }
        held = file
      }
    if (end) from = { after: end }
    else isAll = true
  }
  await lookedAtAll?.()
  if (held) yield { file: held, isLast: true }
}

/** Ends of the names that programs and servers give files until they are complete. */
const unfinished = /\.(?:tmp|part|partial|filepart|crdownload|inprogress|uploading|writing)$/i

/** As far as its name says, except where the export asks for such names. */
const isComplete = (name: string, startsWith: string, endsWith: string): boolean =>
  !unfinished.test(name) || unfinished.test(endsWith) || unfinished.test(startsWith)

/** What templates see of the connection: nothing that is secret. */
export const describeConnection = ({ connection: { _id, name } }: FileClient): object => ({ _id, name })

export const describeFile = ({ name, size, lastModified }: Found, directoryPath: string): FileMeta => ({
  fileName: name,
  fileSize: size,
  lastModified,
  directoryPath,
})

/** By what is known of the files, as `fileMeta`; a lookup also by the `record` that asks. */
function createFileFilter({ evaluate }: FileClient, filter: NonNullable<SourceStep['doc']['file']>['filter'], settings: object) {
  if (!filter) return async (found: readonly Found[]) => found
  const evaluation = evaluate({ kind: 'filter', filter, source: 'output_filter', settings })
  return async (found: readonly Found[], directoryPath: string, record?: FlowRecord) => {
    const answers = await evaluation.all(
      found.map((file) => ({
        ...(record && { record }),
        fileMeta: describeFile(file, directoryPath),
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
