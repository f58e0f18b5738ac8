/** Pages and filters of lists, and the Link header that leads from page to page. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { exchange } from '../harness/socket.ts'
import { makeOneOfEach, nobody, samples, type Body } from '../harness/samples.ts'

const total = 23
const api = apiForFile()
const made: string[] = []
beforeAll(async () => {
  for (let i = 0; i < total; i += 1) {
    const { body } = await api.call('POST', '/v1/integrations', {
      name: `n${i % 3}`,
      mode: i % 2 ? 'settings' : 'install',
      description: `${i}`,
    })
    made.push(body._id)
  }
})

const idsOf = (records: Body[]) => records.map(({ _id }) => _id)
const nextOf = (headers: Headers) => /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]

async function follow(start: string): Promise<Body[][]> {
  const pages: Body[][] = []
  for (let at: string | undefined = start; at !== undefined;) {
    const { status, body, headers } = await api.call('GET', at)
    if (status !== 200) throw new Error(`${at} answered ${status}`)
    pages.push(body)
    const next = nextOf(headers)
    if (next !== undefined && !next.startsWith(`${api.url}/v1/`)) throw new Error(`not an absolute address of this server: ${next}`)
    at = next?.slice(api.url.length)
  }
  return pages
}

describe('pages', () => {
  test.each([1, 5, 22, 23, 24])('of %i: the links lead through every document once and in order, and end', async (limit) => {
    const pages = await follow(`/v1/integrations?limit=${limit}`)
    expect(idsOf(pages.flat())).toEqual(made)
    expect(pages).toHaveLength(Math.ceil(total / limit))
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true)
  })

  test('a list that fits one page has no Link header', async () => {
    const { headers, body } = await api.call('GET', '/v1/integrations')
    expect({ link: headers.get('link'), length: body.length }).toEqual({ link: null, length: total })
  })

  test('a link keeps what else the request asked for', async () => {
    const pages = await follow('/v1/integrations?include=description&name=n1&limit=3')
    expect(pages.flat()).toEqual(made.flatMap((_id, i) => (i % 3 === 1 ? [{ _id, name: 'n1', description: `${i}` }] : [])))
    expect(pages.map((page) => page.length)).toEqual([3, 3, 2])
  })

  test('skip passes over records; past the end is 204', async () => {
    expect(idsOf((await api.call('GET', '/v1/integrations?skip=20')).body)).toEqual(made.slice(20))
    expect(idsOf((await api.call('GET', '/v1/integrations?skip=3&limit=2')).body)).toEqual(made.slice(3, 5))
    expect(await api.call('GET', '/v1/integrations?skip=23')).toMatchObject({ status: 204, text: '' })
  })

  test('a limit above the most reads as the most', async () => {
    expect((await api.call('GET', '/v1/integrations?limit=999999')).body).toHaveLength(total)
  })

  test('the link is good without a Host header, and with one that is none', async () => {
    const request = (head: string) =>
      exchange(
        api.url,
        `GET /v1/integrations?limit=1 HTTP/${head}\r\nAuthorization: Bearer owner-token-for-tests\r\nConnection: close\r\n\r\n`,
      )
    expect(await request('1.0')).toContain(`link: <${api.url}/v1/integrations?limit=1&skip=1>; rel="next"`)
    expect(await request('1.1\r\nHost: a b:[')).toContain(`link: <${api.url}/v1/integrations?limit=1&skip=1>; rel="next"`)
    expect(await request('1.1\r\nHost: sluice.example:8080')).toContain('link: <http://sluice.example:8080/v1/integrations?limit=1&skip=1>')
  })

  test.each([
    'limit=0',
    'limit=-1',
    'limit=ten',
    'limit=1.5',
    'limit=',
    'skip=-1',
    'skip=a',
    'skip=1e3x',
    'skip=99999999999',
    'limit=1&limit=2',
  ])('%s is 400 and names the parameter', async (query) => {
    const { status, body } = await api.call('GET', `/v1/integrations?${query}`)
    expect({ status, code: body.errors[0].code, field: body.errors[0].field }).toEqual({
      status: 400,
      code: 'invalid_query_params',
      field: query.split('=')[0],
    })
  })
})

describe('filters', () => {
  test('answer the records whose field is this, several together those that fit all', async () => {
    expect((await api.call('GET', '/v1/integrations?name=n2')).body).toHaveLength(7)
    expect((await api.call('GET', '/v1/integrations?name=n2&mode=install')).body).toHaveLength(4)
    expect((await api.call('GET', '/v1/integrations?name=nobody')).status).toBe(204)
  })

  test('parameters that are none are ignored', async () => {
    expect((await api.call('GET', '/v1/integrations?description=1&_=123')).body).toHaveLength(total)
  })

  test('by reference and by flag', async () => {
    const ids = await makeOneOfEach(api.call)
    await api.call('POST', '/v1/flows', { ...samples.flows(ids), name: 'off', disabled: true })
    const names = async (query: string) =>
      ((await api.call('GET', `/v1/flows?${query}`)).body as Body[] | undefined)?.map(({ name }) => name)
    expect(await names(`_integrationId=${ids.integrations}`)).toEqual(['Orders to invoices', 'off'])
    expect(await names('disabled=true')).toEqual(['off'])
    expect(await names(`_integrationId=${nobody}`)).toBeUndefined()
    expect(await names('_integrationId=none')).toBeUndefined()
    const { _integrationId: _own, ...alone } = samples.flows(ids)
    await api.call('POST', '/v1/flows', { ...alone, name: 'standalone' })
    expect(await names('_integrationId=none')).toEqual(['standalone'])
    expect((await api.call('GET', '/v1/flows?disabled=perhaps')).status).toBe(400)
    expect((await api.call('GET', `/v1/imports?_connectionId=${ids.connections}`)).body).toHaveLength(1)
  })

  test('search in names and types, or by id; sort by name, type and time; through all pages', async () => {
    const call = async (query: string) => (await follow(`/v1/connections?${query}`)).flat().map(({ name }) => name)
    const ids: string[] = []
    for (const [name, type] of [
      ['beta 100%', 'http'],
      ['Alpha', 'ftp'],
      ['gamma', 'http'],
      ['alphabet', 'http'],
    ] as const) {
      const body =
        type === 'ftp'
          ? { ftp: { hostURI: 'ftp.example.com', type: 'ftp', username: 'a' } }
          : { http: { baseURI: 'https://shop.example', mediaType: 'json' } }
      const made = await api.call('POST', '/v1/connections', { name: `sought ${name}`, type, ...body })
      expect(made.status).toBe(201)
      ids.push(made.body._id)
    }
    const named = (...names: string[]) => names.map((name) => `sought ${name}`)
    expect(await call('search=SOUGHT&sort=name&limit=1')).toEqual(named('Alpha', 'alphabet', 'beta 100%', 'gamma'))
    expect(await call('search=sought&sort=-name')).toEqual(named('gamma', 'beta 100%', 'alphabet', 'Alpha'))
    expect(await call('search=sought&sort=-lastModified&limit=2')).toEqual(named('alphabet', 'gamma', 'Alpha', 'beta 100%'))
    expect((await call('search=sought&sort=type'))[0]).toBe('sought Alpha')
    expect(await call('search=ftp')).toEqual(named('Alpha'))
    expect(await call('search=100%25')).toEqual(named('beta 100%'))
    expect(await call(`search=${ids[2]}`)).toEqual(named('gamma'))
    expect(await call('search=sought&type=ftp&name=sought+Alpha')).toEqual(named('Alpha'))
    for (const query of ['sort=doc', `search=${'x'.repeat(201)}`, 'search=%00'])
      expect((await api.call('GET', `/v1/connections?${query}`)).status).toBe(400)
  })

  test("never show another account's records", async () => {
    expect((await api.stranger('GET', '/v1/integrations?name=n1')).status).toBe(204)
  })

  test.each(["name='; drop table sluice.documents; --", 'name=%27%20or%20%271%27=%271', 'name=%25', 'name=%5C'])(
    'are values, whatever they hold: %s',
    async (query) => {
      expect((await api.call('GET', `/v1/integrations?${query}`)).status).toBe(204)
    },
  )

  test('that no text can hold are 400', async () => {
    const { status, body } = await api.call('GET', '/v1/integrations?name=%00')
    expect({ status, ...body.errors[0] }).toMatchObject({ status: 400, code: 'invalid_query_params', field: 'name' })
  })
})
