/** Results of SQL Server that are read as they come. */
import type * as Tedious from 'tedious'
import type { FlowRecord } from '../../../adaptor.ts'
import { ArrivingRows } from './arriving-rows.ts'
import { createReader, type ResultColumn } from './sqlserver-values.ts'

export function readResult(request: Tedious.Request): ArrivingRows<FlowRecord> {
  const arriving = new ArrivingRows<FlowRecord>(request)
  onRecords(
    request,
    (record) => arriving.add(record),
    (error) => {
      request.pause()
      arriving.end(error)
    },
  )
  return arriving
}

/** Rows of the first result: a procedure may give several. `onError` takes what is wrong with a row. */
export function onRecords(request: Tedious.Request, onRecord: (record: FlowRecord) => void, onError: (error: unknown) => void): void {
  let toRecord: ReturnType<typeof createReader> | undefined
  let results = 0
  request.on('columnMetadata', (columns) => {
    results += 1
    toRecord = createReader(columns as unknown as readonly ResultColumn[])
  })
  request.on('row', (row: readonly { readonly value: unknown }[]) => {
    if (results > 1 || !toRecord) return
    try {
      onRecord(toRecord(row) as FlowRecord)
    } catch (error) {
      onError(error)
    }
  })
}
