/** Tiles are searched, sorted and paged by the server, over all of them; each user pins their own, in every browser. */
import { beforeAll, describe, expect, test } from 'vitest'
import { hashToken } from '../../src/domain/accounts/accounts.ts'
import { apiForFile, ownerToken, type Answer } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { makeEnvironment } from '../harness/environment.ts'
import { make } from '../harness/flows.ts'

const api = apiForFile()
const ids: Record<string, string> = {}
const flowIds: Record<string, string> = {}
beforeAll(async () => {
  for (const name of ['Beta', 'alpha', 'Gamma 100%', 'delta_']) {
    ids[name] = (await make(api, 'integrations', { name }))._id
    const source = await make(api, 'exports', { name, adaptorType: 'SimpleExport', type: 'simple', file: { type: 'json' } })
    for (let i = 0; i < (name === 'Beta' ? 3 : 1); i++)
      flowIds[name] = (
        await make(api, 'flows', { name: `${name} ${i}`, _integrationId: ids[name], pageGenerators: [{ _exportId: source._id }] })
      )._id
  }
  await fail('alpha', 2, '2026-01-01T00:00:00.000Z')
  await fail('delta_', 5, '2025-01-01T00:00:00.000Z')
})

async function fail(name: string, count: number, occurredAt: string): Promise<void> {
  const common = { occurredAt, source: 'application', code: '500', message: 'no', stepId: '6790c0de0000000000000001' }
  const job = '6790c0de0000000000000002'
  const { accountId } = (await api.world.store.accounts.identify(hashToken(ownerToken))) as { accountId: string }
  const errors = Array.from({ length: count }, (_, at) => ({ ...common, errorId: `${name}-${at}`, _flowJobId: job }))
  await api.world.store.transaction((rows) => rows.flowErrors.add(accountId, flowIds[name] as string, errors))
}

const list = async (query: string, call = api.call): Promise<string[]> =>
  ((await call('GET', `/v1/tiles?${query}`)).body ?? []).map(({ name }: { name: string }) => name)
const problem = ({ status, body }: Answer) => ({ status, code: body?.errors?.[0]?.code, field: body?.errors?.[0]?.field })

describe('the order', () => {
  test('is that in which they were made, and else what is asked for, down or up', async () => {
    expect(await list('')).toEqual(['Beta', 'alpha', 'Gamma 100%', 'delta_'])
    expect(await list('sort=name')).toEqual(['alpha', 'Beta', 'delta_', 'Gamma 100%'])
    expect(await list('sort=-name')).toEqual(['Gamma 100%', 'delta_', 'Beta', 'alpha'])
    expect(await list('sort=-numError')).toEqual(['delta_', 'alpha', 'Beta', 'Gamma 100%'])
    expect(await list('sort=numError')).toEqual(['Beta', 'Gamma 100%', 'alpha', 'delta_'])
    expect(await list('sort=-numFlows')).toEqual(['Beta', 'alpha', 'Gamma 100%', 'delta_'])
    // What never failed stands last in both directions.
    expect(await list('sort=-lastErrorAt')).toEqual(['alpha', 'delta_', 'Beta', 'Gamma 100%'])
    expect(await list('sort=lastErrorAt')).toEqual(['delta_', 'alpha', 'Beta', 'Gamma 100%'])
  })

  test('goes over all pages, of which none has a tile twice', async () => {
    const pages = [await list('sort=name&limit=3'), await list('sort=name&limit=3&skip=3')]
    expect(pages).toEqual([['alpha', 'Beta', 'delta_'], ['Gamma 100%']])
    const { headers } = await api.call('GET', '/v1/tiles?sort=name&search=a&limit=2')
    expect(headers.get('link')).toMatch(/sort=name&search=a&limit=2&skip=2>; rel="next"/)
  })

  test('is one of those that are named', async () => {
    expect(problem(await api.call('GET', '/v1/tiles?sort=_id;drop'))).toEqual({ status: 400, code: 'invalid_query_params', field: 'sort' })
    expect(problem(await api.call('GET', `/v1/tiles?search=${'x'.repeat(201)}`))).toMatchObject({ status: 400, field: 'search' })
  })
})

test('a name is found by a part of it, in upper or lower case, and signs are what they are', async () => {
  expect(await list('search=ETA')).toEqual(['Beta'])
  expect(await list('search=%25')).toEqual(['Gamma 100%'])
  expect(await list('search=_')).toEqual(['delta_'])
  expect(await list(`search=${encodeURIComponent("'; select")}`)).toEqual([])
  expect(await list('search=')).toHaveLength(4)
})

describe('a pin', () => {
  const pin = (id: string | undefined, method = 'PUT', call = api.call): Promise<Answer> => call(method, `/v1/tiles/${id}/pin`)

  test('stands for its user, before all others where that is asked for', async () => {
    expect((await pin(ids['delta_'])).status).toBe(204)
    expect((await pin(ids['delta_'])).status).toBe(204)
    expect(await list('sort=name&pinnedFirst=true')).toEqual(['delta_', 'alpha', 'Beta', 'Gamma 100%'])
    expect(await list('sort=name')).toEqual(['alpha', 'Beta', 'delta_', 'Gamma 100%'])
    const { body } = await api.call('GET', '/v1/tiles')
    expect(body.map(({ pinned }: { pinned?: boolean }) => pinned)).toEqual([undefined, undefined, undefined, true])
    const friend = await colleague(api, 'friend@example.com', { accessLevel: 'monitor' })
    expect(await list('sort=name&pinnedFirst=true', friend.call)).toEqual(['alpha', 'Beta', 'delta_', 'Gamma 100%'])
    expect((await pin(ids['Beta'], 'PUT', friend.call)).status).toBe(204)
    expect((await list('sort=name&pinnedFirst=true', friend.call))[0]).toBe('Beta')
    expect((await list('sort=name&pinnedFirst=true'))[0]).toBe('delta_')
    expect((await pin(ids['delta_'], 'DELETE')).status).toBe(204)
    expect((await pin(ids['delta_'], 'DELETE')).status).toBe(204)
    expect((await list('sort=name&pinnedFirst=true'))[0]).toBe('alpha')
  })

  test('is for what the user sees, in the environment that they are in', async () => {
    const sandbox = await makeEnvironment(api, 'Sandbox')
    expect(problem(await sandbox.call('PUT', `/v1/tiles/${ids['Beta']}/pin`))).toMatchObject({ status: 404, code: 'invalid_ref' })
    for (const id of ['6790c0de0000000000000009', 'nothing', '%00']) expect([id, (await pin(id)).status]).toEqual([id, 404])
    const some = await colleague(api, 'some@example.com', {
      integrationAccessLevel: [{ _integrationId: ids['alpha'], accessLevel: 'monitor' }],
    })
    expect((await pin(ids['alpha'], 'PUT', some.call)).status).toBe(204)
    for (const id of [ids['Beta'], 'none']) expect((await pin(id, 'PUT', some.call)).status).toBe(404)
    expect((await pin('none')).status).toBe(204)
  })

  test('is one of two hundred, and what is gone for good takes no place', async () => {
    const { accountId } = (await api.world.store.accounts.identify(hashToken(ownerToken))) as { accountId: string }
    await api.database.pool.query(
      `insert into sluice.pinned_tiles select $1, $1, lpad(to_hex(n), 24, '0') from generate_series(1, 250) n`,
      [accountId],
    )
    expect((await pin(ids['alpha'])).status).toBe(204)
    await api.database.pool.query(
      `with made as (insert into sluice.documents (env_id, collection, _id, doc)
         select $1, 'integrations', lpad(to_hex(n), 24, '0'), jsonb_build_object('name', 'Many', '_id', lpad(to_hex(n), 24, '0')) from generate_series(1, 200) n returning _id)
       insert into sluice.pinned_tiles select $1, $1, _id from made`,
      [accountId],
    )
    expect(problem(await pin(ids['Beta']))).toEqual({ status: 422, code: 'state_limit', field: undefined })
    expect((await pin(ids['alpha'])).status).toBe(204)
  })
})
