/** Reads lists a page at a time. */
import { defaultLimit, maxLimit } from '../contract/paging.ts'
import { JsonPage } from './result.ts'

/** What is on a page, of a list that was read by one more than that: whether there is more shows the last one. */
export const cutPage = <R>(found: readonly R[], limit: number): { readonly records: readonly R[]; readonly isLast: boolean } => ({
  records: found.slice(0, limit),
  isLast: found.length <= limit,
})

/** One page of a list, as the query asks for it. `read` gets how many to skip, and how many to read at the most. */
export async function readPage<R>(
  query: { readonly limit?: number; readonly skip?: number },
  read: (skip: number, limit: number) => Promise<readonly R[]>,
  format: (records: readonly R[]) => readonly string[],
): Promise<JsonPage> {
  const limit = Math.min(query.limit ?? defaultLimit, maxLimit)
  const skip = query.skip ?? 0
  const { records, isLast } = cutPage(await read(skip, limit + 1), limit)
  return new JsonPage(format(records), isLast ? undefined : { skip: skip + limit, limit })
}

export const asTexts = (records: readonly object[]): readonly string[] => records.map((record) => JSON.stringify(record))
