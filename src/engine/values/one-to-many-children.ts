/** `oneToMany`: the children of a record, each of which is imported or looked up by itself. */
import type { FlowRecord } from '../adaptor.ts'
import { isPlainObject } from './plain-value.ts'
import { valueAt } from './value-at.ts'

export interface OneToMany {
  readonly oneToMany?: boolean
  readonly pathToMany?: string
}

/** Whether a step works on the children of its records, and not on the records themselves. */
export const splitsRecords = ({ oneToMany, pathToMany }: OneToMany): boolean => Boolean(oneToMany && pathToMany)

/** What stands at `pathToMany`, of records that travel together in each of them; undefined where the step works on the record itself. */
export function listChildren(doc: OneToMany, record: FlowRecord): readonly unknown[] | undefined {
  if (!splitsRecords(doc)) return undefined
  const path = doc.pathToMany ?? ''
  return Array.isArray(record) && !/^(\$|\[|\d)/.test(path) ? record.flatMap((row) => listAt(row, path)) : listAt(record, path)
}

function listAt(value: unknown, path: string): readonly unknown[] {
  const many = valueAt(value, path)
  return Array.isArray(many) ? (many as unknown[]) : many == null ? [] : [many]
}

/** A child as its step sees it: with the record it comes from as `_PARENT`. */
export const toChildRecord = (child: unknown, parent: FlowRecord): FlowRecord => ({
  ...(isPlainObject(child) ? child : { value: child }),
  _PARENT: parent,
})
