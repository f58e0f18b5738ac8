/** Plans: what a pull, a revert or files would do is said, and nothing of it is stored. What is applied then says what it did. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRows, type Rows } from '../harness/bad-input/rows.ts'
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
  startRelated,
  type Related,
  type Side,
} from '../harness/related.ts'
import { filesFrom, sendFiles, withFields } from '../harness/related-files.ts'

let related: Related
let dev: Side
let prod: Side
let rows: Rows
beforeAll(async () => {
  related = await startRelated()
  rows = await openRows(related.api.database.pool, related.dev.envId)
})
beforeEach(async () => {
  dev = await makeDev(related.dev.call, related.dev.envId)
  prod = await cloneOf(dev, related.prod.call, related.prod.envId)
})
afterAll(() => related.close())

const get = async (side: Side, path: string) => (await side.call('GET', `/v1/${path}`)).body

/** The whole database is the same before and after. */
async function untouched<T>(work: () => Promise<T>): Promise<T> {
  const before = await rows.fingerprint()
  const answer = await work()
  expect(await rows.fingerprint()).toEqual(before)
  return answer
}
const plan = (side: Side, body: object) => untouched(() => side.call('POST', `/v1/integrations/${side.integration}/revisions/plan`, body))
const done = (changes: { change: string; collection: string; _id: string; name: string }[]) =>
  changes.map(({ change, collection, _id, name }) => `${change} ${collection} ${_id} ${name}`).toSorted()

describe('the plan of a pull', () => {
  test('says what the pull changes, field by field, and applying it does that', async () => {
    await edit(dev, `imports/${dev.sink}`, { mappings: [mapping('id'), mapping('total', '$.sum'), mapping('city')] })
    const second = await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Second' })
    const { status, body } = await plan(prod, { type: 'pull', _fromIntegrationId: dev.integration })
    expect([status, body.canApply, body.conflicts, body.problems, body.installSteps]).toEqual([200, true, [], [], []])
    expect(body.changes).toContainEqual({
      change: 'updated',
      collection: 'imports',
      type: 'import',
      _id: prod.sink,
      name: 'Invoices',
      fields: [{ change: 'changed', path: 'mappings[generate=total].extract', old: '$.total', new: '$.sum' }],
    })
    const applied = (await pulled(prod, dev)).body
    const [arrived] = await get(prod, `flows?_sourceId=${second}`)
    expect(done(applied.changes)).toEqual([`created flows ${arrived._id} Second`, `updated imports ${prod.sink} Invoices`])
    expect(done(body.changes).map((each) => each.replace(/[0-9a-f]{24}/, ''))).toEqual(
      done(applied.changes).map((each) => each.replace(/[0-9a-f]{24}/, '')),
    )
    await dev.call('DELETE', `/v1/flows/${second}`)
    expect(done((await pulled(prod, dev)).body.changes)).toEqual([`deleted flows ${arrived._id} Second`])
    expect((await get(prod, `integrations/${prod.integration}/revisions/${applied._id}`)).changes).toBeUndefined()
  })

  test('names conflicts and install steps, also while another revision is open', async () => {
    await edit(dev, `flows/${dev.flow}`, { description: 'theirs' })
    await edit(prod, `flows/${prod.flow}`, { description: 'ours' })
    await edit(dev, `exports/${dev.source}`, { _connectionId: await made(dev.call, 'connections', bodies.connection('Books')) })
    const open = (await pullInto(prod, dev)).body
    const { body } = await plan(prod, { type: 'pull', _fromIntegrationId: dev.integration })
    expect(body.canApply).toBe(false)
    expect(body.transactionHash).toMatch(/^[0-9a-f]{64}$/)
    expect(body.conflicts).toEqual((await on(prod, open._id, 'conflicts', undefined, 'GET')).body)
    expect(body.installSteps).toEqual(open.installSteps)
    expect(body).not.toHaveProperty('afterRevisionHash')
    await on(prod, open._id, 'cancel')
  })

  test('of what is up to date has no changes, and says what was left out', async () => {
    const nothing = await plan(prod, { type: 'pull', _fromIntegrationId: dev.integration })
    expect(nothing.body).toMatchObject({ canApply: false, changes: [], conflicts: [] })
    await edit(dev, `flows/${dev.flow}`, { description: 'Release' })
    const { body } = await pulled(prod, dev)
    const back = { _revertToRevisionId: body._id, description: 'Back' }
    const revert = (await prod.call('POST', `/v1/integrations/${prod.integration}/revisions/revert`, back)).body
    await on(prod, revert._id, 'apply')
    const left = await plan(prod, { type: 'pull', _fromIntegrationId: dev.integration })
    expect(left.body).toMatchObject({ changes: [], leftOut: [{ type: 'flow', _id: prod.flow }] })
    const again = await plan(prod, { type: 'pull', _fromIntegrationId: dev.integration, include: ['reverted'] })
    expect(done(again.body.changes)).toEqual([`updated flows ${prod.flow} Orders to invoices`])
  })
})

describe('the plan of a revert', () => {
  test('says what comes back, and the hash of the state afterwards is that of the revision', async () => {
    await edit(dev, `flows/${dev.flow}`, { description: 'Release' })
    const { body } = await pulled(prod, dev)
    const planned = await plan(prod, { type: 'revert', _revertToRevisionId: body._id })
    expect(planned.body).toMatchObject({
      canApply: true,
      beforeRevisionHash: body.afterRevisionHash,
      afterRevisionHash: body.beforeRevisionHash,
    })
    expect(done(planned.body.changes)).toEqual([`updated flows ${prod.flow} Orders to invoices`])
    expect((await plan(prod, { type: 'revert', _revertToRevisionId: body._id, to: 'after' })).body).toMatchObject({
      canApply: false,
      changes: [],
    })
  })

  test('tells what only applying it would find', async () => {
    const next = await made(prod.call, 'flows', { name: 'Next' })
    await edit(prod, `flows/${prod.flow}`, { _runNextFlowIds: [next] })
    const snapshot = (await prod.call('POST', `/v1/integrations/${prod.integration}/revisions/create`, { description: 'As it is' })).body
    await edit(prod, `flows/${prod.flow}`, { _runNextFlowIds: [] })
    expect((await plan(prod, { type: 'revert', _revertToRevisionId: snapshot._id })).body).toMatchObject({ canApply: true, problems: [] })
    await prod.call('DELETE', `/v1/flows/${next}`)
    expect((await prod.call('DELETE', `/v1/recycleBinTTL/flows/${next}`)).status).toBe(204)
    const { body } = await plan(prod, { type: 'revert', _revertToRevisionId: snapshot._id })
    expect(body).toMatchObject({ canApply: false, problems: [{ path: '_runNextFlowIds.0', message: expect.stringContaining(next) }] })
  })
})

describe('the plan of files', () => {
  const path = () => `flows/orders-to-invoices.${dev.flow}.json`

  test('is what PUT with dryRun answers, and neither stores anything', async () => {
    const files = withFields(await filesFrom(related, dev), path(), { description: 'From git' })
    const planned = await plan(dev, { type: 'files', files })
    const dry = await untouched(() => sendFiles(related, dev, files, { query: '?dryRun=true' }))
    expect([planned.status, dry.status]).toEqual([200, 200])
    expect(dry.body).toEqual(planned.body)
    expect(done(dry.body.changes)).toEqual([`updated flows ${dev.flow} Orders to invoices`])
    expect(dry.body.canApply).toBe(true)
    const { body } = await sendFiles(related, dev, files, { query: '?dryRun=false' })
    expect([body.status, body.afterRevisionHash, done(body.changes)]).toEqual([
      'completed',
      dry.body.afterRevisionHash,
      done(dry.body.changes),
    ])
    const nothing = await untouched(() => sendFiles(related, dev, files, { query: '?dryRun=true' }))
    expect([nothing.status, nothing.body.changes, nothing.body.canApply]).toEqual([200, [], false])
  })

  test('shows conflicts and problems of files, which a PUT would ask about or refuse', async () => {
    const files = await filesFrom(related, dev)
    await edit(dev, `flows/${dev.flow}`, { description: 'Here' })
    const clash = withFields(files, path(), { description: 'From git' })
    expect((await plan(dev, { type: 'files', files: clash })).body.conflicts).toMatchObject([
      { path: 'description', ours: 'Here', theirs: 'From git' },
    ])
    const broken = withFields(files, path(), { pageGenerators: [{ _exportId: 'f'.repeat(24) }] })
    const { body } = await plan(dev, { type: 'files', files: broken })
    expect(body).toMatchObject({ canApply: false, problems: [{ type: 'flow', _id: dev.flow, path: 'pageGenerators.0._exportId' }] })
    const refused = await untouched(() => sendFiles(related, dev, broken))
    expect([refused.status, refused.body.errors[0].message]).toEqual([422, expect.stringContaining(path())])
  })

  test('of another integration are planned like a pull of it', async () => {
    const files = withFields(await filesFrom(related, dev), path(), { description: 'From git' })
    const { body } = await plan(prod, { type: 'files', files })
    expect(done(body.changes)).toEqual([`updated flows ${prod.flow} Orders to invoices`])
  })
})

describe('what is no plan', () => {
  test.each([
    ['no type', {}, 422],
    ['an unknown type', { type: 'merge' }, 422],
    ['a pull from nowhere', { type: 'pull' }, 422],
    ['a revert to nothing', { type: 'revert' }, 422],
    ['files of none', { type: 'files' }, 422],
    ['a field of another type', { type: 'revert', _revertToRevisionId: 'f'.repeat(24), include: ['disabled'] }, 422],
    ['a revision that is not there', { type: 'revert', _revertToRevisionId: 'f'.repeat(24) }, 422],
  ])('%s is refused', async (_what, body, status) => {
    expect((await plan(prod, body)).status).toBe(status)
  })

  test.each(['?dryrun=true', '?dry_run=1', '?dryRun=maybe', '?dryRun=true&force=1'])(
    'PUT of files with %s changes nothing',
    async (query) => {
      const files = withFields(await filesFrom(related, dev), `flows/orders-to-invoices.${dev.flow}.json`, { description: 'From git' })
      const { status, body } = await untouched(() => sendFiles(related, dev, files, { query }))
      expect([status, body.errors[0].code]).toEqual([400, 'invalid_query_params'])
    },
  )
})
