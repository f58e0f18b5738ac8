/** Who asks in a lookup: the record, or each of its children. */
import type { ExportDoc, FlowRecord } from '../adaptor.ts'
import { isPlainObject } from '../values/plain-value.ts'
import { valueAt } from '../values/value-at.ts'

/** `oneToMany`: the elements at `pathToMany` ask, each seeing the record it comes from as `_PARENT`; what they find is one list. */
export function askersOf({ oneToMany, pathToMany }: ExportDoc, record: FlowRecord): readonly FlowRecord[] {
  if (!oneToMany || !pathToMany) return [record]
  const many = valueAt(record, pathToMany)
  const children = Array.isArray(many) ? many : many == null ? [] : [many]
  return children.map((child: unknown) => ({ ...(isPlainObject(child) ? child : { value: child }), _PARENT: record }))
}
