/** Examples of what concerns an account: users, shares, tokens, the audit log, and Integration Apps with their licences. */
import type { Api } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { publish, type Published } from '../harness/app.ts'
import { openBrowser } from '../harness/browser.ts'
import type { OpenIdPeer } from '../harness/openid-provider.ts'
import { makePasswordLink } from '../../src/domain/accounts/sign-in.ts'
import type { Asking, Recorder } from './recorder.ts'

export async function account({ ask }: Recorder, api: Api, integrationId: string, provider: OpenIdPeer): Promise<void> {
  await ask('getTokenInfo')
  await ask('getProfile')
  await ask('updatePreferences', { body: { colorTheme: 'dark', timezone: 'Europe/Berlin', tilesView: 'list', tilesSort: '-numError' } })
  await ask('getPreferences')
  await notifications(ask, api, integrationId)
  await ask('listSignInMethods')
  await ask('getSession')
  const fromPage = onPage(api)
  const password = 'correct horse battery staple'
  await ask('changePassword', { body: { password } })
  await ask('createSession', { as: fromPage, body: { email: 'owner@localhost', password } })
  await ask('listSessions', { as: fromElsewhere(api) })
  const oneTimeToken = await makePasswordLink(api.world, 'owner@localhost')
  await ask('redeemPasswordLink', { as: fromPage, body: { oneTimeToken, password } })
  await signInElsewhere(ask, api, provider)
  const { _id } = await ask('createAccessToken', { body: { name: 'For the warehouse', fullAccess: true } })
  await ask('listAccessTokens')
  await ask('getAccessToken', { params: { _id } })
  await ask('updateAccessToken', { params: { _id }, body: { name: 'For the warehouse', fullAccess: true, revoked: true } })
  const friend = await colleague(api, 'colleague@example.com', { accessLevel: 'manage' }, { accepts: false })
  await ask('listSharedAShares', { as: friend.alone })
  await ask('acceptAShare', { params: { _id: friend.ashareId }, as: friend.alone })
  const invited = await ask('inviteUser', { body: { email: 'consultant@example.com', accessLevel: 'monitor' } })
  await ask('inviteUsers', { body: { emails: ['one@example.com', 'two@example.com'], accessLevel: 'monitor' } })
  await ask('listAShares')
  await ask('getAShare', { params: { _id: invited._id } })
  await ask('updateAShare', { params: { _id: friend.ashareId }, body: { accessLevel: 'monitor' } })
  await ask('disableAShare', { params: { _id: friend.ashareId } })
  await ask('disableAShare', { params: { _id: friend.ashareId } })
  const refusing = await colleague(api, 'partner@example.com', { accessLevel: 'monitor' }, { accepts: false })
  await ask('dismissAShare', { params: { _id: refusing.ashareId }, as: refusing.alone })
  await ask('reinviteAShare', { params: { _id: refusing.ashareId } })
  await ask('listIntegrationAshares', { params: { _id: integrationId } })
  await ask('listAudit')
}

async function notifications(ask: Recorder['ask'], { world, call }: Api, _integrationId: string): Promise<void> {
  const body = [
    { _integrationId, subscribed: true },
    { _integrationId: 'none', subscribed: false },
  ]
  await ask('updateNotifications', { body })
  await ask('listNotifications')
  const webhook = {
    uri: 'https://hooks.example.com/sluice',
    secret: `whsec_${Buffer.from('24 bytes, or up to 64 of them').toString('base64')}`,
  }
  await ask('updateNotificationSettings', { body: { frequency: 'daily', dailyHour: 7, errorThreshold: 10, webhook } })
  await ask('getNotificationSettings')
  await ask('updateNotificationSettings', { body: {} })
  await ask('testNotifications')
  const { _userId: userId } = (await call('GET', '/v1/tokenInfo')).body
  const [createdAt, _id] = [world.now().toISOString(), world.newId()]
  const payload = { events: [], omitted: 3, since: createdAt }
  await world.store.outbox.add({
    _id,
    envId: userId,
    userId,
    channel: 'email',
    isDaily: true,
    payload,
    createdAt,
    dueAt: '2099-01-01T07:00:00.000Z',
  })
  await world.store.outbox.end(_id, 'sent', createdAt, undefined)
  await ask('listNotificationMessages')
}

/** An address of this machine says nothing to a reader. */
const fromElsewhere =
  ({ call, database }: Api): NonNullable<Asking['as']> =>
  async (method, path, body) => {
    await database.pool.query(`update sluice.user_sessions set source = '203.0.113.7'`)
    return call(method, path, body)
  }

/** At the provider, and back with what it added to the address. */
async function signInElsewhere(ask: Recorder['ask'], api: Api, provider: OpenIdPeer): Promise<void> {
  const browser = openBrowser(api)
  provider.who = { sub: 'stranger', email: 'stranger@example.com', email_verified: true }
  const { authorizationURL } = await ask('beginOpenIdSignIn', { as: browser.call })
  const { searchParams } = await provider.agree(authorizationURL)
  await ask('finishOpenIdSignIn', { as: browser.call, body: Object.fromEntries(searchParams) })
}

/** As the page of the console asks that is served there, before anybody is signed in. */
const onPage =
  ({ call }: Api): NonNullable<Asking['as']> =>
  (method, path, body) =>
    call(method, path, body, { 'sec-fetch-site': 'same-origin', 'x-sluice-console': '1', 'user-agent': 'Firefox' })

export async function apps({ ask }: Recorder, api: Api): Promise<void> {
  const changeEditionSteps = [
    { name: 'Look', type: 'hidden' },
    { name: 'Change', type: 'edition' },
  ]
  const uninstallSteps = [
    { name: 'Say goodbye', type: 'hidden' },
    { name: 'Clean up', type: 'hidden' },
  ]
  const app = await publish(api, { changeEditionSteps, uninstallSteps })
  const params = { _id: app.connectorId }
  const first = await license(ask, app, 0)
  await ask('listConnectorLicenses', { params })
  await ask('getConnectorLicense', { params: { ...params, _licenseId: first } })
  await ask('updateConnectorLicense', {
    params: { ...params, _licenseId: first },
    body: { _editionId: app.editions[0], expires: '2099-01-01T00:00:00.000Z' },
  })
  const as = api.stranger
  await ask('listLicenses', { as })
  const preview = await ask('previewInstallConnector', { params, as })
  const { _id } = await ask('installConnector', { params, as, body: { sha256: preview.sha256 } })
  await install(ask, as, _id)
  await ask('listInstallBase', { params })
  await ask('updateInstallations', { params, body: { _integrationIds: [_id] } })
  await ask('initChildIntegration', { params: { _id }, as })
  const larger = await license(ask, app, 1)
  await ask('changeIntegrationEdition', { params: { _id }, as, body: { _licenseId: larger } })
  for (const index of ['0', '1']) {
    await ask('showChangeEditionStep', { params: { _id, index }, as })
    await ask('takeChangeEditionStep', { params: { _id, index }, as, body: {} })
  }
  await ask('detachIntegrationLicense', { params: { _id }, as })
  await ask('resumeIntegration', { params: { _id }, as })
  await ask('uninstallIntegration', { params: { _id }, as })
  await ask('showUninstallStep', { params: { _id, index: '0' }, as })
  await ask('takeUninstallStep', { params: { _id, index: '0' }, as, body: {} })
}

const license = async (ask: Recorder['ask'], { connectorId, editions }: Published, edition: number): Promise<string> =>
  (
    await ask('createConnectorLicense', {
      params: { _id: connectorId },
      body: { user: { email: 'stranger@example.com' }, _editionId: editions[edition] },
    })
  )._id

async function install(ask: Recorder['ask'], as: Api['stranger'], _id: string): Promise<void> {
  const bodies = [
    { connection: { name: 'My shop', http: { baseURI: 'https://mine.example', mediaType: 'json' } } },
    { formSubmission: { region: 'EU' } },
    {},
  ]
  for (const [index, body] of bodies.entries()) {
    const params = { _id, index: String(index) }
    await ask('showInstallStep', { params, as })
    await ask('takeInstallStep', { params, as, body })
  }
}
