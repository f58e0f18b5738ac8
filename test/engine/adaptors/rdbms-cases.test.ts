/** The steps of test/cases/rdbms, on real databases: what exports read, and what imports leave in them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StepFailure, type Cursor, type FlowRecord, type Page } from '../../../src/engine/adaptor.ts'
import { listOutsideDatabases, type OutsideDatabase } from '../../harness/outside-databases.ts'
import { adaptorOf, connectionToDatabase, emptied, forKind, type PerKind } from './database-stage.ts'
import { aRun, casesIn, exportDoc, importDoc } from './stage.ts'

interface Case {
  readonly on?: readonly string[]
  readonly before?: PerKind<readonly string[]>
  readonly connection?: object
  readonly failure?: object
  /** What the database has in the end. */
  readonly after?: PerKind<string>
  readonly rows?: PerKind<readonly object[]>
}
interface ExportCase extends Case {
  readonly export: { readonly rdbms?: { readonly query?: PerKind<string> }; readonly [field: string]: unknown }
  readonly run?: object
  readonly pages?: PerKind<readonly (readonly unknown[])[]>
  /** Records are compared as they are written. */
  readonly texts?: boolean
  /** Records that ask, where the export is a lookup. */
  readonly records?: readonly FlowRecord[]
  readonly outcomes?: readonly object[]
}
interface ImportCase extends Case {
  readonly import: { readonly rdbms?: { readonly query?: PerKind<readonly string[]> }; readonly [field: string]: unknown }
  readonly records: readonly FlowRecord[]
  readonly mapped?: readonly unknown[]
  readonly outcomes?: PerKind<readonly object[]>
  /** Pages that the records come in, where they do not come in one. */
  readonly pageSize?: number
}

const exports = casesIn<ExportCase>('rdbms/export')
const imports = casesIn<ImportCase>('rdbms/import')

it('has cases', () => expect([exports.length > 20, imports.length > 35]).toEqual([true, true]))

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return error.failure
  }
}

describe.each(listOutsideDatabases())('%s', (kind, start) => {
  let database: OutsideDatabase
  beforeAll(async () => {
    database = await start()
  })
  afterAll(() => database.stop())

  async function left({ after, rows }: Case): Promise<void> {
    const query = forKind(after, database)
    if (query !== undefined) expect(JSON.parse(JSON.stringify(await database.ask(query)))).toEqual(forKind(rows, database))
  }
  const wanted = <C extends Case>(cases: readonly C[]): C[] => cases.filter(({ on }) => on?.includes(kind) ?? true)

  it.each(wanted(exports))('export: $name', async (one) => {
    await emptied(database, one.before)
    const { rdbms } = one.export
    const query = forKind(rdbms?.query, database)
    const doc = exportDoc({ adaptorType: 'RDBMSExport', ...one.export, rdbms: { ...rdbms, ...(query !== undefined && { query }) } })
    const { source } = adaptorOf()
    const step = { doc, connection: connectionToDatabase(database, one.connection), run: aRun(one.run) }
    if (one.records) {
      expect(await source.lookup(step, one.records)).toMatchObject(one.outcomes ?? [])
      return left(one)
    }
    const shown = ({ records }: Page): unknown => (one.texts ? records.map((record) => JSON.stringify(record)) : records)
    const pages: Page[] = []
    const failure = await failureOf(async () => {
      for await (const page of source.pages(step, undefined)) {
        expect(page.index).toBe(pages.length)
        pages.push(page)
      }
    })
    const expected = forKind(one.pages, database) ?? []
    expect(pages.map(shown)).toEqual(expected)
    expect(failure).toEqual(one.failure && expect.objectContaining(one.failure))
    // Another worker goes on where this one was.
    for (const [index, { next }] of pages.entries()) {
      if (!next || failure || doc.type === 'once') continue
      const rest: Page[] = []
      for await (const page of source.pages(step, JSON.parse(JSON.stringify(next)) as Cursor)) rest.push(page)
      expect(rest.map(shown)).toEqual(expected.slice(index + 1))
    }
    for (const page of pages) await page.ack?.()
    await left(one)
  })

  it.each(wanted(imports))('import: $name', async (one) => {
    await emptied(database, one.before)
    const { rdbms } = one.import
    const query = forKind(rdbms?.query, database)
    const doc = importDoc({ adaptorType: 'RDBMSImport', ...one.import, rdbms: { ...rdbms, ...(query && { query }) } })
    const { sink } = adaptorOf()
    const step = { doc, connection: connectionToDatabase(database, one.connection), run: aRun() }
    const outcomes: object[] = []
    const failure = await failureOf(async () => {
      await sink.ready(step)
      const size = one.pageSize ?? Math.max(1, one.records.length)
      for (let from = 0; from < one.records.length; from += size) {
        const records = one.records.slice(from, from + size)
        const looked = sink.looks?.(doc) ? await sink.look?.(step, records) : undefined
        const page = records.map((record, i) => {
          const found = looked?.[i]
          return { record, mapped: one.mapped ? one.mapped[from + i] : record, ...(found && 'found' in found && { looked: found }) }
        })
        outcomes.push(...(await sink.write(step, page)))
      }
    })
    expect(failure).toEqual(one.failure && expect.objectContaining(one.failure))
    if (!one.failure) {
      expect(outcomes).toHaveLength(one.records.length)
      expect(JSON.parse(JSON.stringify(outcomes))).toMatchObject(forKind(one.outcomes, database) ?? outcomes.map(() => ({ kind: 'done' })))
    }
    await left(one)
  })
})
