/** From the body of an answer to records, and from records to pages. */
import { isExact } from '../../../../domain/limits/exact-number.ts'
import type { ExportDoc, FlowRecord } from '../../../adaptor.ts'
import { valueAt } from '../path.ts'

type Response = NonNullable<NonNullable<ExportDoc['http']>['response']>

/** integrator.io's default, and its limit for the data of one page, in bytes. */
export const defaultPageSize = 20
export const maxPageBytes = 5 * 1024 * 1024

/** A path that leads nowhere yields no records and no error, as in integrator.io. An object is one record. */
export function recordsIn(body: unknown, resourcePath: string | undefined, response: Response | undefined): FlowRecord[] {
  const found = resourcePath ? valueAt(body, resourcePath) : body
  if (typeof found === 'string' && found === body) return [{ data: found }]
  if (!Array.isArray(found)) return isRecord(found) ? [found] : []
  const { twoDArray } = response ?? {}
  if (twoDArray && !twoDArray.doNotNormalize && found.every((row) => Array.isArray(row)))
    return tabular(found, twoDArray.hasHeader ?? false)
  return found.every(isRecord) ? found : found.filter((one) => one != null).map((one) => (isRecord(one) ? one : { value: one }))
}

const isRecord = (value: unknown): value is FlowRecord => typeof value === 'object' && value !== null && !isExact(value)

/** Rows of cells, named by the first row, or by position as CSV files without a header row are. */
function tabular(rows: readonly unknown[][], hasHeader: boolean): FlowRecord[] {
  const names = hasHeader ? (rows[0] ?? []).map(String) : []
  return rows
    .slice(hasHeader ? 1 : 0)
    .map((row) => Object.fromEntries(row.map((cell, column) => [names[column] ?? `Column${column}`, cell])))
}

/**
 * How many records from `offset` on make the next page: `pageSize`, or as many as stay below 5 MB, and always one. Records are only
 * measured when their answer was larger than a page may be; all others cannot exceed it.
 */
export function pageLength(records: readonly FlowRecord[], offset: number, pageSize: number, answerBytes: number): number {
  const most = Math.min(pageSize, records.length - offset)
  if (answerBytes <= maxPageBytes) return most
  let bytes = 0
  for (let count = 0; count < most; count++) {
    bytes += Buffer.byteLength(JSON.stringify(records[offset + count]))
    if (bytes > maxPageBytes) return Math.max(count, 1)
  }
  return most
}
