/** The pages of an export with an async helper. The work that was asked for is committed with an empty page of its own, so a run that was cut off does not ask for it again. */
import type { Cursor, Page, SourceStep, Watching } from '../../../adaptor.ts'
import type { Exchange } from '../../../exchange.ts'
import { firstState } from './paging.ts'
import { fetchReply, type AsyncHelper, type Source, type Work } from './source.ts'

/** Where the work is, and where in its result. */
interface Position {
  readonly index: number
  readonly work: Work
  readonly inner?: Cursor
}

type Pages = (source: Source, step: SourceStep, from: Cursor | undefined, watching?: Watching) => AsyncIterable<Page>

export async function* asyncPages(
  source: Source,
  helper: AsyncHelper,
  step: SourceStep,
  from: Cursor | undefined,
  watching: Watching | undefined,
  pagesOf: Pages,
): AsyncGenerator<Page> {
  const exchanged = watching?.exchanged && ((exchange: Exchange) => watching.exchanged?.([], exchange))
  let at = from as unknown as Position | undefined
  if (!at) {
    const state = firstState(undefined)
    const request = await source.request(state)
    const reply = request && (await fetchReply(source, state, request, exchanged))
    if (!reply) return
    at = { index: 1, work: await helper.begin(reply.body) }
    yield { index: 0, records: [], bytes: 0, next: at as unknown as Cursor }
  }
  const work = await helper.settle(at.work, exchanged)
  const inner = { ...helper.resultOf(work), grouping: source.grouping }
  const { index } = at
  for await (const page of pagesOf(inner, step, at.inner, watching)) {
    const { next, ...own } = page
    const goesOn: Position | undefined = next && { index, work, inner: next }
    yield { ...own, index: index + page.index, ...(goesOn && { next: goesOn as unknown as Cursor }) }
  }
}
