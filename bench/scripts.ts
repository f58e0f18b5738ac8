/** What a hook costs: a page through the sandbox beside the bare isolate, a flow with a hook beside the same flow without, a cold start, and memory of one that waits. */
import { openSandbox, type Sandbox } from '../src/sandbox/open.ts'
import type { Application } from './harness/application.ts'
import type { Isolate } from './harness/bare-isolate.ts'
import { startChild, type Asked } from './harness/child.ts'
import { makeFlow, runFlow } from './harness/flow.ts'
import { memoryOf } from './harness/memory.ts'
import { rounds } from './harness/rounds.ts'
import { median, type Question, type Row } from './harness/row.ts'
import { withSluice, type Sluice } from './harness/sluice.ts'

const perPage = 100
const calls = 500
const countOfRounds = 5
/** Enough for a run to take seconds. */
const records = 10_000
const coldStarts = 5

const content = 'function f(options) { return { data: options.data, errors: [], abort: false } }'
const call = { accountId: 'account', envId: 'bench', script: { name: 'No-op', content }, function: 'f' }
const page = {
  data: Array.from({ length: perPage }, (_, id) => ({
    id: String(id),
    total: id * 1.5,
    customer: { email: `customer-${id}@example.com` },
    lines: [1, 2],
  })),
}
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

async function msPerCall(sandbox: Sandbox): Promise<number> {
  const began = performance.now()
  for (let i = 0; i < calls; i++) await sandbox.call(call, page)
  return (performance.now() - began) / calls
}

async function ofPages(sandbox: Sandbox, bare: Asked): Promise<readonly Row[]> {
  const asked: Isolate = { content, options: JSON.stringify(page), calls }
  const found = await rounds(
    countOfRounds,
    () => msPerCall(sandbox),
    async () => (await bare.ask(asked))['msPerCall'] as number,
  )
  const perSecond = (ms: number): number => (perPage / ms) * 1000
  const detail = `${found.ours.toFixed(2)} to ${found.theirs.toFixed(2)} ms, ${calls} calls a round`
  return [
    { what: `no-op hook on a page of ${perPage} records`, detail, value: found.ours, goal: { than: 'at most', value: 1.5, unit: 'ms' } },
    {
      what: 'records/s through a hook, one page after the other, in thousands',
      detail: `${perSecond(found.ours).toFixed(0)} records/s`,
      value: perSecond(found.ours) / 1000,
      goal: { than: 'at least', value: 30, unit: '' },
    },
    {
      what: 'records/s through a hook to those of the bare isolate',
      detail,
      value: 1 / found.ratio,
      goal: { than: 'at least', value: 0.4, unit: '' },
    },
  ]
}

async function coldStart(): Promise<Row> {
  const found: number[] = []
  for (let i = 0; i < coldStarts; i++) {
    const sandbox = openSandbox(silent)
    const began = performance.now()
    await sandbox.call(call, { data: [] })
    found.push(performance.now() - began)
    sandbox.close()
  }
  const detail = `from no process at all to the first answer, median of ${coldStarts}`
  return { what: 'cold start of a script', detail, value: median(found), goal: { than: 'at most', value: 500, unit: 'ms' } }
}

async function idleMemory(sandbox: Sandbox): Promise<Row> {
  const { pids } = sandbox
  const value = (await memoryOf(pids)) / pids.length
  return {
    what: 'memory of a process that waits for scripts',
    detail: `after ${calls * (countOfRounds + 1)} pages; ${pids.length} process`,
    value,
    goal: { than: 'at most', value: 100, unit: 'MB' },
  }
}

/** The same flow twice, once with a hook that does nothing. */
async function inFlows(sluice: Sluice): Promise<Row> {
  const application = await startChild('./application.ts')
  try {
    const { url } = await application.ask({ records, perAnswer: perPage } satisfies Application)
    const flowOf = (path: string) => makeFlow(sluice, { application: url as string, pageSize: perPage, path })
    const [plain, hooked] = [await flowOf('/plain'), await flowOf('/hooked')]
    const script = await sluice.call('POST', '/v1/scripts', { name: 'No-op', content })
    const doc = await sluice.call('GET', `/v1/exports/${hooked.exportId}`)
    await sluice.call('PUT', `/v1/exports/${hooked.exportId}`, { ...doc, hooks: { preSavePage: { _scriptId: script._id, function: 'f' } } })
    const speed = async (flowId: string): Promise<number> => {
      const { createdAt, endedAt, numSuccess } = await runFlow(sluice, flowId)
      if (numSuccess !== records) throw new Error(`the run counts ${numSuccess} records`)
      return records / ((Date.parse(endedAt) - Date.parse(createdAt)) / 1000)
    }
    const found = await rounds(
      countOfRounds,
      () => speed(hooked.flowId),
      () => speed(plain.flowId),
    )
    return {
      what: 'records/s of a flow with preSavePage to those of the same flow without',
      detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} records/s, ${records} records, pages of ${perPage}`,
      value: found.ratio,
      goal: { than: 'at least', value: 0.9, unit: '' },
    }
  } finally {
    await application.stop()
  }
}

async function answer(): Promise<readonly Row[]> {
  const sandbox = openSandbox(silent)
  const bare = await startChild('./bare-isolate.ts')
  try {
    const pages = await ofPages(sandbox, bare)
    return [...pages, await idleMemory(sandbox), await coldStart(), await withSluice(inFlows)]
  } finally {
    sandbox.close()
    await bare.stop()
  }
}

export const scripts: Question = { name: 'scripts', asks: 'What does a hook cost?', answer }
