/** What a function of an app wrote before it failed is taken back, whatever it was and whatever it was called for. */
import { beforeAll, describe, expect, test } from 'vitest'
import { undoAbandoned, undoAbandonedOne } from '../../src/domain/app-code/undo.ts'
import { apiForFile, type Answer } from '../harness/api.ts'
import { kinds, publishChanging, type Changing } from '../harness/app-changes.ts'

const api = apiForFile()
let app: Changing
beforeAll(async () => {
  app = await publishChanging(api)
})

const theirs = (method: string, path: string, body?: unknown): Promise<Answer> => api.stranger(method, path, body)
const read = async (path: string): Promise<Answer['body']> => (await theirs('GET', `/v1/${path}`)).body
const mine = {
  connection: {
    name: 'Shop',
    http: { baseURI: 'https://mine.example', mediaType: 'json', auth: { type: 'token', token: { token: 's3cret' } } },
  },
}
async function asks(id: string, settings: object): Promise<void> {
  const answer = await theirs('PATCH', `/v1/integrations/${id}`, [{ op: 'replace', path: '/settings', value: settings }])
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 204 })
}

async function begun(): Promise<string> {
  const body = { user: { email: 'stranger@example.com' }, _editionId: app.editions[0] }
  const license = await api.call('POST', `/v1/connectors/${app.connectorId}/licenses`, body)
  const { body: made } = await theirs('POST', `/v1/connectors/${app.connectorId}/install`, { _licenseId: license.body._id })
  return made._id
}

/** With entries in its cache, state, and its flow enabled. */
async function installed(): Promise<string> {
  const id = await begun()
  for (const [index, sent] of [mine, {}, {}].entries())
    expect((await theirs('POST', `/v1/integrations/${id}/installSteps/${index}`, sent)).status).toBe(200)
  const data = [
    { key: 'EUR', value: 1 },
    { key: 'USD', value: { rate: 1.1 } },
  ]
  const [cache] = (await cachesOf(id)) as { _id: string }[]
  expect((await theirs('POST', `/v1/lookupcaches/${cache?._id}/data`, { data })).status).toBe(200)
  for (const key of ['seen', 'gone']) await theirs('PUT', `/v1/integrations/${id}/state/${key}`, { of: key })
  const [flow] = await read(`integrations/${id}/flows`)
  await theirs('PUT', `/v1/flows/${flow._id}`, { disabled: false, name: flow.name })
  return id
}

const cachesOf = async (id: string): Promise<Answer['body']> =>
  (await read('lookupcaches')).filter((each: { _integrationId: string }) => each._integrationId === id)

/** Everything that the account has, as it is answered. What happens by itself beside it is left out. */
async function everything(id: string): Promise<object> {
  const lists = ['integrations', 'flows', 'exports', 'imports', 'connections', 'lookupcaches', 'licenses', 'recycleBinTTL']
  const found = Object.fromEntries(await Promise.all(lists.map(async (list) => [list, await read(list)])))
  const entries = await Promise.all(
    (await cachesOf(id)).map(async ({ _id }: { _id: string }) => (await theirs('POST', `/v1/lookupcaches/${_id}/getData`)).body),
  )
  const keys: string[] = (await read(`integrations/${id}/state`)).keys
  const state = await Promise.all(keys.map(async (key) => [key, await read(`integrations/${id}/state/${key}`)]))
  for (const integration of found['integrations'] as { appFailure?: unknown }[]) delete integration.appFailure
  const { rows } = await api.database.pool.query(
    `select * from sluice.edges where env_id = (select env_id from sluice.documents where _id = $1) order by from_id, path`,
    [id],
  )
  return { ...found, entries, state, edges: rows }
}

const waiting = async (): Promise<number> => {
  const { rows } = await api.database.pool.query<{ n: number }>(`select count(*)::int as n from sluice.jobs where ended_at is null`)
  return rows[0]?.n ?? 0
}

const leftovers = async (): Promise<number> => {
  const { rows } = await api.database.pool.query<{ n: number }>(
    `select (select count(*) from sluice.app_before)::int + (select count(*) from sluice.installations where busy_with is not null)::int as n`,
  )
  return rows[0]?.n ?? 0
}

describe('an update that fails leaves the app as it was', () => {
  let id: string
  beforeAll(async () => {
    id = await installed()
  })
  const update = (): Promise<Answer> => api.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [id] })

  test.each([...kinds.map((kind) => kind), 'create replace removeNew entries purge allState run remove'])(
    'where the function did %s',
    async (what) => {
      const done = what.split(' ')
      await asks(id, { kinds: done })
      const before = await everything(id)
      const { body } = await update()
      expect(body).toMatchObject([{ updated: false, version: '1.0.0', updateInProgress: false, error: 'in the middle of it' }])
      expect(await everything(id)).toEqual(before)
      expect(await waiting(), 'runs that it started are canceled').toBe(0)
      expect(await leftovers()).toBe(0)
    },
  )

  test('and says what happened, until a function of the app succeeds', async () => {
    await asks(id, { kinds: ['state'] })
    await update()
    const { appFailure } = await read(`integrations/${id}`)
    expect(appFailure).toEqual({ doing: 'update', message: 'in the middle of it', at: expect.stringMatching(/^20/) })
    const put = await theirs('PUT', `/v1/integrations/${id}`, { name: 'Mine', appFailure: { message: 'no' }, settings: {} })
    expect({ status: put.status, says: put.body.appFailure }).toEqual({ status: 200, says: appFailure })
    await asks(id, { kinds: ['state'] })
    const failed = await theirs('POST', `/v1/integrations/${id}/initChild`)
    expect({ status: failed.status, says: (await read(`integrations/${id}`)).appFailure }).toEqual({ status: 422, says: appFailure })
    await asks(id, {})
    expect((await update()).body).toMatchObject([{ updated: true }])
    expect((await read(`integrations/${id}`)).appFailure).toBeUndefined()
  })

  test('and what was done and undone is on record', async () => {
    const entries = await read(`audit?source=system&resourceType=flow`)
    expect(entries.map(({ event }: { event: string }) => event)).toEqual(expect.arrayContaining(['delete', 'update']))
  })
})

describe('a function that fails leaves everything as it was', () => {
  const done = ['create', 'replace', 'entries', 'state', 'run', 'remove']

  test('in a step that installs, with the resources that the step itself had made', async () => {
    const id = await begun()
    await asks(id, { kinds: ['create'] })
    const before = await everything(id)
    expect((await theirs('POST', `/v1/integrations/${id}/installSteps/0`, mine)).status).toBe(422)
    expect(await everything(id)).toEqual(before)
    await asks(id, {})
    await theirs('POST', `/v1/integrations/${id}/installSteps/0`, mine)
    await asks(id, { kinds: ['create'] })
    const connected = await everything(id)
    expect((await theirs('POST', `/v1/integrations/${id}/installSteps/1`)).status).toBe(422)
    expect(await everything(id)).toEqual(connected)
    expect(await leftovers()).toBe(0)
    await asks(id, {})
    for (const index of [1, 2]) expect((await theirs('POST', `/v1/integrations/${id}/installSteps/${index}`)).status).toBe(200)
    expect(await read(`integrations/${id}/flows`)).toHaveLength(1)
  })

  test('in a step that uninstalls, for a child, and for another edition', async () => {
    const id = await installed()
    await asks(id, { kinds: done })
    const before = await everything(id)
    expect((await theirs('POST', `/v1/integrations/${id}/initChild`)).status).toBe(422)
    expect(await everything(id)).toEqual(before)

    const larger = await api.call('POST', `/v1/connectors/${app.connectorId}/licenses`, {
      user: { email: 'stranger@example.com' },
      _editionId: app.editions[1],
    })
    const licensed = await everything(id)
    expect((await theirs('POST', `/v1/integrations/${id}/changeEdition`, { _licenseId: larger.body._id })).status).toBe(422)
    expect(await everything(id)).toEqual(licensed)
    const { rows } = await api.database.pool.query(`select edition_id from sluice.installations where integration_id = $1`, [id])
    expect(rows).toEqual([{ edition_id: app.editions[0] }])

    await theirs('POST', `/v1/integrations/${id}/uninstall`)
    const leaving = await everything(id)
    expect((await theirs('POST', `/v1/integrations/${id}/uninstallSteps/0`)).status).toBe(422)
    expect(await everything(id)).toEqual(leaving)
    expect(await leftovers()).toBe(0)
  })
})

describe('what others change of a document while a function is at it', () => {
  const token = (text: string): object => ({
    baseURI: 'https://mine.example',
    mediaType: 'json',
    auth: { type: 'token', token: { token: text } },
  })
  const connectionOf = async (id: string): Promise<Answer['body']> =>
    (await read('connections')).find((each: { _integrationId?: string }) => each._integrationId === id)
  const secretOf = async (id: string): Promise<unknown> => {
    const accountId: string = (await read('tokenInfo'))._userId
    const entry = await api.world.store.documents.find(accountId, 'connections', id)
    return entry && JSON.parse(api.world.vault.open(String(entry.secrets), `${accountId}/${id}`))
  }

  test.each([
    ['after the last that the function wrote', []],
    ['ahead of it', ['replaceAgain']],
  ])('%s stays, secrets too, and the function’s own changes go', async (_when, more) => {
    const id = await installed()
    const before = await connectionOf(id)
    await asks(id, { kinds: ['replace', 'slowly', ...more] })
    const failing = api.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [id] })
    await expect.poll(() => read(`integrations/${id}/state/seen`), { timeout: 10_000 }).toBe('first')
    const now = await connectionOf(id)
    expect(now.http.baseURI).toBe('https://other.example')
    const changed = await theirs('PUT', `/v1/connections/${now._id}`, { ...now, settings: { by: 'hand' }, http: token('renewed') })
    expect(changed.status).toBe(200)
    expect((await failing).body).toMatchObject([{ updated: false, error: 'in the middle of it' }])
    const { lastModified: _at, ...after } = await connectionOf(id)
    const { lastModified: _then, ...expected } = before
    expect(after).toEqual({ ...expected, settings: { by: 'hand' } })
    expect(await secretOf(now._id)).toEqual({ '/http/auth/token/token': 'renewed' })
    expect(await read(`integrations/${id}/flows`)).toMatchObject([{ disabled: false }])
    expect(await leftovers()).toBe(0)
  })
})

describe('a claim that nobody holds any more', () => {
  /** As a server leaves it that dies after one write. Answers the environment. */
  async function abandon(id: string, doing: string): Promise<string> {
    const { rows } = await api.database.pool.query<{ env_id: string }>(
      `update sluice.installations set busy_with = 'dead', busy_until = now() - interval '1 second', busy_on = $1, busy_doing = $2
       where integration_id = $1 returning env_id`,
      [id, doing],
    )
    const envId = rows[0]?.env_id as string
    await api.database.pool.query(
      `insert into sluice.app_before (env_id, root_id, kind, of, key, value) values ($1, $2, 'state', $2, 'seen', '"as it was"')`,
      [envId, id],
    )
    return envId
  }

  test('is taken over by the next who come, and what was done under it is undone first', async () => {
    const id = await installed()
    await abandon(id, 'initChild')
    expect((await theirs('POST', `/v1/integrations/${id}/uninstall`)).status).toBe(200)
    expect(await read(`integrations/${id}/state/seen`)).toBe('as it was')
    expect(await leftovers()).toBe(0)
  })

  test('is of no use to whoever was only slow: they write nothing more, and what they wrote is undone', async () => {
    const id = await installed()
    await asks(id, { kinds: ['slowly'] })
    const before = await everything(id)
    const slow = api.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [id] })
    await expect.poll(() => read(`integrations/${id}/state/seen`), { timeout: 10_000 }).toBe('first')
    await api.database.pool.query(`update sluice.installations set busy_until = now() - interval '1 second' where integration_id = $1`, [
      id,
    ])
    await undoAbandoned(api.world)
    expect(await everything(id)).toEqual(before)
    expect((await read(`integrations/${id}`)).appFailure).toMatchObject({ message: 'The server ended in the middle of it.' })
    expect((await slow).body).toMatchObject([{ updated: false, error: expect.stringContaining('It took too long') as string }])
    expect(await everything(id)).toEqual(before)
    expect(await leftovers()).toBe(0)
  })

  test('is undone by one alone, who has taken it over still', async () => {
    const id = await installed()
    const envId = await abandon(id, 'update')
    const { store } = api.world
    const apps: typeof store.apps = {
      ...store.apps,
      async takeOver(...of) {
        const found = await store.apps.takeOver(...of)
        await api.database.pool.query(`update sluice.installations set busy_with = 'faster' where integration_id = $1`, [id])
        return found
      },
    }
    const only = { envId, rootId: id }
    expect(await undoAbandonedOne({ ...api.world, store: { ...store, apps } }, only)).toBe(false)
    expect(await read(`integrations/${id}/state/seen`)).toEqual({ of: 'seen' })
    await api.database.pool.query(`update sluice.installations set busy_until = now() - interval '1 second' where integration_id = $1`, [
      id,
    ])
    expect(await undoAbandonedOne(api.world, only)).toBe(true)
    expect(await read(`integrations/${id}/state/seen`)).toBe('as it was')
  })

  test('keeps others out while it is held', async () => {
    const id = await installed()
    await api.database.pool.query(
      `update sluice.installations set busy_with = 'alive', busy_until = now() + interval '1 minute' where integration_id = $1`,
      [id],
    )
    const answer = await theirs('POST', `/v1/integrations/${id}/initChild`)
    expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 409, code: 'conflict' })
    await api.database.pool.query(`update sluice.installations set busy_with = null where integration_id = $1`, [id])
  })
})
