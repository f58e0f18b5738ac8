/**
 * Writes the records of a run into one file, or `batchSize` of them into each; or those of each page, where nothing can be gathered or it is to be so. A file of
 * a page that cannot be written fails its records and no others; one of a run is an error of its own, and is written again from it.
 */
import type { FileTarget, GatheredFile } from '../../../domain/ports/flows/gathered-files.ts'
import type { FieldOf, ImportDoc, Outcome, Run, SinkAdaptor, SinkStep, Submission, Told } from '../../adaptor.ts'
import { StepFailure } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { encodeText } from '../../formats/encode-text.ts'
import { UnwritableContent, type Chunks } from '../../formats/format.ts'
import { findFormat } from '../../formats/index.ts'
import { packInChunks } from '../../formats/in-chunks.ts'
import { toKeptRecord } from '../../formats/structured/structured.ts'
import type { StructuredWriting } from '../../formats/structured/work.ts'
import { pack } from '../../formats/pack.ts'
import { createRendering, type Rendering, type Text } from '../../outgoing/request-texts.ts'
import { withoutParent } from '../../template/template-context.ts'
import { splitsRecords } from '../../values/one-to-many-children.ts'
import { oncePerStep } from '../once-per-step.ts'
import { stepContext } from '../step-context.ts'
import { FileFailure } from './failure.ts'
import { append, mustTakeMore, type AppendTo } from './append.ts'
import { describeFile, Gathering, pathOf } from './gather.ts'
import { passBlob } from './pass-blobs.ts'
import { gatheredContent } from './gathered-content.ts'
import { Storage } from '../kept-bytes.ts'
import { fileClient, type FileClient, type FilePorts } from './client.ts'
import { stepFailure, checkImportOptions, findEncoding, passesBlobs } from './check-options.ts'
import type { FilePlace } from './place.ts'
import { createEncryption } from './pgp-keys.ts'
import { createRowWriting } from './row-files.ts'
import { describeConnection } from './source.ts'
import type { WayToName } from './transport.ts'

interface FileSink {
  readonly doc: ImportDoc
  readonly client: FileClient
  /** Records in one file at the most; all of a page where it is absent. */
  readonly batchSize: number | undefined
  /** Folder and name of a file, its name until it is complete, where a copy goes, and where its records stand in it; the whole of it, where it is written by a template. */
  readonly texts: Rendering
  readonly file: ReturnType<typeof checkImportOptions>
  /** With the keys of the connection, where the import says so. */
  readonly encrypt: (chunks: Chunks) => Chunks
  /** How its records become rows, by a file definition. */
  readonly structured: StructuredWriting | undefined
  readonly encoding: string
  /** Its records are children, and their parents are no part of them. */
  readonly hidesParent: boolean
  /** Files of this run. */
  readonly written: Set<string>
  readonly way: WayToName
  /** Files are put together and not written. */
  readonly previews: boolean
  readonly run: Run
  /** Of the records of the run; absent where nothing can be kept, or each page makes a file. */
  readonly gathering: Gathering | undefined
  readonly storage: Storage | undefined
}

/** Names that one run of an import remembers, so that no file of it takes the place of another. */
const maxFiles = 100_000
/** Of one file: it is held in memory as a whole. Characters. */
const maxFile = 50 * 1024 * 1024

const batchSize = ({ file }: ImportDoc): number => Math.max(1, file?.batchSize ?? 1)

/** Or one file for each page, or for `batchSize` records of one. */
const gathers = (doc: ImportDoc): boolean =>
  !passesBlobs(doc) && doc.file?.skipAggregation !== true && doc.file?.aggregation?.type !== 'page'

export function importFiles(place: FilePlace, ports: FilePorts, fieldOf: FieldOf): SinkAdaptor {
  const storage = ports.kept && new Storage(ports.kept)
  const sinkOf = oncePerStep((step: SinkStep) => prepare(place, ports, step, storage))
  return {
    adaptorType: place.importType,
    fieldOf,
    batchSize,
    lookups: ({ file }) => file?.lookups ?? [],
    ready: async (step) => void (await sinkOf(step)),
    gathers: (doc) => storage !== undefined && gathers(doc),
    write: async (step, submissions, told) => write(await sinkOf(step), submissions, told),
    finish: async (step, file) => finish(await sinkOf(step), file),
  }
}

async function prepare(place: FilePlace, ports: FilePorts, step: SinkStep, storage: Storage | undefined): Promise<FileSink> {
  const { doc, run } = step
  refuseFields('imports', doc)
  const to = place.ofImport(doc)
  if (!to) throw stepFailure('configuration_missing', `The import does not say where its files go (${place.folderField}).`)
  const file = checkImportOptions(doc, to.fileName)
  const client = fileClient(place, ports, step)
  const { resourcePath, body } = { body: undefined, ...(file.type === 'xml' ? file.xml : file.json) }
  const texts: Text[] = [to.folder, file.fileName, to.draftName ?? '', to.backup ?? '', resourcePath ?? ''].map((template) => ({
    template,
    escaping: 'raw',
    sees: 'context',
  }))
  if (body) texts.push({ template: body, escaping: 'xml', sees: 'body' })
  const shared = stepContext(step, 'import', { connection: describeConnection(client) })
  const tables = [...(file.lookups ?? []), ...(doc.lookups ?? [])]
  const sink: Omit<FileSink, 'gathering'> = {
    doc,
    client,
    batchSize: file.batchSize,
    texts: createRendering(client.evaluate, { texts, shared, tables }),
    structured:
      file.type === 'filedefinition'
        ? createRowWriting(doc, run, { evaluate: client.evaluate, shared, tables, kept: ports.kept })
        : undefined,
    encrypt: await createEncryption(doc, client.connection),
    file,
    encoding: findEncoding(file),
    hidesParent: splitsRecords(doc),
    written: new Set(),
    way: { by: `${run.jobId ?? ''} ${doc._id}`, atOnce: file.skipRename, encryption: to.encryption },
    previews: run.previewsImports ?? false,
    run,
    storage,
  }
  return { ...sink, gathering: storage && gathers(doc) ? gatherInto({ ...sink, gathering: undefined }, storage, doc._id) : undefined }
}

function gatherInto(sink: FileSink, storage: Storage, stepId: string): Gathering {
  const { run, file, encoding, client, hidesParent, structured } = sink
  return new Gathering({
    storage,
    envId: run.envId,
    most: file.batchSize ?? Number.POSITIVE_INFINITY,
    list: async () => (await storage.rows.gatheredFiles.list(run.envId, run.jobId ?? '')).filter((gathered) => gathered.stepId === stepId),
    async target(beginning) {
      const { body: _body, ...target } = await renderPlace(sink, beginning)
      client.transport.mustBeName(target.fileName)
      if (file.append) mustTakeMore(file.type, target.fileName)
      return target
    },
    toRecord: (mapped) => (hidesParent ? withoutParent(mapped) : mapped),
    sharesNames: file.append ?? false,
    async toKept(record, { fileName }) {
      findFormat(file.type, fileName)?.check?.(record)
      if (encoding !== 'utf-8') encodeText(JSON.stringify(record) ?? '', encoding)
      return structured ? toKeptRecord(record, structured) : record
    },
  })
}

/** Where a file of these records goes; and what is in it, where a template says so. */
async function renderPlace(
  { texts, batchSize: most, hidesParent }: FileSink,
  batch: readonly Submission[],
): Promise<FileTarget & { readonly body?: string | undefined }> {
  const data = batch.map(({ mapped }) => (hidesParent ? withoutParent(mapped) : mapped))
  const input = { records: batch.map(({ record }) => record), data, batched: most !== 1 }
  const [directoryPath, fileName, draftName, backup, resourcePath, body] = (await texts.render(input)).map((text) => text ?? '')
  return {
    directoryPath: directoryPath ?? '',
    fileName: fileName ?? '',
    ...(draftName && { draftName }),
    ...(backup && { backup }),
    ...(resourcePath && { resourcePath }),
    ...(body !== undefined && { body }),
  }
}

async function write(sink: FileSink, submissions: readonly Submission[], told?: Told): Promise<Outcome[]> {
  told?.starts()
  if (told?.gather && sink.gathering) return sink.gathering.add(submissions, told)
  if (passesBlobs(sink.doc)) return Promise.all(submissions.map((submission) => writeBlob(sink, submission)))
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
  const { client, hidesParent } = sink
  const { body, ...target } = await renderPlace(sink, batch)
  const { fileName } = target
  const data = batch.map(({ mapped }) => (hidesParent ? withoutParent(mapped) : mapped))
  if (sink.file.append && !sink.previews) return respond(target, { fileSize: await appendRecords(sink, target, data) })
  const bytes = await formatContent(sink, fileName, body ?? data, target.resourcePath)
  await client.work(describeFile(target), async () => {
    client.transport.mustBeName(fileName)
    if (sink.previews) return
    mustBeFree(sink, pathOf(target))
    await place(sink, target, () => wholly(bytes))
    sink.written.add(pathOf(target))
  })
  return respond(target, { fileSize: bytes.length })
}

/** The records of a page, or of a batch. Answers how long the file is by then. */
async function appendRecords(sink: FileSink, target: FileTarget, data: readonly unknown[]): Promise<number> {
  const write: AppendTo['write'] = (file) =>
    async function* () {
      yield await formatContent({ ...sink, file: { ...sink.file, ...file } }, target.fileName, data, target.resourcePath)
    }
  const size = await append(sink, target, { write })
  if (target.backup) await append(sink, { ...target, directoryPath: target.backup }, { write })
  return size
}

/** Under its own name, unless the import says another. */
const writeBlob = (sink: FileSink, submission: Submission): Promise<Outcome> =>
  passBlob(sink, submission, async (bytes, { fileName: own = '', bytes: fileSize }) => {
    const { client } = sink
    const rendered = await renderPlace(sink, [submission])
    const target = { ...rendered, fileName: rendered.fileName || own }
    const content = (): Chunks => sealed(sink, target.fileName, bytes())
    await client.work(describeFile(target), async () => {
      client.transport.mustBeName(target.fileName)
      if (sink.previews) return
      mustBeFree(sink, pathOf(target))
      sink.written.add(pathOf(target))
      await place(sink, target, content).catch((error: unknown) => {
        sink.written.delete(pathOf(target))
        throw error
      })
    })
    return respond(target, { fileSize })
  })

/** The copy first: what is there under its final name went through. */
async function place(
  { client, way }: FileSink,
  { directoryPath, fileName, draftName, backup }: FileTarget,
  content: () => Chunks,
): Promise<void> {
  if (backup) await client.transport.write(backup, fileName, content, { ...way, atOnce: false })
  await client.transport.write(directoryPath, fileName, content, { ...way, draftName })
}

const respond = ({ fileName, directoryPath }: FileTarget, more: object): Outcome => ({
  kind: 'done',
  response: { id: fileName, statusCode: 200, ignored: false, errors: [], _json: { fileName, directoryPath, ...more } },
})

/** Nobody holds the file as a whole: what was gathered is read, written in its format, packed and sent on in chunks, and anew with each try. */
async function finish(sink: FileSink, gathered: GatheredFile): Promise<Outcome> {
  const { client, storage } = sink
  const { target, records } = gathered
  if (!storage) throw new Error('what was gathered is to be written where nothing is kept')
  const what = describeFile(target)
  try {
    if (sink.file.append) return respond(target, { fileSize: await appendGathered(sink, storage, gathered), numRecords: records })
    let fileSize = 0
    const content = async function* (): AsyncGenerator<Uint8Array> {
      fileSize = 0
      const written = gatheredContent(sink, storage.rows, gathered)
      for await (const chunk of sealed(sink, target.fileName, written)) {
        fileSize += chunk.length
        yield chunk
      }
    }
    await client.work(what, () => place(sink, target, content))
    return respond(target, { fileSize, numRecords: records })
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
    throw error
  }
}

/** Where the file ended before is kept with what was gathered: whoever writes it after a worker that was killed goes on there. */
async function appendGathered(sink: FileSink, { rows }: Storage, gathered: GatheredFile): Promise<number> {
  const { envId, jobId } = sink.run
  const { key, target, retries } = gathered
  const path = pathOf(target)
  const write: AppendTo['write'] = (file) => () => gatheredContent({ ...sink, file: { ...sink.file, ...file } }, rows, gathered)
  const size = await append(sink, target, {
    at: target.appended?.path === path ? target.appended.at : undefined,
    begins: (at) => rows.gatheredFiles.adopt(envId, key, jobId ?? '', { ...target, appended: { path, at } }, retries),
    write,
  })
  if (target.backup) await append(sink, { ...target, directoryPath: target.backup }, { write })
  return size
}

/** Packed first, then encrypted. */
const sealed = ({ file, encrypt }: FileSink, name: string, chunks: Chunks): Chunks =>
  encrypt(packInChunks(file.compressionFormat || undefined, name, chunks))

async function gather(chunks: Chunks): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

async function* wholly(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
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

/** A text that a template made, or the records. */
export async function formatContent(
  { file, encoding, structured, encrypt }: Pick<FileSink, 'file' | 'encoding' | 'structured' | 'encrypt'>,
  fileName: string,
  content: string | readonly unknown[],
  resourcePath: string | undefined,
): Promise<Buffer> {
  try {
    const format = findFormat(file.type, fileName)
    const writing = { resourcePath: resourcePath || undefined, csv: file.csv, xlsx: file.xlsx, structured, encoding }
    const written = typeof content === 'string' ? content : await format?.write(content, writing)
    if (written === undefined || written.length > maxFile)
      throw stepFailure(
        'file_too_large',
        `The file ${fileName} would have more than ${maxFile / 1024 / 1024} MB: lower file.batchSize or the page size.`,
      )
    const packed = await pack(
      file.compressionFormat || undefined,
      fileName,
      typeof written === 'string' ? encodeText(written, encoding) : written,
    )
    return file.encrypt ? await gather(encrypt(wholly(packed))) : packed
  } catch (error) {
    if (error instanceof UnwritableContent) throw stepFailure(error.code, `The file ${fileName}: ${error.message}`)
    throw error
  }
}
