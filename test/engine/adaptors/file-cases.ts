/** The cases of test/cases/file-system, which hold wherever files lie: what an export reads and leaves behind, and what an import writes. */
import { appendFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  StepFailure,
  type Adaptor,
  type ConnectionDoc,
  type Cursor,
  type ExportDoc,
  type FlowRecord,
  type ImportDoc,
  type Page,
} from '../../../src/engine/adaptor.ts'
import { aRun, casesIn } from './stage.ts'

export type Files = Readonly<Record<string, string | { readonly base64: string }>>
export type Links = Readonly<Record<string, string>>
/** When files were changed, as ISO times. */
export type Changed = Readonly<Record<string, string>>
interface Case {
  readonly name: string
  readonly files: Files
  readonly links?: Links
  readonly changed?: Changed
  readonly failure?: { readonly code: string }
}
type Step = { readonly file?: object; readonly [field: string]: unknown }
export interface ExportCase extends Case {
  readonly export: Step
  readonly pages?: readonly (readonly unknown[])[]
  /** Records are compared as they are written. */
  readonly texts?: boolean
  /** Files that are there after every page is acknowledged. */
  readonly left: readonly string[]
}
export interface ImportCase extends Case {
  readonly before?: Files
  readonly import: Step
  readonly records: readonly FlowRecord[]
  readonly outcomes?: readonly object[]
}

/** Where files lie, with the files of one case. */
interface Laid {
  readonly adaptor: Required<Adaptor>
  /** Paths of all files. */
  left(): readonly string[] | Promise<readonly string[]>
  read(path: string): string | Promise<string>
}

export interface Ground {
  readonly connection: ConnectionDoc
  exportOf(step: Step): ExportDoc
  importOf(step: Step): ImportDoc
  lay(files: Files, links?: Links, changed?: Changed): Laid | Promise<Laid>
  /** Its failures say what those of the file system say. */
  readonly sameWords?: boolean
  /** Whether it can lie there. */
  takes?(one: Case): boolean
}

/** Of a folder, so that cases with more files look at it again. */
export const filesAtOnce = 2

/** The cases of a file take turns, also on a machine that has other work. */
export const run = aRun({ signal: AbortSignal.timeout(600_000) })

export async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return error.failure
  }
}

export async function collectUnacknowledged(pages: AsyncIterable<Page>): Promise<Page[]> {
  const collected: Page[] = []
  for await (const page of pages) collected.push(page)
  return collected
}

export function holdExportCases(ground: Ground, folder: string, least: number): void {
  const { exportOf, sameWords = false } = ground
  const cases = casesIn<ExportCase>(folder).filter((one) => ground.takes?.(one) ?? true)
  const expected = ({ failure }: Case): unknown => failure && expect.objectContaining(sameWords ? failure : { code: failure.code })

  describe('an export of files', () => {
    it('has cases', () => expect(cases.length).toBeGreaterThan(least))

    it.each(cases)('$name', async (one) => {
      const { adaptor, left } = await ground.lay(one.files, one.links, one.changed)
      const step = { doc: exportOf(one.export), connection: ground.connection, run }
      const before = await left()
      const shown = ({ records }: Page): unknown => (one.texts ? records.map((record) => JSON.stringify(record)) : records)
      const pages: Page[] = []
      const failure = await failureOf(async () => {
        for await (const page of adaptor.source.pages(step, undefined)) {
          expect(page.index).toBe(pages.length)
          pages.push(page)
        }
      })
      expect(failure).toEqual(expected(one))
      expect(pages.map(shown)).toEqual(one.pages ?? [])
      expect(await left(), 'nothing is put away before it is acknowledged').toEqual(before)

      for (const [index, { next }] of pages.entries()) {
        if (!next || failure) continue
        const rest = await collectUnacknowledged(adaptor.source.pages(step, JSON.parse(JSON.stringify(next)) as Cursor))
        expect(rest.map(shown)).toEqual((one.pages ?? []).slice(index + 1))
      }
      for (const page of pages) await page.ack?.()
      expect(await left()).toEqual(one.left.toSorted())
    })
  })
}

/** Where files lie that others write while they are read. `settleMs` is how long one has to be as it is. */
export type LayChanging = (
  files: Files,
  changed: Changed,
  settleMs: number,
) => { readonly adaptor: Required<Adaptor>; left(): readonly string[]; at(path: string): string }

const long = '2026-01-02T03:04:05.000Z'

export function holdChangingFiles(ground: Pick<Ground, 'connection' | 'exportOf'>, lay: LayChanging): void {
  const step = () => ({ doc: ground.exportOf({ pageSize: 1 }), connection: ground.connection, run })
  const line = (id: number): string => `{"id":${id}}\n`
  const idsOf = (pages: readonly Page[]) => pages.flatMap(({ records }) => records).map((record) => (record as { id: number }).id)
  /** Writes to the end of a file until it is ended. */
  const keepWriting = (path: string): (() => void) => {
    const write = (): void => appendFileSync(path, line(9))
    write()
    const timer = setInterval(write, 10)
    return () => clearInterval(timer)
  }

  it('is left to the next run where it has changed since it was listed, and taken where it has not', async () => {
    const files = { 'in/a.ndjson': line(1), 'in/b.ndjson': line(2), 'in/c.ndjson': line(3), 'in/d.ndjson': line(4) }
    const { adaptor, left, at } = lay(files, { 'in/a.ndjson': long, 'in/d.ndjson': long }, 600)
    const end = keepWriting(at('in/b.ndjson'))
    const pages = await collectUnacknowledged(adaptor.source.pages(step(), undefined)).finally(end)
    expect(idsOf(pages)).toEqual([1, 3, 4])
    for (const page of pages) await page.ack?.()
    expect(left()).toEqual(['in/b.ndjson'])
    const rest = await collectUnacknowledged(adaptor.source.pages(step(), undefined))
    expect(idsOf(rest)).toEqual([2, ...Array.from({ length: rest.length - 1 }, () => 9)])
    for (const page of rest) await page.ack?.()
    expect(left()).toEqual([])
  })

  it('is left to the next run where it grows between the list and the reading', async () => {
    const { adaptor, left, at } = lay({ 'in/a.ndjson': line(1), 'in/b.ndjson': line(2) }, { 'in/a.ndjson': long, 'in/b.ndjson': long }, 600)
    const pages = adaptor.source.pages(step(), undefined)[Symbol.asyncIterator]()
    const first = await pages.next()
    const end = keepWriting(at('in/b.ndjson'))
    const second = await pages.next().finally(end)
    expect([first.value?.records, second.done]).toEqual([[{ id: 1 }], true])
    expect(left()).toEqual(['in/a.ndjson', 'in/b.ndjson'])
  })

  it('is not waited for where it was changed long ago', async () => {
    const { adaptor } = lay({ 'in/a.ndjson': line(1), 'in/b.ndjson': line(2) }, { 'in/a.ndjson': long, 'in/b.ndjson': long }, 3_600_000)
    expect(idsOf(await collectUnacknowledged(adaptor.source.pages(step(), undefined)))).toEqual([1, 2])
  })
}

export function holdImportCases(ground: Ground, folder: string, least: number): void {
  const { importOf, sameWords = false } = ground
  const cases = casesIn<ImportCase>(folder).filter((one) => ground.takes?.(one) ?? true)
  const expected = ({ failure }: Case): unknown => failure && expect.objectContaining(sameWords ? failure : { code: failure.code })

  describe('an import of files', () => {
    it('has cases', () => expect(cases.length).toBeGreaterThan(least))

    it.each(cases)('$name', async (one) => {
      const { adaptor, left, read } = await ground.lay(one.before ?? {}, one.links)
      const step = { doc: importOf(one.import), connection: ground.connection, run }
      let outcomes: readonly object[] | undefined
      const failure = await failureOf(async () => {
        await adaptor.sink.ready(step)
        outcomes = await adaptor.sink.write(
          step,
          one.records.map((record) => ({ record, mapped: record })),
        )
      })
      expect(failure).toEqual(expected(one))
      if (!one.failure) expect(outcomes).toMatchObject(one.outcomes ?? [])
      expect(await left()).toEqual(Object.keys(one.files).toSorted())
      for (const [path, content] of Object.entries(one.files)) expect(await read(path)).toBe(content)
    })
  })
}
