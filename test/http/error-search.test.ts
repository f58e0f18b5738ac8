/** Errors of all steps of a flow and of all flows of an integration, as one list; and pages that take the same time however many errors there are. */
import { beforeAll, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let envId: string
let flow: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
  await api.call('PATCH', `/v1/flows/${ids.flows}`, [{ op: 'add', path: '/_integrationId', value: ids.integrations }])
  flow = (await make(api, 'flows', { ...samples.flows(ids), name: 'Second', _integrationId: ids.integrations }))._id
})

const steps = (): readonly { flowId: string; stepId: string }[] => [
  { flowId: ids.flows, stepId: ids.imports },
  { flowId: ids.flows, stepId: ids.exports },
  { flowId: flow, stepId: ids.imports },
]
const forget = async (): Promise<void> => {
  for (const table of ['flow_errors', 'open_errors']) await ask(api.config, `delete from sluice.${table}`, [])
}

/** One error a minute, of the three steps in turn, the first one first. Answers their ids. */
async function fail(count: number, fields: (n: number) => object = () => ({})): Promise<string[]> {
  await forget()
  const made: string[] = []
  for (let n = 0; n < count; n++) {
    const { flowId, stepId } = steps()[n % 3] as { flowId: string; stepId: string }
    const error = {
      errorId: api.world.newId(),
      occurredAt: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
      source: 'application',
      code: '500',
      message: `Order ${n} failed`,
      _flowJobId: nobody,
      stepId,
      ...fields(n),
    }
    made.push(error.errorId)
    await api.world.store.transaction((rows) => rows.flowErrors.add(envId, flowId, [error]))
  }
  return made
}

interface Listed {
  readonly errorId: string
  readonly _flowId: string
  readonly _stepId: string
}
async function listAll(path: string): Promise<{ errors: Listed[]; pages: number }> {
  const errors: Listed[] = []
  for (let next: string | undefined = path, pages = 0; ; pages++) {
    const { status, text, body } = await api.call('GET', next)
    if (status !== 200) throw new Error(text)
    errors.push(...body.errors)
    next = body.nextPageURL
    if (next === undefined) return { errors, pages: pages + 1 }
  }
}
const idsOf = ({ errors }: { errors: Listed[] }): string[] => errors.map(({ errorId }) => errorId)
const ofFlow = (query = ''): string => `/v1/flows/${ids.flows}/errors/search?${query}`
const ofIntegration = (query = ''): string => `/v1/integrations/${ids.integrations}/errors/search?${query}`

test.each(['desc', 'asc'])('of steps and flows stand in one order, %s, each once, whatever the size of a page', async (order) => {
  const made = await fail(11)
  const expected = order === 'asc' ? made : made.toReversed()
  for (const limit of [1, 2, 3, 5, 1000])
    expect([limit, idsOf(await listAll(ofIntegration(`order=${order}&limit=${limit}`)))]).toEqual([limit, expected])
  const first = expected.filter((id) => made.indexOf(id) % 3 !== 2)
  expect(idsOf(await listAll(ofFlow(`order=${order}&limit=2`)))).toEqual(first)
  const { errors } = await listAll(ofIntegration())
  const [newest] = errors
  const { flowId, stepId } = steps()[10 % 3] as { flowId: string; stepId: string }
  expect(newest).toMatchObject({ errorId: made.at(-1), _flowId: flowId, _stepId: stepId })
})

test('are found by what they say, and those that are resolved apart', async () => {
  const made = await fail(9, (n) => (n % 2 ? { code: '404', message: `No CUSTOMER ${n}` } : {}))
  const odd = made.filter((_, n) => n % 2 === 1).toReversed()
  expect(idsOf(await listAll(ofIntegration('code=404')))).toEqual(odd)
  expect(idsOf(await listAll(ofIntegration('message=customer')))).toEqual(odd)
  expect(idsOf(await listAll(ofIntegration('message=customer&code=500')))).toEqual([])
  expect(idsOf(await listAll(ofIntegration(`errorId=${made[4]}`)))).toEqual([made[4]])
  expect(idsOf(await listAll(ofIntegration(`errorId=${made[4]}&code=404`)))).toEqual([])
  await api.call('PUT', `/v1/flows/${ids.flows}/${ids.imports}/resolved`, { errors: [made[0], made[3]] })
  expect(idsOf(await listAll(ofIntegration('state=resolved')))).toEqual([made[3], made[0]])
  expect(idsOf(await listAll(ofFlow('state=resolved&code=404')))).toEqual([made[3]])
  expect(idsOf(await listAll(ofIntegration()))).not.toContain(made[0])
  expect(idsOf(await listAll(ofFlow(`state=resolved&errorId=${made[3]}`)))).toEqual([made[3]])
  expect(idsOf(await listAll(ofFlow(`errorId=${made[3]}`)))).toEqual([])
})

test.each([['state=gone'], ['limit=0'], ['after=here'], ['classification=red']])('%s is refused', async (query) => {
  for (const path of [ofFlow(query), ofIntegration(query)])
    expect(await api.call('GET', path)).toMatchObject({ status: 400, body: { errors: [{ code: 'invalid_query_params' }] } })
})

test('of an unknown flow or integration, or one that somebody does not see, there are none', async () => {
  const own = await make(api, 'integrations', { name: 'Own' })
  const watcher = await colleague(api, 'watcher@example.com', {
    integrationAccessLevel: [{ _integrationId: own._id, accessLevel: 'monitor' }],
  })
  expect((await api.call('GET', `/v1/flows/${nobody}/errors/search`)).status).toBe(404)
  expect((await api.call('GET', `/v1/integrations/${nobody}/errors/search`)).status).toBe(404)
  expect((await watcher.call('GET', ofFlow())).status).toBe(404)
  expect((await watcher.call('GET', ofIntegration())).status).toBe(404)
  expect((await watcher.call('GET', `/v1/integrations/${own._id}/errors/search`)).body).toEqual({ errors: [] })
})

test('a rare message among many is found by one request, and a part of it in whatever case', async () => {
  const [rare = ''] = await fail(1, () => ({ message: 'Needle in a haystack: ÉTÉ 50%' }))
  await ask(
    api.config,
    `insert into sluice.flow_errors (env_id, flow_id, step_id, error_id, occurred_at, source, code, message, flow_job_id)
     select $1, $2, $3, lpad(to_hex(n), 24, '0'), '2026-02-01'::timestamptz + n * interval '1 second', 'application', case when n % 1000 = 0 then '404' else '500' end,
            'Hay ' || n, $4 from generate_series(1, 9000) n`,
    [envId, ids.flows, ids.imports, nobody],
  )
  await ask(api.config, `analyze sluice.flow_errors`, [])
  for (const part of ['needle', 'A HAYSTACK: ', 'k: été', 'eedle', '0%'])
    for (const list of [(query: string) => `/v1/flows/${ids.flows}/${ids.imports}/errors?${query}`, ofFlow, ofIntegration]) {
      const { errors, pages } = await listAll(list(`message=${encodeURIComponent(part)}`))
      expect([part, errors.map(({ errorId }) => errorId), pages]).toEqual([part, [rare], part === '0%' ? 5 : 1])
    }
  const found = async (query: string) => (await listAll(ofFlow(query))).errors.length
  // With other filters, in either order, and over pages of any size.
  expect(await found('message=hay%20&code=404&limit=2&order=asc')).toBe(9)
  expect(await found('message=hay%2077')).toBe(111)
  expect(idsOf(await listAll(ofFlow('message=hay%2077&limit=10&order=asc')))).toEqual(
    idsOf(await listAll(ofFlow('message=hay%2077'))).toReversed(),
  )
  expect(await found('message=hay%20none')).toBe(0)
  // A character that stands for others in a pattern is none here.
  expect(await found('message=hay_7')).toBe(0)
  // What is common is on the first page, as many as it was asked for.
  expect((await api.call('GET', ofFlow('message=hay&limit=300'))).body.errors).toHaveLength(300)
  // Those that are resolved are looked through, a bounded number a page.
  expect((await api.call('GET', ofFlow('message=needle&state=resolved'))).body.errors).toEqual([])
  // A change of all that fit passes over what does not, too.
  const changed: number[] = []
  for (let after: string | undefined; ;) {
    const answer = await api.call('PUT', `/v1/flows/${ids.flows}/${ids.imports}/errors/matching`, {
      filter: { message: 'needle' },
      resolve: true,
      ...(after !== undefined && { after }),
    })
    changed.push(answer.body.numChanged)
    after = answer.body.after
    if (after === undefined) break
  }
  expect(changed).toEqual([0, 1])
})
