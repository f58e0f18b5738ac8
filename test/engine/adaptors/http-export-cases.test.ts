/** The exports of test/cases/http-export: which requests they make, which pages come of it, and that every page can be gone on from. */
import { expect, it } from 'vitest'
import { StepFailure, type Cursor, type FlowRecord } from '../../../src/engine/adaptor.ts'
import { aRun, casesIn, collect, connectionTo, exportDoc, lineOf, placed, scripted, stage, type ScriptedAnswer } from './stage.ts'

interface Case {
  readonly export: object
  readonly connection?: object
  readonly run?: object
  readonly answers: readonly ScriptedAnswer[]
  /** As `ScriptedAnswer.to` writes them. */
  readonly requests: readonly string[]
  readonly pages?: readonly (readonly FlowRecord[])[]
  readonly failure?: object
}

const cases = casesIn<Case>('http-export')
it('has cases', () => expect(cases.length).toBeGreaterThan(20))

it.each(cases)('$name', async (one) => {
  const server = await scripted(one.answers)
  const step = { doc: exportDoc(one.export), connection: connectionTo(server.origin, one.connection), run: aRun(one.run) }
  const { source } = stage()
  const taken: FlowRecord[][] = []
  const cursors: (Cursor | undefined)[] = []
  let failure: unknown
  try {
    for await (const page of source.pages(step, undefined)) {
      expect(page.index).toBe(taken.length)
      taken.push([...page.records])
      cursors.push(page.next)
      await page.ack?.()
    }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    failure = error.failure
  }
  expect(server.asked.map(lineOf)).toEqual(placed(one.requests, server.origin))
  expect(taken).toEqual(one.pages ?? [])
  expect(failure).toEqual(one.failure && expect.objectContaining(one.failure))
  if (failure) return

  for (const [index, cursor] of cursors.entries()) {
    if (!cursor) continue
    const rest = await collect(source.pages(step, JSON.parse(JSON.stringify(cursor)) as Cursor))
    expect(rest.map(({ records }) => records)).toEqual(taken.slice(index + 1))
    expect(rest[0]?.index ?? index + 1).toBe(index + 1)
  }
})
