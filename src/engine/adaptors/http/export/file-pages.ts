/**
 * The pages of an answer that is a file: it waits on the disk of the server and is read page by page, however large it is. A run that was cut off asks for it
 * again and goes on after the records that it had handed on.
 */
import type { Cursor, Page, SourceStep } from '../../../adaptor.ts'
import type { Exchange } from '../../../exchange.ts'
import { skipRecords } from '../../../formats/batch.ts'
import { countGrouped, groupBatches } from '../../../formats/group-records.ts'
import { defaultPageSize } from '../../../formats/page-bounds.ts'
import { splitIntoPages } from '../../../formats/split-pages.ts'
import { explainContent, type FileOfAnswer } from './file-answers.ts'
import { firstState, type PagingState } from './paging.ts'
import { fetchFile, type Source } from './source.ts'

/** `offset` records of the file have been handed on; `index` and `emitted` count pages and records of the run. */
interface Position {
  readonly offset: number
  /** Of the file that they are from, where its application names one. */
  readonly version?: string
  /** What versions of the program ask by that hold such a file in memory. */
  readonly state: PagingState
  readonly index: number
  readonly emitted: number
}

export async function* filePages(
  source: Source,
  { read, decrypt, grouping }: FileOfAnswer,
  { doc }: Pick<SourceStep, 'doc'>,
  from: Cursor | undefined,
  exchanged?: (exchange: Exchange) => void,
): AsyncGenerator<Page> {
  const pageSize = Math.max(1, doc.pageSize ?? defaultPageSize)
  const limit = doc.type === 'test' ? (doc.test?.limit ?? 1) : Number.POSITIVE_INFINITY
  const state = firstState(undefined)
  const begun: Position = from ? (from as unknown as Position) : { offset: 0, index: 0, emitted: 0, state }
  let { offset, index, emitted } = begun
  const request = await source.request(state)
  if (!request) return
  const { name, version, chunks, close } = await fetchFile(source, state, request, exchanged)
  // Another file than the one that was begun with is read from its beginning.
  if (begun.version !== undefined && begun.version !== version) offset = 0
  try {
    const batches = skipRecords(read(name, decrypt(chunks)), offset)
    for await (const { records, bytes, isLast } of splitIntoPages(grouping ? groupBatches(batches, grouping) : batches, pageSize)) {
      // Of a file without records.
      if (records.length === 0) return
      const page = records.slice(0, limit - emitted)
      offset += grouping ? countGrouped(page) : page.length
      emitted += page.length
      const next: Position = { offset, ...(version !== undefined && { version }), state, index: index + 1, emitted }
      const goesOn = !isLast && emitted < limit
      yield { index: index++, records: page, bytes, ...(goesOn && { next: next as unknown as Cursor }) }
      if (!goesOn) return
    }
  } catch (error) {
    throw explainContent(name, error)
  } finally {
    await close()
  }
}
