/** The errors of a flow's steps over HTTP: looked at, corrected, resolved and sent again, by those of the account alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { makeOneOfEach, nobody, type Body, type Ids } from '../harness/samples.ts'

let api: Api
let ids: Ids
let theirs: Ids
let step: string
const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString()

/** Errors of the import, one a day, the last first; each has retry data under the key of its id. */
async function fail(days: readonly number[], as: Api['call'] | Api['stranger'] = api.call, of = ids): Promise<string[]> {
  const envId = (await as('GET', '/v1/tokenInfo')).body._userId
  const errors = days.map((n) => {
    const errorId = api.world.newId()
    const common = {
      errorId,
      occurredAt: day(n),
      source: n % 2 ? 'application' : 'mapping',
      code: '500',
      message: `day ${n}`,
      _flowJobId: nobody,
    }
    return {
      ...common,
      classification: n % 2 ? ('intermittent' as const) : ('value' as const),
      retryDataKey: `key-${errorId}`,
      stepId: of.imports,
      retry: { data: { n }, stage: 'page_processor_import', traceKey: `t${n}` },
    }
  })
  await api.world.store.transaction((rows) => rows.flowErrors.add(envId, of.flows, errors))
  return errors.map(({ errorId }) => errorId)
}

beforeAll(async () => {
  api = await startApi()
  ids = await makeOneOfEach(api.call)
  theirs = await makeOneOfEach(api.stranger)
  step = `/v1/flows/${ids.flows}/${ids.imports}`
})
afterAll(() => api.close())

const messages = (errors: Body[]) => errors.map(({ message }) => message)
const dataAt = (id: string) => `${step}/key-${id}/data`

describe('200', () => {
  test('a flow answers every step with its count, also without errors', async () => {
    const { status, body } = await api.call('GET', `/v1/flows/${ids.flows}/errors`)
    expect({ status, body }).toEqual({
      status: 200,
      body: { flowErrors: expect.arrayContaining([ids.exports, ids.imports].map((_expOrImpId) => ({ _expOrImpId, numError: 0 }))) },
    })
  })

  test('a step answers its open errors, newest first, by time and by source; none is an empty list', async () => {
    expect((await api.call('GET', `${step}/errors`)).body).toEqual({ errors: [] })
    await fail([1, 2, 3])
    const { body } = await api.call('GET', `${step}/errors`)
    expect(messages(body.errors)).toEqual(['day 3', 'day 2', 'day 1'])
    expect(body).not.toHaveProperty('nextPageURL')
    expect(body.errors[0]).toMatchObject({
      occurredAt: day(3),
      source: 'application',
      code: '500',
      classification: 'intermittent',
      classifiedBy: 'autopilot',
      _flowJobId: nobody,
    })
    const some = async (query: string) => messages((await api.call('GET', `${step}/errors?${query}`)).body.errors)
    expect(await some('source=mapping')).toEqual(['day 2'])
    expect(await some('classification=value')).toEqual(['day 2'])
    expect(await some('classification=value,intermittent&source=application')).toEqual(['day 3', 'day 1'])
    expect(await some('classification=missing')).toEqual([])
    expect(await some(`_flowJobId=${nobody}&source=mapping`)).toEqual(['day 2'])
    expect(await some(`_flowJobId=${ids.flows}`)).toEqual([])
    expect(await some(`occurredAt_gte=${day(2)}`)).toEqual(['day 3', 'day 2'])
    expect(await some('occurredAt_lte=2026-01-02')).toEqual(['day 2', 'day 1'])
    const counts = (await api.call('GET', `/v1/flows/${ids.flows}/errors`)).body.flowErrors
    expect(counts).toContainEqual({ _expOrImpId: ids.imports, numError: 3, lastErrorAt: day(3) })
  })

  test('the record of an error is read, replaced, and read as replaced; where it failed stays known', async () => {
    const [id = ''] = await fail([4])
    expect(await api.call('GET', dataAt(id))).toMatchObject({
      status: 200,
      body: { data: { n: 4 }, stage: 'page_processor_import', traceKey: 't4' },
    })
    expect(await api.call('PUT', dataAt(id), { data: { n: 'four' } })).toMatchObject({ status: 204, text: '' })
    expect((await api.call('GET', dataAt(id))).body).toEqual({ data: { n: 'four' }, stage: 'page_processor_import', traceKey: 't4' })
  })
})

describe('204 and 201', () => {
  test('resolved errors leave the open ones and are found among the resolved, with who did it', async () => {
    const [id = ''] = await fail([5])
    expect(await api.call('PUT', `${step}/resolved`, { errors: [id, nobody] })).toMatchObject({ status: 204, text: '' })
    expect((await api.call('GET', `${step}/errors`)).text).not.toContain(id)
    const { resolved } = (await api.call('GET', `${step}/resolved`)).body
    const by = (await api.call('GET', '/v1/tokenInfo')).body._userId
    expect(resolved).toContainEqual(expect.objectContaining({ errorId: id, resolvedBy: by, resolvedAt: expect.any(String) }))
    const among = async (query: string) => (await api.call('GET', `${step}/resolved?${query}`)).text.includes(id)
    const at = (ms: number) => new Date(Date.now() + ms).toISOString()
    expect([await among(`resolvedAt_gte=${at(-60_000)}`), await among(`resolvedAt_gte=${at(60_000)}`)]).toEqual([true, false])
    expect([await among(`resolvedAt_lte=${at(60_000)}`), await among(`resolvedAt_lte=${at(-60_000)}`)]).toEqual([true, false])
    expect((await api.call('GET', `${step}/resolved?resolvedAt_gte=x`)).status).toBe(400)
    expect((await api.call('PUT', `${step}/resolved`, { errors: [id] })).status).toBe(204)
    expect((await api.call('GET', `${step}/resolved`)).body.resolved).toEqual(resolved)
  })

  test('a retry is a job of its own', async () => {
    const [id = ''] = await fail([6])
    const { status, body } = await api.call('POST', `${step}/retry`, { retryDataKeys: [`key-${id}`] })
    expect(status).toBe(201)
    expect((await api.call('GET', `/v1/jobs/${body._jobId}`)).body).toMatchObject({
      type: 'retry',
      _flowId: ids.flows,
      _importId: ids.imports,
    })
  })
})

test('a record that somebody else corrected meanwhile is not overwritten by who names what was read: 412', async () => {
  const [id = ''] = await fail([15])
  const read = (await api.call('GET', dataAt(id))).headers.get('etag') ?? ''
  expect((await api.call('PUT', dataAt(id), { data: { n: 'first' } }, { 'if-match': read })).status).toBe(204)
  const second = await api.call('PUT', dataAt(id), { data: { n: 'second' } }, { 'if-match': read })
  expect([second.status, second.body.errors[0].code]).toEqual([412, 'precondition_failed'])
  expect((await api.call('GET', dataAt(id))).body.data).toEqual({ n: 'first' })
  expect((await api.call('PUT', dataAt(id), { data: { n: 'third' } })).status).toBe(204)
})

describe('a colleague with the access level monitor', () => {
  /** What each of the things they may do is answered, and one that they may not. */
  const works = async (who: Colleague) => {
    const [first = '', second = ''] = await fail([12, 13])
    const answers = [
      await who.call('PUT', `${step}/errors/assign`, { email: who.email, errorIds: [first] }),
      await who.call('PUT', `${step}/tags`, { errorIds: [first], tagIds: [] }),
      await who.call('PUT', `${step}/resolved`, { errors: [first] }),
      await who.call('POST', `${step}/retry`, { retryDataKeys: [`key-${second}`] }),
      await who.call('POST', `/v1/flows/${ids.flows}/run`),
      await who.call('PATCH', `/v1/flows/${ids.flows}`, [{ op: 'replace', path: '/disabled', value: true }]),
    ]
    return answers.map(({ status }) => status)
  }
  const corrects = async (who: Colleague) => {
    const [id = ''] = await fail([14])
    const { status, body } = await who.call('PUT', dataAt(id), { data: { n: 'corrected' } })
    expect((await api.call('GET', dataAt(id))).body.data).toEqual({ n: status === 204 ? 'corrected' : 14 })
    return status === 204 ? status : `${status} ${body.errors[0].code}`
  }
  const inOne = () => ({ integrationAccessLevel: [{ _integrationId: ids.integrations, accessLevel: 'monitor' }] })

  test('runs flows, and assigns, tags, resolves and retries errors, in the account or in one integration', async () => {
    for (const who of [
      await colleague(api, 'watches@example.com', { accessLevel: 'monitor' }),
      await colleague(api, 'one@example.com', inOne()),
    ])
      expect(await works(who)).toEqual([200, 204, 204, 201, 201, 403])
  })

  test('corrects records only where the share says allowToEditRetryData; with the level manage always', async () => {
    const without = await colleague(api, 'without@example.com', { accessLevel: 'monitor' })
    expect(await corrects(without)).toBe('403 access_denied')
    await api.call('PUT', `/v1/ashares/${without.ashareId}`, { accessLevel: 'monitor', allowToEditRetryData: true })
    expect(await corrects(without)).toBe(204)
    const inOneWith = await colleague(api, 'one-with@example.com', { ...inOne(), allowToEditRetryData: true })
    expect(await corrects(inOneWith)).toBe(204)
    expect((await inOneWith.call('PUT', `/v1/flows/${nobody}/${nobody}/key/data`, { data: 1 })).status).toBe(404)
    expect((await inOneWith.call('PATCH', `/v1/flows/${ids.flows}`, [{ op: 'replace', path: '/name', value: 'X' }])).status).toBe(403)
    const { token } = (await inOneWith.call('POST', '/v1/accesstokens', { name: 'Program', fullAccess: true })).body
    const byToken: Colleague = {
      ...inOneWith,
      call: (method, path, body) => api.call(method, path, body, { authorization: `Bearer ${token}` }),
    }
    expect(await corrects(byToken)).toBe(204)
    expect(await corrects(await colleague(api, 'one-without@example.com', inOne()))).toBe('403 access_denied')
    expect(await corrects(await colleague(api, 'manages@example.com', { accessLevel: 'manage', allowToEditRetryData: false }))).toBe(204)
  })
})

describe('pages', () => {
  test('of a thousand; nextPageURL leads through all and is absent on the last', async () => {
    const other = await makeOneOfEach(api.call)
    await fail(
      Array.from({ length: 1000 }, () => 7),
      api.call,
      other,
    )
    await fail(
      Array.from({ length: 5 }, (_, i) => i + 1),
      api.call,
      other,
    )
    const seen = new Set<string>()
    const sizes: number[] = []
    for (let at: string | undefined = `/v1/flows/${other.flows}/${other.imports}/errors?occurredAt_gte=2025-01-01`; at !== undefined;) {
      const { status, body } = await api.call('GET', at)
      expect(status).toBe(200)
      for (const { errorId } of body.errors) seen.add(errorId)
      sizes.push(body.errors.length)
      at = body.nextPageURL
    }
    expect({ seen: seen.size, sizes }).toEqual({ seen: 1005, sizes: [1000, 5] })
  })
})

describe('404', () => {
  test('of every endpoint for a flow that is not there, of another account, or no id', async () => {
    const [theirError = ''] = await fail([1], api.stranger, theirs)
    for (const flow of [nobody, theirs.flows, ids.exports, 'abc']) {
      const of = flow === theirs.flows ? theirs.imports : ids.imports
      for (const [method, path, body] of [
        ['GET', `/v1/flows/${flow}/errors`],
        ['GET', `/v1/flows/${flow}/${of}/errors`],
        ['GET', `/v1/flows/${flow}/${of}/resolved`],
        ['PUT', `/v1/flows/${flow}/${of}/resolved`, { errors: [theirError] }],
        ['POST', `/v1/flows/${flow}/${of}/retry`, { retryDataKeys: [`key-${theirError}`] }],
        ['GET', `/v1/flows/${flow}/${of}/key-${theirError}/data`],
        ['PUT', `/v1/flows/${flow}/${of}/key-${theirError}/data`, { data: {} }],
      ] as const) {
        const answer = await api.call(method, path, body)
        expect({ path, status: answer.status, code: answer.body?.errors[0].code }).toEqual({ path, status: 404, code: 'invalid_ref' })
      }
    }
    expect((await api.stranger('GET', `/v1/flows/${theirs.flows}/${theirs.imports}/key-${theirError}/data`)).body.data).toEqual({ n: 1 })
    expect((await api.stranger('GET', `/v1/flows/${theirs.flows}/${theirs.imports}/errors`)).body.errors).toHaveLength(1)
  })

  test('for keys that no retry data has', async () => {
    for (const key of ['nothing', '%00', '%F0%9F%A7%AA', 'a'.repeat(150)]) {
      expect({ key, status: (await api.call('GET', `${step}/${key}/data`)).status }).toEqual({ key, status: 404 })
      expect({ key, status: (await api.call('PUT', `${step}/${key}/data`, { data: 1 })).status }).toEqual({ key, status: 404 })
    }
  })

  test('for a step that is no id', async () => {
    expect((await api.call('GET', `/v1/flows/${ids.flows}/abc/errors`)).status).toBe(404)
  })
})

describe('400 and 422', () => {
  test.each([
    'occurredAt_gte=x',
    'occurredAt_lte=x',
    'classification=x',
    'classification=value,',
    'after=x',
    'after=1',
    'source=%00',
    'after=%00',
    'after=999999999999999999-a',
  ])('errors?%s is 400', async (query) => {
    for (const list of ['errors', 'resolved']) {
      const { status, body } = await api.call('GET', `${step}/${list}?${query}`)
      expect({ list, status, code: body.errors[0].code }).toEqual({ list, status: 400, code: 'invalid_query_params' })
    }
  })

  test('a wrong key is never taken without a word: {errorIds} resolves nothing and is refused', async () => {
    const [id = ''] = await fail([9])
    const { status, body } = await api.call('PUT', `${step}/resolved`, { errorIds: [id] })
    expect({ status, ...body.errors[0] }).toMatchObject({ status: 422, code: 'missing_required_field', field: 'errors' })
    expect((await api.call('GET', `${step}/errors`)).text).toContain(id)
  })

  test('empty, too long and wrong lists are 422', async () => {
    const tooMany = Array.from({ length: 1001 }, (_, i) => `k${i}`)
    for (const [method, path, name] of [
      ['PUT', `${step}/resolved`, 'errors'],
      ['POST', `${step}/retry`, 'retryDataKeys'],
    ] as const)
      for (const value of [[], tooMany, [5], 'a', null]) {
        const { status, body } = await api.call(method, path, { [name]: value })
        expect({ status, code: body.errors[0].code }).toEqual({ status: 422, code: 'invalid_field' })
      }
  })

  test('a retry of keys that nothing open belongs to is 422, and no job is made', async () => {
    const [id = ''] = await fail([10])
    const { status, body } = await api.call('POST', `${step}/retry`, { retryDataKeys: [`key-${id}`, 'stranger'] })
    expect({ status, ...body.errors[0] }).toMatchObject({ status: 422, code: 'invalid_ref', field: 'retryDataKeys' })
    await api.call('PUT', `${step}/resolved`, { errors: [id] })
    expect((await api.call('POST', `${step}/retry`, { retryDataKeys: [`key-${id}`] })).status).toBe(422)
  })

  test('retry data without data is 422', async () => {
    const [id = ''] = await fail([11])
    const { status, body } = await api.call('PUT', dataAt(id), { stage: 'x' })
    expect({ status, ...body.errors[0] }).toMatchObject({ status: 422, code: 'missing_required_field', field: 'data' })
  })
})
