/** Files of other integrations: of a relative they go by lineage, of another server by ids, and the first time by names. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bodies, cloneOf, edit, made, makeDev, mapping, on, startRelated, type Related, type Side } from '../harness/related.ts'
import { filesFrom, sendFiles, withFields } from '../harness/related-files.ts'

let related: Related
/** Another server, of which this one knows nothing. */
let elsewhere: Related
beforeAll(async () => {
  related = await startRelated()
  elsewhere = await startRelated()
})
afterAll(async () => {
  await related.close()
  await elsewhere.close()
})

const get = async (side: Side, path: string) => (await side.call('GET', `/v1/${path}`)).body
type Listed = { _id: string; name: string }[]
const flowsOf = async (side: Pick<Side, 'call' | 'integration'>): Promise<Listed> =>
  (await side.call('GET', `/v1/integrations/${side.integration}/flows`)).body ?? []

describe('files of a relative', () => {
  test('update what stands for their resources, however often, and bring new ones disabled, without ids of their own', async () => {
    const dev = await makeDev(related.dev.call, related.dev.envId)
    const prod = await cloneOf(dev, related.prod.call, related.prod.envId)
    const files = withFields(await filesFrom(related, dev), `imports/invoices.${dev.sink}.json`, { description: 'From git' })
    files['exports/new.json'] = JSON.stringify({ ...bodies.source(`connections/shop.${dev.connection}`), name: 'New' })
    files['flows/new.json'] = JSON.stringify({ name: 'New', disabled: false, pageGenerators: [{ _exportId: 'exports/new' }] })
    const { status, body } = await sendFiles(related, prod, files)
    expect([status, body.status]).toEqual([200, 'completed'])
    expect(await get(prod, `imports/${prod.sink}`)).toMatchObject({ description: 'From git', _connectionId: prod.connection })
    const arrived = (await flowsOf(prod)).find(({ name }) => name === 'New')
    expect(arrived).toMatchObject({ disabled: true, _integrationId: prod.integration })
    const [source] = await get(prod, 'exports?name=New')
    expect(source).toMatchObject({ _connectionId: prod.connection })
    expect((await sendFiles(related, prod, files)).status).toBe(204)
    const more = withFields(files, 'exports/new.json', { description: 'More' })
    expect((await sendFiles(related, prod, more)).body.changes).toMatchObject([
      { change: 'updated', collection: 'exports', _id: source._id },
    ])
    expect(await flowsOf(prod)).toHaveLength(2)
  })

  test('over a connection that was made anew under its name ask for none again', async () => {
    const dev = await makeDev(related.dev.call, related.dev.envId)
    const prod = await cloneOf(dev, related.prod.call, related.prod.envId)
    const again = await made(dev.call, 'connections', bodies.connection('Shop'))
    await edit(dev, `exports/${dev.source}`, { _connectionId: again, description: 'Anew' })
    await edit(dev, `imports/${dev.sink}`, { _connectionId: again })
    const { body } = await sendFiles(related, prod, await filesFrom(related, dev))
    expect(body).toMatchObject({
      status: 'completed',
      installSteps: [{ type: 'connection', completed: true, _connectionId: prod.connection }],
    })
    expect(await get(prod, `exports/${prod.source}`)).toMatchObject({ _connectionId: prod.connection, description: 'Anew' })
  })

  test('are refused with If-Match of another state of this integration', async () => {
    const dev = await makeDev(related.dev.call, related.dev.envId)
    const prod = await cloneOf(dev, related.prod.call, related.prod.envId)
    await edit(dev, `flows/${dev.flow}`, { description: 'Release' })
    const files = await filesFrom(related, dev)
    const { base } = JSON.parse(files['sluice.json'] as string)
    expect((await sendFiles(related, prod, files, { headers: { 'if-match': base } })).status).toBe(412)
    const { hash } = await get(prod, `integrations/${prod.integration}/state`)
    expect((await sendFiles(related, prod, files, { headers: { 'if-match': hash } })).status).toBe(200)
  })
})

describe('files of another server', () => {
  let dev: Side
  let target: Pick<Side, 'call' | 'integration' | 'envId'>
  beforeEach(async () => {
    dev = await makeDev(elsewhere.dev.call, elsewhere.dev.envId)
    const { call, envId } = related.prod
    target = { call, envId, integration: await made(call, 'integrations', { name: 'Live', description: 'Ours' }) }
  })
  const send = async (options: Parameters<typeof sendFiles>[3] = {}) =>
    sendFiles(related, target as Side, await filesFrom(elsewhere, dev), options)

  async function firstSent(): Promise<string> {
    const { status, body } = await send()
    expect([status, body.status, body._fromIntegrationId, body.fromIntegrationName]).toEqual([
      200,
      'inprogress',
      dev.integration,
      'Shop to books',
    ])
    expect(body.installSteps).toMatchObject([{ type: 'connection', name: 'Shop', completed: false }])
    const chosen = await made(target.call, 'connections', bodies.connection('Live'))
    const step = { _sourceConnectionId: dev.connection, _connectionId: chosen }
    expect((await on(target as Side, body._id, 'installSteps', step, 'PUT')).status).toBe(200)
    expect(await on(target as Side, body._id, 'conflicts', undefined, 'GET')).toMatchObject({ status: 204 })
    expect(await on(target as Side, body._id, 'apply')).toMatchObject({ status: 200 })
    return chosen
  }

  test('fill an empty integration, ask for a connection once, and change the same resources from then on', async () => {
    const chosen = await firstSent()
    const [flow, ...more] = await flowsOf(target)
    expect([flow?.name, more]).toEqual(['Orders to invoices', []])
    expect(flow).toMatchObject({ disabled: true, _integrationId: target.integration })
    expect(await get(target as Side, `integrations/${target.integration}`)).toMatchObject({
      name: 'Live',
      flowGroupings: [{ name: 'Daily' }],
    })
    const [sink] = (await target.call('GET', `/v1/integrations/${target.integration}/imports`)).body as Listed
    expect(sink).toMatchObject({ name: 'Invoices', _connectionId: chosen })
    expect((await send()).status).toBe(204)
    await target.call('PATCH', `/v1/flows/${flow?._id}`, [{ op: 'replace', path: '/disabled', value: false }])
    await edit(target as Side, `flows/${flow?._id}`, { description: 'Ours' })
    await edit(dev, `imports/${dev.sink}`, { name: 'Bills', mappings: [mapping('id'), mapping('total', '$.sum'), mapping('city')] })
    await edit(dev, `flows/${dev.flow}`, { schedule: '? 0 6 ? * *' })
    const planned = await send({ query: '?dryRun=true' })
    const { body } = await send()
    expect(body.status).toBe('completed')
    expect(body.changes.map(({ _id }: { _id: string }) => _id).toSorted()).toEqual([String(sink?._id), String(flow?._id)].toSorted())
    expect(planned.body.changes).toHaveLength(2)
    expect(await get(target as Side, `imports/${sink?._id}`)).toMatchObject({ name: 'Bills', _connectionId: chosen })
    expect(await get(target as Side, `flows/${flow?._id}`)).toMatchObject({ disabled: false, description: 'Ours', schedule: '? 0 6 ? * *' })
    await dev.call('DELETE', `/v1/flows/${dev.flow}`)
    const gone = (await send()).body
    expect(gone.status).toBe('inprogress')
    await on(target as Side, gone._id, 'conflicts', { use: 'theirs' }, 'PUT')
    const applied = await on(target as Side, gone._id, 'apply')
    expect(applied.body.changes).toContainEqual(expect.objectContaining({ change: 'deleted', _id: flow?._id }))
    expect(await flowsOf(target)).toEqual([])
  })

  test('know what is here already by its name, and ask where the two differ', async () => {
    const { call, envId } = related.prod
    const here = await makeDev(call, envId)
    target = { call, envId, integration: here.integration }
    await edit(dev, `imports/${dev.sink}`, { description: 'theirs' })
    await edit(here, `imports/${here.sink}`, { description: 'ours' })
    await call('PATCH', `/v1/flows/${here.flow}`, [{ op: 'replace', path: '/disabled', value: true }])
    const { status, body } = await send()
    expect([status, body.status]).toEqual([200, 'inprogress'])
    const conflicts = (await on(here, body._id, 'conflicts', undefined, 'GET')).body
    expect(conflicts).toMatchObject([{ type: 'import', _id: here.sink, path: 'description', ours: 'ours', theirs: 'theirs' }])
    expect((await on(here, body._id, 'refresh')).status).toBe(200)
    await on(here, body._id, 'conflicts', { use: 'theirs' }, 'PUT')
    expect(await on(here, body._id, 'apply')).toMatchObject({ status: 200 })
    expect(await flowsOf(here)).toMatchObject([{ _id: here.flow, disabled: true }])
    expect(await get(here, `imports/${here.sink}`)).toMatchObject({ description: 'theirs', _connectionId: here.connection })
    expect((await get(here, `integrations/${here.integration}`)).flowGroupings).toHaveLength(1)
    expect((await send()).status).toBe(204)
  })

  test('bring nothing of what another integration of the account has', async () => {
    const other = await makeDev(related.prod.call, related.prod.envId)
    const files = await filesFrom(related, other)
    const { status, body } = await sendFiles(related, target as Side, files)
    expect([status, body.errors[0].code]).toEqual([422, 'not_a_relative'])
  })
})
