/** Errors of a step by what they have in common: listed, counted, changed however many they are, and downloaded. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let envId: string
let step: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
  step = `/v1/flows/${ids.flows}/${ids.imports}`
})

interface Told {
  readonly code?: string
  readonly source?: string
  readonly message?: string
  readonly traceKey?: string
  readonly classification?: 'value' | 'intermittent'
}
const minute = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString()

/** One error a minute, the first one first. Answers their ids. */
async function fail(...told: readonly Told[]): Promise<string[]> {
  await ask(api.config, `delete from sluice.flow_errors`, [])
  await ask(api.config, `delete from sluice.open_errors`, [])
  const errors = told.map((each, n) => ({
    errorId: api.world.newId(),
    occurredAt: minute(n),
    source: 'application',
    code: '500',
    message: 'Something failed',
    _flowJobId: nobody,
    stepId: ids.imports,
    ...each,
  }))
  await api.world.store.transaction((rows) => rows.flowErrors.add(envId, ids.flows, errors))
  return errors.map(({ errorId }) => errorId)
}
const listed = async (query: string): Promise<string[]> =>
  (await api.call('GET', `${step}/errors?${query}`)).body.errors.map(({ errorId }: { errorId: string }) => errorId)
const change = (body: object) => api.call('PUT', `${step}/errors/matching`, body)
const problem = ({ status, body }: { status: number; body: { errors: { code: string; field?: string }[] } }) => {
  const { code, field } = body.errors[0] ?? {}
  return { status, code, ...(field !== undefined && { field }) }
}

describe('a list', () => {
  test('by code, source, classification, message and trace key: those that fit all of them, and no others', async () => {
    const [a, b, c, d] = await fail(
      { code: '404', message: 'No such Order: 7_1', traceKey: 'order-7' },
      { code: '404', source: 'mapping', message: 'no such customer', traceKey: 'x'.repeat(5000) },
      { code: '429', classification: 'intermittent', message: '100% full', traceKey: 'order-7' },
      { code: '500', classification: 'value', message: String.raw`back\slash` },
    )
    expect(await listed('code=404')).toEqual([b, a])
    expect(await listed('code=404&source=mapping')).toEqual([b])
    expect(await listed('classification=intermittent')).toEqual([c])
    expect(await listed('classification=intermittent,value')).toEqual([d, c])
    expect(await listed('message=NO%20SUCH')).toEqual([b, a])
    // Of what a pattern means, nothing is meant here.
    expect(await listed('message=7_1')).toEqual([a])
    expect(await listed('message=7%251')).toEqual([])
    expect(await listed('message=100%25')).toEqual([c])
    expect(await listed(`message=${encodeURIComponent(String.raw`k\s`)}`)).toEqual([d])
    expect(await listed('traceKey=order-7')).toEqual([c, a])
    expect(await listed(`traceKey=${'x'.repeat(5000)}`)).toEqual([b])
    expect(await listed('traceKey=order')).toEqual([])
    expect(await listed('code=404&message=customer&traceKey=order-7')).toEqual([])
  })

  test('by who looks after them, and by tag', async () => {
    const [a, b, c] = await fail({}, {}, {})
    const { tagId } = await make(api, 'tags', { tag: 'late' })
    await api.call('PUT', `${step}/errors/assign`, { errorIds: [a], email: 'owner@localhost' })
    await api.call('PUT', `${step}/tags`, { errorIds: [b, c], tagIds: [tagId] })
    expect(await listed(`assignedTo=${envId}`)).toEqual([a])
    expect(await listed(`assignedTo=${envId.toUpperCase()}`)).toEqual([a])
    expect(await listed('assignedTo=nobody')).toEqual([c, b])
    expect(await listed(`tagId=${tagId}`)).toEqual([c, b])
    expect(await listed('tagId=none-of-ours')).toEqual([])
  })

  test.each([['desc'], ['asc']])('in pages of a size that is told, %s, each error once', async (order) => {
    const all = await fail(...Array.from({ length: 7 }, (_, n) => ({ code: n % 2 ? 'odd' : '500' })))
    const found: string[] = []
    let path = `${step}/errors?limit=3&order=${order}`
    let pages = 0
    for (; ; pages++) {
      const { body } = await api.call('GET', path)
      found.push(...body.errors.map(({ errorId }: { errorId: string }) => errorId))
      if (body.nextPageURL === undefined) break
      path = body.nextPageURL
    }
    expect(pages).toBe(2)
    expect(found).toEqual(order === 'asc' ? all : all.toReversed())
  })

  test.each([['limit=0'], ['limit=1001'], ['limit=x'], ['order=up'], ['after=here']])('%s is refused', async (query) => {
    expect(problem(await api.call('GET', `${step}/errors?${query}`))).toMatchObject({ status: 400, code: 'invalid_query_params' })
  })

  test('finds its page among many errors by an index, whatever it is filtered by', async () => {
    await fail({ code: '404', source: 'mapping', classification: 'value', traceKey: 'rare' })
    await ask(
      api.config,
      `insert into sluice.flow_errors (env_id, flow_id, step_id, error_id, occurred_at, source, code, message, flow_job_id, classification)
       select $1, $2, $3, lpad(to_hex(n), 24, '0'), '2026-02-01'::timestamptz + n * interval '1 second', 'application', '500', 'm', $4, 'intermittent' from generate_series(1, 20000) n`,
      [envId, ids.flows, ids.imports, nobody],
    )
    await ask(api.config, `analyze sluice.flow_errors`, [])
    const read = async (): Promise<number> => {
      await ask(api.config, `select pg_stat_force_next_flush()`, [])
      const [row] = await ask(
        api.config,
        `select coalesce(sum(idx_tup_fetch + seq_tup_read), 0)::int8 as n from pg_stat_user_tables where relname = 'flow_errors'`,
        [],
      )
      return Number(row?.['n'])
    }
    const settled = async (): Promise<number> => {
      // What connections of the pool have read is told when they are idle.
      for (let before = -1; ;) {
        const now = await read()
        if (now === before) return now
        before = now
        await new Promise((wait) => setTimeout(wait, 1500))
      }
    }
    for (const query of ['code=404', 'source=mapping', 'classification=value', 'traceKey=rare']) {
      const before = await settled()
      expect(await listed(`${query}&limit=10`)).toHaveLength(1)
      expect([query, (await settled()) - before]).toEqual([query, expect.toSatisfy((rows: number) => rows < 2000)])
    }
  })
})

describe('all that fit', () => {
  const many = 12_000
  const failMany = async (): Promise<void> => {
    await fail({ code: 'other' })
    await ask(
      api.config,
      `insert into sluice.flow_errors (env_id, flow_id, step_id, error_id, occurred_at, source, code, message, flow_job_id)
       select $1, $2, $3, lpad(to_hex(n), 24, '0'), '2026-02-01'::timestamptz + n * interval '1 second', 'application', 'many', 'm', $4 from generate_series(1, $5) n`,
      [envId, ids.flows, ids.imports, nobody, many],
    )
    await ask(api.config, `update sluice.open_errors set num_error = $1`, [many + 1])
  }
  const countOf = async (filter: object) => (await api.call('POST', `${step}/errors/count`, { filter })).body.count
  async function changeAll(body: object): Promise<number[]> {
    const steps: number[] = []
    for (let after: string | undefined; ;) {
      const answer = await change({ ...body, ...(after !== undefined && { after }) })
      if (answer.status !== 200) throw new Error(answer.text)
      steps.push(answer.body.numChanged)
      after = answer.body.after
      if (after === undefined) return steps
    }
  }

  test('are counted, assigned, tagged and resolved a part at a time, and none else is touched', async () => {
    await failMany()
    const filter = { code: 'many' }
    expect([await countOf(filter), await countOf({})]).toEqual([many, many + 1])
    expect(await changeAll({ filter, email: 'owner@localhost' })).toEqual([5000, 5000, 2000])
    expect(await countOf({ assignedTo: envId })).toBe(many)
    const { tagId } = await make(api, 'tags', { tag: 'many' })
    expect(await changeAll({ filter, tagIds: [tagId] })).toEqual([5000, 5000, 2000])
    expect(await countOf({ tagId })).toBe(many)
    expect(await changeAll({ filter, resolve: true })).toEqual([5000, 5000, 2000])
    expect([await countOf(filter), await countOf({})]).toEqual([0, 1])
    const { body } = await api.call('GET', `/v1/flows/${ids.flows}/errors`)
    expect(body.flowErrors.find(({ _expOrImpId }: { _expOrImpId: string }) => _expOrImpId === ids.imports).numError).toBe(1)
    const [entry] = (await api.call('GET', `/v1/flows/${ids.flows}/audit?action=resolve`)).body
    expect(entry.fieldChanges).toContainEqual({ fieldPath: 'filter', newValue: filter })
  })

  test('what comes meanwhile stays as it is', async () => {
    await failMany()
    const first = await change({ filter: {}, resolve: true })
    const late = { errorId: api.world.newId(), occurredAt: new Date().toISOString(), source: 'application', code: 'many', message: 'm' }
    await api.world.store.transaction((rows) =>
      rows.flowErrors.add(envId, ids.flows, [{ ...late, _flowJobId: nobody, stepId: ids.imports }]),
    )
    for (let after = first.body.after; after !== undefined;) after = (await change({ filter: {}, resolve: true, after })).body.after
    expect(await listed('')).toEqual([late.errorId])
  })

  test.each([
    [{ resolve: true }, { status: 422, code: 'missing_required_field' }],
    [{ filter: {} }, { status: 422, code: 'missing_required_field', field: 'resolve' }],
    [
      { filter: {}, resolve: true, email: 'owner@localhost' },
      { status: 422, code: 'invalid_field', field: 'resolve' },
    ],
    [
      { filter: {}, resolve: false },
      { status: 422, code: 'invalid_field' },
    ],
    [
      { filter: { colour: 'red' }, resolve: true },
      { status: 422, code: 'invalid_field', field: 'filter.colour' },
    ],
    [
      { filter: { code: '' }, resolve: true },
      { status: 422, code: 'invalid_field', field: 'filter.code' },
    ],
    [
      { filter: { errorId: 'one' }, resolve: true },
      { status: 422, code: 'invalid_field', field: 'filter.errorId' },
    ],
    [
      { filter: { occurredAt_gte: 'never' }, resolve: true },
      { status: 422, code: 'invalid_field', field: 'filter.occurredAt_gte' },
    ],
    [
      { filter: {}, resolve: true, after: 'here' },
      { status: 422, code: 'invalid_field', field: 'after' },
    ],
    [
      { filter: {}, email: 'nobody@example.com' },
      { status: 400, code: 'bad_request', field: 'email' },
    ],
    [
      { filter: {}, tagIds: ['none'] },
      { status: 422, code: 'invalid_ref', field: 'tagIds.0' },
    ],
    [
      { filter: {}, resolve: true, really: true },
      { status: 422, code: 'unknown_field' },
    ],
  ])('%j is refused, and changes nothing', async (body, expected) => {
    const [only] = await fail({})
    expect(problem(await change(body))).toMatchObject(expected)
    expect(await listed('')).toEqual([only])
  })

  test('are downloaded as CSV that no spreadsheet carries out', async () => {
    const [a, b] = await fail(
      { message: '=HYPERLINK("https://evil.example")', traceKey: '+1' },
      { message: 'with "quotes",\nand lines', code: 'b' },
    )
    const answer = await api.call('GET', `${step}/errors/csv?source=application`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="errors-${ids.imports}.csv"`)
    const [names, first, ...rest] = answer.text.split('\n')
    expect(names).toBe(
      'errorId,occurredAt,source,code,message,traceKey,classification,retryDataKey,_flowJobId,exportDataURI,importDataURI,assignedTo,tagIds,_flowId,_stepId',
    )
    expect(first).toBe(`${b},${minute(1)},application,b,"with ""quotes"",`)
    expect(rest.join('\n')).toContain(`${a},${minute(0)},application,500,"'=HYPERLINK(""https://evil.example"")",'+1,`)
    expect((await api.call('GET', `${step}/errors/csv?code=b`)).text.split('\n').length).toBe(4)
    expect((await api.call('GET', `${step}/errors/csv?code=none`)).text.split('\n')).toEqual([names, ''])
  })

  test('of a flow that somebody does not see are neither counted, changed nor downloaded', async () => {
    const own = await make(api, 'integrations', { name: 'Own' })
    const watcher = await colleague(api, 'watcher@example.com', {
      integrationAccessLevel: [{ _integrationId: own._id, accessLevel: 'manage' }],
    })
    const [only] = await fail({})
    expect((await watcher.call('POST', `${step}/errors/count`, { filter: {} })).status).toBe(404)
    expect((await watcher.call('PUT', `${step}/errors/matching`, { filter: {}, resolve: true })).status).toBe(404)
    expect((await watcher.call('GET', `${step}/errors/csv`)).status).toBe(404)
    expect(await listed('')).toEqual([only])
  })
})
