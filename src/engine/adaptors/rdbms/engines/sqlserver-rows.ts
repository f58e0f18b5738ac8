/** Results of SQL Server that are read as they come. */
import type * as Tedious from 'tedious'
import type { FlowRecord } from '../../../adaptor.ts'
import { ArrivingRows } from './arriving-rows.ts'
import { createReader, type ResultColumn } from './sqlserver-values.ts'

export function readResult(request: Tedious.Request): ArrivingRows<FlowRecord> {
  const arriving = new ArrivingRows<FlowRecord>(request)
  let toRecord: ReturnType<typeof createReader> | undefined
  let results = 0
  request.on('columnMetadata', (columns) => {
    results += 1
    toRecord = createReader(columns as unknown as readonly ResultColumn[])
  })
  request.on('row', (row: readonly { readonly value: unknown }[]) => {
    if (results > 1 || !toRecord) return
    try {
      arriving.add(toRecord(row) as FlowRecord)
    } catch (error) {
      request.pause()
      arriving.end(error)
    }
  })
  return arriving
}
