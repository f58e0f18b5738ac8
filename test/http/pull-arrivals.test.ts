/** What a pull brings to an environment that does not have it yet: it comes along whole, or somebody is asked for what it lacks. */
import { describe, expect, test } from 'vitest'
import { archiveOf, filesIn } from '../harness/archives.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { bodies, cloneOf, edit, made, makeDev, on, pulled, pullInto, relatedForFile, type Side } from '../harness/related.ts'
import { nobody, type Body } from '../harness/samples.ts'
import { revealSecrets } from '../../src/domain/secrets.ts'

const related = relatedForFile()

const get = async (side: Side, path: string) => (await side.call('GET', `/v1/${path}`)).body
const copyOf = async (side: Side, collection: string, source: string) => (await get(side, `${collection}?_sourceId=${source}`))?.at(-1)
const step = (side: Side, revision: string, body: Body) => on(side, revision, 'installSteps', body, 'PUT')
const problem = ({ status, body }: { status: number; body: { errors: Body[] } }) => {
  const { code, field } = body.errors[0] as Body
  return `${status} ${String(code)} ${String(field)}`
}
/** Two of their own, so that no test is in the way of another. */
const sides = async (): Promise<{ dev: Side; prod: Side }> => {
  const dev = await makeDev(related.dev.call, related.dev.envId)
  return { dev, prod: await cloneOf(dev, related.prod.call, related.prod.envId) }
}
const stack: Body = { name: 'Code', type: 'server', server: { hostURI: 'https://code.example' } }
const onStack = (_stackId: string): Body => ({ hooks: { preSavePage: { function: 'clean', _stackId } } })
const inFlow = (side: Side, exportId: string): Promise<string> =>
  made(side.call, 'flows', { name: 'New', _integrationId: side.integration, pageGenerators: [{ _exportId: exportId }] })

describe('a hook on a stack', () => {
  test('asks which stack serves it here, keeps it, and asks no second time', async () => {
    const { dev, prod } = await sides()
    const [there, here] = [await made(dev.call, 'stacks', stack), await made(prod.call, 'stacks', stack)]
    await edit(dev, `exports/${dev.source}`, onStack(there))
    const { body } = await pullInto(prod, dev)
    expect(body.installSteps).toEqual([
      {
        type: 'stack',
        name: 'Code',
        completed: false,
        _sourceStackId: there,
        sourceStack: { name: 'Code', type: 'server', server: { hostURI: 'https://code.example' } },
      },
    ])
    expect(problem(await on(prod, body._id, 'apply'))).toBe('409 open_install_steps installSteps')
    for (const _stackId of [there, nobody])
      expect(problem(await step(prod, body._id, { _sourceStackId: there, _stackId }))).toBe('422 invalid_ref _stackId')
    expect(problem(await step(prod, body._id, { _sourceStackId: here, _stackId: here }))).toBe('422 invalid_ref _sourceStackId')
    expect(problem(await step(prod, body._id, { _stackId: here }))).toBe('422 missing_required_field _sourceConnectionId')
    const done = await step(prod, body._id, { _sourceStackId: there, _stackId: here })
    expect(done.body.installSteps).toMatchObject([{ completed: true, _stackId: here }])
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect((await get(prod, `exports/${prod.source}`)).hooks.preSavePage).toMatchObject({ function: 'clean', _stackId: here })
    await edit(dev, `imports/${dev.sink}`, { hooks: { preMap: { function: 'map', _stackId: there } } })
    await pulled(prod, dev)
    expect((await get(prod, `imports/${prod.sink}`)).hooks.preMap._stackId).toBe(here)
  })

  test('can have a stack made for it', async () => {
    const { dev, prod } = await sides()
    const there = await made(dev.call, 'stacks', stack)
    await edit(dev, `exports/${dev.source}`, onStack(there))
    const { body } = await pullInto(prod, dev)
    expect(problem(await step(prod, body._id, { _sourceStackId: there, stack: { name: 'Code' } }))).toMatch(/^422 missing_required_field/)
    expect((await step(prod, body._id, { _sourceStackId: there, stack })).status).toBe(200)
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    const { _stackId } = (await get(prod, `exports/${prod.source}`)).hooks.preSavePage
    expect(await get(prod, `stacks/${_stackId}`)).toMatchObject({ name: 'Code', _envId: prod.envId })
  })

  test('lies on the stack that the clone was made with', async () => {
    const dev = await makeDev(related.dev.call, related.dev.envId)
    const [there, here] = [await made(dev.call, 'stacks', stack), await made(related.prod.call, 'stacks', stack)]
    await edit(dev, `exports/${dev.source}`, onStack(there))
    const { body } = await dev.call('POST', `/v1/integrations/${dev.integration}/clone`, {
      _envId: related.prod.envId,
      _stackId: here,
      connectionMap: { [dev.connection]: related.prod.connection },
    })
    const prod = { ...related.prod, integration: body._id }
    await edit(dev, `imports/${dev.sink}`, { hooks: { preMap: { function: 'map', _stackId: there } } })
    await pulled(prod, dev)
    expect((await copyOf(prod, 'imports', dev.sink)).hooks.preMap._stackId).toBe(here)
  })

  test('keeps its stack within an environment', async () => {
    const dev = await makeDev(related.dev.call, related.dev.envId)
    const twin = await cloneOf(dev, dev.call, dev.envId)
    const there = await made(dev.call, 'stacks', stack)
    await edit(dev, `exports/${dev.source}`, onStack(there))
    await pulled(twin, dev)
    expect((await get(twin, `exports/${twin.source}`)).hooks.preSavePage._stackId).toBe(there)
  })
})

test('an EDI profile is chosen too', async () => {
  const { dev, prod } = await sides()
  const profile: Body = { name: 'Partner', fileType: 'edix12' }
  const [there, here] = [await made(dev.call, 'ediprofiles', profile), await made(prod.call, 'ediprofiles', profile)]
  await edit(dev, `exports/${dev.source}`, { _ediProfileId: there })
  const { body } = await pullInto(prod, dev)
  expect(body.installSteps).toMatchObject([{ type: 'ediProfile', name: 'Partner', _sourceEdiProfileId: there, sourceEdiProfile: profile }])
  await step(prod, body._id, { _sourceEdiProfileId: there, _ediProfileId: here })
  expect((await on(prod, body._id, 'apply')).status).toBe(200)
  expect((await get(prod, `exports/${prod.source}`))._ediProfileId).toBe(here)
})

describe('a lookup cache that is new', () => {
  const data = async (side: Side, id: string) => (await side.call('POST', `/v1/lookupcaches/${id}/getData`)).body.data
  const put = (side: Side, id: string, value: string) => side.call('POST', `/v1/lookupcaches/${id}/data`, { data: [{ key: 'k', value }] })

  test('brings its entries where it asks for that, and never again what this side has', async () => {
    const { dev, prod } = await sides()
    const cache = (more: Body) => made(dev.call, 'lookupcaches', { name: 'Codes', _integrationId: dev.integration, ...more })
    const [full, empty] = [await cache({ includeDataInTemplatesAndCloning: true }), await cache({})]
    for (const each of [full, empty]) await put(dev, each, 'of dev')
    await pulled(prod, dev)
    const [copy, other] = [await copyOf(prod, 'lookupcaches', full), await copyOf(prod, 'lookupcaches', empty)]
    expect(await data(prod, copy._id)).toEqual([{ key: 'k', value: 'of dev' }])
    expect(copy).toMatchObject({ size: (await get(dev, `lookupcaches/${full}`)).size, sizeInMB: '<5 MB' })
    expect([await data(prod, other._id), other.size]).toEqual([[], 0])

    await put(prod, copy._id, 'of prod')
    await put(dev, full, 'newer of dev')
    await edit(dev, `lookupcaches/${full}`, { description: 'Changed' })
    await pulled(prod, dev)
    expect(await data(prod, copy._id)).toEqual([{ key: 'k', value: 'of prod' }])
    // Out of the bin it comes with what it had.
    await prod.call('DELETE', `/v1/lookupcaches/${copy._id}`)
    await edit(dev, `lookupcaches/${full}`, { description: 'Changed again' })
    const { body } = await pullInto(prod, dev)
    await on(prod, body._id, 'conflicts', { use: 'theirs' }, 'PUT')
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect(await data(prod, copy._id)).toEqual([{ key: 'k', value: 'of prod' }])
  })
})

describe('secrets of what is new', () => {
  const webhook = (more: Body): Body => ({ name: 'Hook', adaptorType: 'WebhookExport', type: 'webhook', webhook: more })
  const kept = async (side: Side, collection: 'exports' | 'apis', id: string) => {
    const { world } = related.api
    return revealSecrets(world.vault, side.envId, (await world.store.documents.find(side.envId, collection, id)) as never)
  }

  test('are asked for, sealed until the pull is applied, and shown nowhere', async () => {
    const { dev, prod } = await sides()
    const hook = await made(dev.call, 'exports', webhook({ verify: 'token', token: 'of-dev', path: 'token' }))
    await inFlow(dev, hook)
    const { body } = await pullInto(prod, dev)
    const [asked] = body.installSteps
    expect(body.installSteps).toEqual([
      {
        type: 'secrets',
        name: 'Hook',
        completed: false,
        resourceType: 'export',
        _resourceId: expect.any(String),
        fields: ['webhook.token'],
      },
    ])
    expect(problem(await on(prod, body._id, 'apply'))).toBe('409 open_install_steps installSteps')
    const { _resourceId } = asked
    const send = (secrets: Body, id = _resourceId) => step(prod, body._id, { _resourceId: id, secrets })
    expect(problem(await send({}))).toBe('422 missing_required_field secrets.webhook.token')
    expect(problem(await send({ 'webhook.token': '' }))).toBe('422 missing_required_field secrets.webhook.token')
    expect(problem(await send({ 'webhook.token': 'x', 'webhook.key': 'y' }))).toBe('422 invalid_field secrets.webhook.key')
    expect(problem(await send({ 'webhook.token': 'x' }, hook))).toBe('422 invalid_ref _resourceId')
    const done = await send({ 'webhook.token': 'secret-of-prod' })
    expect(done.body.installSteps).toMatchObject([{ type: 'secrets', completed: true }])
    expect((await on(prod, body._id, 'refresh')).body.installSteps).toMatchObject([{ type: 'secrets', completed: true }])
    const everywhere = async () =>
      JSON.stringify([
        await ask(related.api.config, 'select r::text from sluice.revisions r'),
        await ask(related.api.config, 'select a::text from sluice.audit a'),
        await ask(related.api.config, 'select d::text from sluice.documents d'),
      ])
    expect(done.text + (await everywhere())).not.toContain('secret-of-prod')
    const applied = await on(prod, body._id, 'apply')
    expect(applied.status).toBe(200)
    expect(applied.text + (await everywhere())).not.toContain('secret-of-prod')
    expect((await get(prod, `exports/${_resourceId}`)).webhook).toEqual({ verify: 'token', token: '******', path: 'token' })
    expect(await kept(prod, 'exports', _resourceId)).toMatchObject({ webhook: { token: 'secret-of-prod' } })
    expect(await ask(related.api.config, `select work -> 'secrets' as secrets from sluice.revisions where _id = $1`, [body._id])).toEqual([
      { secrets: null },
    ])

    await edit(dev, `exports/${hook}`, { description: 'Changed' })
    await pulled(prod, dev)
    expect(await kept(prod, 'exports', _resourceId)).toMatchObject({ webhook: { token: 'secret-of-prod' }, description: 'Changed' })
    await edit(dev, `exports/${hook}`, {
      webhook: { verify: 'hmac', key: 'key-of-dev', algorithm: 'sha256', encoding: 'hex', header: 'x' },
    })
    expect((await pullInto(prod, dev)).body.installSteps).toMatchObject([{ type: 'secrets', _resourceId, fields: ['webhook.key'] }])
  })

  test('are not needed by what a decision leaves out', async () => {
    const { dev, prod } = await sides()
    const hook = await made(dev.call, 'exports', webhook({ verify: 'secret_url', token: 'of-dev' }))
    const flow = await inFlow(dev, hook)
    const first = (await pullInto(prod, dev)).body
    await step(prod, first._id, { _resourceId: first.installSteps[0]._resourceId, secrets: { 'webhook.token': 'x' } })
    await on(prod, first._id, 'apply')
    const copy = await copyOf(prod, 'exports', hook)
    await edit(dev, `exports/${hook}`, { webhook: { verify: 'basic', password: 'p' } })
    await edit(prod, `exports/${copy._id}`, { webhook: { verify: 'hmac', key: 'k' } })
    await edit(dev, `flows/${flow}`, { description: 'Changed' })
    const { body } = await pullInto(prod, dev)
    expect(body.installSteps).toMatchObject([{ type: 'secrets', fields: ['webhook.password'] }])
    await on(prod, body._id, 'conflicts', { use: 'theirs' }, 'PUT')
    expect(problem(await on(prod, body._id, 'apply'))).toBe('409 open_install_steps installSteps')
    await on(prod, body._id, 'conflicts', { use: 'ours' }, 'PUT')
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect(await kept(prod, 'exports', copy._id)).toMatchObject({ webhook: { verify: 'hmac', key: 'k' } })
  })

  test('of an API that ShipWorks calls', async () => {
    const { dev, prod } = await sides()
    const api = { name: 'Orders', type: 'script', script: { _scriptId: dev.script, function: 'preMap' } }
    const id = await made(dev.call, 'apis', { ...api, _integrationId: dev.integration, shipworks: { username: 'u', password: 'of-dev' } })
    const { body } = await pullInto(prod, dev)
    expect(body.problems).toBeUndefined()
    expect(body.installSteps).toMatchObject([{ type: 'secrets', resourceType: 'api', fields: ['shipworks.password'] }])
    await step(prod, body._id, { _resourceId: body.installSteps[0]._resourceId, secrets: { 'shipworks.password': 'of-prod' } })
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    const copy = await copyOf(prod, 'apis', id)
    expect(await kept(prod, 'apis', copy._id)).toMatchObject({ shipworks: { username: 'u', password: 'of-prod' } })
  })

  test('of what files bring are asked for as well', async () => {
    const { prod } = await sides()
    const path = `/v1/integrations/${prod.integration}/files`
    const api: Body = {
      name: 'Own',
      type: 'script',
      script: { _scriptId: prod.script, function: 'preMap' },
      _integrationId: prod.integration,
    }
    await made(prod.call, 'apis', { ...api, shipworks: { username: 'u', password: 'p' } })
    const files = await filesIn(Buffer.from(await bytesOf(path)))
    const id = `${'0'.repeat(20)}abcd`
    const own = JSON.parse(files[`flows/orders-to-invoices.${prod.flow}.json`] as string) as Body
    const next = {
      ...files,
      [`exports/hook.${id}.json`]: JSON.stringify({ _id: id, ...webhook({ verify: 'basic', username: 'u' }) }),
      [`flows/orders-to-invoices.${prod.flow}.json`]: JSON.stringify({
        ...own,
        pageGenerators: [{ _exportId: prod.source }, { _exportId: id }],
      }),
    }
    const { body } = await prod.call('PUT', path, await archiveOf(next))
    expect(body).toMatchObject({
      status: 'inprogress',
      installSteps: [{ type: 'secrets', _resourceId: id, fields: ['webhook.password'] }],
    })
    await step(prod, body._id, { _resourceId: id, secrets: { 'webhook.password': 'of-prod' } })
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect(await kept(prod, 'exports', id)).toMatchObject({ webhook: { username: 'u', password: 'of-prod' } })
  })

  const bytesOf = async (path: string): Promise<ArrayBuffer> =>
    (await fetch(related.api.url + path, { headers: { authorization: 'Bearer owner-token-for-tests' } })).arrayBuffer()
})

describe('a group that is new', () => {
  test.each([
    ['flowGroupings', 'flows', '_flowGroupingId'],
    ['apiGroupings', 'apis', '_apiGroupingId'],
  ] as const)('has an id of its own here, and the next pulls know it, both ways (%s)', async (field, collection, name) => {
    const { dev, prod } = await sides()
    const { [field]: before = [] } = await get(dev, `integrations/${dev.integration}`)
    await edit(dev, `integrations/${dev.integration}`, { [field]: [...before, { name: 'Hourly' }] })
    const group = (await get(dev, `integrations/${dev.integration}`))[field].at(-1)._id
    const member = collection === 'flows' ? {} : { type: 'script', script: { _scriptId: dev.script, function: 'preMap' }, name: 'Own' }
    const id = await made(dev.call, collection, { name: 'Grouped', _integrationId: dev.integration, [name]: group, ...member })
    await pulled(prod, dev)
    const groups = (await get(prod, `integrations/${prod.integration}`))[field]
    expect(groups.map((each: Body) => each['name'])).toEqual([...before.map((each: Body) => each['name']), 'Hourly'])
    const own = groups.at(-1)._id
    expect(own).not.toBe(group)
    expect((await copyOf(prod, collection, id))[name]).toBe(own)

    await edit(dev, `integrations/${dev.integration}`, { [field]: [...before, { _id: group, name: 'Each hour' }] })
    const second = await made(dev.call, collection, { name: 'Second', _integrationId: dev.integration, [name]: group, ...member })
    await pulled(prod, dev)
    expect((await get(prod, `integrations/${prod.integration}`))[field].at(-1)).toMatchObject({ _id: own, name: 'Each hour' })
    expect((await copyOf(prod, collection, second))[name]).toBe(own)
    await edit(prod, `integrations/${prod.integration}`, { [field]: [...groups.slice(0, -1), { _id: own, name: 'By the hour' }] })
    await pulled(dev, prod)
    expect((await get(dev, `integrations/${dev.integration}`))[field].at(-1)).toMatchObject({ _id: group, name: 'By the hour' })
  })
})

test('a script whose author manages some integrations only reaches no others after a pull either', async () => {
  const { dev, prod } = await sides()
  const terms = { integrationAccessLevel: [{ _integrationId: dev.integration, accessLevel: 'manage' }] }
  const author = await colleague(related.api, 'author@example.com', terms)
  const headers = { 'sluice-environment': dev.envId }
  const { body: script } = await author.call('GET', `/v1/scripts/${dev.script}`, undefined, headers)
  const written = await author.call('PUT', `/v1/scripts/${dev.script}`, { ...script, content: `${script.content}\n// theirs\n` }, headers)
  expect(written.body._authorIntegrationIds).toEqual([dev.integration])
  const fresh = (await author.call('POST', '/v1/scripts', { name: 'Fresh', content: 'function f(o) { return o.data }' }, headers)).body._id
  await edit(dev, `exports/${dev.source}`, { hooks: { preSavePage: { function: 'f', _scriptId: fresh } } })
  await pulled(prod, dev)
  expect((await get(prod, `scripts/${prod.script}`))._authorIntegrationIds).toEqual([prod.integration])
  expect((await copyOf(prod, 'scripts', fresh))._authorIntegrationIds).toEqual([prod.integration])
  await edit(prod, `scripts/${prod.script}`, { content: 'function preMap(o) { return o.data }' })
  expect(await get(prod, `scripts/${prod.script}`)).not.toHaveProperty('_authorIntegrationIds')
})

test('a connection is still asked for, and its step takes nothing of another step', async () => {
  const { dev, prod } = await sides()
  const second = await made(dev.call, 'connections', bodies.connection('Second'))
  await edit(dev, `exports/${dev.source}`, { _connectionId: second })
  const { body } = await pullInto(prod, dev)
  expect(body.installSteps).toMatchObject([{ type: 'connection', _sourceConnectionId: second, sourceConnection: { type: 'http' } }])
  expect(problem(await step(prod, body._id, { _sourceStackId: second, _stackId: nobody }))).toBe('422 invalid_ref _sourceStackId')
  const both = { _sourceConnectionId: second, _resourceId: nobody }
  expect(problem(await step(prod, body._id, both))).toBe('422 missing_required_field _sourceConnectionId')
})

describe('ids within texts', () => {
  test.each(['another environment', 'the same one'])(
    'get those of this side, but for source text, which is asked about once (%s)',
    async (where) => {
      const dev = await makeDev(related.dev.call, related.dev.envId)
      const prod = await (where === 'the same one'
        ? cloneOf(dev, dev.call, dev.envId)
        : cloneOf(dev, related.prod.call, related.prod.envId))
      const http = { method: 'GET', relativeURI: `/v1/flows/${dev.flow}/jobs`, body: `{"of":"${nobody}"}` }
      await edit(dev, `exports/${dev.source}`, { http })
      await edit(dev, `flows/${dev.flow}`, { settings: { self: dev.flow, text: `export ${dev.source}.` } })
      const content = `function preMap(o) { return run('${dev.flow.toUpperCase()}', o.data) }\n`
      await edit(dev, `scripts/${dev.script}`, { content })
      const { body } = await pullInto(prod, dev)
      const flow = { type: 'flow', _id: dev.flow, name: 'Orders to invoices' }
      expect(body.mentions[0]).toEqual({
        type: 'script',
        _id: prod.script,
        name: 'Hooks',
        path: 'content',
        mentioned: flow,
        remapped: false,
      })
      const there = { mentioned: flow, remapped: true, becomes: prod.flow }
      expect(body.mentions).toContainEqual({ type: 'export', _id: prod.source, name: 'Orders', path: 'http.relativeURI', ...there })
      expect(body.mentions).toContainEqual({ type: 'flow', _id: prod.flow, name: 'Orders to invoices', path: 'settings.self', ...there })
      expect(body.mentions).toHaveLength(4)
      const [warning] = body.warnings
      expect(body.warnings).toMatchObject([{ code: 'id_in_script', type: 'script', _id: prod.script, name: 'Hooks' }])
      expect(warning.message).toContain(`the flow "Orders to invoices" of the other side by its id, ${dev.flow}`)
      expect(problem(await on(prod, body._id, 'apply'))).toMatch(/^409 unconfirmed_warnings/)
      expect((await on(prod, body._id, 'apply', { confirm: [warning.id] })).status).toBe(200)
      expect((await get(prod, `exports/${prod.source}`)).http).toMatchObject({ ...http, relativeURI: `/v1/flows/${prod.flow}/jobs` })
      expect((await get(prod, `flows/${prod.flow}`)).settings).toEqual({ self: prod.flow, text: `export ${prod.source}.` })
      expect((await get(prod, `scripts/${prod.script}`)).content).toBe(content)

      expect((await pullInto(prod, dev)).body.errors[0].code).toBe('nothing_to_change')
      expect((await pullInto(dev, prod)).body.errors[0].code).toBe('nothing_to_change')
      await edit(dev, `scripts/${dev.script}`, { content: `${content}// more\n` })
      const again = (await pullInto(prod, dev)).body
      expect([again.mentions.length, again.warnings]).toEqual([1, undefined])
      await edit(dev, `scripts/${dev.script}`, { content: '// nothing\n' })
      expect((await on(prod, again._id, 'refresh')).body.mentions).toBeUndefined()
    },
  )
})
