/** The flows of test/cases/flow and test/cases/hooks: what each sends where, what it counts at each step, and which errors it leaves. Every one really runs. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application, type Script } from '../harness/application.ts'
import { ended, errorsOf, makeFlow, runToEnd, stepJobs, type Layout, type MadeFlow } from '../harness/flows.ts'
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
  /** What was asked but of sources, in its order. */
  readonly inOrder?: readonly string[]
  readonly retry?: Retry
}

/** The errors of a step are sent again, and what is said of their data first. */
interface Retry {
  readonly of: string
  /** What the retry data is said to hold meanwhile. */
  readonly stage: string
  readonly corrected?: unknown
  readonly times?: number
  readonly sent: Readonly<Record<string, readonly unknown[]>>
  readonly errors?: Readonly<Record<string, readonly object[]>>
}

const api = apiForFile({ worker: true })

const inAnyOrder = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).toSorted()

function expectSent({ ledger }: Pick<Application, 'ledger'>, sent: Retry['sent']): void {
  const bySink = Object.groupBy(ledger, ({ sink }) => sink)
  expect(Object.keys(bySink).toSorted()).toEqual(Object.keys(sent).toSorted())
  for (const [sink, bodies] of Object.entries(sent))
    expect(inAnyOrder(bySink[sink]?.map(({ body }) => body) ?? [])).toEqual(inAnyOrder(bodies))
}

async function expectErrors(flow: MadeFlow, errors: Readonly<Record<string, readonly object[]>>): Promise<void> {
  const left: Record<string, readonly object[]> = {}
  for (const step of Object.keys(flow.ids)) left[step] = await errorsOf(api, flow, step)
  const none = Object.fromEntries(Object.keys(flow.ids).map((step) => [step, []]))
  expect(left).toMatchObject({ ...none, ...errors })
}

async function sendAgain(flow: MadeFlow, { of, stage, corrected }: Retry): Promise<void> {
  const path = `/v1/flows/${flow._id}/${flow.ids[of]}`
  const retryDataKeys = (await errorsOf(api, flow, of)).map(({ retryDataKey }) => retryDataKey as string)
  for (const key of retryDataKeys) {
    const { body } = await api.call('GET', `${path}/${key}/data`)
    expect(body).toMatchObject({ stage })
    expect(body).not.toHaveProperty('place')
    if (corrected) expect((await api.call('PUT', `${path}/${key}/data`, { ...body, data: corrected })).status).toBe(204)
  }
  const { body } = await api.call('POST', `${path}/retry`, { retryDataKeys })
  expect(await ended(api, body._jobId)).toMatchObject({ status: 'completed' })
}

for (const { file, cases } of [...casesIn<Case>('flow'), ...casesIn<Case>('hooks')]) {
  describe(`${file}`, () => {
    it.each(cases)(
      '$name',
      async ({ name: _name, sources, lookups, sent = {}, job, steps = {}, errors = {}, looked, inOrder, retry, ...layout }) => {
        const application = await startApplication({ ...(sources && { sources }), ...(lookups && { lookups }) })
        onTestFinished(() => application.close())
        const flow = await makeFlow(api, application, layout)
        const done = await runToEnd(api, flow._id)
        expect(done).toMatchObject({ status: 'completed', ...job })

        expectSent(application, sent)
        if (looked) expect(application.asked.filter((asked) => asked.includes('/lookup/')).toSorted()).toEqual(looked.toSorted())

        if (inOrder) expect(application.asked.filter((asked) => !asked.includes('/source/'))).toEqual(inOrder)

        const jobs = await stepJobs(api, flow, done._id)
        expect(jobs).toMatchObject(steps)
        await expectErrors(flow, errors)
        if (!retry) return
        // What comes now has ids of its own.
        const before = application.ledger.length
        for (let n = 0; n < (retry.times ?? 1); n++) await sendAgain(flow, retry)
        expectSent({ ledger: application.ledger.slice(before) }, retry.sent)
        await expectErrors(flow, retry.errors ?? {})
      },
    )
  })
}
