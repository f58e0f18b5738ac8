/** FileSystemImport: writes the records of a page into a file, or `batchSize` of them into each. A file that cannot be written fails its records and no others. */
import type { FieldOf, ImportDoc, Outcome, SinkAdaptor, SinkStep, Submission, Told } from '../../adaptor.ts'
import { StepFailure } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { findFormat } from '../../formats/index.ts'
import { createRendering, type Rendering } from '../../outgoing/request-texts.ts'
import { withoutParent } from '../../template/template-context.ts'
import { splitsRecords } from '../../values/one-to-many-children.ts'
import { oncePerStep } from '../once-per-step.ts'
import { stepContext } from '../step-context.ts'
import { FileFailure } from './failure.ts'
import { fileClient, type FileClient, type FileSystemPorts } from './client.ts'
import { stepFailure, checkImportOptions } from './check-options.ts'
import { mustBeName } from './path.ts'
import { describeConnection } from './source.ts'
import { writeFile } from './write-file.ts'

interface FileSink {
  readonly client: FileClient
  /** Records in one file at the most; all of a page where it is absent. */
  readonly batchSize: number | undefined
  /** Folder and name of a file. */
  readonly names: Rendering
  readonly type: string
  readonly resourcePath: string | undefined
  /** Its records are children, and their parents are no part of them. */
  readonly hidesParent: boolean
  /** Files of this run. */
  readonly written: Set<string>
  readonly by: string
  /** Files are put together and not written. */
  readonly previews: boolean
}

/** Names that one run of an import remembers, so that no file of it takes the place of another. */
const maxFiles = 100_000
/** Of one file: it is held in memory as a whole. Characters. */
const maxFile = 50 * 1024 * 1024

const batchSize = ({ file }: ImportDoc): number => Math.max(1, file?.batchSize ?? 1)

export function fileSystemImport(ports: FileSystemPorts, fieldOf: FieldOf): SinkAdaptor {
  const sinkOf = oncePerStep((step: SinkStep) => prepare(ports, step))
  return {
    adaptorType: 'FileSystemImport',
    fieldOf,
    batchSize,
    lookups: ({ file }) => file?.lookups ?? [],
    ready: async (step) => void (await sinkOf(step)),
    write: async (step, submissions, told) => write(await sinkOf(step), submissions, told),
  }
}

async function prepare(ports: FileSystemPorts, step: SinkStep): Promise<FileSink> {
  const { doc, connection, run } = step
  refuseFields('imports', doc)
  if (!doc.filesystem?.directoryPath) throw stepFailure('configuration_missing', 'The import names no folder (filesystem.directoryPath).')
  const file = checkImportOptions(doc)
  const client = fileClient(ports, connection, run)
  const texts = [doc.filesystem.directoryPath, file.fileName].map((template) => ({ template, escaping: 'raw', sees: 'context' }) as const)
  const shared = stepContext(step, 'import', { connection: describeConnection(client) })
  return {
    client,
    batchSize: file.batchSize,
    names: createRendering(client.evaluate, { texts, shared, tables: [...(file.lookups ?? []), ...(doc.lookups ?? [])] }),
    type: file.type,
    resourcePath: file.json?.resourcePath || undefined,
    hidesParent: splitsRecords(doc),
    written: new Set(),
    by: `${run.jobId ?? ''} ${doc._id}`,
    previews: run.previewsImports ?? false,
  }
}

async function write(sink: FileSink, submissions: readonly Submission[], told?: Told): Promise<Outcome[]> {
  told?.starts()
  const outcomes: Outcome[] = []
  const size = sink.batchSize ?? submissions.length
  for (let from = 0; from < submissions.length; from += size) {
    const batch = submissions.slice(from, from + size)
    const outcome = await writeOrFail(sink, batch)
    for (const _each of batch) outcomes.push(outcome)
  }
  return outcomes
}

async function writeOrFail(sink: FileSink, batch: readonly Submission[]): Promise<Outcome> {
  try {
    return await writeBatch(sink, batch)
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
    throw error
  }
}

async function writeBatch(sink: FileSink, batch: readonly Submission[]): Promise<Outcome> {
  const { client, names, batchSize: most } = sink
  const [directoryPath, fileName] = (await names.render({ records: batch.map(({ record }) => record), batched: most !== 1 })).map(
    (text) => text ?? '',
  ) as [string, string]
  const what = `The file ${directoryPath}/${fileName}`
  const content = formatContent(sink, fileName, batch)
  await client.work(what, async () => {
    mustBeName(fileName)
    if (sink.previews) return
    const folder = await client.folder(directoryPath, true)
    const path = `${folder}/${fileName}`
    mustBeFree(sink, path)
    await writeFile(folder, fileName, content, sink.by)
    sink.written.add(path)
  })
  const _json = { fileName, directoryPath, fileSize: Buffer.byteLength(content) }
  return { kind: 'done', response: { id: fileName, statusCode: 200, ignored: false, errors: [], _json } }
}

/** A file of an earlier run is written over; one of this run would be lost. */
function mustBeFree({ written: taken }: FileSink, path: string): void {
  if (taken.has(path))
    throw new FileFailure(
      'file_name_taken',
      'This run has written a file of that name already. Put what tells them apart into file.fileName, such as {{timestamp}}.',
    )
  if (taken.size >= maxFiles)
    throw new FileFailure('too_many_files', `A run of an import writes ${maxFiles.toLocaleString('en')} files at the most.`)
}

function formatContent({ type, resourcePath, hidesParent }: FileSink, fileName: string, batch: readonly Submission[]): string {
  const content = findFormat(type, fileName)?.write(
    batch.map(({ mapped }) => (hidesParent ? withoutParent(mapped) : mapped)),
    resourcePath,
  )
  if (content === undefined || content.length > maxFile)
    throw stepFailure(
      'file_too_large',
      `The file ${fileName} would have more than ${maxFile / 1024 / 1024} MB: lower file.batchSize or the page size.`,
    )
  return content
}
