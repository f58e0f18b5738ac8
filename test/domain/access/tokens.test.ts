/** What tokens are for that are not for everything: some documents, some integrations at a level, one environment, and calls of functions. */
import { describe, expect, test } from 'vitest'
import { operations } from '../../../src/contract/operations/index.ts'
import type { Operation } from '../../../src/contract/operation.ts'
import { checkExtent, canReachEnvironment, enterEnvironment, environmentFilter } from '../../../src/domain/access/extent.ts'
import {
  capIdentity,
  levelInIntegration,
  limitToAuthors,
  limitToCode,
  managedIntegrations,
} from '../../../src/domain/access/code-rights.ts'
import { checkMayApply, checkScope, isInScope, listScopeKeys, narrowToToken } from '../../../src/domain/access/scopes.ts'
import type { Identity } from '../../../src/domain/ports/accounts.ts'
import type { AccessScope } from '../../../src/domain/ports/membership.ts'
import { contextOf, doc, id, outcome, owner } from './stage.ts'

const operation = (name: string): Operation => operations[name] as Operation

describe('a token for some documents', () => {
  const scopes = { _exportIds: [id('listed')] }
  test.each([
    ['getExport', 'exports', 'listed', 'ok'],
    ['updateExport', 'exports', 'listed', 'ok'],
    ['invokeExport', 'exports', 'listed', 'ok'],
    ['deleteExport', 'exports', 'listed', 'access_denied'],
    ['getExport', 'exports', 'other', 'access_denied'],
    // The same id in another collection is another document.
    ['getImport', 'imports', 'listed', 'access_denied'],
    ['listExports', undefined, undefined, 'access_denied'],
    // It may ask what it is itself.
    ['getTokenInfo', undefined, undefined, 'ok'],
  ])('%s of %s %s: %s', async (name, collection, subject, expected) => {
    const key = collection === undefined ? undefined : { collection, id: id(subject as string) }
    expect(await outcome(() => checkScope(scopes, operation(name), key))).toBe(expected)
  })

  test('lists its documents with the fields that name them', () =>
    expect(listScopeKeys({ _exportIds: [id('a')], _apiIds: [id('b')] })).toEqual([
      { collection: 'exports', id: id('a'), field: '_exportIds.0' },
      { collection: 'apis', id: id('b'), field: '_apiIds.0' },
    ]))
})

describe('a token for some integrations', () => {
  const levels = ['read', 'plan', 'apply'] as const
  const scopes = { integrationLevels: levels.map((level) => ({ _integrationId: id(level), level })) }
  /** An operation of each level, and which tokens may call it. */
  test.each([
    ['listIntegrationRevisions', ['read', 'plan', 'apply']],
    ['planRevision', ['plan', 'apply']],
    ['applyRevision', ['apply']],
    ['updateIntegration', []],
  ])('%s is open from its level on', async (name, open) => {
    const results = levels.map(async (level) => [
      level,
      await outcome(() => checkScope(scopes, operation(name), { collection: 'integrations', id: id(level) })),
    ])
    expect(Object.fromEntries(await Promise.all(results))).toEqual(
      Object.fromEntries(levels.map((level) => [level, (open as readonly string[]).includes(level) ? 'ok' : 'access_denied'])),
    )
  })

  test('is for no other integration', async () =>
    expect(
      await outcome(() => checkScope(scopes, operation('listIntegrationRevisions'), { collection: 'integrations', id: id('other') })),
    ).toBe('access_denied'))

  test('what belongs to its integrations is told by its reach, not by its list', () =>
    expect(isInScope(scopes, { collection: 'flows', id: id('any') })).toBe(true))

  test.each([
    ['read', 'access_denied'],
    ['plan', 'access_denied'],
    ['apply', 'ok'],
    ['other', 'access_denied'],
  ])('carries changes out at the level %s: %s', async (level, expected) =>
    expect(await outcome(() => checkMayApply({ caller: { ...owner, scopes } }, id(level)))).toBe(expected),
  )

  test('any other token carries out what its user may', async () =>
    expect(await outcome(() => checkMayApply({ caller: owner }, id('other')))).toBe('ok'))

  test.each<[string, Partial<Identity>, AccessScope['integrations'], Identity['level']]>([
    ['of the owner', {}, { [id('read')]: 'monitor', [id('plan')]: 'manage', [id('apply')]: 'manage' }, 'manage'],
    ['of a monitor', { level: 'monitor' }, { [id('read')]: 'monitor', [id('plan')]: 'monitor', [id('apply')]: 'monitor' }, 'monitor'],
    [
      'of whoever has one of them',
      { level: 'manage', reach: { integrations: { [id('apply')]: 'manage' } } },
      { [id('apply')]: 'manage' },
      'manage',
    ],
    ['of whoever has none of them', { level: 'manage', reach: { integrations: { [id('other')]: 'manage' } } }, {}, 'monitor'],
  ])('%s it has no more than its user', (_whose, user, integrations, level) => {
    const narrowed = narrowToToken({ ...owner, ...user, scopes }, id('token'))
    expect(narrowed.reach?.integrations).toEqual(integrations)
    expect([narrowed.level, narrowed.reach?.callId, narrowed.reach?.level]).toEqual([level, id('token'), undefined])
  })

  test('pulls come from integrations that it only reads where its user manages these', () => {
    const scopesOfRead = { integrationLevels: [{ _integrationId: id('read'), level: 'read' as const }] }
    expect(narrowToToken({ ...owner, scopes: scopesOfRead }, id('token')).reach?.pulledFrom).toEqual([id('read')])
    expect(narrowToToken({ ...owner, level: 'monitor', scopes: scopesOfRead }, id('token')).reach?.pulledFrom).toEqual([])
  })
})

describe('a token of one environment', () => {
  const bound = { caller: { ...owner, isEnvironmentToken: true as const } }
  test.each(Object.entries(operations))('%s: by how far it reaches', async (_name, asked) => {
    const expected = asked.extent === 'account' ? 'access_denied' : 'ok'
    expect(await outcome(() => checkExtent(bound, asked, { _id: owner.envId }))).toBe(expected)
    expect(await outcome(() => checkExtent({ caller: owner }, asked, { _id: id('other') }))).toBe('ok')
  })

  test('knows of no other environment', async () => {
    expect(await outcome(() => checkExtent(bound, operation('getEnvironment'), { _id: id('other') }))).toBe('not_found')
    expect([canReachEnvironment(bound, id('other')), canReachEnvironment(bound, owner.envId)]).toEqual([false, true])
    expect([environmentFilter(bound), environmentFilter({ caller: owner })]).toEqual([owner.envId, undefined])
  })
})

describe('the header Sluice-Environment', () => {
  const { store } = contextOf({
    documents: { environments: [doc('env'), doc('dev'), doc('empty')], integrations: [doc('mine')] },
  })
  const enters = (named: string, caller: Partial<Identity> = {}) => outcome(() => enterEnvironment(store, { ...owner, ...caller }, named))
  test.each<[string, string, Partial<Identity>, string]>([
    ['another environment of the account', id('dev'), {}, 'ok'],
    ['its own', id('env'), { isEnvironmentToken: true }, 'ok'],
    ['in capitals', id('dev').toUpperCase(), {}, 'ok'],
    ['no id', 'dev', {}, 'invalid_header_value'],
    ['an environment that the account has not', id('none'), {}, 'access_restricted'],
    ['another one, by a token of one environment', id('dev'), { isEnvironmentToken: true }, 'access_denied'],
    ['another one, by a token for some documents', id('dev'), { scopes: {} }, 'access_denied'],
    ['another one, by a share of an integration that lies there', id('dev'), { reach: { integrations: { [id('mine')]: 'manage' } } }, 'ok'],
    ['another one, by a share of none that lies there', id('dev'), { reach: { integrations: {} } }, 'access_restricted'],
  ])('%s', async (_what, named, caller, expected) => expect(await enters(named, caller)).toBe(expected))

  test('takes the caller there', async () => expect((await enterEnvironment(store, owner, id('dev'))).envId).toBe(id('dev')))
})

describe('what a caller has in an integration', () => {
  test.each<[Partial<Identity>, string | undefined]>([
    [{}, 'manage'],
    [{ level: 'administrator' }, 'manage'],
    [{ level: 'monitor' }, 'monitor'],
    [{ reach: { integrations: { [id('it')]: 'manage' } } }, 'manage'],
    [{ reach: { integrations: { [id('it')]: 'monitor' } } }, 'monitor'],
    [{ reach: { integrations: {} } }, undefined],
    [{ reach: { level: 'monitor', integrations: {} } }, 'monitor'],
    [{ reach: { level: 'monitor', integrations: { [id('it')]: 'manage' } } }, 'manage'],
  ])('%j: %s', (caller, level) => expect(levelInIntegration({ ...owner, ...caller }, id('it'))).toBe(level))

  test.each<[Partial<Identity>, readonly string[] | undefined]>([
    [{}, undefined],
    [{ reach: { level: 'manage', integrations: {} } }, undefined],
    [{ reach: { integrations: { [id('a')]: 'manage', [id('b')]: 'monitor' } } }, [id('a')]],
    [{ reach: { level: 'monitor', integrations: { [id('a')]: 'manage' } } }, [id('a')]],
  ])('%j manages %j', (caller, expected) => expect(managedIntegrations({ ...owner, ...caller })).toEqual(expected))
})

describe('code', () => {
  const cap = { integrations: [id('a'), id('b')], callId: id('call') }

  test('has the level of its caller in the integrations of its place, manage at the most, and no others', () => {
    const { level, reach } = capIdentity(owner, cap)
    expect(level).toBe('manage')
    expect(reach).toEqual({ integrations: { [id('a')]: 'manage', [id('b')]: 'manage' }, callId: id('call') })
    const colleague: Identity = { ...owner, level: 'manage', reach: { integrations: { [id('b')]: 'monitor', [id('c')]: 'manage' } } }
    expect(capIdentity(colleague, cap).reach?.integrations).toEqual({ [id('b')]: 'monitor' })
  })

  test('that calls code gets no further by it', () => {
    const inner = capIdentity(capIdentity(owner, cap), { integrations: [id('b'), id('c')], callId: id('call') })
    expect(inner.cap?.integrations).toEqual([id('b')])
    expect(inner.reach?.integrations).toEqual({ [id('b')]: 'manage' })
  })

  test('reaches what its place, and its authors, both may', async () => {
    const ctx = contextOf({ belongs: { [id('code')]: [id('a'), id('b')] } })
    const reachOf = async (place: readonly string[] | undefined, authors?: readonly string[]) => {
      const script = { _id: id('code'), ...(authors && { _authorIntegrationIds: authors }) }
      return Object.keys((await limitToCode(ctx, place, script)).caller.reach?.integrations ?? {})
    }
    expect(await reachOf([id('a')])).toEqual([id('a')])
    // Where it stands in no integration, those of the script itself.
    expect(await reachOf(undefined)).toEqual([id('a'), id('b')])
    expect(await reachOf([id('a')], [id('b')])).toEqual([])
    expect(await reachOf(undefined, [id('b'), id('c')])).toEqual([id('b')])
  })

  test('of an app has the rights of the app', async () => {
    const ctx = contextOf({ app: { connectorId: id('app'), integrationIds: [id('a')], isPaused: false } })
    expect(await limitToCode(ctx, [id('b')])).toBe(ctx)
    expect(limitToAuthors(ctx, { _authorIntegrationIds: [] })).toBe(ctx)
  })
})
