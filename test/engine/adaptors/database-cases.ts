/** Runs cases of databases: what exports read and go on with, and what imports leave behind. */
import { expect } from 'vitest'
import { StepFailure, type ConnectionDoc, type Cursor, type FlowRecord, type Page } from '../../../src/engine/adaptor.ts'
import type { adaptorOf } from './database-stage.ts'
import { aRun, exportDoc, importDoc } from './stage.ts'

interface DatabaseCase {
  readonly connection?: object
  readonly failure?: object
  readonly pages?: readonly (readonly unknown[])[]
  /** Records are compared as they are written. */
  readonly texts?: boolean
  /** Records of an import, and those that ask, where the export is a lookup. */
  readonly records?: readonly FlowRecord[]
  readonly outcomes?: readonly object[]
  readonly mapped?: readonly unknown[]
  /** Pages that the records come in, where they do not come in one. */
  readonly pageSize?: number
}

export interface ExportCase extends DatabaseCase {
  readonly export: { readonly rdbms?: object; readonly [field: string]: unknown }
  readonly run?: object
}
export interface ImportCase extends DatabaseCase {
  readonly import: { readonly rdbms?: object; readonly [field: string]: unknown }
  readonly records: readonly FlowRecord[]
}

export interface CaseStage {
  readonly connection: ConnectionDoc
  readonly adaptor: ReturnType<typeof adaptorOf>
}

export async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return error.failure
  }
}

export async function runExportCase({ connection, adaptor }: CaseStage, one: ExportCase): Promise<void> {
  const doc = exportDoc({ adaptorType: 'RDBMSExport', ...one.export })
  const { source } = adaptor
  const step = { doc, connection, run: aRun(one.run) }
  if (one.records) {
    expect(await source.lookup(step, one.records)).toMatchObject(one.outcomes ?? [])
    return
  }
  const shown = ({ records }: Page): unknown => (one.texts ? records.map((record) => JSON.stringify(record)) : records)
  const pages: Page[] = []
  const failure = await failureOf(async () => {
    for await (const page of source.pages(step, undefined)) {
      expect(page.index).toBe(pages.length)
      pages.push(page)
    }
  })
  const expected = one.pages ?? []
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
}

export async function runImportCase({ connection, adaptor }: CaseStage, one: ImportCase): Promise<void> {
  const doc = importDoc({ adaptorType: 'RDBMSImport', ...one.import })
  const { sink } = adaptor
  const step = { doc, connection, run: aRun() }
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
  if (one.failure) return
  expect(outcomes).toHaveLength(one.records.length)
  expect(JSON.parse(JSON.stringify(outcomes))).toMatchObject(one.outcomes ?? outcomes.map(() => ({ kind: 'done' })))
}
