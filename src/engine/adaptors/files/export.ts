/**
 * Reads the files of a folder in the order of their names or times, page by page. A file is put away when its last page is acknowledged, so a run that was cut off
 * finds it where it was and goes on after the records that it had handed on.
 */
import type { Cursor, Failure, FieldOf, FlowRecord, Outcome, Page, SourceAdaptor, SourceStep, Told } from '../../adaptor.ts'
import { StepFailure } from '../../adaptor.ts'
import { skipRecords } from '../../formats/batch.ts'
import { countGrouped, groupBatches } from '../../formats/group-records.ts'
import { maxPageBytes } from '../../formats/page-bounds.ts'
import { splitIntoPages } from '../../formats/split-pages.ts'
import type { RowFault } from '../../formats/structured/work.ts'
import { listChildren, toChildRecord } from '../../values/one-to-many-children.ts'
import { oncePerStep } from '../once-per-step.ts'
import type { FilePorts } from './client.ts'
import { givesFiles, stepFailure } from './check-options.ts'
import type { FilePlace } from './place.ts'
import { Storage } from '../kept-bytes.ts'
import { pagesOfFiles } from './whole-files.ts'
import { createSource, describeFile, type FileSource } from './source.ts'
import { beginningAfter, type After, type Mark } from './listing/next-files.ts'
import type { Found, OpenFile } from './transport.ts'

/** Where an export is: after the file `done`, or within `file`, of which `offset` records have been handed on. `emitted` counts those of the run. */
interface Position extends After {
  readonly index: number
  readonly emitted: number
  readonly file?: Mark & { readonly version: string; readonly offset: number }
}

export function exportFiles(place: FilePlace, ports: FilePorts, fieldOf: FieldOf): SourceAdaptor {
  const source = oncePerStep((step: SourceStep) => createSource(place, ports, step))
  const storage = ports.kept && new Storage(ports.kept)
  return {
    adaptorType: place.exportType,
    fieldOf,
    ready: async (step) => void (await source(step)),
    pages: (step, from) => pages(source(step), step, storage, from),
    async lookup(step, records, told) {
      const made = await source(step)
      told?.starts()
      return Promise.all(records.map((record) => lookUp(made, step, storage, record, told)))
    },
  }
}

async function* pages(
  preparing: Promise<FileSource>,
  { doc, run }: SourceStep,
  storage: Storage | undefined,
  from: Cursor | undefined,
  record?: FlowRecord,
): AsyncGenerator<Page> {
  const source = await preparing
  const limit = doc.type === 'test' ? (doc.test?.limit ?? 1) : Number.POSITIVE_INFINITY
  const isLooking = doc.type === 'test' || run.testMode || record !== undefined
  const keeps = source.keeps || isLooking
  if (givesFiles(doc))
    return yield* pagesOfFiles({ source, doc, run, storage, keeps, memory: isLooking ? undefined : source.memory, limit, record }, from)
  let at: Position = from ? (from as unknown as Position) : { index: 0, emitted: 0 }
  const { folder, files, open } = await source.files(record, at.file ? { at: at.file } : beginningAfter(at))
  const { work } = source.client
  if (at.file) await mustBeThere(source, folder, at.file.name)
  for await (const { file: found, isLast: isLastFile } of files) {
    const { name } = found
    const what = `The file ${folder}/${name}`
    const file = await work(what, () => open(found))
    if (!file) continue
    try {
      for await (const { records, bytes, faults, isLast } of pagesOf(source, what, name, file, at)) {
        const page = records.slice(0, limit - at.emitted)
        const { index } = at
        at = advance(at, found, file, { emitted: page.length, read: source.grouping ? countGrouped(page) : page.length }, isLast)
        const goesOn = at.emitted < limit && (!isLast || !isLastFile)
        const ends = isLast && !isLooking ? endOf(source, { folder, found, file, keeps }) : undefined
        const ack = ends && (() => work(what, ends))
        yield {
          index,
          records: page,
          fileMeta: describeFile(found, folder),
          bytes,
          ...(faults.length > 0 && { failures: faults.map(toFailure) }),
          ...(goesOn && { next: at as unknown as Cursor }),
          ...(ack && { ack }),
        }
        if (at.emitted >= limit) return
      }
    } finally {
      await file.close()
    }
  }
}

interface ReadFile {
  readonly folder: string
  readonly found: Found
  readonly file: OpenFile
  readonly keeps: boolean
}

/** What is done with a file once its last page is committed. The next one may be read by then. */
function endOf({ client: { transport }, memory, backup, acknowledge, received }: FileSource, { folder, found, file, keeps }: ReadFile) {
  const interchanges = [...received]
  if (keeps && !acknowledge && !memory) return undefined
  return async (): Promise<void> => {
    await acknowledge?.(folder, found.name, interchanges)
    if (keeps) await memory?.take(folder, found)
    else await transport.putAway(folder, found.name, file.version, backup, new Date())
  }
}

/** The records that are left of a file that is gone would be lost without a word. */
async function mustBeThere({ client: { work, transport } }: FileSource, folder: string, name: string): Promise<void> {
  await work(`The file ${folder}/${name}, which the run was at`, async () => (await transport.open(folder, name)).close())
}

function advance(
  { index, emitted, done, doneAt, file: before }: Position,
  { name, lastModified }: Found,
  { version }: OpenFile,
  count: { readonly emitted: number; readonly read: number },
  isLast: boolean,
): Position {
  const counts = { index: index + 1, emitted: emitted + count.emitted }
  if (isLast) return { ...counts, done: name, doneAt: lastModified }
  const offset = (before?.name === name && before.version === version ? before.offset : 0) + count.read
  return {
    ...counts,
    ...(done !== undefined && { done }),
    ...(doneAt !== undefined && { doneAt }),
    file: { name, lastModified, version, offset },
  }
}

/** Each page is read in a slot of the connection. A file that was changed since the run left it is read from its beginning. */
async function* pagesOf(
  { client, read, decrypt, pageSize, grouping }: FileSource,
  what: string,
  name: string,
  file: OpenFile,
  { file: left }: Position,
) {
  const offset = left?.name === name && left.version === file.version ? left.offset : 0
  const batches = skipRecords(read(name, decrypt(file.chunks)), offset)
  const iterator = splitIntoPages(grouping ? groupBatches(batches, grouping) : batches, pageSize)
  try {
    for (;;) {
      const next = await client.workOnce(what, () => iterator.next())
      if (next.done) return
      yield next.value
    }
  } finally {
    await iterator.return(undefined)
  }
}

const toFailure = ({ code, message }: RowFault): Failure => ({
  source: 'application',
  code,
  message: `A record of a file was left out: ${message}`,
})

/** Every failure of a lookup is its record's own: another record may well find something. The children of a record ask one after the other. */
async function lookUp(
  source: FileSource,
  step: SourceStep,
  storage: Storage | undefined,
  record: FlowRecord,
  told?: Told,
): Promise<Outcome> {
  const askers = listChildren(step.doc, record)?.map((child) => toChildRecord(child, record)) ?? [record]
  const data: FlowRecord[] = []
  const errors: Failure[] = []
  let bytes = 0
  try {
    for (const asker of askers)
      for await (const page of pages(Promise.resolve(source), step, storage, undefined, asker)) {
        errors.push(...(page.failures ?? []))
        for (const one of page.records) {
          bytes += Buffer.byteLength(JSON.stringify(one))
          if (bytes > maxPageBytes)
            throw stepFailure('lookup_too_large', `The lookup found more than ${maxPageBytes / 1024 / 1024} MB for one record.`)
          data.push(one)
        }
      }
    told?.received(bytes)
    const blobKey = (data[0] as { readonly blobKey?: unknown } | undefined)?.blobKey
    return {
      kind: 'done',
      response: {
        statusCode: 200,
        data,
        errors: errors.map(({ code, message }) => ({ code, message })),
        ...(blobKey !== undefined && { blobKey }),
      },
    }
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
    throw error
  }
}
