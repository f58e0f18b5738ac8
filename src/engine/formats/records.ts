/** What was read, as records: objects and lists are records, anything else becomes one. */
import { isExact } from '../../domain/limits/exact-number.ts'
import type { FlowRecord } from '../adaptor.ts'
import { valueAt } from '../values/value-at.ts'

export const isRecordValue = (value: unknown): value is FlowRecord => typeof value === 'object' && value !== null && !isExact(value)

export const toRecords = (found: readonly unknown[]): FlowRecord[] =>
  found.every(isRecordValue)
    ? (found as FlowRecord[])
    : found.filter((one) => one != null).map((one) => (isRecordValue(one) ? one : { value: one }))

/** The list or the object at the path; nothing where there is neither. */
export function extractRecords(value: unknown, resourcePath: string | undefined): FlowRecord[] {
  const found = resourcePath ? valueAt(value, resourcePath) : value
  return Array.isArray(found) ? toRecords(found) : isRecordValue(found) ? [found] : []
}

/** The value with an object around it for each name of the path. */
export const nestAt = (value: unknown, resourcePath: string | undefined): unknown =>
  (resourcePath?.split('.') ?? []).reduceRight((inner, name) => ({ [name]: inner }), value)
