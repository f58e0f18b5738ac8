/** What is in use is not removed: neither files nor a pull say that it were, and nothing happens again with every PUT. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Files } from '../harness/archives.ts'
import {
  bodies,
  cloneOf,
  edit,
  made,
  makeDev,
  on,
  pullInto,
  scriptText,
  startRelated,
  type Related,
  type Side,
} from '../harness/related.ts'
import { filesFrom, sendFiles, withFields, withoutBase } from '../harness/related-files.ts'

let related: Related
let dev: Side
beforeAll(async () => {
  related = await startRelated()
})
beforeEach(async () => {
  dev = await makeDev(related.dev.call, related.dev.envId)
})
afterAll(() => related.close())

const get = async (side: Side, path: string) => (await side.call('GET', `/v1/${path}`)).body
const without = (files: Files, ...ids: string[]): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !ids.some((id) => path.includes(id))))
const revisionCount = async (): Promise<number> => ((await get(dev, `integrations/${dev.integration}/revisions`)) ?? []).length

test.each([
  ['with a base', (files: Files) => files],
  ['without one', withoutBase],
])('a missing file of a step that a flow uses removes nothing, however often it comes, %s', async (_how, prepared) => {
  const files = prepared(without(await filesFrom(related, dev), dev.sink))
  const before = await revisionCount()
  for (let n = 0; n < 2; n++) {
    const planned = (await sendFiles(related, dev, files, { query: '?dryRun=true' })).body
    expect(planned).toMatchObject({ canApply: false, changes: [] })
    const { status, headers } = await sendFiles(related, dev, files)
    expect([status, headers.get('sluice-warning')]).toEqual([
      204,
      expect.stringContaining('The import "Invoices" is not removed: the flow "Orders to invoices" uses it.'),
    ])
  }
  expect(await revisionCount()).toBe(before)
  expect((await dev.call('GET', `/v1/imports/${dev.sink}`)).status).toBe(200)
})

test('a step that goes with its flow is named as kept where another integration uses it, and leaves this one once', async () => {
  const other = await made(dev.call, 'integrations', { name: 'Other' })
  await made(dev.call, 'flows', { ...bodies.flow(other, dev.source, dev.sink), name: 'Elsewhere' })
  const files = without(await filesFrom(related, dev), dev.flow, dev.sink, dev.script, dev.source)
  const { status, body } = await sendFiles(related, dev, files)
  expect([status, body.changes.map(({ change, _id }: Record<string, string>) => [change, _id])]).toEqual([200, [['deleted', dev.flow]]])
  expect(body.kept.map(({ type, _id }: Record<string, string>) => `${type} ${_id}`).toSorted()).toEqual(
    [`export ${dev.source}`, `import ${dev.sink}`, `script ${dev.script}`].toSorted(),
  )
  expect(body.kept.find(({ type }: { type: string }) => type === 'import').message).toBe(
    'The import "Invoices" is not removed: the flow "Elsewhere" uses it.',
  )
  for (const path of [`imports/${dev.sink}`, `exports/${dev.source}`, `scripts/${dev.script}`])
    expect((await dev.call('GET', `/v1/${path}`)).status).toBe(200)
  expect((await sendFiles(related, dev, files)).status).toBe(204)
})

test('a pull does not say that it removes what is used here, and does not', async () => {
  const prod = await cloneOf(dev, related.prod.call, related.prod.envId)
  await made(prod.call, 'flows', { ...bodies.flow(prod.integration, prod.source, prod.sink), name: 'Own' })
  await dev.call('DELETE', `/v1/flows/${dev.flow}`)
  await dev.call('DELETE', `/v1/imports/${dev.sink}`)
  const { body } = await pullInto(prod, dev)
  expect(body.kept).toContainEqual({
    type: 'import',
    _id: prod.sink,
    name: 'Invoices',
    message: 'The import "Invoices" is not removed: the flow "Own" uses it.',
  })
  const changes = (await on(prod, body._id, 'diff?format=changes', undefined, 'GET')).body
  expect(changes.map(({ change, type, _id }: Record<string, string>) => [change, type, _id])).toEqual([['removed', 'flow', prod.flow]])
  const applied = await on(prod, body._id, 'apply')
  expect(applied.body.changes).toEqual([
    { change: 'deleted', collection: 'flows', type: 'flow', _id: prod.flow, name: 'Orders to invoices' },
  ])
  expect((await prod.call('GET', `/v1/imports/${prod.sink}`)).status).toBe(200)
  expect((await pullInto(prod, dev)).body.errors[0].code).toBe('nothing_to_change')
})

test('an import that no flow uses yet belongs to the integration, and is in its files from then on', async () => {
  const files = await filesFrom(related, dev)
  const more = { ...files, 'imports/later.json': JSON.stringify({ ...bodies.sink(dev.connection, dev.script), name: 'Later' }) }
  const { body } = await sendFiles(related, dev, more)
  const [{ _id }] = body.changes
  expect(body.changes).toMatchObject([{ change: 'created', collection: 'imports', name: 'Later' }])
  expect(await get(dev, `imports/${_id}`)).toMatchObject({ _integrationId: dev.integration })
  const exported = await filesFrom(related, dev)
  expect(Object.keys(exported)).toContain(`imports/later.${_id}.json`)
  for (const again of [more, exported]) expect((await sendFiles(related, dev, again)).status).toBe(204)
  const flow = `flows/orders-to-invoices.${dev.flow}.json`
  const unused = withFields(exported, flow, { pageProcessors: [] })
  expect((await sendFiles(related, dev, unused)).body.changes.map(({ _id: id }: { _id: string }) => id).toSorted()).toEqual(
    [dev.sink, dev.flow].toSorted(),
  )
  expect((await sendFiles(related, dev, unused)).status).toBe(204)
  expect(Object.keys(await filesFrom(related, dev))).toContain(`imports/invoices.${dev.sink}.json`)
})

test('a script that nothing uses is left out, and the answer says so each time', async () => {
  const files = { ...(await filesFrom(related, dev)), 'scripts/idle.js': scriptText, 'scripts/idle.json': '{"name":"Idle"}' }
  const scripts = (await get(dev, 'scripts')).length
  for (let n = 0; n < 2; n++) {
    const { status, headers } = await sendFiles(related, dev, files)
    expect([status, headers.get('sluice-warning')]).toEqual([
      204,
      expect.stringContaining('scripts/idle.json: nothing of the integration uses it'),
    ])
  }
  expect((await get(dev, 'scripts')).length).toBe(scripts)
  const sink = `imports/invoices.${dev.sink}.json`
  const used = withFields(files, sink, { hooks: undefined })
  const { body } = await sendFiles(related, dev, used)
  expect(body.notes.map(({ code, file }: Record<string, string>) => [code, file])).toEqual([
    ['unused_file', `scripts/hooks.${dev.script}.json`],
    ['unused_file', 'scripts/idle.json'],
  ])
  expect((await sendFiles(related, dev, used)).status).toBe(204)
})

test('a group without an id is the one of its name, and nothing changes with every PUT', async () => {
  const files = await filesFrom(related, dev)
  const [daily] = (await get(dev, `integrations/${dev.integration}`)).flowGroupings
  const bare = withFields(files, 'integration.json', { flowGroupings: [{ name: 'Daily' }, { name: 'Monthly' }] })
  expect((await sendFiles(related, dev, bare)).status).toBe(200)
  const groups = (await get(dev, `integrations/${dev.integration}`)).flowGroupings
  expect(groups).toMatchObject([daily, { name: 'Monthly' }])
  expect((await sendFiles(related, dev, bare)).status).toBe(204)
  await edit(dev, `flows/${dev.flow}`, { _flowGroupingId: groups[1]._id })
  expect((await sendFiles(related, dev, bare)).status).toBe(204)
})
