/** How much of a bare loop's speed a flow keeps: records per second through export, mapping and import, all on this machine. */
import type { Application } from './harness/application.ts'
import type { Loop } from './harness/bare-loop.ts'
import { startChild, type Asked } from './harness/child.ts'
import { makeFlow, runFlow } from './harness/flow.ts'
import type { Question, Row } from './harness/row.ts'
import { rounds } from './harness/rounds.ts'
import { withSluice, type Sluice } from './harness/sluice.ts'

/** Enough for a round to take seconds: shorter ones measure what else the machine was doing. */
const records = 20_000
const perAnswer = 100
const countOfRounds = 5
/** What a connection allows by default. */
const concurrency = 25

async function compare(sluice: Sluice, application: { url: string } & Asked, loop: Asked, pageSize: number): Promise<Row> {
  const { flowId } = await makeFlow(sluice, { application: application.url, pageSize, path: `/flow-${pageSize}` })
  const ours = async (): Promise<number> => {
    const { createdAt, endedAt, numSuccess } = await runFlow(sluice, flowId)
    const { posted } = await application.ask({ path: `/flow-${pageSize}` })
    if (numSuccess !== records || posted !== records) throw new Error(`the run counts ${numSuccess} records, the application ${posted}`)
    return records / ((Date.parse(endedAt) - Date.parse(createdAt)) / 1000)
  }
  const asked: Loop = { application: application.url, path: '/loop', pageSize, concurrency }
  const found = await rounds(countOfRounds, ours, async () => (await loop.ask(asked))['perSecond'] as number)
  return {
    what: `records/s of a flow to those of a bare loop of the same requests, pages of ${pageSize}`,
    detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} records/s, ${records} records, ${Math.min(concurrency, pageSize)} posts at once`,
    value: found.ratio,
    goal: { than: 'at least', value: pageSize === 20 ? 0.75 : 0.5, unit: '' },
  }
}

async function measure(sluice: Sluice): Promise<readonly Row[]> {
  const application = await startChild('./application.ts')
  const loop = await startChild('./bare-loop.ts')
  try {
    const { url } = await application.ask({ records, perAnswer } satisfies Application)
    const at = { ...application, url: url as string }
    return [await compare(sluice, at, loop, 20), await compare(sluice, at, loop, 100)]
  } finally {
    await loop.stop()
    await application.stop()
  }
}

export const flowRecords: Question = {
  name: 'records',
  asks: "How much of a bare loop's speed does a flow keep?",
  answer: () => withSluice(measure),
}
