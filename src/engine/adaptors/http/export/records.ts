/** Extracts the records from the body of an answer. */
import type { ExportDoc, FlowRecord } from '../../../adaptor.ts'
import { isRecordValue, toRecords } from '../../../formats/records.ts'
import { valueAt } from '../../../values/value-at.ts'

type Response = NonNullable<NonNullable<ExportDoc['http']>['response']>

/** A path that leads nowhere yields no records and no error, as in integrator.io. An object is one record. */
export function extractRecords(body: unknown, resourcePath: string | undefined, response: Response | undefined): FlowRecord[] {
  const found = resourcePath ? valueAt(body, resourcePath) : body
  if (typeof found === 'string' && found === body) return [{ data: found }]
  if (!Array.isArray(found)) return isRecordValue(found) ? [found] : []
  const { twoDArray } = response ?? {}
  if (twoDArray && !twoDArray.doNotNormalize && found.every((row) => Array.isArray(row)))
    return tabular(found, twoDArray.hasHeader ?? false)
  return toRecords(found)
}

/** Rows of cells, named by the first row, or by position as CSV files without a header row are. */
function tabular(rows: readonly unknown[][], hasHeader: boolean): FlowRecord[] {
  const names = hasHeader ? (rows[0] ?? []).map(String) : []
  return rows
    .slice(hasHeader ? 1 : 0)
    .map((row) => Object.fromEntries(row.map((cell, column) => [names[column] ?? `Column${column}`, cell])))
}

/** Elements of one name are a list where there are several; one by itself is a record as well. */
export function extractXmlRecords(document: unknown, resourcePath: string | undefined): FlowRecord[] {
  const found = resourcePath ? valueAt(document, resourcePath) : document
  return toRecords(Array.isArray(found) ? (found as unknown[]) : found === undefined || found === '' ? [] : [found])
}
