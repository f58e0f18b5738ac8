/** Whether a record is in the application already: it decides between create and update, and about `ignoreExisting` and `ignoreMissing`. */
import type { FlowRecord, ImportDoc } from '../../../adaptor.ts'
import type { Context } from '../../../outgoing/request-texts.ts'
import type { ConnectionClient } from '../connection-client.ts'
import { createCheck, type Check } from '../../known-records.ts'
import type { Exchanged } from '../../named-lookups.ts'
import { createAsk } from './ask-application.ts'
import { listAsked } from './dynamic-lookups.ts'
import type { Operation } from './operation.ts'
import { listLookups, type Lookup } from './static-lookups.ts'
import type { HttpImport } from './static-lookups.ts'

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
  const lookups = listLookups(doc, http)
  const check = (path: string | undefined, name: string | undefined): Check | undefined =>
    createCheck(path, name, lookups, (lookup) => {
      const ask = lookup.relativeURI ? createAsk(lookup, client, shared) : undefined
      return ask && ((record, exchanged) => ask(record, undefined, exchanged))
    })
  const known = check(http.existingExtract, http.existingLookupName)
  const ignoring = check(http.ignoreExtract, http.ignoreLookupName) ?? known
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
