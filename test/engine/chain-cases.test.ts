/** The chains of test/cases/chains: which runs follow which, in which order, and what each says of the one before it. Every one really runs. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Script } from '../harness/application.ts'
import { makeFlow, startRun, stepJobs, until, type Layout, type MadeFlow } from '../harness/flows.ts'
import { casesIn } from './steps/case-files.ts'

interface Run {
  readonly flow: string
  readonly status: string
  /** The flow whose run it followed. */
  readonly after?: string
  readonly numError?: number
  /** Page generators that ran, where not all did. */
  readonly exported?: readonly string[]
  /** How its message begins. */
  readonly message?: string
}

interface Case extends Script {
  readonly name: string
  /** Made in this order; `{two}` in a flow is the id of that flow, `{two.orders}` that of its export. */
  readonly flows: Readonly<Record<string, Layout>>
  readonly run: string
  /** All runs there are in the end, in the order in which they were put into the queue. */
  readonly runs: readonly Run[]
  /** What saving a flow says in its `Sluice-Warning`. */
  readonly warned?: Readonly<Record<string, string>>
}

const api = apiForFile({ worker: true })

function withIds(layout: Layout, made: Readonly<Record<string, MadeFlow>>): Layout {
  const idOf = (whole: string, flow: string, step?: string): string => (step ? made[flow]?.ids[step] : made[flow]?._id) ?? whole
  return JSON.parse(JSON.stringify(layout).replaceAll(/\{(\w+)(?:\.(\w+))?\}/g, idOf)) as Layout
}

for (const { file, cases } of casesIn<Case>('chains')) {
  describe(`${file}`, () => {
    it.each(cases)('$name', async ({ sources, flows, run, runs, warned = {} }) => {
      const application = await startApplication({ ...(sources && { sources }) })
      onTestFinished(() => application.close())
      const made: Record<string, MadeFlow> = {}
      for (const [name, layout] of Object.entries(flows)) made[name] = await makeFlow(api, application, withIds(layout, made))
      for (const [name, warning] of Object.entries(warned)) {
        const path = `/v1/flows/${made[name]?._id}`
        const { headers } = await api.call('PUT', path, (await api.call('GET', path)).body)
        expect(headers.get('sluice-warning')).toContain(warning)
      }

      await startRun(api, (made[run] as MadeFlow)._id)
      const ids = Object.values(made).map(({ _id }) => _id)
      const list = async () => (await api.call('GET', `/v1/jobs?type=flow&_flowId_in=${ids.join(',')}&createdAt_gte=2000-01-01`)).body
      const jobs = await until(async () => {
        const all = await list()
        return all.every(({ endedAt }: { endedAt?: string }) => endedAt) ? all.toReversed() : undefined
      })
      const nameOf = new Map(Object.entries(made).map(([name, { _id }]) => [_id, name]))
      const flowOf = (jobId: string): string | undefined => nameOf.get(jobs.find(({ _id }: { _id: string }) => _id === jobId)?._flowId)
      const told: object[] = []
      for (const [i, { _id, _flowId, _afterJobId, status, errorMessage, numError }] of jobs.entries()) {
        const flow = nameOf.get(_flowId) as string
        const { exported, numError: asked, message } = runs[i] ?? {}
        const steps = exported && (await stepJobs(api, made[flow] as MadeFlow, _id))
        told.push({
          flow,
          status,
          ...(_afterJobId !== undefined && { after: flowOf(_afterJobId) }),
          ...(asked !== undefined && { numError }),
          ...(steps && { exported: Object.keys(steps).filter((name) => steps[name].type === 'export') }),
          ...(message !== undefined && { message: errorMessage.slice(0, message.length) }),
        })
      }
      expect(told).toEqual(runs)
    })
  })
}
