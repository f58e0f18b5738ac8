/** The minute task: which flows get a run, which page generators, and what is left out because it is under way, too late, switched off or gone. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startScheduledRuns } from '../../src/domain/flows/schedules/scheduled-runs.ts'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ask } from '../harness/database.ts'
import { ended, makeFlow, numbered, until } from '../harness/flows.ts'

let api: Api
let application: Application
beforeAll(async () => {
  api = await startApi()
  application = await startApplication()
})
afterAll(async () => {
  await application.close()
  await api.close()
})
// Flows of a test must not be due in the next one.
afterEach(() => ask(api.config, `update sluice.documents set deleted_at = now() where collection = 'flows'`))

const monday = new Date('2026-06-01T09:05:00.000Z')
const later = (minutes: number): Date => new Date(monday.getTime() + minutes * 60_000)
/** The minute task, some seconds into its minute by default. */
const tick = (minute: Date, now = new Date(minute.getTime() + 3000)) => startScheduledRuns({ ...api.world, now: () => now }, minute)
const flowOf = (flow: object, exports: object = { orders: {}, returns: {} }) =>
  makeFlow(api, application, { exports: exports as Record<string, object>, flow })
const orders = async (flowId: string) =>
  (await ask(api.config, `select run_order, status, _user_id from sluice.jobs where _flow_id = $1 order by _id`, [flowId])).map(
    (row) => row['run_order'],
  )
const endRuns = (flowId: string) =>
  ask(api.config, `update sluice.jobs set status = 'completed', ended_at = now() where _flow_id = $1`, [flowId])
const scheduledAt = monday.toISOString()

describe('a flow with a schedule', () => {
  it('gets a run in the minutes that it names, of all its page generators, with nobody as its user', async () => {
    const flow = await flowOf({ schedule: '? 5 * ? * *' })
    await tick(later(-1))
    expect(await orders(flow._id)).toEqual([])
    await tick(monday)
    expect(await orders(flow._id)).toEqual([{ scheduledAt }])
    await tick(later(1))
    const { body } = await api.call('GET', `/v1/jobs?_flowId=${flow._id}`)
    expect(body).toHaveLength(1)
    expect(body[0]).toMatchObject({ type: 'flow', status: 'queued', _flowId: flow._id, createdAt: '2026-06-01T09:05:03.000Z' })
    expect(body[0]).not.toHaveProperty('_userId')
  })

  it('is read in its time zone', async () => {
    const here = await flowOf({ schedule: '? 5 11 ? * MON', timezone: 'Europe/Berlin' })
    const there = await flowOf({ schedule: '? 5 11 ? * MON' })
    await tick(monday)
    expect([await orders(here._id), await orders(there._id)]).toEqual([[{ scheduledAt }], []])
  })

  it('gets no second run while one waits or runs, and one again when it has ended', async () => {
    const flow = await flowOf({ schedule: '? * * ? * *' })
    await tick(monday)
    await tick(later(1))
    expect(await orders(flow._id)).toHaveLength(1)
    await ask(api.config, `update sluice.jobs set status = 'running' where _flow_id = $1`, [flow._id])
    await tick(later(2))
    expect(await orders(flow._id)).toHaveLength(1)
    await endRuns(flow._id)
    await tick(later(3))
    expect(await orders(flow._id)).toEqual([{ scheduledAt }, { scheduledAt: later(3).toISOString() }])
  })

  it('is started once a minute, however often the minute is told and however soon its run ends', async () => {
    const flow = await flowOf({ schedule: '? 5 * ? * *' })
    await tick(monday)
    await endRuns(flow._id)
    await Promise.all([tick(monday), tick(monday), tick(monday)])
    expect(await orders(flow._id)).toHaveLength(1)
    const other = await flowOf({ schedule: '? 5 * ? * *' })
    await Promise.all([tick(monday), tick(monday), tick(monday), tick(monday)])
    expect(await orders(other._id)).toHaveLength(1)
  })

  it('is started beside a run over a range of dates, and not beside one that somebody started', async () => {
    const flow = await flowOf({ schedule: '? * * ? * *' })
    await api.call('POST', `/v1/flows/${flow._id}/run`, { export: { startDate: '2026-01-01T00:00:00Z', endDate: '2026-02-01T00:00:00Z' } })
    await tick(monday)
    expect(await orders(flow._id)).toHaveLength(2)
    await endRuns(flow._id)
    await api.call('POST', `/v1/flows/${flow._id}/run`)
    await tick(later(1))
    expect(await orders(flow._id)).toHaveLength(3)
  })
})

describe('a page generator with a schedule of its own', () => {
  const generators = (first: object, second: object) => ({
    pageGenerators: [
      { _exportId: '{orders}', ...first },
      { _exportId: '{returns}', ...second },
    ],
  })

  it('goes by that instead of the schedule of the flow', async () => {
    const flow = await flowOf({ schedule: '? 5 * ? * *', ...generators({}, { schedule: '? 7 * ? * *' }) })
    await tick(monday)
    await endRuns(flow._id)
    await tick(later(1))
    await tick(later(2))
    expect(await orders(flow._id)).toEqual([
      { scheduledAt, exportIds: [flow.ids['orders']] },
      { scheduledAt: later(2).toISOString(), exportIds: [flow.ids['returns']] },
    ])
  })

  it('needs no schedule of the flow; the others never run by themselves', async () => {
    const flow = await flowOf(generators({ schedule: '? 5 * ? * *' }, {}))
    await tick(monday)
    expect(await orders(flow._id)).toEqual([{ scheduledAt, exportIds: [flow.ids['orders']] }])
  })

  it('waits for its own run alone: one that is due is not lost to the others', async () => {
    const flow = await flowOf({ schedule: '? * * ? * *', ...generators({}, { schedule: '? 7 * ? * *' }) })
    await tick(monday)
    await tick(later(1))
    await tick(later(2))
    await tick(later(62))
    expect(await orders(flow._id)).toEqual([
      { scheduledAt, exportIds: [flow.ids['orders']] },
      { scheduledAt: later(2).toISOString(), exportIds: [flow.ids['returns']] },
    ])
  })

  it('in the same minute as the others, it is one run of all', async () => {
    const flow = await flowOf({ schedule: '? 5 * ? * *', ...generators({}, { schedule: '? 5 9 ? * *' }) })
    await tick(monday)
    expect(await orders(flow._id)).toEqual([{ scheduledAt }])
  })
})

describe('left out', () => {
  it('flows that are disabled, deleted, patterns of others, without a schedule or without a page generator', async () => {
    const schedule = '? * * ? * *'
    const off = await flowOf({ schedule, disabled: true })
    const gone = await flowOf({ schedule })
    await api.call('DELETE', `/v1/flows/${gone._id}`)
    const pattern = await flowOf({ schedule, isAbstract: true })
    const byHand = await flowOf({})
    const emptied = await flowOf({ schedule: '' })
    const nothing = await flowOf({ schedule, pageGenerators: [] })
    await tick(monday)
    for (const { _id } of [off, gone, pattern, byHand, emptied, nothing]) expect(await orders(_id)).toEqual([])
  })

  it('flows of which a step is still to be set up, until it is', async () => {
    const schedule = '? * * ? * *'
    const unfinished = { setupInProgress: true }
    const flows = [
      await flowOf({ schedule, pageGenerators: [{ _exportId: '{orders}', ...unfinished }] }),
      await flowOf({ schedule, pageProcessors: [{ type: 'import', _importId: '{sink}', ...unfinished }] }),
      await flowOf({
        schedule,
        routers: [{ id: 'r', branches: [{ name: 'a', pageProcessors: [{ type: 'import', _importId: '{sink}', ...unfinished }] }] }],
      }),
    ]
    await tick(monday)
    for (const { _id } of flows) expect(await orders(_id)).toEqual([])
    const [first] = flows
    const done = { name: 'flow', schedule, pageGenerators: [{ _exportId: first?.ids['orders'] }] }
    expect((await api.call('PUT', `/v1/flows/${first?._id}`, done)).status).toBe(200)
    await tick(monday)
    expect(await orders(first?._id ?? '')).toEqual([{ scheduledAt }])
  })

  it('a minute that is more than five minutes ago; up to then it is made up for', async () => {
    const flow = await flowOf({ schedule: '? * * ? * *' })
    await tick(monday, new Date(later(5).getTime() + 1))
    expect(await orders(flow._id)).toEqual([])
    await tick(monday, later(5))
    expect(await orders(flow._id)).toEqual([{ scheduledAt }])
  })

  it('a schedule that nothing can read, as older data may have: the other flows are started all the same', async () => {
    const broken = await flowOf({ schedule: '? * * ? * *' })
    const fine = await flowOf({ schedule: '? * * ? * *' })
    await ask(api.config, `update sluice.documents set doc = doc || '{"schedule":"whenever"}' where _id = $1`, [broken._id])
    await tick(monday)
    expect([await orders(broken._id), await orders(fine._id)]).toEqual([[], [{ scheduledAt }]])
  })
})

it('flows of all accounts, more than one page of them', async () => {
  const accounts = ['aaaaaaaaaaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbbbbbbbbbb']
  for (const envId of accounts)
    await ask(
      api.config,
      `insert into sluice.documents (env_id, collection, _id, doc)
       select $1, 'flows', lpad(to_hex(n), 24, '0'), jsonb_build_object('_id', lpad(to_hex(n), 24, '0'), 'name', 'f', 'schedule', $2::text, 'pageGenerators', json_build_array(json_build_object('_exportId', $3::text)))
       from generate_series(1, 300) n`,
      [envId, '? 5 * ? * *', envId],
    )
  await tick(monday)
  const [row] = await ask(
    api.config,
    `select count(distinct (env_id, _flow_id))::int as flows, count(*)::int as runs from sluice.jobs where env_id = any($1)`,
    [accounts],
  )
  expect(row).toEqual({ flows: 600, runs: 600 })
})

describe('a minute looks at flows that may be due in it', () => {
  const toCheck = async (minute: Date) => (await api.world.store.scheduledFlows.listToCheck(minute, undefined, 100)).map(({ _id }) => _id)

  it('and at no other, once each is known', async () => {
    const hourly = await flowOf({ schedule: '? 5 * ? * *' })
    const daily = await flowOf({ schedule: '? 4 6 ? * *', timezone: 'Europe/Berlin' })
    expect(await toCheck(monday)).toEqual([hourly._id, daily._id].toSorted())
    await tick(monday)
    // For as long as a minute is made up for, the one that was due in it.
    expect(await toCheck(later(1))).toEqual([hourly._id])
    await tick(later(6))
    expect(await toCheck(later(59))).toEqual([])
    expect(await toCheck(later(60))).toEqual([hourly._id])
    expect(await orders(hourly._id)).toEqual([{ scheduledAt }])
  })

  it('and at each once a day at the least, when its time zone may have other rules by then', async () => {
    const yearly = await flowOf({ schedule: '? 5 9 1 1 ?' })
    await tick(monday)
    expect(await toCheck(later(12 * 60 - 1))).toEqual([])
    expect(await toCheck(later(24 * 60))).toEqual([yearly._id])
  })

  it('and at those that were changed: schedule, time zone, a generator, switched on, restored', async () => {
    const schedule = '? 5 11 ? * *'
    const tomorrow = { schedule: '? 4 9 ? * *' }
    const flows = {
      schedule: await flowOf(tomorrow),
      timezone: await flowOf({ schedule, timezone: 'UTC' }),
      generator: await flowOf({ ...tomorrow, pageGenerators: [{ _exportId: '{orders}' }] }),
      switchedOn: await flowOf({ schedule: '? 15 9 ? * *', disabled: true }),
      restored: await flowOf({ schedule: '? 15 9 ? * *' }),
    }
    await tick(monday)
    await tick(later(6))
    await api.call('DELETE', `/v1/flows/${flows.restored._id}`)
    await tick(later(7))
    expect(await toCheck(later(8))).toEqual([])
    const change = async ({ _id }: { _id: string }, change: (doc: { pageGenerators: readonly object[] }) => object) => {
      const { body } = await api.call('GET', `/v1/flows/${_id}`)
      expect((await api.call('PUT', `/v1/flows/${_id}`, { ...body, ...change(body) })).status).toBe(200)
    }
    await change(flows.schedule, () => ({ schedule: '? 15 9 ? * *' }))
    await change(flows.timezone, () => ({ schedule: '? 15 11 ? * *', timezone: 'Europe/Berlin' }))
    await change(flows.generator, (doc) => ({ pageGenerators: [{ ...doc.pageGenerators[0], schedule: '? 15 9 ? * *' }] }))
    await change(flows.switchedOn, () => ({ disabled: false }))
    expect((await api.call('POST', `/v1/recycleBinTTL/flows/${flows.restored._id}/doCascadeRestore`)).status).toBe(200)
    await tick(later(10))
    for (const { _id } of Object.values(flows)) expect(await orders(_id)).toEqual([{ scheduledAt: later(10).toISOString() }])
  })

  it('a minute whose start failed finds what was due in it, though later ones came before its next try', async () => {
    const flow = await flowOf({ schedule: '? 5 * ? * *' })
    await tick(later(-10))
    await tick(later(-4))
    await tick(later(1))
    await tick(later(2))
    await tick(monday)
    expect(await orders(flow._id)).toEqual([{ scheduledAt }])
  })

  it('so it does where nobody had looked at the flow for long', async () => {
    const flow = await flowOf({ schedule: '? 5,45 * ? * *' })
    await tick(later(-30))
    await tick(later(1))
    await tick(monday)
    expect(await orders(flow._id)).toEqual([{ scheduledAt }])
  })

  it('what is written while a minute is at work keeps no time of before', async () => {
    const flow = await flowOf({ schedule: '? 4 9 ? * *' })
    const [listed] = await api.world.store.scheduledFlows.listToCheck(monday, undefined, 1)
    const { body } = await api.call('GET', `/v1/flows/${flow._id}`)
    await api.call('PUT', `/v1/flows/${flow._id}`, { ...body, schedule: '? 6 9 ? * *' })
    const { envId = '', _id = '', version = '' } = listed ?? {}
    await api.world.store.scheduledFlows.setDueTimes([{ envId, _id, version, notDueBefore: later(1439).getTime() }])
    expect(await toCheck(later(1))).toEqual([flow._id])
  })
})

describe('saving', () => {
  it.each([
    [
      { schedule: '5 * * * *' },
      'schedule',
      'The schedule "5 * * * *" cannot be read: it needs six fields: ? minute hour day month weekday.',
    ],
    [
      { schedule: '? 5 * ? * *', timezone: 'Mars/Olympus' },
      'timezone',
      'The time zone "Mars/Olympus" cannot be read: Mars/Olympus is not a time zone.',
    ],
    [{ pageGenerators: [{ _exportId: '{orders}' }, { _exportId: '{returns}', schedule: 'soon' }] }, 'pageGenerators.1.schedule', undefined],
  ])('422 for %j', async (fields, field, message) => {
    const made = await flowOf({ schedule: '? 5 * ? * *', timezone: 'America/New_York' })
    const { body: doc } = await api.call('GET', `/v1/flows/${made._id}`)
    const text = JSON.stringify({ ...doc, ...fields }).replaceAll(/"\{(\w+)\}"/g, (_all, name: string) => JSON.stringify(made.ids[name]))
    const { status, body } = await api.call('PUT', `/v1/flows/${made._id}`, text)
    expect({ status, error: body.errors[0] }).toEqual({
      status: 422,
      error: { code: 'invalid_field', field, message: message ?? expect.stringContaining('"soon"') },
    })
    expect((await api.call('GET', `/v1/flows/${made._id}`)).body).toEqual(doc)
  })
})

describe('with a worker', () => {
  let working: Api
  beforeEach(async () => {
    working = await startApi({ worker: true })
  })
  afterEach(() => working.close())

  it('a minute becomes a run, and the run moves records; the clock knows its hour', async () => {
    application.script = { sources: { orders: numbered(3) } }
    // A minute that the test itself does not live through.
    const minute = new Date(Math.floor(Date.now() / 60_000 - 2) * 60_000)
    const schedule = `? ${minute.getUTCMinutes()} ${minute.getUTCHours()} ? * *`
    const flow = await makeFlow(working, application, { flow: { schedule } })
    await ask(working.config, `select graphile_worker.add_job('minute', json_build_object('_cron', json_build_object('ts', $1::text)))`, [
      minute.toISOString(),
    ])
    const job = await until(async () => (await working.call('GET', `/v1/jobs?_flowId=${flow._id}`)).body?.[0])
    expect(await ended(working, job._id)).toMatchObject({ status: 'completed', numExport: 3, numSuccess: 3 })
    expect(await ask(working.config, `select identifier from graphile_worker._private_known_crontabs`)).toEqual([{ identifier: 'minute' }])
    // The run may be through before the queue has taken the minute's task out.
    const tasks = () => ask(working.config, `select 1 from graphile_worker.jobs where task_identifier = 'minute'`)
    await until(async () => (await tasks()).length === 0 || undefined)
  })
})
