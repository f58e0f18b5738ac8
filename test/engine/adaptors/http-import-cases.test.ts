/** The imports of test/cases/http-import: which requests their records become, and what becomes of each record. */
import { expect, it } from 'vitest'
import type { FlowRecord, Submission } from '../../../src/engine/adaptor.ts'
import { aRun, casesIn, connectionTo, importDoc, lineOf, placed, scripted, stage, type ScriptedAnswer } from './stage.ts'

interface Case {
  readonly import: object
  readonly connection?: object
  readonly records: readonly FlowRecord[]
  /** What mapping made of them; the records themselves when absent. */
  readonly mapped?: readonly unknown[]
  readonly answers: readonly ScriptedAnswer[]
  readonly requests: readonly string[]
  /** Headers that the first request must have. */
  readonly headers?: object
  readonly outcomes: readonly object[]
}

const cases = casesIn<Case>('http-import')
it('has cases', () => expect(cases.length).toBeGreaterThan(15))

it.each(cases)('$name', async (one) => {
  const server = await scripted(one.answers)
  // One at a time, so that requests come in the order of the records.
  const step = {
    doc: importDoc(one.import),
    connection: connectionTo(server.origin, { concurrencyLevel: 1, ...one.connection }),
    run: aRun(),
  }
  const submissions: Submission[] = one.records.map((record, row) => ({ record, mapped: one.mapped ? one.mapped[row] : record }))
  const outcomes = await stage().sink.write(step, submissions)
  expect(server.asked.map(lineOf)).toEqual(placed(one.requests, server.origin))
  expect(server.asked[0]?.headers ?? {}).toMatchObject(one.headers ?? {})
  expect(outcomes).toHaveLength(one.records.length)
  expect(outcomes).toMatchObject(one.outcomes)
})
