/** Records whose errors pass by themselves: sent again without anybody asking, so often and no more, and not once somebody has seen to them. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { apiForFile, startApi } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { errorsOf, make, makeFlow, numbered, runToEnd, until, type Layout, type MadeFlow } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

/** Long enough for a test to do something between two tries. Milliseconds. */
const wait = 1000
/** In which a retry that is not to come would have come: one wait, and some looks. Milliseconds. */
const inVain = 2200
const api = apiForFile({ worker: true, retryWaits: [wait, wait, wait] })
let application: Application
afterEach(() => application.close())

// oxlint-disable-next-line typescript/no-explicit-any -- jobs as they are answered
type Job = any

/** A flow that has run once: every record with `refuse` has failed with that status. A POST that is answered 500 is not tried again within its run. */
async function failed(orders: readonly unknown[], layout: Layout = {}): Promise<MadeFlow> {
  application = await startApplication({ sources: { orders } })
  const flow = await makeFlow(api, application, layout)
  expect((await runToEnd(api, flow._id)).status).toBe('completed')
  return flow
}
const retriesOf = async (flow: MadeFlow): Promise<Job[]> => (await api.call('GET', `/v1/jobs?_flowId=${flow._id}&type=retry`)).body ?? []
const asks = (sink = 'sink'): number => application.asked.filter((asked) => asked === `POST /sink/${sink}`).length
const resolvedOf = async (flow: MadeFlow) => (await api.call('GET', `/v1/flows/${flow._id}/${flow.ids['sink']}/resolved`)).body.resolved
const isBack = (): void => void (application.before = async (asked) => (asked.startsWith('POST') ? [201, {}] : undefined))
const oneOpen = { asked: 0, retries: [], open: 1 }
/** What became of the error of a flow in the time in which a retry would have come. */
async function later(flow: MadeFlow): Promise<typeof oneOpen> {
  const before = application.asked.length
  await pause(inVain)
  return {
    asked: application.asked.length - before,
    retries: (await retriesOf(flow)) as never[],
    open: (await errorsOf(api, flow, 'sink')).length,
  }
}

describe('a record whose error passes', () => {
  it('is sent again by itself, in a retry that nobody started, and is resolved by that', async () => {
    const flow = await failed([{ id: 1, refuse: 500 }, { id: 2 }])
    // Where the machine was busy it is being sent again already: then it has no time for that.
    const error = await until(async () => (await errorsOf(api, flow, 'sink')).find(({ retryAt }: Job) => retryAt))
    expect(error).toMatchObject({ code: '500', classification: 'intermittent' })
    expect(Date.parse(error.retryAt) - Date.parse(error.occurredAt)).toBe(wait)
    isBack()
    const [resolved] = await until(async () => ((await resolvedOf(flow)).length > 0 ? resolvedOf(flow) : undefined))
    expect(resolved).toMatchObject({ errorId: error.errorId, resolvedBy: 'autopilot' })
    expect(await errorsOf(api, flow, 'sink')).toEqual([])
    const [job, ...none] = await until(async () => ((await retriesOf(flow))[0]?.status === 'completed' ? retriesOf(flow) : undefined))
    expect(none).toEqual([])
    expect(job).toMatchObject({ type: 'retry', status: 'completed', _importId: flow.ids['sink'], numSuccess: 1, numError: 0, numRetry: 1 })
    expect(job).not.toHaveProperty('_userId')
    const { body } = await api.call('GET', `/v1/flows/${flow._id}/audit`)
    expect(body).toContainEqual(expect.objectContaining({ event: 'retry', source: 'system' }))
  })

  it('is sent so often and no more, then its error is open and tells so', async () => {
    const flow = await failed([{ id: 1, refuse: 500 }])
    await until(async () => ((await errorsOf(api, flow, 'sink'))[0]?.numRetries === 3 ? true : undefined))
    expect(asks()).toBe(4)
    const [error, ...none] = await errorsOf(api, flow, 'sink')
    expect(none).toEqual([])
    expect(error).toMatchObject({ classification: 'intermittent', numRetries: 3, retryDataKey: expect.any(String) })
    expect(error).not.toHaveProperty('retryAt')
    await pause(inVain)
    expect(asks()).toBe(4)
    expect((await retriesOf(flow)).map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
  })

  it('is sent as often as the flow says', async () => {
    const flow = await failed([{ id: 1, refuse: 500 }], { flow: { automaticRetries: 1 } })
    await until(async () => ((await errorsOf(api, flow, 'sink'))[0]?.numRetries === 1 ? true : undefined))
    await pause(inVain)
    expect(asks()).toBe(2)
  })

  it('is one at a rate limit, too', async () => {
    application = await startApplication({ sources: { orders: [{ id: 1 }] } })
    application.before = async (asked) => (asked.startsWith('POST') ? [400, { message: 'API rate limit exceeded' }] : undefined)
    const flow = await makeFlow(api, application)
    await runToEnd(api, flow._id)
    expect(await errorsOf(api, flow, 'sink')).toMatchObject([{ classification: 'rate_limit' }])
    isBack()
    await until(async () => ((await errorsOf(api, flow, 'sink')).length === 0 ? true : undefined))
    expect(await resolvedOf(flow)).toMatchObject([{ resolvedBy: 'autopilot' }])
  })

  it('that fails at a later step then is counted on there', async () => {
    application = await startApplication({ sources: { orders: [{ id: 1 }] } })
    application.before = async (asked) => (asked.startsWith('POST') ? [500, {}] : undefined)
    const flow = await makeFlow(api, application, { imports: { sink: {}, after: {} } })
    await runToEnd(api, flow._id)
    application.before = async (asked) => (asked.endsWith('/after') ? [500, {}] : undefined)
    await until(async () => ((await errorsOf(api, flow, 'after'))[0]?.numRetries === 3 ? true : undefined))
    expect(asks('after')).toBe(3)
    await pause(inVain)
    expect(asks('after')).toBe(3)
  })

  it('and fails in its export is sent through it so often and no more', async () => {
    const transform = { type: 'script', script: { _scriptId: '{code}', function: 'transform' } }
    const code = `function transform() { throw new Error('The server is busy') }`
    const flow = await failed([{ id: 1 }], { code, exports: { orders: { transform } } })
    await until(async () => ((await errorsOf(api, flow, 'orders'))[0]?.numRetries === 3 ? true : undefined))
    await pause(inVain)
    expect(await retriesOf(flow)).toHaveLength(3)
  })

  it('of many go in few retries, in the order in which they failed', async () => {
    const flow = await failed(numbered(60, { refuse: 500 }), { connection: { concurrencyLevel: 1 } })
    const sent: number[] = []
    application.before = async (asked, body) => {
      if (!asked.startsWith('POST')) return undefined
      sent.push((body as { id: number }).id)
      return [201, {}]
    }
    await until(async () => ((await errorsOf(api, flow, 'sink')).length === 0 ? true : undefined))
    expect(sent).toEqual(numbered(60).map((_, n) => n + 1))
    expect((await retriesOf(flow)).length).toBeLessThan(4)
  })
})

describe('nothing is sent again by itself', () => {
  it('where the error needs somebody', async () => expect(await later(await failed([{ id: 1, refuse: 422 }]))).toEqual(oneOpen))
  it('where the flow says so', async () =>
    expect(await later(await failed([{ id: 1, refuse: 500 }], { flow: { automaticRetries: 0 } }))).toEqual(oneOpen))
  it('where the record went on after its error, which would bring it to the next step twice', async () => {
    const pageProcessors = [{ type: 'import', _importId: '{sink}', proceedOnFailure: true }]
    expect(await later(await failed([{ id: 1, refuse: 500 }], { flow: { pageProcessors } }))).toEqual(oneOpen)
  })
  it('once its error is resolved', async () => {
    const flow = await failed([{ id: 1, refuse: 500 }])
    const [error] = await errorsOf(api, flow, 'sink')
    await api.call('PUT', `/v1/flows/${flow._id}/${flow.ids['sink']}/resolved`, { errors: [error.errorId] })
    await pause(inVain)
    expect(asks()).toBe(1)
  })
  it('once its record is corrected: whoever did that sends it', async () => {
    const flow = await failed([{ id: 1, refuse: 500 }])
    const [{ retryDataKey }] = await errorsOf(api, flow, 'sink')
    const path = `/v1/flows/${flow._id}/${flow.ids['sink']}/${retryDataKey}/data`
    expect((await api.call('PUT', path, { data: { id: 1 } })).status).toBe(204)
    expect((await errorsOf(api, flow, 'sink'))[0]).not.toHaveProperty('retryAt')
    await pause(inVain)
    expect(asks()).toBe(1)
  })
  it('once the flow is turned off', async () => {
    const flow = await failed([{ id: 1, refuse: 500 }])
    await api.call('PATCH', `/v1/flows/${flow._id}`, [{ op: 'replace', path: '/disabled', value: true }])
    expect(await later(flow)).toEqual(oneOpen)
  })
  it('once the flow is deleted', async () => {
    const flow = await failed([{ id: 1, refuse: 500 }])
    expect((await api.call('DELETE', `/v1/flows/${flow._id}`)).status).toBe(204)
    await pause(inVain)
    expect(asks()).toBe(1)
    expect((await api.database.pool.query(`select from sluice.due_retries where flow_id = $1`, [flow._id])).rowCount).toBe(0)
  })
})

describe('skipRetries', () => {
  it.each([
    ['of the flow', { skipRetries: true }],
    ['of its page generator', { pageGenerators: [{ _exportId: '{orders}', skipRetries: true }] }],
  ])('%s keeps no record, and retries nothing', async (_of, fields) => {
    const flow = await failed([{ id: 1, refuse: 500 }], { flow: fields })
    const [error] = await errorsOf(api, flow, 'sink')
    expect(error).toMatchObject({ classification: 'intermittent' })
    expect(error).not.toHaveProperty('retryDataKey')
    expect(await later(flow)).toEqual(oneOpen)
  })

  it('of a page generator is its own, whatever the flow says', async () => {
    const pageGenerators = [{ _exportId: '{orders}', skipRetries: false }]
    const flow = await failed([{ id: 1, refuse: 422 }], { flow: { skipRetries: true, pageGenerators } })
    expect(await errorsOf(api, flow, 'sink')).toMatchObject([{ retryDataKey: expect.any(String) }])
  })
})

it('a retry waits while a connection of the flow is offline, and goes on when it is back', async () => {
  const flow = await failed([{ id: 1, refuse: 500 }])
  const isOffline = (is: boolean) =>
    api.database.pool.query(`update sluice.documents set doc = doc || jsonb_build_object('offline', $2::boolean) where _id = $1`, [
      flow.connectionId,
      is,
    ])
  await isOffline(true)
  expect(await later(flow)).toEqual(oneOpen)
  await isOffline(false)
  isBack()
  await api.database.pool.query(`update sluice.due_retries set due_at = now() where flow_id = $1`, [flow._id])
  await until(async () => ((await errorsOf(api, flow, 'sink')).length === 0 ? true : undefined))
  expect(await resolvedOf(flow)).toMatchObject([{ resolvedBy: 'autopilot' }])
})

it('a retry that finds the connection offline when it begins leaves no error of its own, and its records go on when it is back', async () => {
  const flow = await failed([{ id: 1, refuse: 500 }])
  const { pool } = api.database
  const setOffline = (is: boolean) =>
    pool.query(`update sluice.documents set doc = doc || jsonb_build_object('offline', $2::boolean) where _id = $1`, [
      flow.connectionId,
      is,
    ])
  // As behind a run of the flow that takes its connection offline: the retry is in the queue by then.
  const gate = Promise.withResolvers<void>()
  application.before = async (asked) => {
    if (asked.startsWith('GET')) await gate.promise
    return undefined
  }
  const running = runToEnd(api, flow._id)
  await until(async () => ((await retriesOf(flow)).length > 0 ? true : undefined))
  application.script = { sources: { orders: [] } }
  await setOffline(true)
  gate.resolve()
  await running
  const [job] = await until(async () => ((await retriesOf(flow))[0]?.endedAt ? retriesOf(flow) : undefined))
  expect(job).toMatchObject({ status: 'failed', errorMessage: expect.stringContaining('is offline') })
  expect(await errorsOf(api, flow, 'sink')).toMatchObject([{ code: '500' }])
  await setOffline(false)
  isBack()
  await pool.query(`update sluice.due_retries set due_at = now() where flow_id = $1`, [flow._id])
  await until(async () => ((await errorsOf(api, flow, 'sink')).length === 0 ? true : undefined))
  expect(await resolvedOf(flow)).toMatchObject([{ resolvedBy: 'autopilot' }])
})

describe('a worker that is killed', () => {
  it('before a retry is due, or in the middle of it, leaves it to another one', { timeout: 60_000 }, async () => {
    const server = await startApi()
    try {
      const env = { SLUICE_RETRY_AFTER: '1,1,1' }
      application = await startApplication({ sources: { orders: numbered(45, { refuse: 500 }) } })
      const first = await startWorkerProcess(server.config, env)
      const flow = await makeFlow(server, application)
      await runToEnd(server, flow._id)
      first.kill('SIGKILL')
      await first.exit
      // The second one gets no answer to the first page, and is killed there.
      let held = 0
      application.before = async (asked) => {
        if (!asked.startsWith('POST')) return undefined
        held++
        await pause(30_000, undefined, { ref: false })
        return [201, {}]
      }
      const second = await startWorkerProcess(server.config, env)
      await until(() => (held > 0 ? true : undefined), 20_000)
      second.kill('SIGKILL')
      await second.exit
      isBack()
      await startWorkerProcess(server.config, env)
      await until(async () => ((await errorsOf(server, flow, 'sink')).length === 0 ? true : undefined), 30_000)
      const jobs = async (): Promise<Job[]> => (await server.call('GET', `/v1/jobs?_flowId=${flow._id}&type=retry`)).body
      await until(async () => ((await jobs()).every(({ endedAt }) => endedAt) ? true : undefined))
      expect(await jobs()).toMatchObject([{ status: 'completed', numSuccess: 45, numError: 0 }])
    } finally {
      await server.close()
    }
  })
})

it('a flow says how often, between 0 and 3', async () => {
  application = await startApplication()
  const { _id } = await make(api, 'flows', { name: 'flow', automaticRetries: 2 })
  expect((await api.call('GET', `/v1/flows/${_id}`)).body.automaticRetries).toBe(2)
  for (const automaticRetries of [-1, 4, 1.5, 'often']) {
    const { status, body } = await api.call('POST', '/v1/flows', { name: 'flow', automaticRetries })
    expect({ automaticRetries, status, field: body.errors[0].field }).toEqual({ automaticRetries, status: 422, field: 'automaticRetries' })
  }
})
