/** Pages that are in a flow at once, with steps that answer when they are told to: who begins when, what is committed together, and what becomes of pages when a run ends. */
import { expect, it, vi } from 'vitest'
import type { RunOwnership } from '../../src/domain/ports/jobs.ts'
import type { FlowStep, Item, PageResult, Path, Turn } from '../../src/engine/plan/plan.ts'
import { RunLost, type Lease } from '../../src/engine/run/lease.ts'
import type { PageDone } from '../../src/engine/run/page-commit.ts'
import { openPageResult } from '../../src/engine/run/page-result.ts'
import { PagesInFlight, type PageToCarry } from '../../src/engine/run/pages-in-flight.ts'
import { Pipeline } from '../../src/engine/run/pipeline.ts'
import { createLane, mapInLane } from '../../src/engine/around/lane.ts'

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

/** A step over a connection of so many places, whose records wait until they are answered by `answer`. What happens at it is written down. */
function aStep(stepId: string, log: string[], level: number, more: Partial<FlowStep> = {}) {
  const lane = createLane(level)
  const waiting = new Map<string, () => void>()
  const named = (items: readonly Item[]): string => [...new Set(items.map(({ record }) => (record as { page: number }).page))].join()
  const step: FlowStep = {
    stepId,
    kind: 'import',
    adaptorType: 'test',
    stage: 'apiCall',
    place: {},
    proceedOnFailure: false,
    onePageAtATime: false,
    ready: async () => undefined,
    async process(items, turn) {
      log.push(`${stepId} prepares ${named(items)}`)
      await turn.start()
      await mapInLane(
        lane,
        items,
        async ({ record, index }) => {
          const name = `${(record as { page: number }).page}.${index}`
          log.push(`${stepId} sends ${name}`)
          await new Promise<void>((resolve) => waiting.set(name, resolve))
        },
        turn,
      )
      await turn.finish()
      log.push(`${stepId} ends ${named(items)}`)
      return items.map(({ record }) => ({ kind: 'done', record }))
    },
    ...more,
  }
  const answer = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      const done = waiting.get(name)
      if (!done) throw new Error(`${stepId} has not sent ${name}; it has sent ${[...waiting.keys()].join(' ')}`)
      done()
      waiting.delete(name)
    }
    await settled()
  }
  return { step, answer }
}

function aFlight(path: Path, most: number, standing: () => RunOwnership | Promise<RunOwnership> = () => 'ours') {
  const commits: unknown[][] = []
  const acks: number[] = []
  const [leaving, lost] = [new AbortController(), new AbortController()]
  const lease: Lease = { leaving: leaving.signal, signal: lost.signal, release: () => undefined }
  const pageResult = (): PageResult => openPageResult({ newId: () => 'id', now: () => new Date() }, 'job', true, (text) => text)
  const commit = async (pages: readonly PageDone[]): Promise<RunOwnership> => {
    const said = await standing()
    if (said !== 'lost') commits.push(pages.map(({ checkpoint }) => checkpoint))
    return said
  }
  const pageCommit = { openPage: pageResult, commit, write: async () => 'ours' as const }
  const flight = new PagesInFlight({ pipeline: new Pipeline(path), pageCommit, lease, most })
  const admit = (page: number, count = 2, more: Partial<PageToCarry> = {}, isAcknowledged = true): Promise<boolean> => {
    const items = Array.from({ length: count }, (_, index): Item => ({
      record: { page },
      index,
      sourceId: 'source',
      traceKey: String(page),
    }))
    const ack = async (): Promise<void> => void acks.push(page)
    const made = {
      pageResult: pageResult(),
      checkpoint: page,
      bytes: 10,
      arrivals: [{ path, position: 0, items }],
      ...(isAcknowledged && { ack }),
      ...more,
    }
    return flight.admit(() => made, made.bytes)
  }
  return { flight, admit, commits, acks, leaving, lost }
}

it('a step with places left begins with the next page, and ends pages in their order', async () => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 3)
  const { flight, admit, commits, acks } = aFlight({ steps: [step] }, 10)
  for (const page of [0, 1, 2]) void admit(page)
  await settled()
  expect(log).toEqual(['a prepares 0', 'a sends 0.0', 'a sends 0.1', 'a prepares 1', 'a sends 1.0', 'a prepares 2'])
  await answer('1.0')
  expect(log.slice(6)).toEqual(['a sends 1.1'])
  await answer('1.1')
  expect(log.slice(7)).toEqual(['a sends 2.0'])
  expect(commits).toEqual([])
  await answer('0.0', '0.1')
  expect(log.slice(8)).toEqual(['a sends 2.1', 'a ends 0', 'a ends 1'])
  await answer('2.0', '2.1')
  expect(await flight.settle()).toBe('through')
  expect([commits.flat(), acks]).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ])
})

it('with one place, records go one after the other in the order of the pages', async () => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 1)
  const { flight, admit } = aFlight({ steps: [step] }, 10)
  for (const page of [0, 1]) void admit(page)
  for (const name of ['0.0', '0.1', '1.0', '1.1']) {
    await settled()
    expect(log.filter((line) => line.includes('sends')).at(-1)).toBe(`a sends ${name}`)
    await answer(name)
  }
  await flight.settle()
})

it('a page never overtakes another one: where one is stuck, those after it wait at the end of the step', async () => {
  const log: string[] = []
  const [first, second] = [aStep('a', log, 10), aStep('b', log, 10)]
  const { flight, admit } = aFlight({ steps: [first.step, second.step] }, 10)
  for (const page of [0, 1, 2]) void admit(page, 1)
  await settled()
  await first.answer('1.0', '2.0')
  expect(log.filter((line) => line.startsWith('b'))).toEqual([])
  await first.answer('0.0')
  for (const what of ['a ends', 'b prepares', 'b sends'])
    expect(log.filter((line) => line.startsWith(what)).map((line) => line.split(' ')[2]?.charAt(0))).toEqual(['0', '1', '2'])
  await second.answer('2.0', '1.0', '0.0')
  await flight.settle()
})

it('a page is ahead at a step as long as one before it is still there', async () => {
  const log: string[] = []
  const turns: Turn[] = []
  const { step, answer } = aStep('a', log, 10)
  const process: FlowStep['process'] = (items, turn) => {
    turns.push(turn)
    return step.process(items, turn)
  }
  const { flight, admit } = aFlight({ steps: [{ ...step, process }] }, 10)
  for (const page of [0, 1, 2]) void admit(page, 1)
  await settled()
  const isAhead = (): boolean[] => turns.map(({ aheadUntil }) => aheadUntil() !== undefined)
  expect(isAhead()).toEqual([false, true, true])
  const over: number[] = []
  for (const page of [1, 2]) void turns[page]?.aheadUntil()?.then(() => over.push(page))
  await answer('1.0')
  expect([over, isAhead()]).toEqual([[], [false, true, true]])
  await answer('0.0')
  expect([over, isAhead()]).toEqual([
    [1, 2],
    [false, false, false],
  ])
  await answer('2.0')
  await flight.settle()
})

it('a step that asks its target before it writes has one page at a time', async () => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 10, { onePageAtATime: true })
  const { flight, admit } = aFlight({ steps: [step] }, 10)
  for (const page of [0, 1]) void admit(page, 1)
  await settled()
  expect(log).toEqual(['a prepares 0', 'a sends 0.0'])
  await answer('0.0')
  expect(log.slice(2)).toEqual(['a ends 0', 'a prepares 1', 'a sends 1.0'])
  await answer('1.0')
  await flight.settle()
})

it('pages that have nothing to do in a branch do not wait there; those that have, wait for one that is still to come', async () => {
  const log: string[] = []
  const [one, two, after] = [aStep('one', log, 10), aStep('two', log, 10), aStep('after', log, 10)]
  const meet = {
    routerId: 'meet',
    branches: [{ steps: [after.step] }],
    choose: async (records: readonly unknown[]) => records.map(() => [0]),
  }
  const branches: Path[] = [
    { steps: [one.step], router: meet },
    { steps: [two.step], router: meet },
  ]
  /** By page: the records of 0 go a way each, that of 1 the second, that of 2 the first. */
  const ways = [[1, 0], [1], [0]]
  const choose = async (records: readonly unknown[]) => records.map((record, i) => [ways[(record as { page: number }).page]?.[i] ?? 0])
  const { flight, admit, commits } = aFlight({ steps: [], router: { routerId: 'r', branches, choose } }, 10)
  for (const page of [0, 1, 2]) void admit(page, page === 0 ? 2 : 1)
  await settled()
  expect(log).toEqual(['one prepares 0', 'one sends 0.1'])
  await one.answer('0.1')
  expect(log.filter((line) => line.startsWith('one'))).toEqual([
    'one prepares 0',
    'one sends 0.1',
    'one ends 0',
    'one prepares 2',
    'one sends 2.0',
  ])
  expect(log.filter((line) => line.startsWith('two'))).toEqual(['two prepares 0', 'two sends 0.0', 'two prepares 1', 'two sends 1.0'])
  await one.answer('2.0')
  await two.answer('1.0')
  expect(log.some((line) => line.startsWith('after'))).toBe(false)
  await two.answer('0.0')
  // Where branches meet, a page comes once, with the records of all of them.
  expect(log.filter((line) => line.startsWith('after'))).toEqual([
    'after prepares 0',
    'after sends 0.0',
    'after sends 0.1',
    'after prepares 1',
    'after sends 1.0',
    'after prepares 2',
    'after sends 2.0',
  ])
  await after.answer('2.0', '1.0', '0.0', '0.1')
  await flight.settle()
  expect(commits.flat()).toEqual([0, 1, 2])
})

it('pages that are through together are committed together, and none before the one that it follows', async () => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 10)
  let write = (): void => undefined
  const written = new Promise<void>((resolve) => (write = resolve))
  const { flight, admit, commits } = aFlight({ steps: [step] }, 10, async (): Promise<RunOwnership> => {
    await written
    return 'ours'
  })
  for (const page of [0, 1, 2, 3]) void admit(page, 1)
  await settled()
  await answer('3.0', '2.0')
  expect(commits).toEqual([])
  await answer('0.0', '1.0')
  write()
  await flight.settle()
  expect(commits).toEqual([[0], [1, 2, 3]])
})

it.each([
  [1, 1],
  [3, 3],
])('with %i pages in flight the next one is let in after the commit and the acknowledgement of the first', async (most) => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 100)
  const { flight, admit, acks } = aFlight({ steps: [step] }, most)
  for (let page = 0; page < 5; page++) void admit(page, 1)
  await settled()
  expect(log.filter((line) => line.includes('sends'))).toHaveLength(most)
  await answer('0.0')
  expect(acks).toEqual([0])
  expect(log.filter((line) => line.includes('sends'))).toHaveLength(most + 1)
  for (let page = 1; page < 5; page++) await answer(`${page}.0`)
  await flight.settle()
})

it('pages that go through fast are committed together, and at once where the run waits for that', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const { flight, admit, commits } = aFlight({ steps: [] }, 10)
  const go = async (page: number): Promise<void> => {
    await admit(page, 2, {}, false)
    await new Promise((resolve) => setImmediate(resolve))
  }
  try {
    await go(0)
    expect(commits).toEqual([[0]])
    await go(1)
    await go(2)
    expect(commits).toEqual([[0]])
    vi.advanceTimersByTime(20)
    await new Promise((resolve) => setImmediate(resolve))
    expect(commits).toEqual([[0], [1, 2]])
    await go(3)
    expect(await flight.settle()).toBe('through')
    expect(commits).toEqual([[0], [1, 2], [3]])
  } finally {
    vi.useRealTimers()
  }
})

it('pages in flight have 64 MB together, with what was answered to them; one alone may have more', async () => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 100)
  const { flight, admit } = aFlight({ steps: [step] }, 100)
  const mb = 1024 * 1024
  for (const [page, bytes] of [70, 30, 30, 30].entries()) void admit(page, 1, { bytes: bytes * mb })
  await settled()
  const sends = () => log.filter((line) => line.includes('sends')).map((line) => line.at(-3))
  expect(sends()).toEqual(['0'])
  await answer('0.0')
  expect(sends()).toEqual(['0', '1', '2'])
  await answer('1.0')
  expect(sends()).toEqual(['0', '1', '2', '3'])
  await answer('2.0', '3.0')
  await flight.settle()
})

it('what was answered to a page counts for those after it too', async () => {
  const log: string[] = []
  const answered = 20 * 1024 * 1024
  const plain = aStep('a', log, 100)
  const { process } = plain.step
  const grows: FlowStep = {
    ...plain.step,
    process: (items, turn) => {
      const found = process(items, turn)
      turn.received(answered)
      return found
    },
  }
  const { flight, admit } = aFlight({ steps: [grows] }, 100)
  for (let page = 0; page < 6; page++) void admit(page, 1)
  await settled()
  expect(log.filter((line) => line.includes('sends'))).toHaveLength(3)
  for (let page = 0; page < 6; page++) await plain.answer(`${page}.0`)
  await flight.settle()
})

it('what has moved slowly so far has room for 25 pages', async () => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 1000)
  const { flight, admit } = aFlight({ steps: [step] }, 100)
  for (let page = 0; page < 40; page++) void admit(page, 1)
  await settled()
  expect(log.filter((line) => line.includes('sends'))).toHaveLength(25)
  await answer('0.0')
  expect(log.filter((line) => line.includes('sends'))).toHaveLength(27)
  for (let page = 1; page < 40; page++) await answer(`${page}.0`)
  await flight.settle()
})

it('a run that is left sends what an import has begun with, and commits it; the rest is left', async () => {
  const log: string[] = []
  const [look, send] = [aStep('look', log, 2, { kind: 'lookup' }), aStep('send', log, 2)]
  const { flight, admit, commits, acks, leaving } = aFlight({ steps: [look.step, send.step] }, 10)
  for (let page = 0; page < 5; page++) void admit(page, 1)
  await settled()
  await look.answer('0.0', '1.0')
  await look.answer('2.0')
  expect(log.filter((line) => line.startsWith('send sends'))).toEqual(['send sends 0.0', 'send sends 1.0'])
  leaving.abort()
  await send.answer('1.0', '0.0')
  await look.answer('3.0', '4.0')
  expect(await flight.settle()).toBe('left')
  expect(log.filter((line) => line.startsWith('send sends'))).toHaveLength(2)
  expect([commits.flat(), acks]).toEqual([
    [0, 1],
    [0, 1],
  ])
  expect(await admit(9)).toBe(false)
})

it('a canceled run commits and acknowledges what it is in the middle of', async () => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 2)
  const { flight, admit, commits, acks } = aFlight({ steps: [step] }, 10, () => 'over')
  for (let page = 0; page < 4; page++) void admit(page, 1)
  await settled()
  await answer('0.0')
  await answer('1.0', '2.0')
  await expect(flight.settle()).rejects.toThrow(RunLost)
  expect(log.filter((line) => line.includes('sends'))).toEqual(['a sends 0.0', 'a sends 1.0', 'a sends 2.0'])
  expect([commits.flat(), acks]).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ])
})

it('a run that another worker has writes and acknowledges nothing more, and waits for nothing', async () => {
  const { step, answer } = aStep('a', [], 10)
  const standings: RunOwnership[] = ['ours', 'lost', 'ours']
  const { flight, admit, commits, acks } = aFlight({ steps: [step] }, 10, () => standings.shift() ?? 'ours')
  for (let page = 0; page < 4; page++) void admit(page, 1)
  await settled()
  await answer('0.0')
  await answer('1.0')
  await answer('2.0')
  await expect(flight.settle()).rejects.toThrow(RunLost)
  expect([commits.flat(), acks]).toEqual([[0], [0]])
})

it('a commit that fails is not tried again: nobody knows whether it was written', async () => {
  const { step, answer } = aStep('a', [], 10)
  const commit = vi.fn<() => Promise<RunOwnership>>(() => Promise.reject(new Error('the database is away')))
  const { flight, admit } = aFlight({ steps: [step] }, 10, commit)
  for (let page = 0; page < 3; page++) void admit(page, 1)
  await settled()
  await answer('0.0')
  await answer('1.0')
  await expect(flight.settle()).rejects.toThrow('the database is away')
  expect(commit).toHaveBeenCalledTimes(1)
})

it('a fault at one page: those before it are committed, none after it', async () => {
  const { step, answer } = aStep('a', [], 10)
  const { process } = step
  const faulty: FlowStep = {
    ...step,
    process: async (items, turn) => {
      const found = await process(items, turn)
      if ((items[0] as Item).traceKey === '1') throw new Error('a fault')
      return found
    },
  }
  const { flight, admit, commits } = aFlight({ steps: [faulty] }, 10)
  for (let page = 0; page < 3; page++) void admit(page, 1)
  await settled()
  await answer('2.0', '1.0')
  await answer('0.0')
  await expect(flight.settle()).rejects.toThrow('a fault')
  expect(commits.flat()).toEqual([0])
})

it('an acknowledgement that fails ends the run after the pages in flight, none of which is acknowledged after it', async () => {
  const log: string[] = []
  const { step, answer } = aStep('a', log, 3)
  const { flight, admit, commits, acks } = aFlight({ steps: [step] }, 10)
  void admit(0, 1, { ack: () => Promise.reject(new Error('not marked')) })
  for (let page = 1; page < 4; page++) void admit(page, 1)
  await settled()
  await answer('0.0')
  await answer('1.0', '2.0')
  await answer('3.0')
  expect(await admit(4)).toBe(false)
  await expect(flight.settle()).rejects.toThrow('not marked')
  expect([commits.flat(), acks]).toEqual([[0, 1, 2, 3], []])
})

it('requests that are given up end the run at once', async () => {
  const { step } = aStep('a', [], 1)
  const { flight, admit, lost, commits } = aFlight({ steps: [step] }, 10)
  for (let page = 0; page < 3; page++) void admit(page, 1)
  await settled()
  lost.abort(new RunLost())
  await expect(flight.settle()).rejects.toThrow(RunLost)
  expect(commits).toEqual([])
})
