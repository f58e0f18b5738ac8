/** Notices an application that answers the same again and again, so that an export ends. Its memory is four values, kept in the cursor. */
import { createHash } from 'node:crypto'
import { StepFailure } from '../../../adaptor.ts'

/** Identical answers after which an export stops, as integrator.io's wrapper exports do. */
const maxIdentical = 5

export interface PageHistory {
  readonly last: string
  readonly same: number
  /** Brent: an answer to compare later ones with, exchanged at every power of two, finds a circle of any length. */
  readonly mark: string
  readonly hits: number
}

export const emptyHistory: PageHistory = { last: '', same: 0, mark: '', hits: 0 }

/** The memory after one more answer; throws when it was the same too often. `count` is the number of the answer, from 1. */
export function recordPage(memory: PageHistory, records: readonly unknown[], count: number): PageHistory {
  if (records.length === 0) return memory
  const print = fingerprint(records)
  const same = print === memory.last ? memory.same + 1 : 1
  const hits = print === memory.mark ? memory.hits + 1 : memory.hits
  if (same >= maxIdentical || hits >= maxIdentical) {
    throw new StepFailure({
      source: 'application',
      code: 'paging_loop',
      message: `The application answered the same page ${maxIdentical} times. Check the paging of the export: its page, skip or token must be part of the request.`,
    })
  }
  const exchange = (count & (count - 1)) === 0 && print !== memory.mark
  return { last: print, same, mark: exchange ? print : memory.mark, hits: exchange ? 0 : hits }
}

/** By number, first and last record: envelopes hold times and request ids that differ in identical pages. */
const fingerprint = (records: readonly unknown[]): string =>
  createHash('sha1')
    .update(`${records.length} ${JSON.stringify(records[0])} ${JSON.stringify(records.at(-1))}`)
    .digest('base64')
