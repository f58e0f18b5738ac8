/** Runs the cases of test/cases/dynamodb and test/cases/mongodb: what exports find, goes on with and marks, and what imports leave behind. */
import { expect } from 'vitest'
import {
  StepFailure,
  type ConnectionDoc,
  type Cursor,
  type FlowRecord,
  type Page,
  type SinkAdaptor,
  type SourceAdaptor,
} from '../../../src/engine/adaptor.ts'
import { aRun, exportDoc, importDoc } from './stage.ts'

export interface DocumentCase {
  readonly name: string
  /** What is there before. */
  readonly before?: readonly object[]
  readonly export?: object
  readonly run?: object
  readonly pages?: readonly (readonly unknown[])[]
  /** Records that ask, where the export is a lookup; records of an import. */
  readonly records?: readonly FlowRecord[]
  readonly import?: object
  readonly mapped?: readonly unknown[]
  readonly outcomes?: readonly object[]
  readonly failure?: object
  /** What is there in the end, as exports give it. */
  readonly after?: readonly unknown[]
}

export interface DocumentStage {
  readonly kind: 'Dynamodb' | 'Mongodb'
  readonly connection: ConnectionDoc
  readonly source: SourceAdaptor
  readonly sink: SinkAdaptor
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

/** Numbers of many digits are compared as they are written. */
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

export async function runExportCase({ kind, connection, source }: DocumentStage, one: DocumentCase): Promise<void> {
  const doc = exportDoc({ adaptorType: `${kind}Export`, ...one.export })
  const step = { doc, connection, run: aRun(one.run) }
  if (one.records) {
    expect(written(await source.lookup(step, one.records))).toMatchObject(one.outcomes ?? [])
    return
  }
  const pages: Page[] = []
  const failure = await failureOf(async () => {
    await source.ready(step)
    for await (const page of source.pages(step, undefined)) pages.push(page)
  })
  expect(failure).toEqual(one.failure && expect.objectContaining(one.failure))
  const expected = one.pages ?? []
  expect(pages.map(({ records }) => written(records))).toEqual(expected)
  expect(pages.map(({ index }) => index)).toEqual(pages.map((_page, index) => index))
  // Another worker goes on where this one was.
  for (const [index, { next }] of pages.entries()) {
    if (!next) continue
    const rest: unknown[] = []
    for await (const page of source.pages(step, JSON.parse(JSON.stringify(next)) as Cursor)) rest.push(written(page.records))
    expect(rest).toEqual(expected.slice(index + 1))
  }
  for (const page of pages) await page.ack?.()
}

export async function runImportCase({ kind, connection, sink }: DocumentStage, one: DocumentCase): Promise<void> {
  const doc = importDoc({ adaptorType: `${kind}Import`, ...one.import })
  const step = { doc, connection, run: aRun(one.run) }
  const records = one.records ?? []
  let outcomes: unknown
  const failure = await failureOf(async () => {
    await sink.ready(step)
    outcomes = await sink.write(
      step,
      records.map((record, i) => ({ record, mapped: one.mapped ? one.mapped[i] : record })),
    )
  })
  expect(failure).toEqual(one.failure && expect.objectContaining(one.failure))
  if (!one.failure) {
    expect(outcomes).toHaveLength(records.length)
    expect(written(outcomes)).toMatchObject(one.outcomes ?? records.map(() => ({ kind: 'done' })))
  }
}
