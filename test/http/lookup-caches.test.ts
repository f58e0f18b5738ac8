/** The entries of lookup caches: written, read page by page, deleted, bounded, counted, and seen by their account alone. */
import { beforeEach, describe, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { nobody } from '../harness/samples.ts'

const api = apiForFile()
let id: string
beforeEach(async () => {
  id = (await api.call('POST', '/v1/lookupcaches', { name: 'Items' })).body._id
})

const upsert = (data: unknown) => api.call('POST', `/v1/lookupcaches/${id}/data`, { data })
const get = (body?: unknown, query = '') => api.call('POST', `/v1/lookupcaches/${id}/getData${query}`, body)
const remove = (body: unknown) => api.call('DELETE', `/v1/lookupcaches/${id}/data`, body)
const purge = () => api.call('DELETE', `/v1/lookupcaches/${id}/data/purge`)
const cache = async () => (await api.call('GET', `/v1/lookupcaches/${id}`)).body
const refusal = ({ status, body }: Answer) => ({ status, code: body.errors[0].code, field: body.errors[0].field })
const keysOf = ({ body }: Answer): string[] => body.data.map(({ key }: { key: string }) => key)
const mb = 1024 * 1024
/** As JSON `bytes` long, its key not counted. */
const entry = (key: string, bytes: number) => ({ key, value: 'x'.repeat(bytes - 2) })

describe('a cache', () => {
  test('is made empty, and says whose it is', async () => {
    const userId = (await api.call('GET', '/v1/tokenInfo')).body._userId
    expect(await cache()).toMatchObject({ name: 'Items', size: 0, sizeInMB: '0 MB', _userId: userId })
  })

  test('counts its bytes along: new entries, replaced ones, deleted ones', async () => {
    await upsert([
      { key: 'a', value: 'one' },
      { key: 'ä', value: { n: 1 } },
    ])
    expect(await cache()).toMatchObject({ size: 1 + 5 + 2 + 7, sizeInMB: '<5 MB' })
    await upsert([{ key: 'a', value: 'longer' }])
    expect((await cache()).size).toBe(1 + 8 + 2 + 7)
    await remove({ keys: ['ä', 'never'] })
    expect((await cache()).size).toBe(1 + 8)
    await purge()
    expect(await cache()).toMatchObject({ size: 0, sizeInMB: '0 MB' })
  })

  test('keeps its size and entries through a replacement, and takes no size from a client', async () => {
    await upsert([{ key: 'a', value: 1 }])
    const { body } = await api.call('PUT', `/v1/lookupcaches/${id}`, { name: 'Renamed', size: 99, sizeInMB: '50 MB' })
    expect(body).toMatchObject({ name: 'Renamed', size: 2, sizeInMB: '<5 MB' })
    expect((await get()).body.data).toEqual([{ key: 'a', value: 1 }])
  })

  test('hides its entries when it is deleted', async () => {
    await upsert([{ key: 'a', value: 1 }])
    expect((await api.call('DELETE', `/v1/lookupcaches/${id}`)).status).toBe(204)
    for (const answer of [
      await get(),
      await get({ keys: ['a'] }),
      await upsert([{ key: 'a', value: 2 }]),
      await remove({ keys: ['a'] }),
      await purge(),
    ])
      expect(refusal(answer)).toEqual({ status: 404, code: 'invalid_ref', field: '_lookupCacheId' })
  })

  test.each(['include=name', 'exclude=name', 'include=size&exclude=name', 'include=a%20b', 'include=a&include=b'])(
    'its lists refuse %s',
    async (query) => {
      const message = 'Include or exclude query params are not applicable for lookupcaches resource.'
      const { status, body } = await api.call('GET', `/v1/lookupcaches?${query}`)
      expect({ status, body }).toEqual({ status: 400, body: { errors: [{ code: 'invalid_query_params', message }] } })
    },
  )

  test('its lists ignore both where they are empty', async () => {
    expect((await api.call('GET', '/v1/lookupcaches?include=&exclude=')).status).toBe(200)
  })
})

describe('writing', () => {
  test('200 with how many were written; values come back as they were sent', async () => {
    const values = ['text', '', 0, 1.5, true, null, [], [1, 'a'], { deep: { ness: ['x'] } }, '{"json":"text"}', '\u0001"\\/ é 😀']
    const data = values.map((value, i) => ({ key: `k${String(i).padStart(2, '0')}`, value }))
    const { status, body } = await upsert(data)
    expect({ status, body }).toEqual({ status: 200, body: { numUpserted: data.length } })
    expect((await get()).body).toEqual({ data })
  })

  test('replaces what is there, adds what is not, leaves the rest', async () => {
    await upsert([
      { key: 'a', value: 1 },
      { key: 'b', value: 1 },
    ])
    await upsert([
      { key: 'b', value: 2 },
      { key: 'c', value: 2 },
    ])
    expect((await get()).body.data).toEqual([
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
      { key: 'c', value: 2 },
    ])
  })

  test('of the same key twice the last one counts', async () => {
    const { body } = await upsert([
      { key: 'a', value: 1 },
      { key: 'a', value: 2 },
    ])
    expect(body).toEqual({ numUpserted: 1 })
    expect((await get()).body.data).toEqual([{ key: 'a', value: 2 }])
    expect((await cache()).size).toBe(2)
  })

  test('422 for what is no entry, and nothing is written', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => ({ key: String(i), value: i }))
    for (const [data, code, field] of [
      [undefined, 'missing_required_field', 'data'],
      [[], 'invalid_field', 'data'],
      [[{ key: 'a' }], 'missing_required_field', 'data.0.value'],
      [[{ key: 'a', value: 1 }, { value: 1 }], 'missing_required_field', 'data.1.key'],
      [[{ key: 7, value: 1 }], 'invalid_field', 'data.0.key'],
      [[{ key: '', value: 1 }], 'invalid_field', 'data.0.key'],
      [[{ key: 'x'.repeat(501), value: 1 }], 'invalid_field', 'data.0.key'],
      [many, 'invalid_field', 'data'],
    ] as const)
      expect(refusal(await upsert(data))).toEqual({ status: 422, code, field })
    expect((await get()).body).toEqual({ data: [] })
  })

  test('takes keys of 500 characters, whatever they are', async () => {
    const keys = ['x', 'é', '漢', '😀'].map((one) => one.repeat(500))
    expect((await upsert(keys.map((key) => ({ key, value: 1 })))).status).toBe(200)
    expect(keysOf(await get({ keys })).toSorted()).toEqual(keys.toSorted())
  })

  test('422 for a batch above 5 MB, 413 for a body above what the server takes', async () => {
    expect(refusal(await upsert([entry('a', 3 * mb), entry('b', 2 * mb)]))).toEqual({ status: 422, code: 'lookup_cache_limit' })
    expect(refusal(await upsert([entry('a', 7 * mb)]))).toEqual({ status: 413, code: 'request_too_large' })
    expect((await upsert([entry('a', 3 * mb), entry('b', 2 * mb - 2)])).status).toBe(200)
    expect(await cache()).toMatchObject({ size: 5 * mb, sizeInMB: '5 MB' })
  })

  test('422 for what would make the cache larger than 50 MB: what is there stays, replacing and deleting goes on', async () => {
    for (let i = 0; i < 10; i += 1) expect((await upsert([entry(`key${i}`, 5 * mb - 4)])).status).toBe(200)
    expect(await cache()).toMatchObject({ size: 50 * mb, sizeInMB: '50 MB' })
    const full = await upsert([{ key: 'one more', value: 1 }])
    expect(refusal(full)).toEqual({ status: 422, code: 'lookup_cache_limit' })
    expect(full.body.errors[0].message).toBe('The cache would be larger than 50 MB. Delete entries, or spread them over several caches.')
    expect((await get({ keys: ['one more'] })).body.data).toEqual([])
    expect((await upsert([entry('key0', 5 * mb - 4)])).status).toBe(200)
    await remove({ keys: ['key0'] })
    expect((await upsert([{ key: 'one more', value: 1 }])).status).toBe(200)
    expect((await purge()).status).toBe(204)
  })

  test('writers at once count every byte', async () => {
    const data = (i: number) => Array.from({ length: 20 }, (_, n) => ({ key: `k${n}`, value: 'v'.repeat(i + 1) }))
    await Promise.all(Array.from({ length: 12 }, (_, i) => upsert(data(i))))
    const [row] = await ask(
      api.config,
      `select sum(octet_length(key) + octet_length(value))::int as bytes, count(*)::int as entries from sluice.lookup_cache_data where cache_id = $1`,
      [id],
    )
    expect(row).toEqual({ bytes: (await cache()).size, entries: 20 })
  })
})

describe('reading', () => {
  test('200 with an empty list where nothing fits', async () => {
    for (const body of [undefined, '', {}, { keys: ['a'] }, { startsWith: 'a' }]) {
      const answer = await get(body)
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: { data: [] } })
    }
  })

  test('by keys: those that are there; case matters', async () => {
    await upsert(['a', 'A', 'b', 'c'].map((key) => ({ key, value: key })))
    expect(keysOf(await get({ keys: ['c', 'a', 'd', 'B', 'a'] }))).toEqual(['a', 'c'])
  })

  test('by the beginning of keys: no character of it is a pattern', async () => {
    await upsert(['a%1', 'a%2', 'ab', 'a_b', 'A%1', 'ä', 'a'].map((key) => ({ key, value: 1 })))
    expect(keysOf(await get({ startsWith: 'a%' }))).toEqual(['a%1', 'a%2'])
    expect(keysOf(await get({ startsWith: 'a_' }))).toEqual(['a_b'])
    expect(keysOf(await get({ startsWith: '' }))).toHaveLength(7)
  })

  test('in pages of 1000, in the order of the keys; nextPageURL leads through all of them', async () => {
    const keyOf = (i: number): string => `key ${String(i).padStart(4, '0')} ü&`
    for (let from = 0; from < 2500; from += 500) await upsert(Array.from({ length: 500 }, (_, i) => ({ key: keyOf(from + i), value: i })))
    const all = Array.from({ length: 2500 }, (_, i) => keyOf(i))
    const seen: string[] = []
    let at: string | undefined = `/v1/lookupcaches/${id}/getData`
    for (let pages = 0; at !== undefined; pages += 1) {
      const answer: Answer = await api.call('POST', at, { startsWith: 'key' })
      expect(keysOf(answer).length).toBe(pages < 2 ? 1000 : 500)
      seen.push(...keysOf(answer))
      at = answer.body.nextPageURL
    }
    expect(seen).toEqual(all)
    expect(keysOf(await get(undefined, `?startAfterKey=${encodeURIComponent(keyOf(2497))}`))).toEqual(all.slice(2498))
    expect((await get({ startsWith: keyOf(2499) })).body).not.toHaveProperty('nextPageURL')
  })

  test('an answer ends at 5 MB, and goes on from there; by keys it is refused instead', async () => {
    for (const key of ['a', 'b', 'c']) await upsert([entry(key, 2 * mb)])
    const first = await get()
    expect(keysOf(first)).toEqual(['a', 'b'])
    expect(first.body.nextPageURL).toBe(`/v1/lookupcaches/${id}/getData?startAfterKey=b`)
    const second = await api.call('POST', first.body.nextPageURL)
    expect({ keys: keysOf(second), next: second.body.nextPageURL }).toEqual({ keys: ['c'], next: undefined })
    expect(refusal(await get({ keys: ['a', 'b', 'c'] }))).toEqual({ status: 422, code: 'lookup_cache_limit' })
    expect(keysOf(await get({ keys: ['a', 'c'] }))).toEqual(['a', 'c'])
  })

  test('422 for what cannot be asked', async () => {
    for (const [body, field] of [
      [{ keys: [] }, 'keys'],
      [{ keys: 'a' }, 'keys'],
      [{ keys: [1] }, 'keys.0'],
      [{ keys: Array.from({ length: 1001 }, String) }, 'keys'],
      [{ startsWith: 1 }, 'startsWith'],
      [{ keys: ['a'], startsWith: 'a' }, 'keys'],
    ] as const)
      expect(refusal(await get(body))).toEqual({ status: 422, code: 'invalid_field', field })
  })
})

describe('deleting', () => {
  test('200 with how many there were', async () => {
    await upsert(['a', 'b', 'c'].map((key) => ({ key, value: 1 })))
    const { status, body } = await remove({ keys: ['a', 'c', 'x', 'a'] })
    expect({ status, body }).toEqual({ status: 200, body: { numDeleted: 2 } })
    expect(keysOf(await get())).toEqual(['b'])
  })

  test('422 without keys', async () => {
    expect(refusal(await remove({}))).toEqual({ status: 422, code: 'missing_required_field', field: 'keys' })
    expect(refusal(await remove({ keys: [] }))).toEqual({ status: 422, code: 'invalid_field', field: 'keys' })
  })

  test('purge answers 204 and leaves nothing, however many there are, and nothing of other caches', async () => {
    const kept = (await api.call('POST', '/v1/lookupcaches', { name: 'Others' })).body._id
    await api.call('POST', `/v1/lookupcaches/${kept}/data`, { data: [{ key: 'a', value: 1 }] })
    const envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
    await ask(
      api.config,
      `insert into sluice.lookup_cache_data (env_id, cache_id, key, value) select $1, $2, n, '1' from generate_series(1, 120000) n`,
      [envId, id],
    )
    const { status, text } = await purge()
    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect((await get()).body.data).toEqual([])
    expect((await api.call('POST', `/v1/lookupcaches/${kept}/getData`)).body.data).toEqual([{ key: 'a', value: 1 }])
  })
})

test("404 for a cache that is not there, and for a stranger's", async () => {
  await upsert([{ key: 'a', value: 1 }])
  const calls = [
    ['POST', 'data', { data: [{ key: 'a', value: 2 }] }],
    ['POST', 'getData', { keys: ['a'] }],
    ['DELETE', 'data', { keys: ['a'] }],
    ['DELETE', 'data/purge', undefined],
  ] as const
  for (const [method, path, body] of calls) {
    for (const cacheId of [nobody, 'abc']) expect((await api.call(method, `/v1/lookupcaches/${cacheId}/${path}`, body)).status).toBe(404)
    expect((await api.stranger(method, `/v1/lookupcaches/${id}/${path}`, body)).status).toBe(404)
  }
  expect((await get()).body.data).toEqual([{ key: 'a', value: 1 }])
})
