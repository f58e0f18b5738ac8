/** Who may call an operation: by the level in the account, by the level in some integrations, and what a share allows besides. */
import { describe, expect, test } from 'vitest'
import { operations } from '../../../src/contract/operations/index.ts'
import type { AccessLevel, Operation } from '../../../src/contract/operation.ts'
import {
  canAddToIntegration,
  canPullFrom,
  canSee,
  checkAccess,
  filterUnmanaged,
  filterVisible,
  isAdministrator,
  isAdministratorInPerson,
  restrictFilters,
  visibleIntegrations,
  visibleScope,
} from '../../../src/domain/access/access.ts'
import type { Level } from '../../../src/domain/ports/accounts.ts'
import { contextOf, id, outcome, type Scene } from './stage.ts'

const levels: readonly Level[] = ['owner', 'administrator', 'manage', 'monitor']
/** Levels of the account that may call an operation of each level. */
const allowed: Readonly<Record<AccessLevel, readonly Level[]>> = {
  monitor: ['owner', 'administrator', 'manage', 'monitor'],
  manage: ['owner', 'administrator', 'manage'],
  administrator: ['owner', 'administrator'],
}
const operation = (name: string): Operation => operations[name] as Operation

describe.each(levels)('with the level %s in the whole account', (level) => {
  test.each(Object.entries(operations))('%s is open where its level says so', async (_name, asked) => {
    const check = (): Promise<void> => checkAccess(contextOf({ caller: { level }, strict: true }), asked, { _id: id('any') })
    expect(await outcome(check)).toBe(allowed[asked.access].includes(level) ? 'ok' : 'access_denied')
  })
})

/** Callers with a level in some integrations only: `mine` they manage, `watched` they look at, `others` is not open to them. */
const some: Scene = {
  caller: { level: 'manage', reach: { integrations: { [id('mine')]: 'manage', [id('watched')]: 'monitor' } } },
  belongs: { [id('myFlow')]: [id('mine')], [id('seen')]: [id('watched')], [id('alien')]: [id('others')] },
  made: [id('fresh')],
  jobs: { [id('myJob')]: { _flowId: id('myFlow') }, [id('job2')]: { _flowId: id('alien') } },
}

describe('with a level in some integrations only', () => {
  test.each([
    // Integrations, by the level in each.
    ['getIntegration', 'mine', 'ok'],
    ['updateIntegration', 'mine', 'ok'],
    ['getIntegration', 'watched', 'ok'],
    ['updateIntegration', 'watched', 'access_denied'],
    ['getIntegration', 'others', 'not_found'],
    ['updateIntegration', 'others', 'not_found'],
    // What belongs to them.
    ['updateFlow', 'myFlow', 'ok'],
    ['runFlow', 'seen', 'ok'],
    ['updateFlow', 'seen', 'access_denied'],
    ['runFlow', 'alien', 'not_found'],
    // What they have made, and nobody else has to do with.
    ['getExport', 'fresh', 'ok'],
    // A job stands for its flow.
    ['getJob', 'myJob', 'ok'],
    ['cancelJob', 'myJob', 'ok'],
    ['getJob', 'job2', 'not_found'],
    ['getJob', 'nothing', 'not_found'],
    // What belongs to no integration is open to look at, where it is everybody's.
    ['getTag', 'any', 'ok'],
    ['updateTag', 'any', 'not_found'],
    // Lists look themselves for what belongs to them; what is the account's is closed.
    ['listIntegrations', '', 'ok'],
    ['listAShares', '', 'access_denied'],
  ])('%s of %s: %s', async (name, subject, expected) => {
    const asked = operation(name)
    expect(await outcome(() => checkAccess(contextOf({ ...some, strict: true }), asked, { _id: id(subject) }))).toBe(expected)
  })

  test('a level in the whole account besides is enough where it reaches', async () => {
    const caller = { level: 'manage' as const, reach: { level: 'monitor' as const, integrations: { [id('mine')]: 'manage' as const } } }
    const asks = (name: string, subject: string) =>
      outcome(() => checkAccess(contextOf({ ...some, caller }), operation(name), { _id: id(subject) }))
    expect(await asks('getIntegration', 'others')).toBe('ok')
    expect(await asks('updateIntegration', 'others')).toBe('access_denied')
    expect(await asks('updateIntegration', 'mine')).toBe('ok')
  })

  test('lists are cut to what they may look at', async () => {
    const ctx = contextOf(some)
    expect(visibleScope(ctx, 'flows')?.integrations).toEqual([id('mine'), id('watched')])
    expect(visibleScope(ctx, 'tags')).toBeUndefined()
    expect(visibleIntegrations(ctx)).toEqual([id('mine'), id('watched')])
    const keys = ['myFlow', 'seen', 'alien'].map((name) => ({ collection: 'flows', id: id(name) }))
    expect(await filterVisible(ctx, keys)).toEqual(keys.slice(0, 2))
    expect(await filterUnmanaged(ctx, ctx.store, keys)).toEqual(keys.slice(1))
    expect(await Promise.all(keys.map((key) => canSee(ctx, key)))).toEqual([true, true, false])
    expect(await Promise.all(keys.map((key) => canAddToIntegration(ctx, ctx.store, key)))).toEqual([true, false, false])
  })

  test.each([
    ['mine', true],
    ['watched', false],
    ['others', false],
  ])('a pull from %s: %s', (name, expected) => expect(canPullFrom(contextOf(some), id(name))).toBe(expected))
})

describe('whoever is open to all of the account', () => {
  test('sees lists uncut, and may pull from anywhere', async () => {
    const ctx = contextOf()
    const keys = [{ collection: 'flows', id: id('alien') }]
    expect([visibleScope(ctx, 'flows'), visibleIntegrations(ctx)]).toEqual([undefined, undefined])
    expect(await filterVisible(ctx, keys)).toEqual(keys)
    expect(await filterUnmanaged(ctx, ctx.store, keys)).toEqual([])
    expect(canPullFrom(ctx, id('others'))).toBe(true)
    expect(restrictFilters(ctx, 'environments', {})).toEqual({})
  })

  test('a token of one environment lists that one', () =>
    expect(restrictFilters(contextOf({ caller: { isEnvironmentToken: true } }), 'environments', {})).toEqual({ _id: id('env') }))
})

test('what a share allows besides: records of errors are corrected at the level monitor', async () => {
  const asked = operation('updateRetryData')
  expect(asked.allowedBy).toBe('allowToEditRetryData')
  const by = (caller: Scene['caller']) => outcome(() => checkAccess(contextOf({ ...(caller && { caller }) }), asked, { _id: id('flow') }))
  expect(await by({ level: 'monitor' })).toBe('access_denied')
  expect(await by({ level: 'monitor', allowToEditRetryData: true })).toBe('ok')
})

test('operations within a shared account are what integrator.io says they are without a share, unless strictness is asked for', async () => {
  const within = Object.values(operations).filter(({ withoutShare }) => withoutShare !== undefined)
  expect(within.length).toBeGreaterThan(0)
  for (const asked of within) {
    const by = (scene: Scene) => outcome(() => checkAccess(contextOf(scene), asked, { _id: id('any') }))
    expect(await by({})).toBe(asked.withoutShare)
    expect(await by({ strict: true })).toBe('ok')
    expect(await by({ caller: { ashareId: id('share') } })).toBe('ok')
  }
})

describe('the token of a call of a function', () => {
  const caller = { oneTime: { depth: 1 } }
  test.each([
    ['getFlow', 'ok'],
    ['runFlow', 'ok'],
    ['createScript', 'access_denied'],
    ['createAccessToken', 'access_denied'],
  ])('%s: %s', async (name, expected) =>
    expect(await outcome(() => checkAccess(contextOf({ caller }), operation(name), { _id: id('any') }))).toBe(expected),
  )
})

test.each<[string, Scene, boolean, boolean]>([
  ['the owner', {}, true, true],
  ['an administrator', { caller: { level: 'administrator' } }, true, true],
  ['a manager', { caller: { level: 'manage' } }, false, false],
  ['their script', { caller: { oneTime: { depth: 1 } } }, true, false],
  ['a token for some documents', { caller: { scopes: { _exportIds: [] } } }, true, false],
  ['an app', { app: { connectorId: id('app'), integrationIds: [], isPaused: false } }, true, false],
])('%s: administrator %s, in person %s', (_who, scene, is, inPerson) => {
  const ctx = contextOf(scene)
  expect([isAdministrator(ctx), isAdministratorInPerson(ctx)]).toEqual([is, inPerson])
})
