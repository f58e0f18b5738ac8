/** The console: what a browser fetches for its first page, how soon pages can be used, and what lists and live pages cost however much there is. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { hasChromium, openBrowser, type SignedIn } from './harness/browser.ts'
import { makeFlow, type FlowIds } from './harness/flow.ts'
import { addErrors } from './harness/many-errors.ts'
import { makeManySteps } from './harness/many-steps.ts'
import { processorTimeOf } from './harness/programs.ts'
import { servePlainPage } from './harness/plain-page.ts'
import { rounds } from './harness/rounds.ts'
import { median, quantile, type Question, type Row } from './harness/row.ts'
import { addRunningFlows, type RunningFlows } from './harness/running-flows.ts'
import { token, withDatabase, withSluice, type Folder, type Sluice } from './harness/sluice.ts'

const dist = fileURLToPath(new URL('../console/dist/', import.meta.url))

/** What Vite writes of each file of a build. */
interface Chunk {
  readonly file: string
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}

/** The page itself, and the start page that it loads once somebody is signed in. */
const opened = ['index.html', 'src/pages/home.tsx']

/** Every file that they need, once. */
function filesOf(manifest: Readonly<Record<string, Chunk>>): ReadonlySet<string> {
  const seen = new Set<string>()
  const files = new Set<string>()
  const visit = (name: string): void => {
    const chunk = manifest[name]
    if (!chunk || seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    for (const next of chunk.imports ?? []) visit(next)
  }
  for (const name of opened) visit(name)
  return files
}

/** As it is sent to a browser that takes gzip. Bytes. */
const sizeOf = (file: string): number => statSync(dist + (existsSync(`${dist}${file}.gz`) ? `${file}.gz` : file)).size

function startPageSize(): Row {
  const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>
  const files = [...filesOf(manifest), 'index.html']
  return {
    what: 'start page of the console, gzip, without graph and editor',
    detail: `${files.length} files`,
    value: files.reduce((sum, file) => sum + sizeOf(file), 0) / 1000,
    goal: { than: 'under', value: 180, unit: 'kB' },
  }
}

const countOfRounds = 7
const integrations = 20

/** From the request until it can be read and clicked; files of the console are in the cache of the browser, as after the first visit. */
async function firstPage(sluice: Sluice, { newPage }: SignedIn): Promise<Row> {
  const names = Array.from({ length: integrations }, (_, i) => `Integration ${i}`)
  for (const name of names) await sluice.call('POST', '/v1/integrations', { name })
  const plain = await servePlainPage(names)
  const page = await newPage()
  const until = (url: string) => async (): Promise<number> => {
    const began = performance.now()
    await page.goto(url, { waitUntil: 'commit' })
    await page.getByRole('link', { name: names.at(-1) as string }).waitFor()
    return performance.now() - began
  }
  const found = await rounds(countOfRounds, until(sluice.url), until(plain.url))
  plain.close()
  await page.close()
  return {
    what: 'time until the first page of the console can be used to that of a page of plain HTML',
    detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} ms, ${integrations} integrations`,
    value: found.ratio,
    goal: { than: 'at most', value: 10, unit: '' },
  }
}

const many = 1_000_000
const few = 1000
const comparedEvery = 10

async function timeOf(sluice: Sluice, path: string): Promise<{ readonly ms: number; readonly next: string | undefined }> {
  const began = performance.now()
  const answer = await fetch(sluice.url + path, { headers: { authorization: `Bearer ${token}` } })
  const text = await answer.text()
  const ms = performance.now() - began
  if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${text}`)
  return { ms, next: (JSON.parse(text) as { nextPageURL?: string }).nextPageURL }
}

/** What the page of errors asks as it is scrolled to its end. Beside every tenth answer of the many, one of the few; filters are measured in errors.ts. */
async function errorList(sluice: Sluice, folder: Folder): Promise<Row> {
  const options = { application: 'http://127.0.0.1:9', pageSize: 20, path: '/none' }
  const [crowded, quiet] = [await makeFlow(sluice, options), await makeFlow(sluice, options)]
  await withDatabase(folder, async (client) => {
    await addErrors(client, crowded, many)
    await addErrors(client, quiet, few)
    await client.query('vacuum analyze')
  })
  const list = ({ flowId, importId }: FlowIds): string => `/v1/flows/${flowId}/${importId}/errors`
  const pages: { many: number; few: number }[] = []
  let beside = 0
  for (let path: string | undefined = list(crowded); path !== undefined;) {
    const { ms, next } = await timeOf(sluice, path)
    if (pages.length % comparedEvery === 0) beside = (await timeOf(sluice, list(quiet))).ms
    pages.push({ many: ms, few: beside })
    path = next
  }
  const ours = pages.map((page) => page.many)
  return {
    what: `time of an answer of an error list of ${many.toLocaleString('en')}, scrolled to its end, to that of one of ${few.toLocaleString('en')}`,
    detail: `${pages.length} pages: ${median(ours).toFixed(1)} to ${median(pages.map((page) => page.few)).toFixed(1)} ms, p95 ${quantile(ours, 0.95).toFixed(1)} ms`,
    value: median(pages.map((page) => page.many / page.few)),
    goal: { than: 'at most', value: 2, unit: '' },
  }
}

const steps = 200

/** Until its graph is laid out and its button to run it can be clicked. */
async function largeFlow(sluice: Sluice, { newPage }: SignedIn): Promise<Row> {
  const flowId = await makeManySteps(sluice, steps)
  const page = await newPage()
  const times: number[] = []
  for (let round = 0; round <= countOfRounds; round++) {
    const began = performance.now()
    await page.goto(`/flows/${flowId}`, { waitUntil: 'commit' })
    // What is out of sight is laid out, and not drawn.
    await page.getByRole('region', { name: 'Graph of the flow' }).getByRole('link', { name: 'Step 1', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Run flow' }).click({ trial: true })
    if (round > 0) times.push(performance.now() - began)
  }
  await page.close()
  return {
    what: `flow of ${steps} steps, laid out and usable`,
    detail: `p50 of ${times.length}, slowest ${(Math.max(...times) / 1000).toFixed(2)} s`,
    value: median(times) / 1000,
    goal: { than: 'under', value: 2, unit: 's' },
  }
}

const runningFlows = 100
/** How often every run goes on, and how often streams tell of so many. In milliseconds. */
const everyMs = 1000
const eventsEveryMs = 2000
const secondsWatched = 6
const roundsWatched = 9
/** Until what a stream begins and ends with is over. In milliseconds. */
const settleMs = 1000

/** Runs go on while it works. */
async function whileRunning<T>(flows: RunningFlows, work: () => Promise<T>): Promise<T> {
  let isOver = false
  const going = (async () => {
    while (!isOver) {
      await flows.goOn()
      await sleep(everyMs)
    }
  })()
  try {
    return await work()
  } finally {
    isOver = true
    await going
  }
}

/** Of the server: with one stream that is read, less what it takes without one by turns, which its own housekeeping changes from second to second. */
async function streamCost(sluice: Sluice, flows: RunningFlows): Promise<Row> {
  const spent = async (): Promise<number> => {
    await sleep(settleMs)
    const before = await processorTimeOf(sluice.pid)
    await sleep(secondsWatched * 1000)
    return ((await processorTimeOf(sluice.pid)) - before) / secondsWatched
  }
  let bytes = 0
  const spentWatched = async (): Promise<number> => {
    const stream = new AbortController()
    const answer = await fetch(`${sluice.url}/v1/events`, { headers: { authorization: `Bearer ${token}` }, signal: stream.signal })
    const reading = (async () => {
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length
    })().catch(() => undefined)
    try {
      return await spent()
    } finally {
      stream.abort()
      await reading
    }
  }
  const { ours, theirs, difference } = await whileRunning(flows, () => rounds(roundsWatched, spentWatched, spent))
  const kilobytes = bytes / (secondsWatched + settleMs / 1000) / (roundsWatched + 1) / 1000
  return {
    what: `processor time of the server for the events of one tab, ${runningFlows} flows running, per second`,
    detail: `${ours.toFixed(1)} with it, ${theirs.toFixed(1)} ms without; ${kilobytes.toFixed(0)} kB a second`,
    value: Math.max(0, difference),
    goal: { than: 'under', value: 10, unit: 'ms' },
  }
}

const updates = 10_000

/** Of the heap of a tab with the dashboard, after a tenth of the updates and after all of them. */
async function tabMemory({ newPage }: SignedIn, flows: RunningFlows): Promise<Row> {
  const page = await newPage()
  await page.goto('/dashboard')
  await page.getByRole('table', { name: 'Running now' }).waitFor()
  const heap = await heapReader(page)
  const [early, late] = await whileRunning(flows, async () => {
    await sleep((updates / 10 / runningFlows) * eventsEveryMs)
    const first = await heap()
    await sleep(((updates * 9) / 10 / runningFlows) * eventsEveryMs * 1.05)
    return [first, await heap()] as const
  })
  await page.close()
  return {
    what: `heap of a tab after ${updates.toLocaleString('en')} live updates to that after ${(updates / 10).toLocaleString('en')}`,
    detail: `${late.toFixed(1)} to ${early.toFixed(1)} MB, the dashboard with ${runningFlows} flows running`,
    value: late / early,
    goal: { than: 'at most', value: 1.1, unit: '' },
  }
}

async function heapReader(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  return async () => {
    await devtools.send('HeapProfiler.collectGarbage')
    const { metrics } = await devtools.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 1e6
  }
}

const parts = ['size', 'errors', 'first', 'flow', 'events', 'heap']

async function measure(sluice: Sluice, folder: Folder, asked: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = []
  if (asked.includes('errors')) rows.push(await errorList(sluice, folder))
  const browser = hasChromium ? await openBrowser(sluice) : undefined
  try {
    if (browser && asked.includes('first')) rows.push(await firstPage(sluice, browser))
    if (browser && asked.includes('flow')) rows.push(await largeFlow(sluice, browser))
    if (!asked.includes('events') && !asked.includes('heap')) return rows
    const options = { application: 'http://127.0.0.1:9', pageSize: 20, path: '/none' }
    const flow = await makeFlow(sluice, options)
    await withDatabase(folder, async (client) => {
      const flows = await addRunningFlows(client, flow, runningFlows)
      if (asked.includes('events')) rows.push(await streamCost(sluice, flows))
      if (browser && asked.includes('heap')) rows.push(await tabMemory(browser, flows))
    })
    return rows
  } finally {
    await browser?.close()
  }
}

export const consolePage: Question = {
  name: 'console',
  asks: 'What does a browser fetch for the first page of the console, and what do its pages cost however much there is?',
  parts,
  answer: async (asked = parts) => [
    ...(asked.includes('size') ? [startPageSize()] : []),
    ...(asked.some((part) => part !== 'size') ? await withSluice((sluice, folder) => measure(sluice, folder, asked)) : []),
  ],
}
