/** How soon a run begins that somebody asks for: until the worker has it, and until the application sees its first request. */
import type { Application } from './harness/application.ts'
import { startChild } from './harness/child.ts'
import { makeFlow, runFlow } from './harness/flow.ts'
import { median, quantile, type Question, type Row } from './harness/row.ts'
import { withSluice, type Sluice } from './harness/sluice.ts'

const runs = 100
/** The first runs only warm up: connections, compilers. */
const warmUps = 10
const path = '/start'

async function measure(sluice: Sluice): Promise<readonly Row[]> {
  const application = await startChild('./application.ts')
  try {
    const { url } = await application.ask({ records: 1, perAnswer: 1 } satisfies Application)
    const { flowId } = await makeFlow(sluice, { application: url as string, pageSize: 20, path })
    const started: number[] = []
    const requested: number[] = []
    for (let number = 0; number < warmUps + runs; number++) {
      const asked = Date.now()
      const { createdAt, startedAt } = await runFlow(sluice, flowId)
      const { firstAt } = await application.ask({ path })
      if (number < warmUps) continue
      started.push(Date.parse(startedAt) - Date.parse(createdAt))
      requested.push((firstAt as number) - asked)
    }
    return [
      row('from createdAt to startedAt of a run', started, 20),
      row('from the call that runs a flow to its first request', requested, 50),
    ]
  } finally {
    await application.stop()
  }
}

const row = (what: string, times: readonly number[], goal: number): Row => ({
  what: `${what}, the middle of ${runs}`,
  detail: `p95 ${quantile(times, 0.95)} ms, longest ${Math.max(...times)} ms`,
  value: median(times),
  goal: { than: 'under', value: goal, unit: 'ms' },
})

export const start: Question = { name: 'start', asks: 'How soon does a run begin?', answer: () => withSluice(measure) }
