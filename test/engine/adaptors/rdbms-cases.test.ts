/** The steps of test/cases/rdbms, on real databases: what exports read, and what imports leave in them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listOutsideDatabases, type OutsideDatabase } from '../../harness/outside-databases.ts'
import { runExportCase, runImportCase, type ExportCase, type ImportCase } from './database-cases.ts'
import { adaptorOf, connectionToDatabase, emptied, forKind, type PerKind } from './database-stage.ts'
import { casesIn } from './stage.ts'

interface Case {
  readonly on?: readonly string[]
  readonly before?: PerKind<readonly string[]>
  /** What the database has in the end. */
  readonly after?: PerKind<string>
  readonly rows?: PerKind<readonly object[]>
}
type OfExport = Case &
  Omit<ExportCase, 'pages' | 'export'> & {
    readonly export: { readonly rdbms?: { readonly query?: PerKind<string> }; readonly [field: string]: unknown }
    readonly pages?: PerKind<readonly (readonly unknown[])[]>
  }
type OfImport = Case &
  Omit<ImportCase, 'outcomes' | 'import'> & {
    readonly import: { readonly rdbms?: { readonly query?: PerKind<readonly string[]> }; readonly [field: string]: unknown }
    readonly outcomes?: PerKind<readonly object[]>
  }

const exports = casesIn<OfExport>('rdbms/export')
const imports = casesIn<OfImport>('rdbms/import')

it('has cases', () => expect([exports.length > 20, imports.length > 35]).toEqual([true, true]))

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
  const stageOf = ({ connection }: { readonly connection?: object }) => ({
    connection: connectionToDatabase(database, connection),
    adaptor: adaptorOf(),
  })

  async function checkExport({ pages, ...one }: OfExport): Promise<void> {
    await emptied(database, one.before)
    const { rdbms } = one.export
    const query = forKind(rdbms?.query, database)
    await runExportCase(stageOf(one), {
      ...one,
      export: { ...one.export, rdbms: { ...rdbms, ...(query !== undefined && { query }) } },
      ...(pages && { pages: forKind(pages, database) ?? [] }),
    })
    await left(one)
  }
  it.each(wanted(exports))('export: $name', async (one) => {
    await expect(checkExport(one)).resolves.toBeUndefined()
  })

  async function checkImport({ outcomes, ...one }: OfImport): Promise<void> {
    await emptied(database, one.before)
    const { rdbms } = one.import
    const query = forKind(rdbms?.query, database)
    const expected = forKind(outcomes, database)
    await runImportCase(stageOf(one), {
      ...one,
      import: { ...one.import, rdbms: { ...rdbms, ...(query && { query }) } },
      ...(expected && { outcomes: expected }),
    })
    await left(one)
  }
  it.each(wanted(imports))('import: $name', async (one) => {
    await expect(checkImport(one)).resolves.toBeUndefined()
  })
})
