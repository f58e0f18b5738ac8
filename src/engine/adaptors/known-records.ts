/** Whether a target has a record already, as an import is told to find out: by a path in the record, a table, or a lookup that asks. */
import type { Lookup } from '../../contract/shared/lookup.ts'
import { StepFailure, type FlowRecord } from '../adaptor.ts'
import { isEmpty, toText } from '../values/plain-value.ts'
import { valueAt } from '../values/value-at.ts'
import type { Exchanged } from './named-lookups.ts'

export type Check = (record: FlowRecord, exchanged?: Exchanged) => Promise<boolean> | boolean

/** Finds what the target has; undefined is nothing. */
type Find = (record: FlowRecord, exchanged?: Exchanged) => Promise<unknown>

/** Undefined where it has not been told. `findBy` makes what asks, of a lookup that does. Throws `StepFailure` where the lookup cannot decide it. */
export function createCheck(
  path: string | null | undefined,
  lookupName: string | null | undefined,
  lookups: readonly Lookup[],
  findBy: (lookup: Lookup) => Find | undefined,
): Check | undefined {
  if (path) return (record) => !isEmpty(valueAt(record, path.replace(/^record\./, '')))
  if (!lookupName) return undefined
  const lookup = lookups.find(({ name }) => name === lookupName)
  if (lookup?.map) return checkByTable(lookup, lookup.map)
  const find = lookup && findBy(lookup)
  if (find) return async (record, exchanged) => (await find(record, exchanged)) !== undefined
  throw new StepFailure({
    source: 'lookup',
    code: 'lookup_unsupported',
    message: lookup
      ? `The lookup ${lookupName} cannot decide whether a record exists: only tables and lookups that ask can.`
      : `The import has no lookup with the name ${lookupName}.`,
  })
}

function checkByTable({ extract }: Lookup, map: Readonly<Record<string, unknown>>): Check {
  return (record) => {
    const key = toText(extract ? valueAt(record, extract) : undefined)
    return Object.hasOwn(map, key) && !isEmpty(map[key])
  }
}
