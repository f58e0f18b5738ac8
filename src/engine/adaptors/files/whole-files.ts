/**
 * Exports that give the files themselves and not what is in them: what is known of each (`file.output` `metadata`), or a key under which its bytes are kept
 * (`blobKeys`, and exports of the type `blob`), which an import passes on.
 */
import type { Cursor, ExportDoc, FlowRecord, Page, Run } from '../../adaptor.ts'
import { storeBlob, type Storage } from '../kept-bytes.ts'
import { givesFiles, stepFailure } from './check-options.ts'
import { beginningAfter, type After } from './listing/next-files.ts'
import { describeFile, type FileSource, type NextFile } from './source.ts'
import type { Memory } from './listing/taken-files.ts'
import type { Found } from './transport.ts'

/** Bytes of the files of one page: more make another one. */
const maxBytes = 64 * 1024 * 1024

/** After which file it goes on. */
interface Position extends After {
  readonly index: number
  readonly emitted: number
}

interface Whole {
  readonly source: FileSource
  readonly doc: ExportDoc
  readonly run: Run
  readonly storage: Storage | undefined
  /** Files stay where they are. */
  readonly keeps: boolean
  /** Undefined where none is remembered. */
  readonly memory: Memory | undefined
  readonly limit: number
  /** The one that asks, of a lookup. */
  readonly record: FlowRecord | undefined
}

export async function* pagesOfFiles(whole: Whole, from: Cursor | undefined): AsyncGenerator<Page> {
  const { source, limit, record } = whole
  let at: Position = from ? (from as unknown as Position) : { index: 0, emitted: 0 }
  const { files: left, ...place } = await source.files(record, beginningAfter(at))
  for await (const [files, isLast] of inPages(left, source.pageSize, limit - at.emitted)) {
    const made: Made[] = []
    for (const each of files) {
      const one = await makeRecord(whole, place, each)
      if (one) made.push(one)
    }
    const { index } = at
    const { name = '', lastModified = '' } = files.at(-1) ?? {}
    at = { index: index + 1, emitted: at.emitted + made.length, done: name, doneAt: lastModified }
    const taken = made.flatMap(({ putAway }) => (putAway ? [putAway] : []))
    const ack = async (): Promise<void> => {
      for (const putAway of taken) await putAway()
    }
    const records = made.map(({ value }) => value)
    const bytes = Buffer.byteLength(JSON.stringify(records))
    yield { index, records, bytes, ...(!isLast && { next: at as unknown as Cursor }), ...(taken.length > 0 && { ack }) }
  }
}

/** `most` files in all. */
async function* inPages(
  files: AsyncIterable<NextFile>,
  pageSize: number,
  most: number,
): AsyncGenerator<readonly [readonly Found[], boolean]> {
  let page: Found[] = []
  let [bytes, count] = [0, 0]
  for await (const { file, isLast } of files) {
    if (page.length > 0 && (page.length >= pageSize || bytes + file.size > maxBytes)) {
      yield [page, false]
      page = []
      bytes = 0
    }
    page.push(file)
    bytes += file.size
    count += 1
    if (!isLast && count < most) continue
    yield [page, true]
    return
  }
}

type Place = Pick<Awaited<ReturnType<FileSource['files']>>, 'folder' | 'open'>

interface Made {
  readonly value: FlowRecord
  /** Of a file whose bytes are kept. What was only looked at stays. */
  readonly putAway?: (() => Promise<void>) | undefined
}

/** Undefined for a file that is still being written. */
async function makeRecord(
  { source, doc, run, storage, keeps, memory }: Whole,
  { folder, open }: Place,
  found: Found,
): Promise<Made | undefined> {
  const { client, backup } = source
  const { name } = found
  const fileMeta = describeFile(found, folder)
  if (givesFiles(doc) === 'metadata') return { value: { fileMeta } }
  if (!storage) throw stepFailure('blobs_unavailable', 'The bytes of files cannot be kept here.')
  const what = `The file ${folder}/${name}`
  const { transport, work, workOnce } = client
  return work(what, async () => {
    const file = await open(found)
    if (!file) return undefined
    try {
      const isTried = run.jobId === undefined || run.testMode
      const { blobKey, fileSize } = await storeBlob(
        storage,
        { envId: run.envId, fileName: name, isTried, signal: run.signal },
        source.decrypt(file.chunks),
      )
      const putAway = keeps
        ? memory && (() => memory.take(folder, found))
        : () => workOnce(what, () => transport.putAway(folder, name, file.version, backup, new Date()))
      return { value: { blobKey, fileMeta: { ...fileMeta, fileSize } }, putAway }
    } finally {
      await file.close()
    }
  })
}
