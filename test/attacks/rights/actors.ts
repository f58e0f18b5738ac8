/** Everybody who might ask: by share, by token, by environment, by one-time token, and those who are nobody any more. */
import { addUser } from '../../../src/domain/accounts/accounts.ts'
import type { AccessLevel } from '../../../src/contract/operation.ts'
import type { Api } from '../../harness/api.ts'
import { colleague } from '../../harness/colleague.ts'
import { make } from '../../harness/flows.ts'
import type { Call, Place, Scene } from './scene.ts'

export interface Actor {
  readonly call: Call
  /** In the account of the scene; absent for who has none, and is answered 401 or 404 everywhere. */
  readonly level?: AccessLevel | 'owner'
  /** In the integration that is open; where it is another than in the account. */
  readonly levelInOpen?: AccessLevel
  /** What they may look at. */
  readonly sees: readonly Place[]
  /** What of it they may change: the environments by the name of a place in it. */
  readonly reaches: readonly Place[]
  /** Let into some integrations, documents or one environment only. */
  readonly bound?: 'integration' | 'documents' | 'environment' | 'code'
  readonly isDead?: true
}

const production: readonly Place[] = ['open', 'hidden', 'bin']

export async function everybody(api: Api, { sets, dev }: Scene): Promise<Readonly<Record<string, Actor>>> {
  const open = sets.open['integrations']
  const bearing =
    (token: string, more: Record<string, string> = {}): Call =>
    (method, path, body, headers = {}) =>
      api.call(method, path, body, { authorization: `Bearer ${token}`, ...more, ...headers })
  const tokenOf = async (terms: object, call: Call = api.call): Promise<{ _id: string; token: string }> =>
    make({ call }, 'accesstokens', { name: 'of an actor', ...terms })
  const inOpen = (accessLevel: string) => ({ integrationAccessLevel: [{ _integrationId: open, accessLevel }] })

  const monitor = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
  const manage = await colleague(api, 'manage@example.com', { accessLevel: 'manage' })
  const administrator = await colleague(api, 'administrator@example.com', { accessLevel: 'administrator' })
  const manager = await colleague(api, 'manager-of-one@example.com', inOpen('manage'))
  const watcher = await colleague(api, 'watcher-of-one@example.com', inOpen('monitor'))
  const both = await colleague(api, 'both@example.com', { accessLevel: 'monitor', ...inOpen('manage') })
  const disabled = await colleague(api, 'disabled@example.com', { accessLevel: 'administrator' })
  const disabledsToken = await tokenOf({ fullAccess: true }, disabled.call)
  await api.call('PUT', `/v1/ashares/${disabled.ashareId}/disable`)
  const invited = await colleague(api, 'invited@example.com', { accessLevel: 'administrator' }, { accepts: false })
  const managersToken = await tokenOf({ fullAccess: true }, manager.call)
  const revoked = await tokenOf({ fullAccess: true })
  await api.call('PUT', `/v1/accesstokens/${revoked._id}`, { name: 'x', fullAccess: true, revoked: true })
  const expired = await tokenOf({ fullAccess: true, autoPurgeAt: new Date(Date.now() + 86_400_000).toISOString() })
  await api.database.pool.query(`update sluice.tokens set auto_purge_at = now() - interval '1 minute' where _id = $1`, [expired._id])
  const friend = await addUser(api.world, 'nobody-here@example.com')

  const whole = (call: Call, level: AccessLevel | 'owner'): Actor => ({ call, level, sees: production, reaches: production })
  const ofOne = (call: Call, levelInOpen: AccessLevel): Actor => ({
    call,
    level: levelInOpen,
    levelInOpen,
    sees: ['open'],
    reaches: ['open'],
    bound: 'integration',
  })
  const scoped = async (terms: object): Promise<Actor> => ({
    call: bearing((await tokenOf(terms)).token),
    level: 'owner',
    sees: ['open'],
    reaches: ['open'],
    bound: 'documents',
  })
  const ofIntegration = async (level: 'read' | 'apply'): Promise<Actor> =>
    ofOne(bearing((await tokenOf({ integrationLevels: [{ _integrationId: open, level }] })).token), level === 'read' ? 'monitor' : 'manage')
  const dead = (call: Call): Actor => ({ call, sees: [], reaches: [], isDead: true })
  return {
    owner: whole(api.call, 'owner'),
    'owner in another environment': {
      call: bearing('owner-token-for-tests', { 'sluice-environment': dev._id }),
      level: 'owner',
      sees: ['dev'],
      reaches: ['dev'],
    },
    administrator: whole(administrator.call, 'administrator'),
    manage: whole(manage.call, 'manage'),
    monitor: whole(monitor.call, 'monitor'),
    'monitor in another environment': {
      call: (method, path, body, headers) => monitor.call(method, path, body, { 'sluice-environment': dev._id, ...headers }),
      level: 'monitor',
      sees: ['dev'],
      reaches: ['dev'],
    },
    'manager of one': ofOne(manager.call, 'manage'),
    'token of the manager of one': ofOne(bearing(managersToken.token), 'manage'),
    'watcher of one': ofOne(watcher.call, 'monitor'),
    'monitor and manager of one': { ...whole(both.call, 'monitor'), levelInOpen: 'manage', reaches: ['open'] },
    'token for connections': await scoped({ _connectionIds: [sets.open['connections']] }),
    'token for exports': await scoped({ _exportIds: [sets.open['exports']] }),
    'token for imports': await scoped({ _importIds: [sets.open['imports']] }),
    'token for apis': await scoped({ _apiIds: [sets.open['apis']] }),
    'token that reads one integration': await ofIntegration('read'),
    'token that changes one integration': await ofIntegration('apply'),
    'token of an environment': { call: dev.call, level: 'owner', sees: ['dev'], reaches: ['dev'], bound: 'environment' },
    'one-time token': {
      call: bearing(await oneTimeToken(api, open as string)),
      level: 'manage',
      levelInOpen: 'manage',
      sees: ['open'],
      reaches: ['open'],
      bound: 'code',
    },
    stranger: { call: (method, path, body) => api.stranger(method, path, body), sees: ['theirs'], reaches: ['theirs'] },
    'user of nothing': { call: bearing(friend.token), sees: [], reaches: [] },
    'stranger with a share of others': dead((method, path, body) =>
      api.call(method, path, body, { authorization: `Bearer ${friend.token}`, 'integrator-ashareid': administrator.ashareId }),
    ),
    'stranger in an environment of others': dead(bearing(friend.token, { 'sluice-environment': dev._id })),
    'environment in production': dead((method, path, body) =>
      dev.call(method, path, body, { 'sluice-environment': sets.open['environments'] ?? '' }),
    ),
    'manager of one in another environment': dead((method, path, body) =>
      manager.call(method, path, body, { 'sluice-environment': dev._id }),
    ),
    disabled: dead(disabled.call),
    'token of who was disabled': dead(bearing(disabledsToken.token)),
    'invited only': dead(invited.call),
    'revoked token': dead(bearing(revoked.token)),
    'expired token': dead(bearing(expired.token)),
    'no token': dead((method, path, body) => api.call(method, path, body, { authorization: '' })),
  }
}

/** Of a script that the owner sets off in the integration that is open: it says its token backwards, since a mask knows how one begins. */
async function oneTimeToken(api: Api, integrationId: string): Promise<string> {
  const content = `function init({ bearerToken }) { return { fieldMap: {}, got: bearerToken.split('').reverse().join('') } }`
  const { _id: _scriptId } = await make(api, 'scripts', { name: 'Tells its token', content })
  const before = (await api.call('GET', `/v1/integrations/${integrationId}`)).body
  const settingsForm = { form: { fieldMap: {} }, init: { _scriptId, function: 'init' } }
  await api.call('PUT', `/v1/integrations/${integrationId}`, { ...before, settingsForm })
  const { body } = await api.call('POST', `/v1/integrations/${integrationId}/settingsForm`)
  await api.call('PUT', `/v1/integrations/${integrationId}`, before)
  await api.call('DELETE', `/v1/scripts/${_scriptId}`)
  return body.got.split('').toReversed().join('')
}
