/** How lists of the console follow events, without a browser: what an event is not about is not asked for anew, and of many pages the first alone. */
import { expect, test } from 'vitest'
import { findPages, hasGrown, hasStatusChanged, isAbout, withFirstPage, withPage } from '../../console/src/api/live-lists.ts'

interface Page {
  readonly rows: readonly number[]
  readonly next?: number
}
const list = {
  rowsOf: ({ rows }: Page) => rows,
  withRows: (page: Page, rows: readonly number[]) => ({ ...page, rows }),
  keyOf: String,
  isLast: ({ next }: Page) => next === undefined,
}
/** The newest first: three pages. */
const before = { pages: [{ rows: [9, 8, 7], next: 7 }, { rows: [6, 5, 4], next: 4 }, { rows: [3, 2, 1] }], pageParams: [undefined, 7, 4] }
const after = (fresh: Page) => withFirstPage(before, fresh, list).pages

test('a first page that is read anew brings what is new, drops what is gone, and leaves what was read beyond it', () => {
  expect(after({ rows: [11, 10, 9], next: 9 })).toEqual([{ rows: [11, 10, 9, 8, 7], next: 7 }, ...before.pages.slice(1)])
  // 9 and 7 are gone.
  expect(after({ rows: [8, 6, 5], next: 5 })).toEqual([{ rows: [8, 6, 5], next: 7 }, { rows: [4], next: 4 }, { rows: [3, 2, 1] }])
  expect(after({ rows: [8, 7] })).toEqual([{ rows: [8, 7] }])
  expect(after({ rows: [30, 29, 28], next: 28 })).toEqual([{ rows: [30, 29, 28], next: 28 }])
  expect(withFirstPage(before, { rows: [8, 7], next: 7 }, list).pageParams).toHaveLength(3)
})

test('what one has changed brings the pages that have it, and no row twice', () => {
  expect(findPages(before, new Set(['5', '1', '77']), list)).toEqual([7, 4])
  // 5 is resolved: 3 comes up, and stays where it was read.
  expect(withPage(before, 7, { rows: [6, 4, 3], next: 3 }, list).pages).toEqual([
    before.pages[0],
    { rows: [6, 4], next: 4 },
    before.pages[2],
  ])
  // Of the last page there may be more by now.
  expect(withPage(before, 4, { rows: [3, 2, 0], next: 0 }, list).pages.at(-1)).toEqual({ rows: [3, 2, 0], next: 0 })
})

test('a first page that events have made longer than one answer is known by it', () => {
  const grown = withFirstPage(before, { rows: [11, 10, 9], next: 9 }, list)
  expect(hasGrown(grown, undefined, { rows: [11, 10, 9], next: 9 }, list)).toBe(true)
  expect(hasGrown(before, undefined, { rows: [9, 8, 7], next: 7 }, list)).toBe(false)
  // What is shorter since nothing comes after it.
  expect(hasGrown(grown, undefined, { rows: [11, 10] }, list)).toBe(false)
})

test('a page brings nothing that stands beyond the last one, nor into a list that has become shorter', () => {
  const short = { ...before, pages: [...before.pages.slice(0, 2), { rows: [3], next: 3 }] }
  // 5 and 4 are resolved: 2 comes up, which the next page after 3 brings.
  expect(withPage(short, 7, { rows: [6, 3, 2], next: 2 }, list).pages).toEqual([before.pages[0], { rows: [6], next: 4 }, short.pages[2]])
  // So is 3.
  expect(withPage(short, 7, { rows: [6, 2, 1], next: 1 }, list).pages[1]).toEqual({ rows: [6], next: 4 })
  const alone = { pages: [{ rows: [30, 29, 28], next: 28 }], pageParams: [undefined] }
  expect(withPage(alone, 7, { rows: [6, 4, 3], next: 3 }, list)).toBe(alone)
})

test.each([
  ['listRuns', { query: { _flowId: 'a' } }, true],
  ['listRuns', { query: { _flowId: 'b' } }, false],
  ['listRuns', { query: { _integrationId: 'i' } }, true],
  ['listRuns', { query: { _integrationId: 'none' } }, false],
  ['listRuns', { query: {} }, true],
  ['listJobs', { query: { _flowJobId: 'run', type_in: 'export,import' } }, false],
  ['listLatestFlowJobs', { params: { _id: 'b' } }, false],
  ['listLatestIntegrationJobs', { params: { _id: 'i' } }, true],
  ['listLatestIntegrationJobs', { params: { _id: 'j' } }, false],
  ['listCurrentJobs', { body: { _integrationIds: ['none', 'i'] } }, true],
  ['listFlowRunStats', { body: { _flowIds: ['b'] } }, false],
  ['searchFlowErrors', { scope: { _flowId: 'b' } }, false],
  ['searchIntegrationErrors', { scope: { _integrationId: 'i' } }, true],
  ['listTiles', {}, true],
])('%s with %j is about a run of the flow a in the integration i: %s', (name, input, expected) => {
  expect(isAbout(name, input, { flowId: 'a', integrationId: 'i' })).toBe(expected)
})

test('errors of a step are asked for by its lists, and the job of a step by the list of its run', () => {
  const errors = { flowId: 'a', integrationId: 'i', stepId: 's' }
  expect(isAbout('listStepErrors', { scope: { _flowId: 'a', _stepId: 's' } }, errors)).toBe(true)
  expect(isAbout('listStepErrors', { scope: { _flowId: 'a', _stepId: 't' } }, errors)).toBe(false)
  const job = { flowId: 'a', integrationId: 'i', runId: 'run' }
  expect(isAbout('listJobs', { query: { _flowJobId: 'run' } }, job)).toBe(true)
  expect(isAbout('listJobs', { query: { _flowJobId: 'another' } }, job)).toBe(false)
  expect(isAbout('listRuns', { query: { _flowId: 'a' } }, job)).toBe(false)
})

test('a job that goes on is no news, one that begins or ends is', () => {
  const tell = (status: string) => hasStatusChanged({ _id: 'run', status })
  expect(['queued', 'running', 'running', 'running', 'completed'].map(tell)).toEqual([true, true, false, false, true])
  expect(hasStatusChanged({ _id: 'another', status: 'running' })).toBe(true)
})
