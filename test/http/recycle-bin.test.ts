/** The recycle bin: what is in it, what comes back from it, and that nothing is left of what is purged. */
import { beforeAll, describe, expect, test } from 'vitest'
import { emptyBin } from '../../src/domain/documents/recycle-bin.ts'
import { startScheduledRuns } from '../../src/domain/flows/schedules/scheduled-runs.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { nobody, type Body } from '../harness/samples.ts'
import { contentsOf, makeWhole, maker } from '../harness/whole-integration.ts'

const api = apiForFile()
let account: string
beforeAll(async () => {
  account = (await api.call('GET', '/v1/tokenInfo')).body._userId
})

const make = (collection: string, body: Body = {}) => maker(api.call)(collection, body)
const get = (path: string) => api.call('GET', `/v1/${path}`)
const remove = (path: string) => api.call('DELETE', `/v1/${path}`)
const restore = (path: string) => api.call('POST', `/v1/recycleBinTTL/${path}/doCascadeRestore`)
const purge = (path: string) => api.call('DELETE', `/v1/recycleBinTTL/${path}`)
const inBin = async (query = ''): Promise<string[]> =>
  ((await get(`recycleBinTTL${query}`)).body ?? []).map(({ doc }: { doc: Body }) => doc['_id'])
const leftOf = async (id: string) => {
  const columns = {
    documents: '_id',
    edges: 'from_id',
    jobs: '_flow_id',
    run_stats: 'flow_id',
    flow_errors: 'flow_id',
    retry_data: 'flow_id',
    open_errors: 'flow_id',
    lookup_cache_data: 'cache_id',
    clone_pairs: 'integration_id',
    clones: 'integration_id',
    revisions: 'integration_id',
    shared_states: 'integration_id',
    webhook_events: 'flow_id',
    webhook_queues: 'flow_id',
    purges: '_id',
  }
  const counts = await Promise.all(
    Object.entries(columns).map(
      async ([table, column]) =>
        [table, (await ask(api.config, `select 1 from sluice.${table} where ${column} = $1`, [id])).length] as const,
    ),
  )
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}
/** A flow that has run, has an error, and data to retry it with. */
const usedFlow = async (fields: Body = {}) => {
  const source = await make('exports')
  const flow = await make('flows', { pageGenerators: [{ _exportId: source }], ...fields })
  const { body } = await api.call('POST', `/v1/flows/${flow}/run`)
  const error = {
    errorId: `e-${flow}`,
    stepId: source,
    retryDataKey: 'r',
    occurredAt: new Date().toISOString(),
    source: 'application',
    code: '500',
    message: 'no',
    _flowJobId: body._jobId,
    retry: { data: {} },
  }
  await api.world.store.transaction((rows) => rows.flowErrors.add(account, flow, [error]))
  const event = { envId: account, flowId: flow, exportId: source, records: '[{}]', bytes: 4 }
  await api.world.store.webhookEvents.receive([event], new Date().toISOString())
  return { flow, source, job: body._jobId as string }
}

describe('the list', () => {
  test('is 204 while nothing is deleted', async () => {
    expect((await get('recycleBinTTL')).status).toBe(204)
  })

  test('has each deleted document with its model, as it was, the latest first', async () => {
    const first = await make('scripts', { content: 'x' })
    const before = (await get(`scripts/${first}`)).body
    await remove(`scripts/${first}`)
    const second = await make('connections', {
      type: 'http',
      http: { baseURI: 'https://a.example', mediaType: 'json', auth: { type: 'token', token: { token: 'secret', location: 'header' } } },
    })
    await remove(`connections/${second}`)
    const { status, body, text } = await get('recycleBinTTL')
    expect(status).toBe(200)
    expect(body).toMatchObject([
      { model: 'Connection', doc: { _id: second } },
      { model: 'Script', doc: { ...before, deletedAt: expect.any(String) } },
    ])
    expect(text).not.toContain('"secret"')
  })

  test('is of one type where it is asked for, singular or plural, in any case', async () => {
    const flow = await make('flows')
    await remove(`flows/${flow}`)
    for (const type of ['flow', 'Flow', 'flows', 'FLOWS']) expect(await inBin(`?type=${type}`)).toEqual([flow])
    expect((await get('recycleBinTTL?type=aliens')).status).toBe(204)
    expect((await get('recycleBinTTL?limit=x')).body.errors[0].code).toBe('invalid_query_params')
  })

  test('comes in pages', async () => {
    const all = await inBin()
    const { body, headers } = await get('recycleBinTTL?limit=1&skip=1')
    expect(body.map(({ doc }: { doc: Body }) => doc['_id'])).toEqual(all.slice(1, 2))
    expect(headers.get('link')).toContain('limit=1&skip=2')
    expect((await get(`recycleBinTTL?skip=${all.length - 1}`)).headers.get('link')).toBeNull()
  })

  test('is of the account alone', async () => {
    expect((await api.stranger('GET', '/v1/recycleBinTTL')).status).toBe(204)
  })
})

describe('restoring', () => {
  test('an integration brings back all that went with it, as it was', async () => {
    const whole = await makeWhole(api.call)
    const documents = [['integrations', whole.id] as const, ...contentsOf(whole)]
    const read = async () =>
      JSON.stringify(await Promise.all(documents.map(async ([collection, id]) => (await get(`${collection}/${id}`)).body)))
    const before = await read()
    await remove(`integrations/${whole.id}`)
    expect((await get(`flows/${whole.flows[0]}`)).status).toBe(404)
    const { status, body } = await restore(`integrations/${whole.id}`)
    expect(status).toBe(200)
    expect(body).toContainEqual({ model: 'Integration', _id: whole.id, name: 'Shop to books' })
    const stayed = [...whole.connections, whole.script, whole.cache]
    expect(body.map(({ _id }: { _id: string }) => _id).toSorted()).toEqual(
      documents
        .map(([, id]) => id)
        .filter((id) => !stayed.includes(id))
        .toSorted(),
    )
    expect(await read()).toBe(before)
    expect((await restore(`integrations/${whole.id}`)).status).toBe(404)
  })

  test('a flow brings back what it needs, also what was deleted by itself, and not its brothers', async () => {
    const whole = await makeWhole(api.call)
    await remove(`integrations/${whole.id}`)
    await remove(`connections/${whole.connections[0]}`)
    await remove(`connections/${whole.connections[2]}`)
    await restore(`flows/${whole.flows[1]}`)
    for (const path of [
      `flows/${whole.flows[1]}`,
      `integrations/${whole.id}`,
      `exports/${whole.exports[0]}`,
      `connections/${whole.connections[0]}`,
    ])
      expect({ path, status: (await get(path)).status }).toEqual({ path, status: 200 })
    for (const path of [`flows/${whole.flows[0]}`, `imports/${whole.imports[0]}`, `connections/${whole.connections[2]}`])
      expect({ path, status: (await get(path)).status }).toEqual({ path, status: 404 })
  })

  test('does not bring back what was deleted before it, unless it is needed', async () => {
    const id = await make('integrations')
    const [early, late] = [await make('flows', { _integrationId: id }), await make('flows', { _integrationId: id })]
    await remove(`flows/${early}`)
    await remove(`integrations/${id}`)
    await restore(`integrations/${id}`)
    expect([(await get(`flows/${early}`)).status, (await get(`flows/${late}`)).status]).toEqual([404, 200])
  })

  test('names what is missing, by document and field', async () => {
    const [connection, script] = [
      await make('connections', { type: 'http', http: { baseURI: 'https://a.example', mediaType: 'json' } }),
      await make('scripts', { content: '' }),
    ]
    const hooks = { preSavePage: { function: 'f', _scriptId: script } }
    const source = await make('exports', { _connectionId: connection, hooks })
    const flow = await make('flows', { pageGenerators: [{ _exportId: source }] })
    for (const path of [`flows/${flow}`, `exports/${source}`, `connections/${connection}`, `scripts/${script}`]) await remove(path)
    for (const path of [`connections/${connection}`, `scripts/${script}`]) await purge(path)
    const { status, body } = await restore(`flows/${flow}`)
    expect(status).toBe(200)
    const found = (id: string) => body.find(({ _id }: { _id: string }) => _id === id)
    expect(found(flow)).not.toHaveProperty('missing')
    expect(new Set(found(source).missing)).toEqual(
      new Set([
        { field: '_connectionId', model: 'Connection', _id: connection },
        { field: 'hooks.preSavePage._scriptId', model: 'Script', _id: script },
      ]),
    )
  })

  test('leaves a reference to what is gone for good as it is', async () => {
    const source = await make('exports')
    const flow = await make('flows', { pageGenerators: [{ _exportId: source }] })
    await remove(`flows/${flow}`)
    await remove(`exports/${source}`)
    await purge(`exports/${source}`)
    expect((await restore(`flows/${flow}`)).status).toBe(200)
    expect((await get(`flows/${flow}`)).body.pageGenerators).toEqual([{ _exportId: source }])
  })

  test('brings back a flow with its errors', async () => {
    const { flow, source } = await usedFlow()
    await remove(`flows/${flow}`)
    await restore(`flows/${flow}`)
    expect((await get(`flows/${flow}/${source}/errors`)).body.errors).toHaveLength(1)
  })

  test('goes on record', async () => {
    const script = await make('scripts', { content: 'x' })
    await remove(`scripts/${script}`)
    await restore(`scripts/${script}`)
    const events = (await get(`scripts/${script}/audit`)).body.map(({ event }: { event: string }) => event)
    expect(events.toSorted()).toEqual(['create', 'delete', 'restore'])
    const id = await make('integrations')
    const flow = await make('flows', { _integrationId: id })
    await remove(`integrations/${id}`)
    await restore(`integrations/${id}`)
    const ofFlow = (await get(`flows/${flow}/audit`)).body.map(({ event }: { event: string }) => event)
    expect(ofFlow.toSorted()).toEqual(['create', 'delete', 'restore'])
  })

  test('twice at once is done once', async () => {
    const whole = await makeWhole(api.call)
    await remove(`integrations/${whole.id}`)
    const answers = await Promise.all([restore(`integrations/${whole.id}`), restore(`integrations/${whole.id}`)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404])
  })
})

describe('a deleted flow', () => {
  const running = async (flow: string) =>
    (await ask(api.config, `select 1 from sluice.jobs where _flow_id = $1 and ended_at is null`, [flow])).length

  test('is not run by anybody, and what waited is canceled; restored, its schedule goes on', async () => {
    const { flow, job } = await usedFlow({ schedule: '? * * ? * *' })
    await remove(`flows/${flow}`)
    expect((await get(`jobs/${job}`)).body.status).toBe('canceled')
    expect((await api.call('POST', `/v1/flows/${flow}/run`)).status).toBe(404)
    const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000)
    await startScheduledRuns(api.world, minute)
    expect(await running(flow)).toBe(0)
    await restore(`flows/${flow}`)
    await startScheduledRuns(api.world, minute)
    expect(await running(flow)).toBe(1)
  })
})

describe('purging', () => {
  test('a flow leaves nothing of it: runs, errors, retry data, references', async () => {
    const { flow, source } = await usedFlow()
    await remove(`flows/${flow}`)
    expect(Object.keys(await leftOf(flow)).toSorted()).toEqual([
      'documents',
      'edges',
      'flow_errors',
      'jobs',
      'open_errors',
      'retry_data',
      'run_stats',
      'webhook_events',
      'webhook_queues',
    ])
    expect((await purge(`flows/${flow}`)).status).toBe(204)
    expect(await leftOf(flow)).toEqual({})
    expect((await restore(`flows/${flow}`)).status).toBe(404)
    expect((await get(`exports/${source}`)).status).toBe(200)
    expect((await get(`flows/${flow}/audit`)).body[0]).toMatchObject({ event: 'purge', name: 'flows' })
  })

  test('a lookup cache leaves no entries', async () => {
    const cache = await make('lookupcaches')
    await api.call('POST', `/v1/lookupcaches/${cache}/data`, { data: [{ key: 'a', value: 1 }] })
    await remove(`lookupcaches/${cache}`)
    await purge(`lookupcaches/${cache}`)
    expect(await leftOf(cache)).toEqual({})
  })

  test('an integration takes along what was deleted with it, its lineage and its revisions', async () => {
    const whole = await makeWhole(api.call)
    const { body } = await api.call('POST', `/v1/integrations/${whole.id}/clone`)
    await api.call('POST', `/v1/integrations/${body._id}/revisions/create`, { description: 'first' })
    expect(await leftOf(body._id)).toMatchObject({ clones: 1, revisions: 1 })
    const flows = (await get(`integrations/${body._id}/flows`)).body.map(({ _id }: { _id: string }) => _id)
    await remove(`integrations/${body._id}`)
    await purge(`integrations/${body._id}`)
    for (const id of [body._id, ...flows]) expect(await leftOf(id)).toEqual({})
    expect((await get(`integrations/${whole.id}`)).status).toBe(200)
  })

  test('and restoring are refused for what is not in the bin, in use, of another account, or of no type', async () => {
    const live = await make('flows')
    const theirs = (await api.stranger('POST', '/v1/flows', { name: 'x' })).body._id
    await api.stranger('DELETE', `/v1/flows/${theirs}`)
    const script = await make('scripts', { content: 'x' })
    await remove(`scripts/${script}`)
    for (const path of [
      `flows/${nobody}`,
      `flows/${live}`,
      `flows/${theirs}`,
      `flows/${script}`,
      `aliens/${script}`,
      `environments/${script}`,
      'flows/x',
    ]) {
      expect({ path, status: (await restore(path)).status }).toEqual({ path, status: 404 })
      expect({ path, status: (await purge(path)).status }).toEqual({ path, status: 404 })
    }
    expect(await inBin('?type=script')).toContain(script)
  })
})

describe('after 30 days', () => {
  const age = (id: string, days: number) =>
    ask(api.config, `update sluice.documents set deleted_at = now() - make_interval(days => $2) where _id = $1`, [id, days])

  test('a deleted document is purged with what it leaves behind, and a younger one is not', async () => {
    const [old, young] = [await usedFlow(), await usedFlow()]
    for (const { flow } of [old, young]) await remove(`flows/${flow}`)
    await age(old.flow, 31)
    await age(young.flow, 29)
    await emptyBin(api.world)
    expect(await leftOf(old.flow)).toEqual({})
    expect(await inBin('?type=flow')).toContain(young.flow)
  })

  test('many are purged in steps, by several workers at once', async () => {
    await ask(
      api.config,
      `insert into sluice.documents (env_id, collection, _id, doc, deleted_at, deleted_with)
      select $1, 'lookupcaches', lpad(i::text, 24, '0'), '{}', now() - interval '31 days', lpad(i::text, 24, '0') from generate_series(1, 1200) i`,
      [account],
    )
    await Promise.all([emptyBin(api.world), emptyBin(api.world)])
    // What a busy machine does not get done in a minute is done in the next ones.
    for (let minute = 0; minute < 20 && (await ask(api.config, `select 1 from sluice.purges limit 1`)).length > 0; minute++)
      await emptyBin(api.world)
    expect(await ask(api.config, `select 1 from sluice.documents where deleted_at < now() - interval '30 days'`)).toEqual([])
    expect(await ask(api.config, `select 1 from sluice.purges`)).toEqual([])
  })
})
