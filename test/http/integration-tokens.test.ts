/** Tokens for single integrations, and people who manage some integrations only: what they pull, compare and import, and that nothing else is open to them. */
import { beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/contract/operations/index.ts'
import type { TokenLevel } from '../../src/contract/operation.ts'
import type { Answer } from '../harness/api.ts'
import { archiveOf, filesIn } from '../harness/archives.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { bodies, cloneOf, edit, made, makeDev, on, pullInto, relatedForFile, type Related, type Side } from '../harness/related.ts'
import { nobody, type Body } from '../harness/samples.ts'

type Call = Related['api']['call']
const related = relatedForFile()
let dev: Side
let prod: Side
let other: Side
beforeAll(async () => {
  ;({ dev, prod } = related)
  other = await makeDev(related.api.call, related.prod.envId)
})

const withToken =
  (token: string): Call =>
  (method, path, body, headers = {}) =>
    related.api.call(method, path, body, { ...headers, authorization: `Bearer ${token}` })
const make = (integrationLevels: readonly Body[], who: Call = related.api.call, more: Body = {}) =>
  who('POST', '/v1/accesstokens', { name: 'CI', integrationLevels, ...more })
const at = (side: Side, level: TokenLevel): Body => ({ _integrationId: side.integration, level })
const refusal = ({ status, body }: Answer): string => {
  const { code, field } = body.errors[0]
  return `${status} ${code}${field === undefined ? '' : ` ${field}`}`
}
const as = (side: Side, call: Call): Side => ({ ...side, call })
const ranks: readonly TokenLevel[] = ['read', 'plan', 'apply']

/** Written down here and not read off the contract: what a token may call of the integration that it is for. */
const expected: Readonly<Record<string, TokenLevel>> = {
  listIntegrationRevisions: 'read',
  getIntegrationRevision: 'read',
  getIntegrationRevisionDiff: 'read',
  listRevisionConflicts: 'read',
  diffIntegration: 'read',
  exportIntegrationFiles: 'read',
  listIntegrationState: 'read',
  planRevision: 'plan',
  importIntegrationFiles: 'plan',
  createIntegrationRevision: 'apply',
  pullIntegration: 'apply',
  revertIntegration: 'apply',
  resolveRevisionConflicts: 'apply',
  completeRevisionInstallStep: 'apply',
  applyRevision: 'apply',
  refreshRevision: 'apply',
  cancelRevision: 'apply',
}

describe.each(ranks)('a token of the level %s', (level) => {
  let call: Call
  beforeAll(async () => {
    call = withToken((await make([at(prod, level)])).body.token)
  })

  test.each(Object.entries(operations).filter(([, { allowsScopedTokens, withoutToken }]) => !allowsScopedTokens && !withoutToken))(
    'may call %s or not, of its integration alone',
    async (id, operation) => {
      const needed = expected[id]
      const mayCall = needed !== undefined && ranks.indexOf(needed) <= ranks.indexOf(level)
      const ask = async (integration: string): Promise<Answer> => {
        const path = operation.path.replace(':_id', integration).replace(/:\w+/g, nobody)
        return call(operation.method, path, operation.body && '"nothing of use"', { prefer: 'handling=strict' })
      }
      for (const integration of [other.integration, nobody]) expect(refusal(await ask(integration))).toMatch(/^403 access_denied/)
      const own = await ask(prod.integration)
      expect({ id, refused: own.status === 403 }).toEqual({ id, refused: !mayCall })
    },
  )

  test('works in no other environment and through no share', async () => {
    const path = `/v1/integrations/${prod.integration}/files`
    expect(refusal(await call('GET', path, undefined, { 'sluice-environment': dev.envId }))).toMatch(/^403 access_denied/)
    expect((await call('GET', path)).status).toBe(200)
  })
})

test('every operation that such tokens may call is expected', () => {
  const declared = Object.entries(operations).flatMap(([id, { tokenLevel }]) => (tokenLevel ? [[id, tokenLevel]] : []))
  expect(Object.fromEntries(declared)).toEqual(expected)
})

describe('making one', () => {
  test('it is shown with what it is for', async () => {
    const { status, body } = await make([at(prod, 'apply'), at(dev, 'read')])
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { fullAccess: false, integrationLevels: [at(prod, 'apply'), at(dev, 'read')] },
    })
    expect((await related.api.call('GET', `/v1/accesstokens/${body._id}`)).body).toEqual({ ...body, token: '******' })
    const changed = await related.api.call('PUT', `/v1/accesstokens/${body._id}`, { ...body, integrationLevels: [at(prod, 'read')] })
    expect(changed.body).toMatchObject({ integrationLevels: [at(prod, 'read')] })
    expect((await withToken(body.token)('GET', '/v1/tokenInfo')).body).toMatchObject({ scope: 'custom' })
  })

  test.each([
    [
      'an integration that is not there',
      () => [{ _integrationId: nobody, level: 'read' }],
      '422 invalid_ref integrationLevels.0._integrationId',
    ],
    ['a level that is none', () => [{ _integrationId: prod.integration, level: 'write' }], '422 invalid_field integrationLevels.0.level'],
    ['no level', () => [{ _integrationId: prod.integration }], '422 missing_required_field integrationLevels.0.level'],
    ['one twice', () => [at(prod, 'read'), at(prod, 'apply')], '422 invalid_field integrationLevels.1._integrationId'],
    ['changes in another environment', () => [at(prod, 'read'), at(dev, 'apply')], '422 invalid_field integrationLevels.1.level'],
    ['no relative in another environment', () => [at(dev, 'read')], '422 invalid_ref integrationLevels.0._integrationId'],
    ['nothing', () => [], '422 missing_required_field fullAccess'],
  ])('refuses %s', async (_what, levels, wanted) => {
    expect(refusal(await make(levels() as Body[]))).toBe(wanted)
  })

  test('refuses other lists beside, and full access', async () => {
    expect(refusal(await make([at(prod, 'read')], related.api.call, { fullAccess: true }))).toBe('422 invalid_field fullAccess')
    const both = await make([at(prod, 'read')], related.api.call, { _exportIds: [prod.source] })
    expect(refusal(both)).toBe('422 invalid_field integrationLevels')
  })

  test('gives no more than its maker has, then and later', async () => {
    const terms = (accessLevel: string) => ({ integrationAccessLevel: [{ _integrationId: prod.integration, accessLevel }] })
    const watcher = await colleague(related.api, 'watcher@example.com', terms('monitor'))
    expect(refusal(await make([at(prod, 'apply')], watcher.call))).toBe('403 access_denied integrationLevels.0.level')
    expect(refusal(await make([at(other, 'read')], watcher.call))).toBe('422 invalid_ref integrationLevels.0._integrationId')
    expect((await make([at(prod, 'read')], watcher.call)).status).toBe(201)
    const manager = await colleague(related.api, 'manager@example.com', terms('manage'))
    const call = withToken((await make([at(prod, 'apply')], manager.call)).body.token)
    const snapshot = () => call('POST', `/v1/integrations/${prod.integration}/revisions/create`, { description: 'CI' })
    expect((await snapshot()).status).toBe(201)
    await related.api.call('PUT', `/v1/ashares/${manager.ashareId}`, terms('monitor'))
    await expect.poll(async () => (await snapshot()).status, { timeout: 3000 }).toBe(403)
    const others = { integrationAccessLevel: [{ _integrationId: other.integration, accessLevel: 'manage' }] }
    await related.api.call('PUT', `/v1/ashares/${manager.ashareId}`, others)
    await expect.poll(async () => (await call('GET', `/v1/integrations/${prod.integration}/files`)).status, { timeout: 3000 }).toBe(404)
  })
})

const fresh = async (): Promise<{ dev: Side; prod: Side }> => {
  const source = await makeDev(dev.call, dev.envId)
  return { dev: source, prod: await cloneOf(source, prod.call, prod.envId) }
}
/** A flow with parts that refer to each other in circles. */
async function grow(side: Side): Promise<void> {
  const script = await made(side.call, 'scripts', { name: 'Fresh', content: 'function f(o) { return o.data }' })
  const source = await made(side.call, 'exports', {
    ...bodies.source(side.connection),
    hooks: { preSavePage: { function: 'f', _scriptId: script } },
  })
  const flow = await made(side.call, 'flows', {
    name: 'Grown',
    _integrationId: side.integration,
    pageGenerators: [{ _exportId: source }],
    _runNextFlowIds: [side.flow],
    aliases: [{ alias: 'grown', _exportId: source }],
  })
  await edit(side, `flows/${side.flow}`, { _runNextFlowIds: [flow] })
  await edit(side, `integrations/${side.integration}`, { aliases: [{ alias: 'next', _flowId: flow }] })
}
const promote = async (from: Side, to: Side): Promise<Answer> => {
  const opened = await pullInto(to, from)
  return opened.status === 201 ? on(to, opened.body._id, 'apply') : opened
}

describe('a pipeline with a token for both sides', () => {
  test('compares, pulls, goes back and sends files', async () => {
    const sides = await fresh()
    const { body } = await make([at(sides.prod, 'apply'), at(sides.dev, 'read')])
    const target = as(sides.prod, withToken(body.token))
    await grow(sides.dev)
    const diff = await target.call('GET', `/v1/integrations/${target.integration}/diff?to=${sides.dev.integration}&format=changes`)
    expect(diff.status).toBe(200)
    expect(diff.body.length).toBeGreaterThan(2)
    const applied = await promote(sides.dev, target)
    expect({ status: applied.status, revision: applied.body.status }).toEqual({ status: 200, revision: 'completed' })
    const flows = (await sides.prod.call('GET', `/v1/flows?_integrationId=${sides.prod.integration}`)).body
    expect(flows.map(({ name }: Body) => name).toSorted()).toEqual(['Grown', 'Orders to invoices'])
    const back = await target.call('POST', `/v1/integrations/${target.integration}/revisions/revert`, {
      _revertToRevisionId: applied.body._id,
      description: 'Back',
    })
    expect((await on(target, back.body._id, 'apply')).body.status).toBe('completed')
    const path = `/v1/integrations/${target.integration}/files`
    const response = await fetch(related.api.url + path, { headers: { authorization: `Bearer ${body.token}` } })
    const files = await filesIn(Buffer.from(await response.arrayBuffer()))
    const [name, text] = Object.entries(files).find(([each]) => each.startsWith('imports/')) as [string, string]
    const sent = await target.call('PUT', path, await archiveOf({ ...files, [name]: text.replace('"Invoices"', '"Bills"') }))
    expect({ status: sent.status, revision: sent.body.status }).toEqual({ status: 200, revision: 'completed' })
    expect((await sides.prod.call('GET', `/v1/imports/${sides.prod.sink}`)).body.name).toBe('Bills')
  })

  test('plans with the level for that, and stores nothing', async () => {
    const sides = await fresh()
    const { body } = await make([at(sides.prod, 'plan'), at(sides.dev, 'read')])
    const target = as(sides.prod, withToken(body.token))
    await grow(sides.dev)
    const path = `/v1/integrations/${target.integration}`
    const planned = await target.call('POST', `${path}/revisions/plan`, { type: 'pull', _fromIntegrationId: sides.dev.integration })
    expect({ status: planned.status, canApply: planned.body.canApply, problems: planned.body.problems }).toEqual({
      status: 200,
      canApply: true,
      problems: [],
    })
    expect((await target.call('GET', `${path}/state`)).body.hash).toBe(planned.body.beforeRevisionHash)
    expect(refusal(await pullInto(target, sides.dev))).toMatch(/^403 access_denied/)
    const response = await fetch(related.api.url + `${path}/files`, { headers: { authorization: `Bearer ${body.token}` } })
    const archive = Buffer.from(await response.arrayBuffer())
    expect((await target.call('PUT', `${path}/files?dryRun=true`, archive)).status).toBe(200)
    for (const query of ['', '?dryRun=false'])
      expect(refusal(await target.call('PUT', `${path}/files${query}`, archive))).toMatch(/^403 access_denied/)
  })

  test('pulls from nothing that it does not list', async () => {
    const sides = await fresh()
    await edit(sides.dev, `flows/${sides.dev.flow}`, { description: 'Changed' })
    const target = as(sides.prod, withToken((await make([at(sides.prod, 'apply')])).body.token))
    expect(refusal(await pullInto(target, sides.dev))).toBe('422 invalid_ref _fromIntegrationId')
    const diff = await target.call('GET', `/v1/integrations/${target.integration}/diff?to=${sides.dev.integration}`)
    expect(refusal(diff)).toBe('422 invalid_ref to')
  })

  test('writes nothing of others by files, and connects nothing of theirs', async () => {
    const sides = await fresh()
    const { body } = await make([at(sides.prod, 'apply'), at(sides.dev, 'read')])
    const target = as(sides.prod, withToken(body.token))
    const path = `/v1/integrations/${target.integration}/files`
    const response = await fetch(related.api.url + path, { headers: { authorization: `Bearer ${body.token}` } })
    const files = await filesIn(Buffer.from(await response.arrayBuffer()))
    /** As far as it goes: applied, with every warning confirmed. */
    const put = async (changed: Record<string, string>): Promise<string> => {
      const answer = await target.call('PUT', path, await archiveOf({ ...files, ...changed }))
      if (answer.status !== 200) return refusal(answer)
      const { _id, status, warnings = [] } = answer.body
      if (status === 'completed') return status
      const applied = await on(target, _id, 'apply', { confirm: warnings.map(({ id }: { id: string }) => id) })
      if (applied.status !== 200) await on(target, _id, 'cancel')
      return applied.status === 200 ? 'completed' : refusal(applied)
    }
    const change = (collection: string, fields: Body): Promise<string> => {
      const [name, text] = Object.entries(files).find(([each]) => each.startsWith(`${collection}/`)) as [string, string]
      return put({ [name]: JSON.stringify({ ...(JSON.parse(text) as Body), ...fields }) })
    }
    // What its user has made and nothing uses yet is theirs, and not the token's.
    const unused = await made(prod.call, 'connections', bodies.connection('Unused'))
    for (const _connectionId of [other.connection, unused])
      expect(await change('exports', { _connectionId })).toBe('422 invalid_ref _connectionId')
    expect(await change('flows', { pageGenerators: [{ _exportId: other.source }] })).toBe('422 invalid_ref pageGenerators.0._exportId')
    expect((await sides.prod.call('GET', `/v1/exports/${sides.prod.source}`)).body._connectionId).toBe(sides.prod.connection)
    expect((await sides.prod.call('GET', `/v1/flows/${sides.prod.flow}`)).body).toMatchObject({
      _integrationId: sides.prod.integration,
      pageGenerators: [{ _exportId: sides.prod.source }],
    })
    // What lies in the bin of others does not come back by naming it.
    const gone = await made(other.call, 'exports', { ...bodies.source(other.connection), name: 'Of others' })
    await other.call('DELETE', `/v1/exports/${gone}`)
    const [name, text] = Object.entries(files).find(([each]) => each.startsWith('flows/')) as [string, string]
    const flow = JSON.parse(text) as Body
    const stolen = await put({
      [name]: JSON.stringify({ ...flow, pageGenerators: [{ _exportId: sides.prod.source }, { _exportId: gone }] }),
      [`exports/mine.${gone}.json`]: JSON.stringify({ _id: gone, ...bodies.source(sides.prod.connection) }),
    })
    expect(stolen).toBe(`403 access_denied exports/${gone}`)
    expect((await other.call('GET', `/v1/exports/${gone}`)).status).toBe(404)
    // A file that says it lies elsewhere is no part of these, and goes nowhere.
    const flowsOfOther = async (): Promise<string> => (await other.call('GET', `/v1/flows?_integrationId=${other.integration}`)).text
    const before = await flowsOfOther()
    await change('flows', { _integrationId: other.integration })
    expect(await flowsOfOther()).toBe(before)
  })
})

describe('somebody who manages some integrations only', () => {
  const levels = (...terms: [Side, string][]) => ({
    integrationAccessLevel: terms.map(([side, accessLevel]) => ({ _integrationId: side.integration, accessLevel })),
  })
  const seenBy = (who: Colleague, side: Side): Side =>
    as(side, (method, path, body) => who.call(method, path, body, side.envId === prod.envId ? {} : { 'sluice-environment': side.envId }))

  test('pulls and compares where they manage both sides, either way, as does who manages the account', async () => {
    for (const [i, terms] of [
      (s: { dev: Side; prod: Side }) => levels([s.dev, 'manage'], [s.prod, 'manage']),
      () => ({ accessLevel: 'manage' }),
    ].entries()) {
      const sides = await fresh()
      const who = await colleague(related.api, `both${i}@example.com`, terms(sides))
      const [there, here] = [seenBy(who, sides.dev), seenBy(who, sides.prod)]
      await grow(sides.dev)
      expect((await here.call('GET', `/v1/integrations/${here.integration}/diff?to=${there.integration}`)).status).toBe(200)
      expect((await promote(there, here)).body.status).toBe('completed')
      const [revision] = (await sides.prod.call('GET', `/v1/integrations/${here.integration}/revisions?limit=3`)).body.filter(
        ({ type }: Body) => type === 'pull',
      )
      const [entry] = (await sides.prod.call('GET', `/v1/flows/${sides.prod.flow}/audit`)).body
      expect(entry.fieldChanges).toContainEqual({ fieldPath: '_revisionId', newValue: revision._id })
      await edit(sides.prod, `imports/${sides.prod.sink}`, { description: 'Of production' })
      expect((await promote(here, there)).body.status).toBe('completed')
      expect((await sides.dev.call('GET', `/v1/imports/${sides.dev.sink}`)).body.description).toBe('Of production')
    }
  })

  test('pulls from nothing that they do not manage, and compares with nothing that they do not see', async () => {
    const sides = await fresh()
    await edit(sides.dev, `flows/${sides.dev.flow}`, { description: 'Changed' })
    const one = seenBy(await colleague(related.api, 'one@example.com', levels([sides.prod, 'manage'])), sides.prod)
    expect(refusal(await pullInto(one, sides.dev))).toBe('422 invalid_ref _fromIntegrationId')
    const compared = (side: Side) => side.call('GET', `/v1/integrations/${side.integration}/diff?to=${sides.dev.integration}`)
    expect(refusal(await compared(one))).toBe('422 invalid_ref to')
    const looking = await colleague(related.api, 'looking@example.com', levels([sides.prod, 'manage'], [sides.dev, 'monitor']))
    const half = seenBy(looking, sides.prod)
    expect((await compared(half)).status).toBe(200)
    expect(refusal(await pullInto(half, sides.dev))).toBe('403 access_denied _fromIntegrationId')
    const opened = (await pullInto(sides.prod, sides.dev)).body
    expect(refusal(await on(half, opened._id, 'apply'))).toBe('403 access_denied _fromIntegrationId')
    expect((await on(half, opened._id, 'cancel')).status).toBe(200)
  })

  test('chooses only connections that are theirs', async () => {
    const sides = await fresh()
    const who = await colleague(related.api, 'chooser@example.com', levels([sides.dev, 'manage'], [sides.prod, 'manage']))
    const here = seenBy(who, sides.prod)
    const second = await made(sides.dev.call, 'connections', bodies.connection('Second'))
    await edit(sides.dev, `exports/${sides.dev.source}`, { _connectionId: second })
    const { body } = await pullInto(here, sides.dev)
    const choose = (more: Body) => on(here, body._id, 'installSteps', { _sourceConnectionId: second, ...more }, 'PUT')
    expect(refusal(await choose({ _connectionId: other.connection }))).toBe('422 invalid_ref _connectionId')
    expect((await choose({ connection: bodies.connection('Own') })).status).toBe(200)
    expect((await on(here, body._id, 'apply')).body.status).toBe('completed')
  })

  test('is told that others use what changes, and not who they are', async () => {
    const sides = await fresh()
    const hidden = await made(sides.prod.call, 'integrations', { name: 'Hidden' })
    const using = { preSavePage: { function: 'preMap', _scriptId: sides.prod.script } }
    const source = await made(sides.prod.call, 'exports', { ...bodies.source(sides.prod.connection), name: 'Secret export', hooks: using })
    await made(sides.prod.call, 'flows', { name: 'Secret flow', _integrationId: hidden, pageGenerators: [{ _exportId: source }] })
    await edit(sides.dev, `scripts/${sides.dev.script}`, { content: '// changed\n' })
    const here = seenBy(await colleague(related.api, 'told@example.com', levels([sides.dev, 'manage'], [sides.prod, 'manage'])), sides.prod)
    const opened = await pullInto(here, sides.dev)
    expect(opened.body.warnings).toMatchObject([
      { code: 'shared_resource', message: expect.stringContaining('by what is not open to you') },
    ])
    expect(opened.text).not.toMatch(/Secret|Hidden/)
    const [{ id }] = opened.body.warnings
    expect((await on(sides.prod, opened.body._id, 'refresh')).body.warnings).toMatchObject([
      { id, message: expect.stringContaining('"Secret export"') },
    ])
    expect((await on(here, opened.body._id, 'apply', { confirm: [id] })).status).toBe(200)
  })
})
