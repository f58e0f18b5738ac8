/** The flows of test/cases/flow and test/cases/hooks: what each sends where, what it counts at each step, and which errors it leaves. Every one really runs. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Script } from '../harness/application.ts'
import { errorsOf, makeFlow, runToEnd, stepJobs, type Layout } from '../harness/flows.ts'
import { casesIn } from './steps/case-files.ts'

interface Case extends Layout, Script {
  readonly name: string
  /** By sink, in any order: records of a page go out at once. */
  readonly sent?: Readonly<Record<string, readonly unknown[]>>
  readonly job?: object
  readonly steps?: Readonly<Record<string, object>>
  readonly errors?: Readonly<Record<string, readonly object[]>>
  /** What was asked of lookups, in any order. */
  readonly looked?: readonly string[]
}

let api: Api
beforeAll(async () => {
  api = await startApi({ worker: true })
})
afterAll(() => api.close())

const inAnyOrder = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).toSorted()

for (const { file, cases } of [...casesIn<Case>('flow'), ...casesIn<Case>('hooks')]) {
  describe(`${file}`, () => {
    it.each(cases)('$name', async ({ name: _name, sources, lookups, sent = {}, job, steps = {}, errors = {}, looked, ...layout }) => {
      const application = await startApplication({ ...(sources && { sources }), ...(lookups && { lookups }) })
      onTestFinished(() => application.close())
      const flow = await makeFlow(api, application, layout)
      const done = await runToEnd(api, flow._id)
      expect(done).toMatchObject({ status: 'completed', ...job })

      const bySink = Object.groupBy(application.ledger, ({ sink }) => sink)
      expect(Object.keys(bySink).toSorted()).toEqual(Object.keys(sent).toSorted())
      for (const [sink, bodies] of Object.entries(sent))
        expect(inAnyOrder(bySink[sink]?.map(({ body }) => body) ?? [])).toEqual(inAnyOrder(bodies))
      if (looked) expect(application.asked.filter((asked) => asked.includes('/lookup/')).toSorted()).toEqual(looked.toSorted())

      const jobs = await stepJobs(api, flow, done._id)
      expect(jobs).toMatchObject(steps)
      const left: Record<string, readonly object[]> = {}
      for (const step of Object.keys(flow.ids)) left[step] = await errorsOf(api, flow, step)
      const none = Object.fromEntries(Object.keys(flow.ids).map((step) => [step, []]))
      expect(left).toMatchObject({ ...none, ...errors })
    })
  })
}
