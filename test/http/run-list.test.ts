/** Runs are found by what people know of them: flow, status, time, a record, a text. Pages follow each other without a gap, whatever they are sorted by. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let envId: string
let integration: string
let orders: string
let invoices: string

interface Listed {
  readonly _id: string
  readonly flowName?: string
}
const begin = Date.parse('2026-03-01T00:00:00.000Z')
const statuses = ['completed', 'failed', 'canceled', 'completed'] as const
/** Forty runs of two flows by turns, a minute apart: the n-th waits n % 3 s, takes n % 7 s and has n % 5 errors. */
const numRuns = 40
const idOf = (n: number): string => `6a0000000000000000${n.toString(16).padStart(6, '0')}`

beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
  integration = (await make(api, 'integrations', { name: 'Searched' }))._id
  orders = (await make(api, 'flows', { ...samples.flows(ids), name: 'Orders to ERP, 100% of them', _integrationId: integration }))._id
  const { _integrationId: _none, ...standalone } = samples.flows(ids) as { _integrationId?: string }
  invoices = (await make(api, 'flows', { ...standalone, name: 'Invoices' }))._id
  for (let n = 0; n < numRuns; n++) {
    const at = new Date(begin + n * 60_000)
    await ask(
      api.config,
      `insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, created_at, last_modified, started_at, ended_at, num_success, num_error, error_message)
       values ($1, $2, $3, $4, $5, $6, $7::timestamptz, $7::timestamptz, $7::timestamptz + make_interval(secs => $8), $7::timestamptz + make_interval(secs => $8 + $9), $10, $11, $12)`,
      [
        envId,
        idOf(n),
        n % 10 === 9 ? 'retry' : 'flow',
        statuses[n % 4],
        n % 2 ? invoices : orders,
        n % 2 ? null : integration,
        at,
        n % 3,
        n % 7,
        n,
        n % 5,
        n === 13 ? 'The shop said "50%_off".' : null,
      ],
    )
  }
})

const list = (query: string, call = api.call) => call('GET', `/v1/flows/runs${query}`)
const found = async (query: string): Promise<number[]> => {
  const { status, body } = await list(query)
  expect({ status, body }).toMatchObject({ status: 200 })
  return body.runs.map(({ _id }: Listed) => Number.parseInt(_id.slice(18), 16))
}
const all = Array.from({ length: numRuns }, (_, n) => n)
const newest = (fits: (n: number) => boolean): number[] => all.filter(fits).toReversed()

describe('runs are found', () => {
  test('newest first, as they are read, with the name of their flow', async () => {
    const { body } = await list('?limit=1')
    expect(body.runs).toEqual([{ ...(await api.call('GET', `/v1/jobs/${idOf(39)}`)).body, flowName: 'Invoices' }])
    expect(await found('')).toEqual(newest(() => true))
  })

  test.each([
    ['their flow', () => `?_flowId=${orders}`, (n: number) => n % 2 === 0],
    ['their integration', () => `?_integrationId=${integration}`, (n: number) => n % 2 === 0],
    ['having none', () => '?_integrationId=none', (n: number) => n % 2 === 1],
    ['their status', () => '?status=failed,canceled', (n: number) => n % 4 === 1 || n % 4 === 2],
    ['their kind', () => '?type=retry', (n: number) => n % 10 === 9],
    ['their errors', () => '?numError_gte=3&numError_lte=3', (n: number) => n % 5 === 3],
    ['their time', () => '?createdAt_gte=2026-03-01T00:10:00Z&createdAt_lte=2026-03-01T00:20:00Z', (n: number) => n >= 10 && n <= 20],
    ['the name of their flow, in whatever case', () => '?q=orders%20TO', (n: number) => n % 2 === 0],
    ['signs that mean something elsewhere', () => '?q=100%25%20of', (n: number) => n % 2 === 0],
    ['what they say', () => '?q=50%25_OFF', (n: number) => n === 13],
    ['their id', () => `?q=${idOf(7).toUpperCase()}`, (n: number) => n === 7],
    ['nothing that is there', () => '?q=0%25%25', () => false],
    [
      'several of these',
      () => `?_flowId=${invoices}&status=failed&createdAt_gte=2026-03-01T00:20:00Z`,
      (n: number) => n % 4 === 1 && n >= 20,
    ],
  ])('by %s', async (_by, query, fits) => {
    expect(await found(query())).toEqual(newest(fits))
  })

  test('by the trace key of a record that failed in them, also once that is resolved, or that was logged', async () => {
    const error = (n: number, traceKey: string) => ({
      errorId: api.world.newId(),
      occurredAt: new Date(begin).toISOString(),
      source: 'application',
      code: '500',
      message: 'no',
      traceKey,
      stepId: ids.imports,
      _flowJobId: idOf(n),
    })
    const first = error(4, 'order-7')
    await api.world.store.flowErrors.add(envId, orders, [first, error(8, 'order-7'), error(10, 'order-8')])
    await api.call('PUT', `/v1/flows/${orders}/${ids.imports}/resolved`, { errors: [first.errorId] })
    const row = {
      at: new Date(begin).toISOString(),
      stepId: ids.imports,
      groupId: 'g',
      recordId: 'r',
      stage: 'mapping',
      status: 'success',
    } as const
    await api.world.store.executionLogs.add(envId, orders, idOf(12), [{ ...row, traceKey: 'order-7' }], 1_000_000)
    expect(await found('?traceKey=order-7')).toEqual([12, 8, 4])
    expect(await found(`?traceKey=order-7&_flowId=${invoices}`)).toEqual([])
    expect(await found('?traceKey=ORDER-7')).toEqual([])
  })

  test('page by page, none twice and none left out, whatever they are sorted by', async () => {
    for (const sort of ['createdAt', '-createdAt', '-duration', 'wait', '-numError', 'numSuccess', '-numIgnore']) {
      const seen: number[] = []
      for (let path: string | undefined = `/v1/flows/runs?sort=${sort}&limit=7`; path;) {
        const { body } = await api.call('GET', path)
        expect(body.runs.length).toBeLessThanOrEqual(7)
        seen.push(...body.runs.map(({ _id }: Listed) => Number.parseInt(_id.slice(18), 16)))
        path = body.nextPageURL
      }
      expect({ sort, seen: seen.toSorted((a, b) => a - b) }).toEqual({ sort, seen: all })
      const keys = {
        createdAt: (n: number) => n,
        duration: (n: number) => n % 7,
        wait: (n: number) => n % 3,
        numError: (n: number) => n % 5,
        numSuccess: (n: number) => n,
        numIgnore: () => 0,
      } as const
      const key = keys[sort.replace('-', '') as keyof typeof keys]
      const sorted = seen.map(key)
      expect(sorted).toEqual(sorted.toSorted((a, b) => (sort.startsWith('-') ? b - a : a - b)))
    }
  })

  test('but not those of a flow in the recycle bin', async () => {
    const flow = (await make(api, 'flows', { ...samples.flows(ids), name: 'Short-lived' }))._id
    await api.call('POST', `/v1/flows/${flow}/run`)
    expect((await list('?q=short-lived')).body.runs).toMatchObject([{ _flowId: flow, status: 'queued' }])
    await api.call('DELETE', `/v1/flows/${flow}`)
    expect((await list('?q=short-lived')).body.runs).toEqual([])
  })

  test('only where the caller may look', async () => {
    const friend = await colleague(api, 'runs@example.com', {
      integrationAccessLevel: [{ _integrationId: integration, accessLevel: 'monitor' }],
    })
    const { body } = await list('?limit=1000', friend.call)
    expect(new Set(body.runs.map(({ _flowId }: { _flowId: string }) => _flowId))).toEqual(new Set([orders]))
    expect((await list('', api.stranger)).body.runs).toEqual([])
  })
})

test.each([
  ['?status=done', 'status'],
  ['?type=export', 'type'],
  ['?_flowId=abc', '_flowId'],
  ['?_integrationId=all', '_integrationId'],
  ['?createdAt_gte=soon', 'createdAt_gte'],
  ['?sort=name', 'sort'],
  ['?after=there', 'after'],
  ['?limit=0', 'limit'],
])('what is not understood is refused: %s', async (query, field) => {
  const { status, body } = await list(query)
  expect({ status, ...body.errors[0] }).toMatchObject({ status: 400, code: 'invalid_query_params', field })
})
