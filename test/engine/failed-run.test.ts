/** What a failed run says of itself: status and address on the job, and one line in the log. */
import { afterEach, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { makeFlow, numbered, runToEnd } from '../harness/flows.ts'

const secret = 'a-token-that-nobody-may-read'
const lines: string[] = []
const api = apiForFile({ worker: true, log: (line) => void lines.push(line) })
let application: Application
afterEach(() => application.close())

const auth = { type: 'token', token: { token: secret, location: 'url', paramName: 'key' } }
const failedLines = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'run failed')

it('names the export, the status and the address of what was asked, without query and secrets, on the job and in one line of the log', async () => {
  application = await startApplication()
  const http = {
    relativeURI: `/source/{{connection.http.auth.token.token}}/orders?since=2020&key=other`,
    method: 'POST',
    body: '{"by":"ordered by somebody"}',
  }
  const flow = await makeFlow(api, application, { connection: { auth }, exports: { orders: { http } } })
  application.before = async () => [403, { message: `nobody with ${secret} may read the orders of a customer` }]
  const job = await runToEnd(api, flow._id)
  const address = `${application.origin}/source/******/orders`
  expect(job).toMatchObject({
    status: 'failed',
    errorMessage: `Export "orders": POST ${address} answered 403: nobody with ****** may read the orders of a customer`,
  })
  const [line, ...more] = failedLines()
  expect(more).toEqual([])
  expect(line).toMatchObject({
    jobId: job._id,
    flowId: flow._id,
    stepId: flow.ids['orders'],
    code: '403',
    method: 'POST',
    address,
    statusCode: 403,
  })
  const said = lines.join('')
  for (const hidden of [secret, 'since=2020', 'of a customer', 'ordered by somebody']) expect(said).not.toContain(hidden)
})

it('says it once where the application says nothing itself', async () => {
  application = await startApplication()
  const flow = await makeFlow(api, application)
  application.before = async () => [422, undefined]
  expect((await runToEnd(api, flow._id)).errorMessage).toBe(`Export "orders": GET ${application.origin}/source/orders answered 422.`)
})

it('names the address where no answer came', async () => {
  application = await startApplication()
  const flow = await makeFlow(api, application, { flow: { skipRetries: true } })
  const { origin } = application
  await application.close()
  expect((await runToEnd(api, flow._id)).errorMessage).toBe(
    `Export "orders": GET ${origin}/source/orders: ${origin} refused the connection.`,
  )
})

it('names the address of the request that was to mark records as exported', async () => {
  application = await startApplication({ sources: { orders: numbered(1) } })
  const once = { relativeURI: '/marks/{{record.id}}?by=us', method: 'PUT' }
  const flow = await makeFlow(api, application, { exports: { orders: { type: 'once', http: { once } } }, flow: { skipRetries: true } })
  expect((await runToEnd(api, flow._id)).errorMessage).toMatch(
    new RegExp(`^Export "orders": PUT ${application.origin}/marks/1 answered 404: A record could not be marked as exported: `),
  )
})
