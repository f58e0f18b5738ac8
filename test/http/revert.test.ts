/** Reverts over HTTP: an integration as it was, with its ids; and the end of revisions: applied, failed, canceled, refreshed. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  bodies,
  edit,
  made,
  mapping,
  on,
  pulled,
  pullInto,
  scriptText,
  startRelated,
  stateHash,
  type Related,
  type Side,
} from '../harness/related.ts'

let related: Related
let dev: Side
let prod: Side
beforeEach(async () => {
  related = await startRelated()
  ;({ dev, prod } = related)
})
afterEach(() => related.close())

const unknown = 'f'.repeat(24)
const snapshot = async (side: Side): Promise<string> =>
  (await side.call('POST', `/v1/integrations/${side.integration}/revisions/create`, { description: 'As it is' })).body._id
const revertTo = (side: Side, _revertToRevisionId: string, to?: string) =>
  side.call('POST', `/v1/integrations/${side.integration}/revisions/revert`, {
    _revertToRevisionId,
    description: 'Back',
    ...(to && { to }),
  })
const codeOf = ({ status, body }: { status: number; body: { errors: { code: string }[] } }) => [status, body.errors[0]?.code]

describe('a revert', () => {
  test('to before a pull gives back the same hash, and can itself be reverted', async () => {
    await edit(dev, `imports/${dev.sink}`, { mappings: [mapping('id')] })
    await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Second' })
    const before = await stateHash(prod)
    const pull = (await pulled(prod, dev)).body
    const opened = await revertTo(prod, pull._id)
    expect(opened.status).toBe(201)
    expect(opened.body).toMatchObject({ type: 'revert', status: 'inprogress', _revertToRevisionId: pull._id, revertToRevisionHash: before })
    expect((await on(prod, opened.body._id, 'conflicts', undefined, 'GET')).status).toBe(204)
    const done = await on(prod, opened.body._id, 'apply')
    expect(done.body).toMatchObject({ status: 'completed', beforeRevisionHash: pull.afterRevisionHash, afterRevisionHash: before })
    expect(await stateHash(prod)).toBe(before)
    const again = await revertTo(prod, opened.body._id)
    expect((await on(prod, again.body._id, 'apply')).body.afterRevisionHash).toBe(pull.afterRevisionHash)
    const toAfter = await revertTo(prod, opened.body._id, 'after')
    expect((await on(prod, toAfter.body._id, 'apply')).body.afterRevisionHash).toBe(before)
  })

  test('brings deleted resources back with their ids, their secrets and their stamps, and takes later ones to the bin', async () => {
    const hook = {
      name: 'Hook',
      adaptorType: 'WebhookExport',
      type: 'webhook',
      webhook: { verify: 'token', token: 'hook-secret', path: 'x', location: 'header' },
    }
    const webhook = await made(dev.call, 'exports', hook)
    const flow = await made(dev.call, 'flows', { ...bodies.flow(dev.integration, webhook, dev.sink), name: 'By hook' })
    const stored = (await dev.call('GET', `/v1/exports/${webhook}`)).body
    const state = await snapshot(dev)
    await dev.call('DELETE', `/v1/flows/${flow}`)
    await dev.call('DELETE', `/v1/exports/${webhook}`)
    const later = await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Later' })
    const { body } = await revertTo(dev, state)
    expect((await on(dev, body._id, 'apply')).status).toBe(200)
    expect((await dev.call('GET', `/v1/flows/${flow}`)).status).toBe(200)
    expect((await dev.call('GET', `/v1/flows/${later}`)).status).toBe(404)
    const back = (await dev.call('GET', `/v1/exports/${webhook}`)).body
    expect(back).toEqual({ ...stored, lastModified: back.lastModified })
    const entry = await related.api.world.store.documents.find(dev.envId, 'exports', webhook)
    expect(entry?.secrets).toBeDefined()
  })

  test('leaves connections as they are, but brings back one that it needs', async () => {
    const connection = await made(dev.call, 'connections', bodies.connection('Second'))
    await edit(dev, `exports/${dev.source}`, { _connectionId: connection })
    const state = await snapshot(dev)
    await edit(dev, `exports/${dev.source}`, { _connectionId: dev.connection })
    await edit(dev, `connections/${dev.connection}`, { name: 'Renamed' })
    await dev.call('DELETE', `/v1/connections/${connection}`)
    const { body } = await revertTo(dev, state)
    expect((await on(dev, body._id, 'apply')).status).toBe(200)
    expect((await dev.call('GET', `/v1/connections/${connection}`)).status).toBe(200)
    expect((await dev.call('GET', `/v1/connections/${dev.connection}`)).body.name).toBe('Renamed')
  })

  test('to what it is already, or to what nobody knows, is refused', async () => {
    const state = await snapshot(dev)
    expect(codeOf(await revertTo(dev, state))).toEqual([422, 'nothing_to_change'])
    expect(codeOf(await revertTo(dev, unknown))).toEqual([422, 'invalid_ref'])
    expect(codeOf(await revertTo(prod, state))).toEqual([422, 'invalid_ref'])
  })
})

describe('a pull is refused', () => {
  test('from itself, a stranger, a cousin and another account, and nothing is changed', async () => {
    const stranger = await made(prod.call, 'integrations', { name: 'Other' })
    const theirs = (await related.api.stranger('POST', '/v1/integrations', { name: 'Theirs' })).body._id
    const from = async (_fromIntegrationId: string) =>
      codeOf(await prod.call('POST', `/v1/integrations/${prod.integration}/revisions/pull`, { _fromIntegrationId, description: 'x' }))
    expect(await from(prod.integration)).toEqual([422, 'not_a_relative'])
    expect(await from(stranger)).toEqual([422, 'not_a_relative'])
    expect(await from(theirs)).toEqual([422, 'invalid_ref'])
    expect(await from(unknown)).toEqual([422, 'invalid_ref'])
    expect(await from('x')).toEqual([422, 'invalid_field'])
    const cloned = await prod.call('POST', `/v1/integrations/${prod.integration}/clone`, { connectionMap: {} })
    expect(cloned.status).toBe(200)
    const cousin = cloned.body._id
    const { status, body } = await prod.call('POST', `/v1/integrations/${cousin}/revisions/pull`, {
      _fromIntegrationId: dev.integration,
      description: 'x',
    })
    expect([status, body.errors[0].code]).toEqual([422, 'invalid_ref'])
    expect((await prod.call('GET', `/v1/integrations/${prod.integration}/revisions`)).status).toBe(204)
  })

  test('from a source that was deleted', async () => {
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed' })
    await dev.call('DELETE', `/v1/integrations/${dev.integration}`)
    expect(codeOf(await pullInto(prod, dev))).toEqual([422, 'invalid_ref'])
  })

  test('while another one is open, until that is canceled', async () => {
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed' })
    const first = await pullInto(prod, dev)
    expect(codeOf(await pullInto(prod, dev))).toEqual([409, 'revision_in_progress'])
    const canceled = await on(prod, first.body._id, 'cancel')
    expect(canceled.body.status).toBe('canceled')
    const path = `/v1/integrations/${prod.integration}/revisions/${first.body._id}`
    expect(codeOf(await prod.call('GET', `${path}/diff`))).toEqual([400, 'invalid_revision_state'])
    for (const verb of ['apply', 'refresh', 'cancel'])
      expect(codeOf(await on(prod, first.body._id, verb))).toEqual([400, 'invalid_revision_state'])
    expect((await pullInto(prod, dev)).status).toBe(201)
  })
})

describe('applying', () => {
  test('twice at once applies once', async () => {
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed' })
    const { body } = await pullInto(prod, dev)
    const both = await Promise.all([on(prod, body._id, 'apply'), on(prod, body._id, 'apply')])
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 400]))
    expect((await prod.call('GET', `/v1/integrations/${prod.integration}/revisions`)).body).toHaveLength(3)
  })

  test('is refused with the difference where the integration changed since, until it is refreshed', async () => {
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed there' })
    const { body } = await pullInto(prod, dev)
    await edit(prod, `imports/${prod.sink}`, { description: 'Changed here' })
    const refused = await on(prod, body._id, 'apply')
    expect(codeOf(refused)).toEqual([409, 'integration_changed'])
    expect(refused.body.errors[1]).toMatchObject({
      field: `import.${prod.sink}`,
      message: expect.stringContaining('"Invoices" was changed'),
    })
    const refreshed = await on(prod, body._id, 'refresh')
    expect(refreshed.body.status).toBe('inprogress')
    expect(refreshed.body.beforeRevisionHash).not.toBe(body.beforeRevisionHash)
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect((await prod.call('GET', `/v1/imports/${prod.sink}`)).body.description).toBe('Changed here')
    expect((await prod.call('GET', `/v1/flows/${prod.flow}`)).body.description).toBe('Changed there')
  })

  test('that fails leaves everything as it was, and the revision failed with the reason', async () => {
    const next = await made(dev.call, 'flows', { name: 'Of nobody' })
    await edit(dev, `flows/${dev.flow}`, { _runNextFlowIds: [next] })
    const state = await snapshot(dev)
    await edit(dev, `flows/${dev.flow}`, { _runNextFlowIds: [] })
    await dev.call('DELETE', `/v1/flows/${next}`)
    const before = await stateHash(dev)
    const { body } = await revertTo(dev, state)
    expect(codeOf(await on(dev, body._id, 'apply'))).toEqual([422, 'invalid_ref'])
    const failed = (await dev.call('GET', `/v1/integrations/${dev.integration}/revisions/${body._id}`)).body
    expect(failed).toMatchObject({ status: 'failed', error: expect.stringContaining(next) })
    expect(await stateHash(dev)).toBe(before)
    expect((await revertTo(dev, state)).status).toBe(201)
  })

  test('brings back the stack of a hook, and asks for another one where it is gone for good', async () => {
    const stack = await made(dev.call, 'stacks', { name: 'Own', type: 'server', server: { hostURI: 'https://code.example' } })
    const hook = { preSavePage: { function: 'f', _stackId: stack } }
    await edit(dev, `exports/${dev.source}`, { hooks: hook })
    const state = await snapshot(dev)
    const gone = async () => {
      await edit(dev, `exports/${dev.source}`, { hooks: {} })
      await dev.call('DELETE', `/v1/stacks/${stack}`)
    }
    await gone()
    const { body } = await revertTo(dev, state)
    expect((await on(dev, body._id, 'apply')).status).toBe(200)
    expect((await dev.call('GET', `/v1/stacks/${stack}`)).status).toBe(200)
    expect((await dev.call('GET', `/v1/exports/${dev.source}`)).body.hooks).toEqual(hook)
    await gone()
    await dev.call('DELETE', `/v1/recycleBinTTL/stacks/${stack}`)
    const again = (await revertTo(dev, state)).body
    expect(again.installSteps).toMatchObject([{ type: 'stack', _sourceStackId: stack, completed: false }])
    const other = await made(dev.call, 'stacks', { name: 'Other', type: 'server', server: { hostURI: 'https://code.example' } })
    await on(dev, again._id, 'installSteps', { _sourceStackId: stack, _stackId: other }, 'PUT')
    expect((await on(dev, again._id, 'apply')).status).toBe(200)
    expect((await dev.call('GET', `/v1/exports/${dev.source}`)).body.hooks.preSavePage._stackId).toBe(other)
  })

  test('keeps run history, errors and the time of the last run of what stays', async () => {
    await prod.call('PUT', `/v1/flows/${prod.flow}`, { ...(await prod.call('GET', `/v1/flows/${prod.flow}`)).body, disabled: false })
    const job = (await prod.call('POST', `/v1/flows/${prod.flow}/run`)).body._jobId
    const error = {
      occurredAt: new Date().toISOString(),
      source: 'application',
      code: '500',
      message: 'no',
      _flowJobId: job,
      errorId: 'an-error',
      stepId: prod.sink,
    }
    await related.api.world.store.transaction((rows) => rows.flowErrors.add(prod.envId, prod.flow, [error as never]))
    await edit(dev, `imports/${dev.sink}`, { description: 'Changed' })
    await pulled(prod, dev)
    expect((await prod.call('GET', `/v1/jobs/${job}`)).body._flowId).toBe(prod.flow)
    expect((await prod.call('GET', `/v1/flows/${prod.flow}/${prod.sink}/errors`)).body.errors).toHaveLength(1)
    expect((await prod.call('GET', `/v1/flows/${prod.flow}`)).body.disabled).toBe(false)
  })
})

test('what was there before the integration used it stays when a revert ends the use; what came for it goes', async () => {
  const older = await made(prod.call, 'scripts', { name: 'Of the house', content: scriptText })
  const state = await snapshot(prod)
  const newer = await made(prod.call, 'scripts', { name: 'Of this', content: scriptText })
  const hook = (_scriptId: string) => ({ function: 'preMap', _scriptId })
  await edit(prod, `imports/${prod.sink}`, { hooks: { preMap: hook(older), postMap: hook(newer) } })
  const { body } = await revertTo(prod, state)
  const applied = await on(prod, body._id, 'apply')
  expect(applied.body.afterRevisionHash).toBe(body.revertToRevisionHash)
  expect((await prod.call('GET', `/v1/scripts/${older}`)).status).toBe(200)
  expect((await prod.call('GET', `/v1/scripts/${newer}`)).status).toBe(404)
})

test('preSave is not asked: what is written is what was shown, and the way back is exact', async () => {
  const content = 'function save(options) { throw new Error("Not today") }'
  const script = await made(dev.call, 'scripts', { name: 'Guard', content })
  const refused = await dev.call('PUT', `/v1/exports/${dev.source}`, {
    ...bodies.source(dev.connection),
    preSave: { function: 'save', _scriptId: script },
  })
  expect(refused.body.errors[0].message).toContain('Not today')
  await edit(dev, `scripts/${script}`, { content: 'function save(options) { return options.newResource }' })
  await edit(dev, `exports/${dev.source}`, { preSave: { function: 'save', _scriptId: script } })
  await edit(dev, `scripts/${script}`, { content })
  const { body } = await pulled(prod, dev)
  expect((await prod.call('GET', `/v1/exports/${prod.source}`)).body.preSave).toMatchObject({ function: 'save' })
  const back = (await revertTo(prod, body._id)).body
  expect((await on(prod, back._id, 'apply')).body.afterRevisionHash).toBe(body.beforeRevisionHash)
  const forth = (await revertTo(prod, back._id)).body
  expect((await on(prod, forth._id, 'apply')).body.afterRevisionHash).toBe(body.afterRevisionHash)
})

describe('comparing', () => {
  test('tells a relative and its history in the ids of this side, and the own history', async () => {
    const state = await snapshot(dev)
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed' })
    const diff = async (side: Side, to: string) =>
      (await side.call('GET', `/v1/integrations/${side.integration}/diff?to=${to}&format=changes`)).body as { type: string; _id: string }[]
    expect(await diff(dev, state)).toEqual([
      {
        change: 'changed',
        type: 'flow',
        _id: dev.flow,
        name: 'Orders to invoices',
        changes: [{ change: 'removed', path: 'description', old: 'Changed' }],
      },
    ])
    const toDev = await diff(prod, dev.integration)
    expect(toDev.find(({ _id }) => _id === prod.flow)).toMatchObject({
      change: 'changed',
      changes: expect.arrayContaining([{ change: 'added', path: 'description', new: 'Changed' }]),
    })
    const toState = await diff(prod, state)
    expect(JSON.stringify(toState)).not.toContain('Changed')
    expect(codeOf(await dev.call('GET', `/v1/integrations/${dev.integration}/diff?to=${unknown}`))).toEqual([422, 'invalid_ref'])
    expect(codeOf(await dev.call('GET', `/v1/integrations/${dev.integration}/diff?to=x`))).toEqual([400, 'invalid_query_params'])
    expect(codeOf(await dev.call('GET', `/v1/integrations/${dev.integration}/diff?to=${dev.integration}`))).toEqual([422, 'not_a_relative'])
  })

  test('tells two states of the history from each other, whatever the integration is now', async () => {
    await edit(dev, `flows/${dev.flow}`, { description: 'First' })
    const first = await snapshot(dev)
    await edit(dev, `flows/${dev.flow}`, { description: 'Second' })
    const second = await snapshot(dev)
    await edit(dev, `flows/${dev.flow}`, { description: 'Third' })
    const diff = (query: string) => dev.call('GET', `/v1/integrations/${dev.integration}/diff?format=changes&${query}`)
    const changes = [{ change: 'changed', path: 'description', old: 'First', new: 'Second' }]
    expect((await diff(`from=${first}&to=${second}`)).body).toMatchObject([{ type: 'flow', _id: dev.flow, changes }])
    const back = (await diff(`from=${second}&fromAt=before&to=${first}&at=before`)).body
    expect(back).toMatchObject([{ changes: [{ old: 'Second', new: 'First' }] }])
    expect(codeOf(await diff(`from=${unknown}&to=${first}`))).toEqual([422, 'invalid_ref'])
    expect(codeOf(await diff(`from=x&to=${first}`))).toEqual([400, 'invalid_query_params'])
    const ofOther = (await prod.call('POST', `/v1/integrations/${prod.integration}/revisions/create`, { description: 'Elsewhere' })).body
      ._id
    expect(codeOf(await diff(`from=${ofOther}&to=${first}`))).toEqual([422, 'invalid_ref'])
  })
})
