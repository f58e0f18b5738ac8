/** Whether a record is in the application already: it decides between create and update, and about `ignoreExisting` and `ignoreMissing`. */
import { StepFailure, type FlowRecord, type ImportDoc } from '../../../adaptor.ts'
import type { Context } from '../../../outgoing/request-texts.ts'
import type { ConnectionClient } from '../connection-client.ts'
import { createAsk, type Exchanged } from './ask-application.ts'
import { listAsked } from './dynamic-lookups.ts'
import { valueAt } from '../../../values/value-at.ts'
import { isEmpty, toText } from '../../../values/plain-value.ts'
import type { Operation } from './operation.ts'
import { listLookups, type Lookup } from './static-lookups.ts'
import type { HttpImport } from './static-lookups.ts'

/** Undefined is a record that the step has not been told how to recognise. */
type Check = (record: FlowRecord, exchanged?: Exchanged) => Promise<boolean> | boolean | undefined

type Choose<T> = (record: FlowRecord, exchanged?: Exchanged) => Promise<T> | T

/** What becomes of a record: an operation, or nothing. */
export interface Chooser {
  /** The operation of every record, where nothing depends on the record. */
  readonly always: Operation | undefined
  readonly choose: Choose<Operation | 'ignored'>
  /** The operation, without a word to the application: undefined where only that can tell. */
  readonly unasked: Choose<Operation | undefined>
}

export function createChooser(
  doc: ImportDoc,
  http: HttpImport,
  operations: readonly Operation[],
  client: ConnectionClient,
  shared: Context,
): Chooser {
  const [first] = operations as readonly [Operation, ...Operation[]]
  const create = operations.find(({ type }) => type === 'CREATE')
  const update = operations.find(({ type }) => type === 'UPDATE')
  const composite = create !== undefined && update !== undefined
  const known = check(doc, http, http.existingExtract, http.existingLookupName, client, shared)
  const ignoring = check(doc, http, http.ignoreExtract, http.ignoreLookupName, client, shared) ?? known
  const ignores = (doc.ignoreExisting || doc.ignoreMissing) && ignoring !== undefined
  const byRecord: Choose<Operation> =
    composite && known ? async (record, exchanged) => ((await known(record, exchanged)) ? update : create) : () => first
  const onlyAsked = composite && known && !http.existingExtract && findLookup(doc, http, http.existingLookupName)?.map === undefined
  return {
    always: ignores || (composite && known) ? undefined : first,
    unasked: onlyAsked ? () => undefined : byRecord,
    choose: ignores
      ? async (record, exchanged) =>
          ((await ignoring(record, exchanged)) ? doc.ignoreExisting : doc.ignoreMissing) ? 'ignored' : byRecord(record, exchanged)
      : byRecord,
  }
}

/** Whether the application is asked about a record before it is written. */
export function asksTarget(doc: ImportDoc, http: HttpImport): boolean {
  const asks = (path: string | undefined, name: string | undefined): boolean =>
    !path && findLookup(doc, http, name)?.map === undefined && Boolean(name)
  return (
    listAsked(doc, http).length > 0 ||
    asks(http.existingExtract, http.existingLookupName) ||
    (Boolean(doc.ignoreExisting || doc.ignoreMissing) && asks(http.ignoreExtract, http.ignoreLookupName))
  )
}

const findLookup = (doc: ImportDoc, http: HttpImport, name: string | undefined): Lookup | undefined =>
  listLookups(doc, http).find((lookup) => lookup.name === name)

function check(
  doc: ImportDoc,
  http: HttpImport,
  path: string | undefined,
  lookupName: string | undefined,
  client: ConnectionClient,
  shared: Context,
): Check | undefined {
  if (path) return (record) => !isEmpty(valueAt(record, path.replace(/^record\./, '')))
  if (!lookupName) return undefined
  const lookup = findLookup(doc, http, lookupName)
  if (lookup?.map) return checkByTable(lookup, lookup.map)
  if (lookup?.relativeURI) {
    const ask = createAsk(lookup, client, shared)
    return async (record, exchanged) => (await ask(record, undefined, exchanged)) !== undefined
  }
  throw new StepFailure({
    source: 'lookup',
    code: 'lookup_unsupported',
    message: lookup
      ? `The lookup ${lookupName} cannot decide whether a record exists: only tables and requests can.`
      : `The import has no lookup with the name ${lookupName}.`,
  })
}

function checkByTable({ extract }: Lookup, map: Readonly<Record<string, unknown>>): Check {
  return (record) => {
    const key = toText(extract ? valueAt(record, extract) : undefined)
    return Object.hasOwn(map, key) && !isEmpty(map[key])
  }
}
