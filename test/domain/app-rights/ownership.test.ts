/** What users may change in the documents of an Integration App, and what only the app may. */
import { describe, expect, test } from 'vitest'
import { resources, type Collection } from '../../../src/contract/resources/index.ts'
import {
  enforceAppOwnership,
  findCheckedReferences,
  refuseRemovalFromApp,
  selectChecked,
  stampAppFields,
} from '../../../src/domain/app-rights/ownership.ts'
import type { AppRights } from '../../../src/domain/ports/apps.ts'
import { contextOf, doc, id, outcome } from '../access/stage.ts'

const app: AppRights = { connectorId: id('app'), integrationIds: [id('root')], isPaused: false }
const installations = [{ integrationId: id('root'), connectorId: id('app') }]
const root = doc('root', { _connectorId: id('app'), name: 'Shop' })
const user = contextOf({ installations, documents: { integrations: [root] } })
const updating = contextOf({ installations, documents: { integrations: [{ ...root, updateInProgress: true }] } })
const itself = contextOf({ app, installations, documents: { integrations: [root] } })
const stamped = { _connectorId: id('app'), _integrationId: id('root') }

/** Fields that users change, by type; all others of these types are locked. */
const exposed: Readonly<Partial<Record<Collection, readonly string[]>>> = {
  integrations: ['name', 'description', 'readme', 'tag', 'settings', 'iLMIgnore'],
  flows: ['disabled', 'schedule', 'timezone', 'settings'],
  exports: ['settings'],
  imports: ['settings', 'mapping', 'mappings'],
  scripts: [],
  lookupcaches: [],
}
const stamps = ['_id', 'createdAt', 'lastModified', '_envId']
const fields = Object.entries(exposed).flatMap(([collection, open]) =>
  Object.keys(resources[collection as Collection].stored.properties)
    .filter((field) => !stamps.includes(field) && field !== '_connectorId' && field !== '_integrationId')
    .map((field) => [collection as Collection, field, open.includes(field)] as const),
)

describe('a field of a document of an app', () => {
  test.each(fields)('%s %s: users change it: %s', async (collection, field, isOpen) => {
    const before = collection === 'integrations' ? { ...root, [field]: 'before' } : doc('it', { ...stamped, [field]: 'before' })
    const after = { ...before, [field]: 'after' }
    const change = (by: typeof user, of: object | false = {}) =>
      enforceAppOwnership(by.store, by, collection, { ...before, ...of }, { ...after, ...of })
    expect(await outcome(() => change(user))).toBe(isOpen ? 'ok' : 'app_resource_locked')
    if (isOpen) {
      expect(await change(user)).toMatchObject({ [field]: 'after' })
      expect(await outcome(() => change(updating, collection === 'integrations' && { updateInProgress: true }))).toBe('update_in_progress')
    }
    // The app itself changes anything but whose it is.
    expect(await change(itself)).toMatchObject({ [field]: 'after' })
  })

  test('stays as it was where a user leaves it out, and what is open goes', async () => {
    const before = doc('it', { ...stamped, name: 'Orders', schedule: '? 0 3 ? * *' })
    const { name: _name, schedule: _schedule, ...sent } = before
    expect(await enforceAppOwnership(user.store, user, 'flows', before, sent as typeof before)).toEqual({
      ...stamped,
      ...doc('it'),
      name: 'Orders',
    })
  })
})

describe('documents that name an app', () => {
  test('keep its stamps, whoever changes them', async () => {
    const before = doc('it', { ...stamped, name: 'a' })
    for (const by of [user, itself])
      expect(await enforceAppOwnership(by.store, by, 'connections', before, doc('it', { name: 'b' }))).toEqual({
        ...doc('it', { name: 'b' }),
        ...stamped,
      })
  })

  test('of what is no installation are like any other', async () => {
    const stray = doc('it', { ...stamped, _integrationId: id('gone'), name: 'a' })
    expect(await outcome(() => enforceAppOwnership(user.store, user, 'flows', stray, { ...stray, name: 'b' }))).toBe('ok')
    expect(await outcome(() => refuseRemovalFromApp(user.store, user, 'flows', stray))).toBe('ok')
  })

  test('of no app are left as they are sent', async () => {
    const after = doc('it', { name: 'b' })
    expect(await enforceAppOwnership(user.store, user, 'flows', doc('it', { name: 'a' }), after)).toBe(after)
  })
})

test.each<[Collection, object, boolean, string]>([
  ['flows', stamped, false, 'app_resource_locked'],
  ['integrations', { _connectorId: id('app') }, false, 'app_resource_locked'],
  // A connection holds the credentials of its user.
  ['connections', stamped, false, 'ok'],
  ['flows', {}, false, 'ok'],
  ['flows', stamped, true, 'ok'],
])('%s with %j, removed by the app %s: %s', async (collection, more, byApp, expected) => {
  const by = byApp ? itself : user
  const it = collection === 'integrations' ? root : doc('it', more)
  expect(await outcome(() => refuseRemovalFromApp(by.store, by, collection, it))).toBe(expected)
})

test.each<[Collection, object, object]>([
  ['flows', {}, stamped],
  ['flows', { _integrationId: id('child') }, { ...stamped, _integrationId: id('child') }],
  ['scripts', {}, {}],
  ['integrations', {}, {}],
])('an app stamps what it makes: %s of %j with %j', (collection, body, stamp) => {
  expect(stampAppFields(itself, collection, body as Record<string, unknown>)).toEqual(stamp)
  expect(stampAppFields(user, collection, body as Record<string, unknown>)).toEqual({})
})

describe('references that have to lead to something', () => {
  const sent = { _connectionId: id('c'), hooks: { preSavePage: { _scriptId: id('s'), function: 'f' } } }
  const collectionsOf = (found: readonly { readonly collection: string }[]): string[] =>
    found.map(({ collection }) => collection).toSorted()

  test.each<[string, typeof user, object | undefined, readonly string[]]>([
    ['of a user: all', user, undefined, ['connections', 'scripts']],
    ['of an app: none to what is its publisher’s', itself, undefined, ['connections']],
    [
      'of an app’s document that a user changes: what is new in it',
      user,
      { ...stamped, ...sent, _connectionId: id('old') },
      ['connections'],
    ],
    ['of a document that was the user’s before: all', user, sent, ['connections', 'scripts']],
  ])('%s', (_of, by, before, expected) => {
    expect(collectionsOf(findCheckedReferences(by, 'exports', before && doc('it', before), sent))).toEqual(expected)
  })

  test('are picked from those that are handed in', () => {
    const found = [{ path: '_scriptId', collection: 'scripts', id: id('s') }]
    expect([selectChecked(itself, 'exports', undefined, found), selectChecked(user, 'exports', undefined, found)]).toEqual([[], found])
  })
})
