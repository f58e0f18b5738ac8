/** What a pull makes of what both sides did: nothing is switched on, nothing is there twice, and what cannot be is asked about. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bodies, cloneOf, edit, made, makeDev, on, pulled, pullInto, startRelated, type Related, type Side } from '../harness/related.ts'
import type { Body } from '../harness/samples.ts'

let related: Related
let dev: Side
let prod: Side
beforeAll(async () => {
  related = await startRelated()
})
beforeEach(async () => {
  dev = await makeDev(related.dev.call, related.dev.envId)
  prod = await cloneOf(dev, related.prod.call, related.prod.envId)
})
afterAll(() => related.close())

const get = async (side: Side, path: string) => (await side.call('GET', `/v1/${path}`)).body
const conflictsOf = async (side: Side, revision: string) => (await on(side, revision, 'conflicts', undefined, 'GET')).body ?? []

test('a flow that was switched off and on again in development is not switched on in production, unless that is asked for', async () => {
  for (const disabled of [true, false]) {
    await edit(dev, `flows/${dev.flow}`, { disabled, description: `Switched ${disabled ? 'off' : 'on'}` })
    await pulled(prod, dev)
  }
  expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ disabled: true, description: 'Switched on' })
  await edit(prod, `flows/${prod.flow}`, { disabled: false })
  await edit(dev, `flows/${dev.flow}`, { disabled: true })
  expect((await pullInto(prod, dev)).body.errors[0].code).toBe('nothing_to_change')
  await edit(dev, `flows/${dev.flow}`, { disabled: false, description: 'Off and on' })
  await pulled(prod, dev)
  expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ disabled: false, description: 'Off and on' })
  await edit(dev, `flows/${dev.flow}`, { disabled: true })
  const { body } = await prod.call('POST', `/v1/integrations/${prod.integration}/revisions/pull`, {
    _fromIntegrationId: dev.integration,
    description: 'With what is off',
    include: ['disabled'],
  })
  expect((await on(prod, body._id, 'refresh')).status).toBe(200)
  expect((await on(prod, body._id, 'apply')).status).toBe(200)
  expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ disabled: true })
})

const branch = (name: string, _importId: string, more: Body = {}): Body => ({
  name,
  pageProcessors: [{ type: 'import', _importId }],
  ...more,
})
const routed = (side: Side, routers: Body[]) =>
  edit(side, `flows/${side.flow}`, { pageProcessors: undefined, routers }).then(() => get(side, `flows/${side.flow}`))

test('a branch that both sides gave another name is asked about, and sends no record twice', async () => {
  await routed(dev, [{ id: 'r1', branches: [branch('All', dev.sink)] }])
  await pulled(prod, dev)
  await routed(dev, [{ id: 'r1', branches: [branch('Everything', dev.sink)] }])
  await routed(prod, [{ id: 'r1', branches: [branch('Whatever', prod.sink)] }])
  const { body } = await pullInto(prod, dev)
  expect((await conflictsOf(prod, body._id)).map(({ path }: { path: string }) => path)).toEqual(['routers[id=r1].branches[name=All].name'])
  await on(prod, body._id, 'conflicts', { use: 'theirs' }, 'PUT')
  expect((await on(prod, body._id, 'apply')).status).toBe(200)
  expect((await get(prod, `flows/${prod.flow}`)).routers[0].branches).toEqual([branch('Everything', prod.sink)])
})

test('a branch that is new on both sides under two names is one', async () => {
  await routed(dev, [{ id: 'r1', branches: [branch('All', dev.sink)] }])
  await pulled(prod, dev)
  const second = await made(dev.call, 'imports', { ...bodies.sink(dev.connection, dev.script), name: 'Second' })
  await routed(dev, [{ id: 'r1', branches: [branch('All', dev.sink), branch('Also', second)] }])
  await pulled(prod, dev)
  const here = (await get(prod, `imports?_sourceId=${second}`))[0]._id
  for (const [side, name, to] of [
    [dev, 'Third', second],
    [prod, 'Another', here],
  ] as const)
    await routed(side, [{ id: 'r1', branches: [branch('All', side.sink), branch('Also', to), branch(name, to)] }])
  const { body } = await pullInto(prod, dev)
  expect((await conflictsOf(prod, body._id)).map(({ path }: { path: string }) => path)).toEqual(['routers[id=r1].branches[name=Another]'])
  await on(prod, body._id, 'cancel')
})
