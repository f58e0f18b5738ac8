/** The APIs of test/cases/api: what each answers to which call, what its steps send, and which errors it leaves. Every one is really called. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { makeApi, type ApiLayout } from '../harness/apis.ts'
import { startApplication } from '../harness/application.ts'
import { casesIn } from '../engine/steps/case-files.ts'

interface Call {
  readonly method: string
  /** `{api}` is the id of the API. */
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly status: number
  /** As much of the body as is said. */
  readonly answer?: unknown
  readonly text?: string
  /** Headers; null for one that is not there. */
  readonly answered?: Readonly<Record<string, string | null>>
}

interface Case extends ApiLayout {
  readonly name: string
  readonly calls: readonly Call[]
  readonly sent?: Readonly<Record<string, readonly unknown[]>>
  /** By step; `api` is the API itself. */
  readonly errors?: Readonly<Record<string, readonly object[]>>
}

const api = apiForFile()

for (const { file, cases } of casesIn<Case>('api')) {
  describe(`${file}`, () => {
    it.each(cases)('$name', async ({ name: _name, calls, sent = {}, errors, ...layout }) => {
      const application = await startApplication({ lookups: { customer: { 1: { name: 'Ann' }, 2: { name: 'Bob' } } } })
      onTestFinished(() => application.close())
      const made = await makeApi(api, application, layout)
      // Another case may have had this address: a server knows those of a second ago.
      onTestFinished(async () => void (await api.call('DELETE', `/v1/apis/${made._id}`)))
      for (const { method, path, headers, body, status, answer, text, answered = {} } of calls) {
        const came = await api.call(method, path.replace('{api}', made._id), body, headers)
        expect(came, `${method} ${path}: ${came.text}`).toMatchObject({ status, ...(text !== undefined && { text }) })
        if (answer !== undefined) expect(came.body).toMatchObject(answer as object)
        for (const [header, value] of Object.entries(answered)) expect(came.headers.get(header)).toBe(value)
      }
      const bySink = Object.groupBy(application.ledger, ({ sink }) => sink)
      for (const [sink, bodies] of Object.entries(sent)) expect(bySink[sink]?.map((each) => each.body) ?? []).toMatchObject(bodies)
      if (errors) {
        const { apiErrors } = (await api.call('GET', `/v1/apis/${made._id}/errors`)).body
        const total = Object.values(errors).flat().length
        expect(apiErrors.reduce((sum: number, { numError }: { numError: number }) => sum + numError, 0)).toBe(total)
        for (const [step, expected] of Object.entries(errors)) {
          const stepId = step === 'api' ? made._id : made.ids[step]
          expect((await api.call('GET', `/v1/apis/${made._id}/${stepId}/errors`)).body.errors).toMatchObject(expected)
        }
      }
    })
  })
}
