/** What an Integration App may reach: the integrations of its installation, what in them is its own, and what a person chose for it. */
import { describe, expect, test } from 'vitest'
import { operations } from '../../../src/contract/operations/index.ts'
import type { Operation } from '../../../src/contract/operation.ts'
import { checkAccess } from '../../../src/domain/access/access.ts'
import {
  checkAppAccess,
  findForeignReferences,
  keepPlatformFields,
  readAppRights,
  restrictToApp,
  withAppIntegration,
} from '../../../src/domain/app-rights/rights.ts'
import { findEdition, listEditionFlows, listEditions, templateIntegrationId } from '../../../src/domain/app-rights/editions.ts'
import type { Apps, AppRights, Installation } from '../../../src/domain/ports/apps.ts'
import { contextOf, doc, id, outcome } from '../access/stage.ts'

const app: AppRights = { connectorId: id('app'), integrationIds: [id('root'), id('child')], isPaused: false }
const own = { _connectorId: id('app'), _integrationId: id('child') }
const ctx = contextOf({
  app,
  documents: {
    integrations: [doc('root', { _registeredConnectionIds: [id('chosen')] }), doc('child'), doc('other')],
    flows: [doc('own', own), doc('users', { _integrationId: id('root') }), doc('twin', { ...own, _integrationId: id('other') })],
    connections: [doc('appConn', own), doc('chosen'), doc('alien')],
    lookupcaches: [doc('rival', { ...own, _connectorId: id('rivalApp') })],
  },
})
const operation = (name: string): Operation => operations[name] as Operation

describe('an operation of an app', () => {
  test.each([
    // Its own integrations and documents.
    ['getIntegration', 'integrations', 'root', 'ok'],
    ['getIntegration', 'integrations', 'child', 'ok'],
    ['getIntegration', 'integrations', 'other', 'not_found'],
    ['getFlow', 'flows', 'own', 'ok'],
    ['deleteFlow', 'flows', 'own', 'ok'],
    // What a user made in its integration, what it has in another installation, and what is another app's.
    ['getFlow', 'flows', 'users', 'not_found'],
    ['getFlow', 'flows', 'twin', 'not_found'],
    ['getLookupCache', 'lookupcaches', 'rival', 'not_found'],
    // A connection that a person chose for it: looked at, tried and worked over, never changed.
    ['getConnection', 'connections', 'chosen', 'ok'],
    ['pingConnection', 'connections', 'chosen', 'ok'],
    ['exportOverConnection', 'connections', 'chosen', 'ok'],
    ['updateConnection', 'connections', 'chosen', 'not_found'],
    ['deleteConnection', 'connections', 'chosen', 'not_found'],
    ['getConnection', 'connections', 'alien', 'not_found'],
    ['updateConnection', 'connections', 'appConn', 'ok'],
    // What only the platform does with an installation.
    ['deleteIntegration', 'integrations', 'root', 'bad_request'],
    ['createIntegration', undefined, undefined, 'bad_request'],
    ['createFlow', undefined, undefined, 'ok'],
  ])('%s of %s %s: %s', async (name, collection, subject, expected) => {
    const key = collection === undefined ? undefined : { collection, id: id(subject as string) }
    expect(await outcome(() => checkAppAccess(ctx, app, operation(name), key))).toBe(expected)
    // And it is asked for every operation.
    expect(await outcome(() => checkAccess(ctx, operation(name), { _id: id(subject ?? 'none') }))).toBe(expected)
  })

  test('on the account as a whole is refused', async () => {
    const ofAccount = Object.values(operations).filter(({ partialAccess }) => partialAccess === 'account')
    expect(ofAccount.length).toBeGreaterThan(5)
    for (const asked of ofAccount) expect(await outcome(() => checkAppAccess(ctx, app, asked, undefined))).toBe('access_denied')
  })
})

test.each([
  ['flows', 'own', true],
  ['flows', 'users', false],
  ['flows', 'twin', false],
  ['connections', 'chosen', true],
  ['connections', 'alien', false],
  ['integrations', 'child', true],
  ['integrations', 'other', false],
  ['lookupcaches', 'rival', false],
  // Types that apps have none of: its publisher's.
  ['scripts', 'any', true],
])('an app may refer to %s %s: %s', async (collection, name, may) => {
  const reference = { path: 'at', collection, id: id(name) }
  expect(await findForeignReferences(ctx, ctx.store, app, [reference])).toEqual(may ? [] : [reference])
  expect(await findForeignReferences(ctx, ctx.store, { ...app, named: [id(name)] }, [reference])).toEqual([])
})

describe('what an app makes', () => {
  test.each([
    ['in the integration that it names', { _integrationId: id('child') }, id('child')],
    ['in the first where it names none', {}, id('root')],
  ])('lies %s', (_where, body, home) => expect(withAppIntegration(app, body)).toEqual({ ...body, _integrationId: home }))

  test('lies in no other integration', async () =>
    expect(await outcome(() => withAppIntegration(app, { _integrationId: id('other') }))).toBe('invalid_ref'))

  test('is not moved to another installation', () =>
    expect(
      keepPlatformFields({ doc: doc('own', own), secrets: undefined }, { name: 'x', _connectorId: id('rivalApp'), _parentId: id('p') }),
    ).toEqual({ name: 'x', ...own, _parentId: id('p') }))
})

test.each([
  ['integrations', {}, { _id: [id('root'), id('child')] }],
  ['integrations', { _id: id('child') }, { _id: [id('child')] }],
  ['flows', {}, { _connectorId: id('app'), _integrationId: [id('root'), id('child')] }],
  ['flows', { _integrationId: id('root'), name: 'x' }, { name: 'x', _connectorId: id('app'), _integrationId: [id('root')] }],
  ['flows', { _integrationId: id('other') }, { _connectorId: id('app'), _integrationId: [] }],
] as const)('a list of %s where %j is cut to %j', (collection, where, cut) => expect(restrictToApp(app, collection, where)).toEqual(cut))

test('the integration that is asked for comes first, and a pause is told', async () => {
  const installation = { envId: id('env'), rootId: id('root'), integrationId: id('child'), connectorId: id('app') } as Installation
  const apps = { listMembers: async () => [id('root'), id('child')] } as unknown as Apps
  expect(await readAppRights({ apps }, installation)).toEqual({ ...app, integrationIds: [id('child'), id('root')] })
  expect((await readAppRights({ apps }, { ...installation, pausedAt: 'then' })).isPaused).toBe(true)
})

describe('editions', () => {
  const starter = { _id: id('starter'), displayName: 'Starter', resources: { flows: ['a'] }, childResources: { flows: ['b'] } }
  const connectorOf = (fields: object) => doc('app', { name: 'Shop app', ...fields }) as Parameters<typeof listEditions>[0]
  const connector = connectorOf({ twoDotZero: { _integrationId: id('template'), editions: [starter] } })

  test('are those of the connector', () => {
    expect([listEditions(connector), listEditions(connectorOf({}))]).toEqual([[starter], []])
    expect([findEdition(connector, id('starter')), findEdition(connector, undefined)]).toEqual([starter, undefined])
    expect([templateIntegrationId(connector), templateIntegrationId(connectorOf({ _integrationId: id('old') }))]).toEqual([
      id('template'),
      id('old'),
    ])
  })

  test.each([
    ['an installation of an edition', starter, false, ['a']],
    ['its child', starter, true, ['b']],
    ['an installation of no edition has all flows', undefined, false, undefined],
    ['its child has none', undefined, true, []],
  ])('%s', (_what, edition, isChild, flows) => expect(listEditionFlows(edition, isChild)).toEqual(flows))
})
