/** What an open revision says before it is applied: what would be wrong, what it does beyond its integration, what it leaves out. Nobody loses a decision. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  bodies,
  cloneOf,
  edit,
  made,
  makeDev,
  mapping,
  on,
  pulled,
  pullInto,
  scriptText,
  startRelated,
  type Related,
  type Side,
} from '../harness/related.ts'
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
const decide = (side: Side, revision: string, body: object) => on(side, revision, 'conflicts', body, 'PUT')
const revisionOf = (side: Side, revision: string) => get(side, `integrations/${side.integration}/revisions/${revision}`)
const revert = async (side: Side, _revertToRevisionId: string) =>
  (await side.call('POST', `/v1/integrations/${side.integration}/revisions/revert`, { _revertToRevisionId, description: 'Back' })).body
const snapshot = async (side: Side): Promise<string> =>
  (await side.call('POST', `/v1/integrations/${side.integration}/revisions/create`, { description: 'As it is' })).body._id
const branch = (name: string, _importId: string, more: Body = {}): Body => ({
  name,
  pageProcessors: [{ type: 'import', _importId }],
  ...more,
})
const routed = (side: Side, routers: Body[]) => edit(side, `flows/${side.flow}`, { pageProcessors: undefined, routers })

describe('a merge that would contradict itself', () => {
  test('where one side leads to a router that the other removed, is asked about', async () => {
    const first = (side: Side, more: Body = {}): Body => ({ id: 'r1', branches: [branch('All', side.sink, more)] })
    const second = (side: Side): Body => ({ id: 'r2', branches: [branch('Rest', side.sink)] })
    await routed(dev, [first(dev), second(dev)])
    await pulled(prod, dev)
    await routed(dev, [first(dev)])
    await routed(prod, [first(prod, { nextRouterId: 'r2' }), second(prod)])
    const { body } = await pullInto(prod, dev)
    expect((await conflictsOf(prod, body._id)).map(({ path }: { path: string }) => path)).toEqual(['routers'])
    expect((await decide(prod, body._id, { use: 'ours' })).status).toBe(204)
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect((await get(prod, `flows/${prod.flow}`)).routers).toHaveLength(2)
  })

  test('where steps became routers on one side, is asked about, and not applied while both are there', async () => {
    await routed(dev, [{ id: 'r1', branches: [branch('All', dev.sink)] }])
    const processor = { type: 'import', _importId: prod.sink, proceedOnFailure: true }
    await edit(prod, `flows/${prod.flow}`, { pageProcessors: [processor] })
    const { body } = await pullInto(prod, dev)
    const open = (await conflictsOf(prod, body._id)) as { conflictId: string; path: string }[]
    expect(open.map(({ path }) => path)).toEqual(['pageProcessors', 'routers'])
    const one = (use: string, i: number) => ({ conflictId: open[i]?.conflictId, use })
    expect((await decide(prod, body._id, { conflicts: [one('ours', 0), one('theirs', 1)] })).status).toBe(204)
    const problem = { type: 'flow', _id: prod.flow, path: 'routers', message: expect.stringContaining('not both') }
    expect((await revisionOf(prod, body._id)).problems).toEqual([problem])
    const refused = await on(prod, body._id, 'apply')
    expect([refused.status, refused.body.errors.map(({ code }: { code: string }) => code)]).toEqual([
      422,
      ['invalid_result', 'invalid_result'],
    ])
    expect(refused.body.errors[1].field).toBe(`flow.${prod.flow}.routers`)
    expect((await decide(prod, body._id, { use: 'theirs' })).status).toBe(204)
    expect(await revisionOf(prod, body._id)).not.toHaveProperty('problems')
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect(await get(prod, `flows/${prod.flow}`)).not.toHaveProperty('pageProcessors')
  })

  test('leaves no flow in a group that the other side removed', async () => {
    const [group] = (await get(prod, `integrations/${prod.integration}`)).flowGroupings
    await edit(prod, `flows/${prod.flow}`, { _flowGroupingId: group._id })
    await edit(dev, `integrations/${dev.integration}`, { flowGroupings: [] })
    await pulled(prod, dev)
    expect((await get(prod, `integrations/${prod.integration}`)).flowGroupings).toEqual([])
    expect(await get(prod, `flows/${prod.flow}`)).not.toHaveProperty('_flowGroupingId')
  })
})

test('a value that cannot be saved is refused while it is decided, and no other decision is lost', async () => {
  await edit(dev, `flows/${dev.flow}`, { schedule: '? 0 4 ? * *', description: 'theirs' })
  await edit(prod, `flows/${prod.flow}`, { schedule: '? 0 5 ? * *', description: 'ours' })
  await edit(dev, `exports/${dev.source}`, { _connectionId: await made(dev.call, 'connections', bodies.connection('There')) })
  await edit(prod, `exports/${prod.source}`, { _connectionId: await made(prod.call, 'connections', bodies.connection('Here')) })
  const { body } = await pullInto(prod, dev)
  const [step] = body.installSteps as { _sourceConnectionId: string }[]
  const third = await made(prod.call, 'connections', bodies.connection('Third'))
  await on(prod, body._id, 'installSteps', { _sourceConnectionId: step?._sourceConnectionId, _connectionId: third }, 'PUT')
  const flow = { type: 'flow', _id: prod.flow }
  const other = { type: 'export', _id: prod.source, path: '_connectionId' }
  expect((await decide(prod, body._id, { conflicts: [{ ...flow, path: 'description', value: 'both' }] })).status).toBe(200)
  for (const bad of [
    { ...flow, path: 'schedule', value: 'whenever' },
    { ...other, value: 'f'.repeat(24) },
    { ...other, value: dev.connection },
  ]) {
    const { status, body: refused } = await decide(prod, body._id, { conflicts: [bad] })
    expect([status, refused.errors[0].field]).toEqual([422, 'conflicts.0.value'])
  }
  expect((await decide(prod, body._id, { use: 'ours' })).status).toBe(204)
  expect((await decide(prod, body._id, { use: 'theirs' })).status).toBe(204)
  const uses = (await conflictsOf(prod, body._id)).map(({ path, use }: Record<string, string>) => [path, use])
  expect(Object.fromEntries(uses)).toEqual({ _connectionId: 'theirs', schedule: 'theirs', description: 'value' })
  expect((await on(prod, body._id, 'apply')).status).toBe(200)
  expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ schedule: '? 0 4 ? * *', description: 'both' })
})

test('fields whose names spell the same path are two conflicts with ids of their own', async () => {
  for (const [side, value] of [
    [dev, 'theirs'],
    [prod, 'ours'],
  ] as const)
    await edit(side, `flows/${side.flow}`, { settings: { a: { b: value }, 'a.b': value } })
  const again = (await pullInto(prod, dev)).body
  const both = (await conflictsOf(prod, again._id)) as { conflictId: string; path: string }[]
  expect(both.map(({ path }) => path)).toEqual(['settings.a.b', 'settings["a.b"]'])
  const conflicts = both.map(({ conflictId }, i) => ({ conflictId, use: i === 0 ? 'ours' : 'theirs' }))
  expect((await decide(prod, again._id, { conflicts })).status).toBe(204)
  expect((await on(prod, again._id, 'apply')).status).toBe(200)
  expect((await get(prod, `flows/${prod.flow}`)).settings).toEqual({ a: { b: 'ours' }, 'a.b': 'theirs' })
})

test('text with the marks of a conflict decides none', async () => {
  await edit(dev, `scripts/${dev.script}`, { content: scriptText.replace('options.data', 'options.data.a') })
  await edit(prod, `scripts/${prod.script}`, { content: scriptText.replace('options.data', 'options.data.b') })
  const { body } = await pullInto(prod, dev)
  const [{ conflictId, merged }] = await conflictsOf(prod, body._id)
  const refused = await decide(prod, body._id, { conflicts: [{ conflictId, value: merged }] })
  expect([refused.status, refused.body.errors[0].field]).toEqual([422, 'conflicts.0.value'])
  expect((await decide(prod, body._id, { conflicts: [{ conflictId, value: scriptText }] })).status).toBe(204)
  await on(prod, body._id, 'cancel')
})

test('an install step takes no connection of another type, made or chosen', async () => {
  const connection = await made(dev.call, 'connections', bodies.connection('Books'))
  await edit(dev, `imports/${dev.sink}`, { _connectionId: connection })
  const { body } = await pullInto(prod, dev)
  const ftp = { name: 'Files', type: 'ftp', ftp: { hostURI: 'files.example', type: 'sftp', username: 'u', password: 'p' } }
  const chosen = await made(prod.call, 'connections', ftp)
  const step = { _sourceConnectionId: connection }
  for (const [more, field] of [
    [{ _connectionId: chosen }, '_connectionId'],
    [{ connection: ftp }, 'connection.type'],
  ] as const) {
    const refused = await on(prod, body._id, 'installSteps', { ...step, ...more }, 'PUT')
    expect([refused.status, refused.body.errors[0].code, refused.body.errors[0].field]).toEqual([422, 'invalid_ref', field])
  }
  expect((await on(prod, body._id, 'installSteps', { ...step, _connectionId: prod.connection }, 'PUT')).status).toBe(200)
  await on(prod, body._id, 'cancel')
})

test('pulls in both directions that are applied at once do not swap values: one of them is refreshed first', async () => {
  for (let round = 0; round < 3; round++) {
    await edit(dev, `flows/${dev.flow}`, { description: `dev ${round}` })
    await edit(prod, `flows/${prod.flow}`, { description: `prod ${round}` })
    const [there, here] = [(await pullInto(prod, dev)).body._id, (await pullInto(dev, prod)).body._id]
    await decide(prod, there, { use: 'theirs' })
    await decide(dev, here, { use: 'theirs' })
    const answers = await Promise.all([on(prod, there, 'apply'), on(dev, here, 'apply')])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const [one, other] = [await get(dev, `flows/${dev.flow}`), await get(prod, `flows/${prod.flow}`)]
    expect(one.description).toBe(other.description)
    await on(prod, there, 'cancel')
    await on(dev, here, 'cancel')
  }
})

describe('what goes beyond the integration is confirmed', () => {
  const confirmed = async (side: Side, revision: { _id: string; warnings: { id: string; code: string; _id: string }[] }) => {
    const early = await on(side, revision._id, 'apply')
    expect([early.status, early.body.errors[0].code]).toEqual([409, 'unconfirmed_warnings'])
    return on(side, revision._id, 'apply', { confirm: revision.warnings.map(({ id }) => id) })
  }
  const codes = ({ warnings }: { warnings: { code: string; _id: string }[] }) => warnings.map(({ code, _id }) => [code, _id])

  test('a script that another integration uses too, even if only through an import', async () => {
    const other = await made(prod.call, 'integrations', { name: 'Other' })
    await made(prod.call, 'flows', { ...bodies.flow(other, prod.source, prod.sink), name: 'Elsewhere' })
    await edit(dev, `scripts/${dev.script}`, { content: `${scriptText}// more\n` })
    const { body } = await pullInto(prod, dev)
    expect(codes(body)).toEqual([['shared_resource', prod.script]])
    expect(body.warnings[0].message).toContain('"Elsewhere"')
    expect((await confirmed(prod, body)).status).toBe(200)
    expect((await get(prod, `scripts/${prod.script}`)).content).toContain('// more')
  })

  test('a flow that was moved to another integration, and one that was moved here', async () => {
    const state = await snapshot(prod)
    const other = await made(prod.call, 'integrations', { name: 'Other' })
    await edit(prod, `flows/${prod.flow}`, { _integrationId: other })
    const back = await revert(prod, state)
    expect(codes(back)).toContainEqual(['taken_back', prod.flow])
    expect((await confirmed(prod, back)).status).toBe(200)
    expect((await get(prod, `flows/${prod.flow}`))._integrationId).toBe(prod.integration)
    const flow = await made(prod.call, 'flows', { name: 'Guest', _integrationId: other, pageGenerators: [] })
    const before = await snapshot(prod)
    await edit(prod, `flows/${flow}`, { _integrationId: prod.integration })
    const away = await revert(prod, before)
    expect(codes(away)).toEqual([['moved_here', flow]])
    await on(prod, away._id, 'cancel')
  })

  test('a flow that a decision puts into another integration', async () => {
    const other = await made(prod.call, 'integrations', { name: 'Other' })
    await prod.call('DELETE', `/v1/flows/${prod.flow}`)
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed there' })
    const { body } = await pullInto(prod, dev)
    const value = { ...bodies.flow(other, prod.source, prod.sink), disabled: true }
    expect((await decide(prod, body._id, { conflicts: [{ type: 'flow', _id: prod.flow, path: '', value }] })).status).toBe(204)
    const open = await revisionOf(prod, body._id)
    expect(codes(open)).toContainEqual(['moved_away', prod.flow])
    expect((await confirmed(prod, open)).status).toBe(200)
  })
})

test('what was reverted is left out and said to be, and comes again where that is asked for', async () => {
  await edit(dev, `imports/${dev.sink}`, { mappings: [mapping('id'), mapping('total', '$.sum'), mapping('city')] })
  const added = await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Second' })
  const release = (await pulled(prod, dev)).body
  await on(prod, (await revert(prod, release._id))._id, 'apply')
  await edit(prod, `imports/${prod.sink}`, { description: 'Of our own' })
  const nothing = await pullInto(prod, dev)
  expect([nothing.status, nothing.body.errors[0].code]).toEqual([422, 'nothing_to_change'])
  expect(nothing.body.errors[0].message).toContain('include: ["reverted"]')
  expect(nothing.body.errors.map(({ field }: { field?: string }) => field)).toContain(`import.${prod.sink}`)
  await edit(dev, `flows/${dev.flow}`, { description: 'New' })
  const partly = await pullInto(prod, dev)
  expect(partly.body.leftOut.map(({ type, name }: Record<string, string>) => [type, name])).toEqual([
    ['flow', 'Second'],
    ['import', 'Invoices'],
  ])
  await on(prod, partly.body._id, 'cancel')
  const path = `/v1/integrations/${prod.integration}/revisions/pull`
  const again = (await prod.call('POST', path, { _fromIntegrationId: dev.integration, description: 'Again', include: ['reverted'] })).body
  expect(again).not.toHaveProperty('leftOut')
  expect((await on(prod, again._id, 'refresh')).status).toBe(200)
  expect((await on(prod, again._id, 'apply')).status).toBe(200)
  const sink = await get(prod, `imports/${prod.sink}`)
  expect([sink.description, sink.mappings]).toEqual(['Of our own', [mapping('id'), mapping('total', '$.sum'), mapping('city')]])
  expect(await get(prod, `flows?_sourceId=${added}`)).toMatchObject([{ name: 'Second', disabled: true }])
  expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ description: 'New' })
  const { body } = await pullInto(prod, dev)
  expect(body.errors).toMatchObject([{ message: 'Everything up to date -- no changes to pull' }])
})
