/** Whether a record is in the database already: it decides between the statements of an import, and about `ignoreExisting` and `ignoreMissing`. */
import type { Lookup } from '../../../../contract/shared/lookup.ts'
import type { Choice, FlowRecord, ImportDoc } from '../../../adaptor.ts'
import type { Context } from '../../../outgoing/request-texts.ts'
import { isEmpty } from '../../../values/plain-value.ts'
import { valueAt } from '../../../values/value-at.ts'
import { createCheck, type Check } from '../../known-records.ts'
import { createLook, listNamedLookups, type Exchanged, type Look } from '../../named-lookups.ts'
import { ask } from '../ask.ts'
import { stepFailure, type DatabaseClient } from '../client.ts'
import type { Answer } from '../database.ts'
import { makeStatement, prepareStatements } from '../statements.ts'
import type { DatabaseImport } from './entries.ts'

export type Operation = NonNullable<Choice['operation']>

export interface Chooser {
  /** What becomes of every record, where nothing depends on the record. */
  readonly always: 'all' | undefined
  choose(record: FlowRecord, exchanged?: Exchanged): Promise<Operation | 'all' | 'ignored'>
  /** Whether the database has to be asked. */
  readonly asks: boolean
}

export const listLookups = (doc: ImportDoc, { lookups = [] }: DatabaseImport): readonly Lookup[] => [
  ...lookups,
  ...(Array.isArray(doc.lookups) ? (doc.lookups as Lookup[]) : []),
]

const asksDatabase = ({ map, _lookupCacheId, query }: Lookup): boolean =>
  map === undefined && _lookupCacheId === undefined && Boolean(query)

const listAsked = (doc: ImportDoc, rdbms: DatabaseImport) =>
  listNamedLookups(listLookups(doc, rdbms).filter(asksDatabase), [rdbms.query], [doc.mappings, doc.mapping])

/** Whether its mapping or its statements depend on what lookups find. */
export const looks = (doc: ImportDoc): boolean => doc.rdbms !== undefined && listAsked(doc, doc.rdbms).length > 0

const isComposite = ({ queryType }: DatabaseImport): boolean => Boolean(queryType?.includes('INSERT') && queryType.includes('UPDATE'))

/** Whether the database is asked about a record before it is written. */
export function asksFirst(doc: ImportDoc): boolean {
  const { rdbms } = doc
  if (!rdbms) return false
  const asks = (path: string | null | undefined, name: string | null | undefined): boolean =>
    !path && Boolean(name) && listLookups(doc, rdbms).some((lookup) => lookup.name === name && asksDatabase(lookup))
  const { updateExtract, updateLookupName, ignoreExtract, ignoreLookupName } = rdbms
  const ignores = Boolean(doc.ignoreExisting || doc.ignoreMissing)
  return (
    looks(doc) ||
    ((isComposite(rdbms) || ignores) && asks(updateExtract, updateLookupName)) ||
    (ignores && asks(ignoreExtract, ignoreLookupName))
  )
}

/** Answers of one page, so that no statement is asked twice for it. */
type Answers = Map<string, Promise<Answer>>

type Find = (record: FlowRecord, answers?: Answers, exchanged?: Exchanged) => Promise<unknown>

/** What stands at `extract` of the first row, or the row without it: its value where it has one column. Undefined where there is none. */
async function createFind(client: DatabaseClient, { query = '', extract }: Lookup, shared: Context): Promise<Find> {
  const make = await prepareStatements(client, query, shared)
  return async (record, answers, exchanged) => {
    const statement = await makeStatement(make, { records: [record] })
    const key = JSON.stringify(statement)
    const answering = answers?.get(key) ?? ask(client, statement, exchanged ? { exchanged } : {})
    answers?.set(key, answering)
    const { rows } = await answering
    const [first] = rows
    if (!first) return undefined
    const values = Object.values(first)
    const found = extract ? (valueAt(first, extract) ?? valueAt(rows, extract)) : values.length === 1 ? values[0] : first
    return isEmpty(found) ? undefined : found
  }
}

export async function prepareLook(
  doc: ImportDoc,
  rdbms: DatabaseImport,
  client: DatabaseClient,
  shared: Context,
): Promise<Look | undefined> {
  const asked = await Promise.all(
    listAsked(doc, rdbms).map(async (each) => ({ ...each, ask: await createFind(client, each.lookup, shared) })),
  )
  return createLook<Answers>(asked, client.level, () => new Map())
}

/** Throws `StepFailure` where it has not been told how records are told apart. */
export async function createChooser(doc: ImportDoc, rdbms: DatabaseImport, client: DatabaseClient, shared: Context): Promise<Chooser> {
  const lookups = listLookups(doc, rdbms)
  const finds = new Map<Lookup, Find>()
  for (const lookup of lookups) if (asksDatabase(lookup)) finds.set(lookup, await createFind(client, lookup, shared))
  const check = (path: string | null | undefined, name: string | null | undefined): Check | undefined =>
    createCheck(path, name, lookups, (lookup) => {
      const find = finds.get(lookup)
      return find && ((record, exchanged) => find(record, undefined, exchanged))
    })
  const known = check(rdbms.updateExtract, rdbms.updateLookupName)
  const composite = isComposite(rdbms)
  if (composite && !known)
    throw stepFailure(
      'configuration_missing',
      'Nothing says which records are there already and are updated: rdbms.updateLookupName or rdbms.updateExtract does.',
    )
  const ignoring = check(rdbms.ignoreExtract, rdbms.ignoreLookupName) ?? known
  const ignores = Boolean(doc.ignoreExisting || doc.ignoreMissing) && ignoring !== undefined
  const byRecord = async (record: FlowRecord, exchanged?: Exchanged): Promise<Operation | 'all'> =>
    composite && known ? ((await known(record, exchanged)) ? 'update' : 'create') : 'all'
  return {
    always: ignores || composite ? undefined : 'all',
    asks: asksFirst(doc),
    choose: async (record, exchanged) =>
      ignores && ((await ignoring(record, exchanged)) ? doc.ignoreExisting : doc.ignoreMissing) ? 'ignored' : byRecord(record, exchanged),
  }
}
