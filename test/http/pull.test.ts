/** Pulls over HTTP, between environments: what the other side changed arrives, what this side changed stays, and what both changed is asked about. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bodies, edit, made, mapping, on, pulled, pullInto, scriptText, startRelated, stateHash, type Related } from '../harness/related.ts'

let related: Related
beforeEach(async () => {
  related = await startRelated()
})
afterEach(() => related.close())

const get = async (side: Related['dev'], path: string) => (await side.call('GET', `/v1/${path}`)).body

describe('a pull', () => {
  test('right after cloning has nothing to bring, in either direction', async () => {
    const { dev, prod } = related
    for (const [to, from] of [
      [prod, dev],
      [dev, prod],
    ] as const) {
      const { status, body } = await pullInto(to, from)
      expect([status, body.errors[0].code, body.errors[0].message]).toEqual([
        422,
        'nothing_to_change',
        'Everything up to date -- no changes to pull',
      ])
    }
  })

  test('brings changes under the ids of this side, and leaves names, connections, schedules and what is off', async () => {
    const { dev, prod } = related
    await edit(dev, `imports/${dev.sink}`, { mappings: [mapping('id'), mapping('total', '$.sum'), mapping('city'), mapping('zip')] })
    await edit(dev, `flows/${dev.flow}`, { description: 'Nightly' })
    const opened = await pullInto(prod, dev, 'Release 2')
    expect(opened.status).toBe(201)
    expect(opened.body).toMatchObject({
      type: 'pull',
      status: 'inprogress',
      description: 'Release 2',
      _integrationId: prod.integration,
      _fromIntegrationId: dev.integration,
      _fromIntegrationEnvId: dev.envId,
      fromIntegrationName: 'Shop to books',
      installSteps: [],
      beforeRevisionHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      transactionHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const path = `/v1/integrations/${prod.integration}/revisions/${opened.body._id}`
    const { status, body: diff } = await prod.call('GET', `${path}/diff`)
    expect(status).toBe(200)
    expect(Object.keys(diff)).toEqual(['before', 'after'])
    expect(Object.keys(diff.after)).toEqual(['flow', 'import'])
    expect(diff.before.import[prod.sink].mappings).toHaveLength(3)
    expect(diff.after.import[prod.sink].mappings).toHaveLength(4)
    const changes = (await prod.call('GET', `${path}/diff?format=changes`)).body
    expect(changes).toContainEqual({
      change: 'changed',
      type: 'import',
      _id: prod.sink,
      name: 'Invoices',
      changes: [
        { change: 'changed', path: 'mappings[generate=total].extract', old: '$.total', new: '$.sum' },
        { change: 'added', path: 'mappings[generate=zip]', new: mapping('zip') },
      ],
    })
    expect((await get(prod, `imports/${prod.sink}`)).mappings).toHaveLength(3)

    const applied = await prod.call('POST', `${path}/apply`)
    expect(applied.status).toBe(200)
    expect(applied.body).toMatchObject({ status: 'completed', afterRevisionHash: await stateHash(prod) })
    const sink = await get(prod, `imports/${prod.sink}`)
    expect(sink.mappings).toEqual([mapping('id'), mapping('total', '$.sum'), mapping('city'), mapping('zip')])
    expect(sink._connectionId).toBe(prod.connection)
    expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ disabled: true, description: 'Nightly', schedule: '? 0 3 ? * *' })
    expect((await get(prod, `integrations/${prod.integration}`)).name).toBe('Live')
    expect((await prod.call('GET', `${path}/diff`)).body).toEqual(diff)
    expect((await pullInto(prod, dev)).body.errors[0].code).toBe('nothing_to_change')
    expect((await pullInto(dev, prod)).body.errors[0].code).toBe('nothing_to_change')
  })

  test('takes automatic snapshots before and after', async () => {
    const { dev, prod } = related
    await edit(dev, `flows/${dev.flow}`, { description: 'Nightly' })
    const { body } = await pulled(prod, dev)
    const history = (await prod.call('GET', `/v1/integrations/${prod.integration}/revisions`)).body
    expect(history.map(({ description, beforeRevisionHash }: Record<string, string>) => [description, beforeRevisionHash])).toEqual([
      ['After pull: Pull', body.afterRevisionHash],
      ['Before pull: Pull', body.beforeRevisionHash],
      ['Pull', body.beforeRevisionHash],
    ])
  })

  test('merges what both sides changed in different places, and pulling back brings what only this side had', async () => {
    const { dev, prod } = related
    await edit(dev, `imports/${dev.sink}`, { mappings: [mapping('id'), mapping('total', '$.sum'), mapping('city')] })
    await edit(prod, `imports/${prod.sink}`, { mappings: [mapping('id'), mapping('total'), mapping('city', '$.town')] })
    await edit(dev, `scripts/${dev.script}`, { content: scriptText.replace('options.data', 'options.data.filter(Boolean)') })
    await edit(prod, `scripts/${prod.script}`, { content: scriptText.replace('options.postMapData', 'options.postMapData.slice()') })
    await pulled(prod, dev)
    const merged = [mapping('id'), mapping('total', '$.sum'), mapping('city', '$.town')]
    const mergedText = scriptText
      .replace('options.data', 'options.data.filter(Boolean)')
      .replace('options.postMapData', 'options.postMapData.slice()')
    expect((await get(prod, `imports/${prod.sink}`)).mappings).toEqual(merged)
    expect((await get(prod, `scripts/${prod.script}`)).content).toBe(mergedText)
    await pulled(dev, prod)
    expect((await get(dev, `imports/${dev.sink}`)).mappings).toEqual(merged)
    expect((await get(dev, `scripts/${dev.script}`)).content).toBe(mergedText)
    expect((await get(dev, `flows/${dev.flow}`)).disabled ?? false).toBe(false)
  })

  test('brings new resources, disabled, with their connections as the recorded map says, and takes deleted ones away', async () => {
    const { dev, prod } = related
    const source = await made(dev.call, 'exports', { ...bodies.source(dev.connection), name: 'Customers' })
    const flow = await made(dev.call, 'flows', { ...bodies.flow(dev.integration, source, dev.sink), name: 'Customers' })
    await pulled(prod, dev)
    const [arrived] = (await get(prod, `flows?_sourceId=${flow}`)) as {
      _id: string
      disabled: boolean
      pageGenerators: { _exportId: string }[]
    }[]
    expect(arrived?.disabled).toBe(true)
    const exportId = arrived?.pageGenerators[0]?._exportId as string
    expect(await get(prod, `exports/${exportId}`)).toMatchObject({ name: 'Customers', _connectionId: prod.connection, _sourceId: source })
    await dev.call('DELETE', `/v1/flows/${flow}`)
    await pulled(prod, dev)
    expect((await prod.call('GET', `/v1/flows/${arrived?._id}`)).status).toBe(404)
    expect((await prod.call('GET', `/v1/exports/${exportId}`)).status).toBe(404)
    expect((await prod.call('GET', `/v1/imports/${prod.sink}`)).status).toBe(200)
  })

  test('asks for a connection that this side lacks, as an install step, and remembers the choice', async () => {
    const { dev, prod } = related
    const connection = await made(dev.call, 'connections', bodies.connection('Books'))
    await edit(dev, `imports/${dev.sink}`, { _connectionId: connection })
    const { body } = await pullInto(prod, dev)
    expect(body.installSteps).toEqual([
      {
        type: 'connection',
        name: 'Books',
        completed: false,
        _sourceConnectionId: connection,
        sourceConnection: expect.objectContaining({ name: 'Books', type: 'http' }),
      },
    ])
    expect(JSON.stringify(body)).not.toMatch(/secret-of|\*\*\*/)
    const early = await on(prod, body._id, 'apply')
    expect([early.status, early.body.errors[0].code]).toEqual([409, 'open_install_steps'])
    const wrong = await on(prod, body._id, 'installSteps', { _sourceConnectionId: connection, _connectionId: connection }, 'PUT')
    expect([wrong.status, wrong.body.errors[0].code]).toEqual([422, 'invalid_ref'])
    const step = { _sourceConnectionId: connection, connection: bodies.connection('Ledger') }
    const done = await on(prod, body._id, 'installSteps', step, 'PUT')
    expect(done.body.installSteps[0]).toMatchObject({ completed: true })
    await edit(prod, `flows/${prod.flow}`, { description: 'Changed meanwhile' })
    await on(
      prod,
      body._id,
      'installSteps',
      { _sourceConnectionId: connection, _connectionId: done.body.installSteps[0]._connectionId },
      'PUT',
    )
    expect((await on(prod, body._id, 'apply')).body.errors[0].code).toBe('integration_changed')
    expect((await on(prod, body._id, 'refresh')).body.installSteps[0]).toMatchObject({ completed: true })
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    const chosen = (await get(prod, `imports/${prod.sink}`))._connectionId
    expect(await get(prod, `connections/${chosen}`)).toMatchObject({ name: 'Ledger' })
    await edit(dev, `exports/${dev.source}`, { _connectionId: connection })
    await pulled(prod, dev)
    expect((await get(prod, `exports/${prod.source}`))._connectionId).toBe(chosen)
  })

  test('goes on from what both sides came to by themselves', async () => {
    const { dev, prod } = related
    for (const side of [dev, prod]) await edit(side, `imports/${side.sink}`, { description: 'The same' })
    expect((await pullInto(prod, dev)).body.errors[0].code).toBe('nothing_to_change')
    await edit(dev, `imports/${dev.sink}`, { description: 'And more' })
    await pulled(prod, dev)
    expect(await get(prod, `imports/${prod.sink}`)).toMatchObject({ description: 'And more' })
  })

  test('turns nothing on because the other side says of a flow that was on that it is', async () => {
    const { dev, prod } = related
    expect(await get(dev, `flows/${dev.flow}`)).not.toHaveProperty('disabled')
    await edit(dev, `flows/${dev.flow}`, { disabled: false, description: 'Nightly' })
    await pulled(prod, dev)
    expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ disabled: true, description: 'Nightly' })
  })

  test('leaves ignored fields as they are here, and never minds them for what is created or deleted', async () => {
    const { dev, prod } = related
    await prod.call('PATCH', `/v1/integrations/${prod.integration}`, [{ op: 'replace', path: '/iLMIgnore', value: { flow: ['schedule'] } }])
    await edit(dev, `flows/${dev.flow}`, { schedule: '? 0 5 ? * *', description: 'Later' })
    await pulled(prod, dev)
    expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ schedule: '? 0 3 ? * *', description: 'Later' })
  })
})

test('groups that are ignored, or deleted here, keep no flow from coming: it lies in none, or where it was', async () => {
  const { dev, prod } = related
  await prod.call('PATCH', `/v1/integrations/${prod.integration}`, [
    { op: 'replace', path: '/iLMIgnore', value: { integration: ['flowGroupings'] } },
  ])
  const groupsOf = async (side: Related['dev']) => (await get(side, `integrations/${side.integration}`)).flowGroupings as { _id: string }[]
  await edit(dev, `integrations/${dev.integration}`, { flowGroupings: [...(await groupsOf(dev)), { name: 'Weekly' }] })
  const [daily, weekly] = await groupsOf(dev)
  const grouped = { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Weekly', _flowGroupingId: weekly?._id }
  const flow = await made(dev.call, 'flows', grouped)
  await edit(dev, `flows/${dev.flow}`, { _flowGroupingId: daily?._id })
  await pulled(prod, dev)
  const [here] = await groupsOf(prod)
  expect(await groupsOf(prod)).toHaveLength(1)
  expect((await get(prod, `flows?_sourceId=${flow}`))[0]).not.toHaveProperty('_flowGroupingId')
  expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ _flowGroupingId: here?._id })
  await edit(dev, `flows/${dev.flow}`, { _flowGroupingId: weekly?._id, description: 'Moved' })
  await pulled(prod, dev)
  expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ _flowGroupingId: here?._id, description: 'Moved' })
})

test('a pull that the other side has overtaken by one of its own is refreshed first, and then nothing is asked twice', async () => {
  const { dev, prod } = related
  await edit(dev, `flows/${dev.flow}`, { description: 'Of dev' })
  await edit(prod, `imports/${prod.sink}`, { description: 'Of prod' })
  const [there, here] = [(await pullInto(prod, dev)).body._id, (await pullInto(dev, prod)).body._id]
  expect((await on(dev, here, 'apply')).status).toBe(200)
  const early = await on(prod, there, 'apply')
  expect([early.status, early.body.errors[0].code]).toEqual([409, 'integration_changed'])
  await on(prod, there, 'refresh')
  expect((await on(prod, there, 'apply')).status).toBe(200)
  await edit(dev, `imports/${dev.sink}`, { description: 'Of dev, after all' })
  await pulled(prod, dev)
  expect(await get(prod, `imports/${prod.sink}`)).toMatchObject({ description: 'Of dev, after all' })
  expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ description: 'Of dev' })
})

describe('conflicts', () => {
  const clash = async () => {
    const { dev, prod } = related
    await edit(dev, `imports/${dev.sink}`, { name: 'Bills', mappings: [mapping('id'), mapping('total', '$.sum'), mapping('city')] })
    await edit(prod, `imports/${prod.sink}`, { name: 'Receipts', mappings: [mapping('id'), mapping('total', '$.amount'), mapping('city')] })
    return (await pullInto(prod, dev)).body._id as string
  }

  test('are listed with all three sides, and decided by ours, theirs or a value', async () => {
    const { prod } = related
    const id = await clash()
    const place = { type: 'import', _id: prod.sink }
    const { body } = await on(prod, id, 'conflicts', undefined, 'GET')
    const conflictId = expect.stringMatching(/^[0-9a-f]{16}$/)
    expect(body).toEqual([
      {
        ...place,
        conflictId,
        path: 'mappings[generate=total].extract',
        name: 'Receipts',
        base: '$.total',
        ours: '$.amount',
        theirs: '$.sum',
      },
      { ...place, conflictId, path: 'name', name: 'Receipts', base: 'Invoices', ours: 'Receipts', theirs: 'Bills' },
    ])
    const early = await on(prod, id, 'apply')
    expect([early.status, early.body.errors[0].code]).toEqual([409, 'unresolved_conflicts'])
    const one = await on(prod, id, 'conflicts', { conflicts: [{ ...place, path: 'name', value: 'Bills and receipts' }] }, 'PUT')
    expect([one.status, one.body.length]).toEqual([200, 1])
    expect((await on(prod, id, 'conflicts', { use: 'theirs' }, 'PUT')).status).toBe(204)
    expect((await on(prod, id, 'conflicts', undefined, 'GET')).body.map(({ use }: { use: string }) => use)).toEqual(['theirs', 'value'])
    expect((await on(prod, id, 'apply')).status).toBe(200)
    const sink = await get(prod, `imports/${prod.sink}`)
    expect(sink.name).toBe('Bills and receipts')
    expect(sink.mappings[1].extract).toBe('$.sum')
  })

  test('that are not there cannot be decided, nor by a value that does not fit', async () => {
    const { prod } = related
    const id = await clash()
    const place = { type: 'import', _id: prod.sink, path: 'name' }
    const refused = async (conflict: object) => {
      const { status, body } = await on(prod, id, 'conflicts', { conflicts: [conflict] }, 'PUT')
      return [status, body.errors[0].code]
    }
    expect(await refused({ ...place, path: 'description', use: 'ours' })).toEqual([422, 'invalid_ref'])
    expect(await refused({ ...place, type: 'unheard', use: 'ours' })).toEqual([422, 'invalid_ref'])
    expect(await refused(place)).toEqual([422, 'invalid_field'])
    expect(await refused({ ...place, use: 'ours', value: 'x' })).toEqual([422, 'invalid_field'])
    expect(await refused({ ...place, value: 5 })).toEqual([422, 'invalid_field'])
    expect((await on(prod, id, 'conflicts', undefined, 'GET')).body).toHaveLength(2)
  })

  test('are not decided by a value with secrets, or with fields that nobody may set', async () => {
    const { dev, prod } = related
    await prod.call('DELETE', `/v1/flows/${prod.flow}`)
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed there' })
    const { body } = await pullInto(prod, dev)
    const whole = bodies.flow(prod.integration, prod.source, prod.sink)
    const decide = async (more: object) => {
      const conflicts = [{ type: 'flow', _id: prod.flow, path: '', value: { ...whole, ...more } }]
      const answer = await on(prod, body._id, 'conflicts', { conflicts }, 'PUT')
      return answer.status === 204 ? 204 : answer.body.errors[0].code
    }
    for (const more of [{ unheardOf: 1 }, { _userId: prod.envId }, { createdAt: '2020-01-01T00:00:00.000Z' }])
      expect(await decide(more)).toBe('invalid_field')
    expect(await decide({ name: 'Of both' })).toBe(204)
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ name: 'Of both', _integrationId: prod.integration })
    const hook = await made(dev.call, 'exports', {
      name: 'Hook',
      adaptorType: 'WebhookExport',
      type: 'webhook',
      webhook: { verify: 'token' },
    })
    const flow = await made(dev.call, 'flows', { name: 'Hook', _integrationId: dev.integration, pageGenerators: [{ _exportId: hook }] })
    await pulled(prod, dev)
    const [copy] = await get(prod, `exports?_sourceId=${hook}`)
    await edit(dev, `exports/${hook}`, { webhook: { verify: 'token', path: 'theirs' } })
    await edit(prod, `exports/${copy._id}`, { webhook: { verify: 'token', path: 'ours' } })
    await dev.call('DELETE', `/v1/flows/${flow}`)
    const again = (await pullInto(prod, dev)).body
    const conflicts = [
      { type: 'export', _id: copy._id, path: '', value: { name: 'Hook', webhook: { verify: 'token', token: 'open secret' } } },
    ]
    const answer = await on(prod, again._id, 'conflicts', { conflicts }, 'PUT')
    expect(answer.body.errors[0]).toMatchObject({ code: 'invalid_field', field: 'conflicts' })
  })

  test('that are still the same after a refresh stay decided, others are asked about again', async () => {
    const { dev, prod } = related
    const id = await clash()
    await on(prod, id, 'conflicts', { use: 'theirs' }, 'PUT')
    await edit(dev, `imports/${dev.sink}`, { name: 'Vouchers' })
    expect((await on(prod, id, 'refresh')).status).toBe(200)
    const { body } = await on(prod, id, 'conflicts', undefined, 'GET')
    expect(body.map(({ path, use, theirs }: Record<string, string>) => [path, use, theirs])).toEqual([
      ['mappings[generate=total].extract', 'theirs', '$.sum'],
      ['name', undefined, 'Vouchers'],
    ])
  })

  test('decided for ours throughout write nothing', async () => {
    const { prod } = related
    const id = await clash()
    expect((await on(prod, id, 'diff?format=changes', undefined, 'GET')).body).toEqual([])
    const before = await get(prod, `imports/${prod.sink}`)
    await on(prod, id, 'conflicts', { use: 'ours' }, 'PUT')
    const applied = await on(prod, id, 'apply')
    expect(applied.body).toMatchObject({ status: 'completed', afterRevisionHash: applied.body.beforeRevisionHash })
    expect(await get(prod, `imports/${prod.sink}`)).toEqual(before)
    expect((await pullInto(prod, related.dev)).body.errors[0].code).toBe('nothing_to_change')
  })

  test('of scripts come with the hunks that everybody knows', async () => {
    const { dev, prod } = related
    await edit(dev, `scripts/${dev.script}`, { content: scriptText.replace('options.data', 'options.data.a') })
    await edit(prod, `scripts/${prod.script}`, { content: scriptText.replace('options.data', 'options.data.b') })
    const { body } = await pullInto(prod, dev)
    const [conflict] = (await on(prod, body._id, 'conflicts', undefined, 'GET')).body
    expect(conflict).toMatchObject({ type: 'script', path: 'content' })
    expect(conflict.merged).toContain('<<<<<<< ours\n  return options.data.b\n=======\n  return options.data.a\n>>>>>>> theirs')
  })

  test('decided for what this side deleted bring back what that needs, and so does a new use of it', async () => {
    const { dev, prod } = related
    await prod.call('DELETE', `/v1/flows/${prod.flow}`)
    await prod.call('DELETE', `/v1/imports/${prod.sink}`)
    await prod.call('DELETE', `/v1/scripts/${prod.script}`)
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed there' })
    const { body } = await pullInto(prod, dev)
    await on(prod, body._id, 'conflicts', { use: 'theirs' }, 'PUT')
    expect(await on(prod, body._id, 'apply')).toMatchObject({ status: 200 })
    expect(await get(prod, `flows/${prod.flow}`)).toMatchObject({ description: 'Changed there' })
    expect(await get(prod, `imports/${prod.sink}`)).toMatchObject({ name: 'Invoices', hooks: { preMap: { _scriptId: prod.script } } })
    expect(await get(prod, `scripts/${prod.script}`)).toMatchObject({ name: 'Hooks' })
    await prod.call('DELETE', `/v1/flows/${prod.flow}`)
    await prod.call('DELETE', `/v1/imports/${prod.sink}`)
    await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Second' })
    await pulled(prod, dev)
    expect((await prod.call('GET', `/v1/imports/${prod.sink}`)).status).toBe(200)
  })

  test('arise where one side deleted what the other changed', async () => {
    const { dev, prod } = related
    await edit(prod, `flows/${prod.flow}`, { description: 'Changed here' })
    await dev.call('DELETE', `/v1/flows/${dev.flow}`)
    const { body } = await pullInto(prod, dev)
    const [conflict] = (await on(prod, body._id, 'conflicts', undefined, 'GET')).body
    expect(conflict).toMatchObject({ type: 'flow', _id: prod.flow, path: '' })
    expect(conflict).not.toHaveProperty('theirs')
    await on(prod, body._id, 'conflicts', { use: 'ours' }, 'PUT')
    expect((await on(prod, body._id, 'apply')).status).toBe(200)
    expect((await prod.call('GET', `/v1/flows/${prod.flow}`)).status).toBe(200)
  })
})
