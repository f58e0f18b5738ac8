/** The largest integration that is cloned, and the first that is not. */
import { beforeAll, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'

/** Documents of one clone. */
const most = 10_000
/** All four take 5 s together on an idle machine. Milliseconds. */
const patienceMs = 180_000

const api = apiForFile()
let id: string
beforeAll(async () => {
  const { body } = await api.call('POST', '/v1/integrations', { name: 'large' })
  id = body._id
  const [{ env_id: envId } = {}] = await ask(api.config, `select env_id from sluice.documents where _id = $1`, [id])
  // An integration, a script, 4,999 exports and as many flows, as the API would have written them.
  await ask(
    api.config,
    `with n as (select lpad(to_hex(i), 23, '0') as n from generate_series(1, $3::int) i),
       docs (collection, _id, doc) as (
         select 'scripts', repeat('a', 24), jsonb_build_object('_id', repeat('a', 24), 'name', 's', 'content', '')
         union all select 'exports', n || 'e', jsonb_build_object('_id', n || 'e', 'name', 'e', 'hooks', jsonb_build_object('preSavePage', jsonb_build_object('function', 'f', '_scriptId', repeat('a', 24)))) from n
         union all select 'flows', n || 'f', jsonb_build_object('_id', n || 'f', 'name', 'f', '_integrationId', $2::text, 'pageGenerators', jsonb_build_array(jsonb_build_object('_exportId', n || 'e'))) from n),
       written as (insert into sluice.documents (env_id, collection, _id, doc) select $1, * from docs)
     insert into sluice.edges (env_id, from_collection, from_id, path, to_collection, to_id)
     select $1, 'flows', n || 'f', '_integrationId', 'integrations', $2 from n
     union all select $1, 'flows', n || 'f', 'pageGenerators.0._exportId', 'exports', n || 'e' from n
     union all select $1, 'exports', n || 'e', 'hooks.preSavePage._scriptId', 'scripts', repeat('a', 24) from n`,
    [envId, id, (most - 2) / 2],
  )
})

test(
  'an integration of 10,000 documents is previewed, cloned, deleted and restored',
  async () => {
    // As the server does of itself once in a while: what follows is planned for a bin that is empty.
    await ask(api.config, 'analyze')
    const preview = await api.call('GET', `/v1/integrations/${id}/clone/preview`)
    expect({ status: preview.status, objects: preview.body.objects.length }).toEqual({ status: 200, objects: most })
    const { status, body } = await api.call('POST', `/v1/integrations/${id}/clone`)
    expect(status).toBe(200)
    const [row] = await ask(api.config, `select count(*)::int as n from sluice.clone_pairs where integration_id = $1`, [body._id])
    expect(row?.['n']).toBe(most)
    expect((await api.call('DELETE', `/v1/integrations/${body._id}`)).status).toBe(204)
    const restored = await api.call('POST', `/v1/recycleBinTTL/integrations/${body._id}/doCascadeRestore`)
    // The script had stayed.
    expect({ status: restored.status, count: restored.body.length }).toEqual({ status: 200, count: most - 1 })
  },
  patienceMs,
)

test('one of more is refused', async () => {
  await api.call('POST', '/v1/flows', { name: 'one more', _integrationId: id })
  for (const [method, path] of [
    ['GET', 'clone/preview'],
    ['POST', 'clone'],
  ] as const) {
    const { status, body } = await api.call(method, `/v1/integrations/${id}/${path}`)
    expect({ status, code: body.errors[0].code }).toEqual({ status: 422, code: 'too_many_resources' })
  }
})
