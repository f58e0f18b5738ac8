/** Subscriptions, and how a user is told: for everybody in person, within what they may see. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { makeEnvironment } from '../harness/environment.ts'
import { startMailServer, type MailServer } from '../harness/mail-server.ts'
import { makeOneOfEach, nobody, type Ids } from '../harness/samples.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../harness/webhook-receiver.ts'

const home = 'https://sluice.example'
let mails: MailServer
let receiver: WebhookReceiver
let api: Api
let ids: Ids
let friend: Colleague
let administrator: Colleague
beforeAll(async () => {
  mails = await startMailServer()
  receiver = await startWebhookReceiver()
  api = await startApi({ mail: mails.settings, publicURL: home })
  ids = await makeOneOfEach(api.call)
  friend = await colleague(api, 'friend@example.com', { accessLevel: 'monitor' })
  administrator = await colleague(api, 'administrator@example.com', { accessLevel: 'administrator' })
})
afterAll(async () => {
  await api.close()
  await Promise.all([mails.close(), receiver.close()])
})

const problem = ({ status, body }: Answer) => ({ status, code: body?.errors?.[0]?.code, field: body?.errors?.[0]?.field })
const subjects = ({ body }: Answer): string[] =>
  (body ?? []).map((each: Record<string, string>) => each['_flowId'] ?? each['_integrationId'] ?? each['_connectionId'])
const list = (of: Pick<Colleague, 'call'> = api, query = ''): Promise<Answer> => of.call('GET', `/v1/notifications${query}`)

describe('subscriptions', () => {
  test('are set and taken away together, each once, and what is not named stays', async () => {
    expect((await list()).status).toBe(204)
    const on = (subject: object) => ({ ...subject, subscribed: true })
    const first = await api.call('PUT', '/v1/notifications', [
      on({ _flowId: ids.flows }),
      on({ _flowId: ids.flows }),
      on({ _integrationId: 'none' }),
      on({ _integrationId: ids.integrations }),
      on({ _connectionId: ids.connections }),
    ])
    expect(first.status).toBe(200)
    expect(subjects(first).toSorted()).toEqual([ids.flows, 'none', ids.integrations, ids.connections].toSorted())
    const { body } = await list()
    expect(body).toContainEqual({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      type: 'flow',
      _flowId: ids.flows,
      subscribedByUser: { _id: expect.any(String), email: 'owner@localhost', name: 'Owner' },
    })
    const second = await api.call('PUT', '/v1/notifications', [
      { _integrationId: 'none', subscribed: false },
      { _flowId: nobody, subscribed: false },
    ])
    expect(subjects(second).toSorted()).toEqual([ids.flows, ids.integrations, ids.connections].toSorted())
    expect((await list(friend)).status).toBe(204)
    expect((await api.stranger('GET', '/v1/notifications')).status).toBe(204)
  })

  test.each<[string, object, object]>([
    ['nothing named', { subscribed: true }, { code: 'missing_required_field', field: '0' }],
    ['no choice', { _flowId: nobody }, { code: 'missing_required_field', field: '0.subscribed' }],
    ['an unknown flow', { _flowId: nobody, subscribed: true }, { code: 'invalid_ref', field: '0._flowId' }],
    ['no id', { _connectionId: 'shop', subscribed: true }, { code: 'invalid_field', field: '0._connectionId' }],
    ['a text that is no integration', { _integrationId: 'all', subscribed: true }, { code: 'invalid_ref', field: '0._integrationId' }],
    ['an unknown user', { _integrationId: 'none', subscribed: true, subscribedByUserEmail: 'no@example.com' }, { code: 'invalid_user' }],
  ])('with %s are refused as a whole', async (_what, wrong, expected) => {
    const before = (await list()).body
    const answer = await api.call('PUT', '/v1/notifications', [wrong, { _integrationId: 'none', subscribed: true }])
    expect(problem(answer)).toMatchObject({ status: 422, ...expected })
    expect((await list()).body).toEqual(before)
  })

  test('to two things in one entry are refused', async () => {
    const body = [{ _flowId: ids.flows, _connectionId: ids.connections, subscribed: true }]
    expect(problem(await api.call('PUT', '/v1/notifications', body))).toMatchObject({
      status: 422,
      code: 'invalid_field',
      field: '0._connectionId',
    })
  })

  test('of others are for the owner and administrators', async () => {
    const entry = { _flowId: ids.flows, subscribed: true, subscribedByUserEmail: 'Friend@Example.com' }
    const answer = await administrator.call('PUT', '/v1/notifications', [entry])
    expect([answer.status, subjects(answer)]).toEqual([200, [ids.flows]])
    expect(subjects(await list(friend))).toEqual([ids.flows])
    const all = (await list(administrator, '?users=all')).body
    expect(new Set(all.map(({ subscribedByUser }: { subscribedByUser: { email: string } }) => subscribedByUser.email))).toEqual(
      new Set(['owner@localhost', 'friend@example.com']),
    )
    expect(subjects(await list(friend, '?users=all'))).toEqual([ids.flows])
    for (const email of ['owner@localhost', 'no@example.com'])
      expect(problem(await friend.call('PUT', '/v1/notifications', [{ ...entry, subscribedByUserEmail: email }]))).toMatchObject({
        status: 403,
      })
    expect((await friend.call('PUT', '/v1/notifications', [entry])).status).toBe(200)
  })

  test('are those of one environment, and show nothing that is gone', async () => {
    const sandbox = await makeEnvironment(api)
    expect(problem(await sandbox.call('PUT', '/v1/notifications', [{ _flowId: ids.flows, subscribed: true }]))).toMatchObject({
      status: 422,
    })
    expect((await sandbox.call('GET', '/v1/notifications')).status).toBe(204)
    const { _id } = (await api.call('POST', '/v1/flows', { name: 'For a while' })).body
    await api.call('PUT', '/v1/notifications', [{ _flowId: _id, subscribed: true }])
    await api.call('DELETE', `/v1/flows/${_id}`)
    await api.call('DELETE', `/v1/recycleBinTTL/flows/${_id}`)
    expect(await ask(api.config, `select * from sluice.notifications where subject_id = $1`, [_id])).toEqual([])
  })

  test('more than a page changes are refused', async () => {
    const many = Array.from({ length: 1001 }, () => ({ _integrationId: 'none', subscribed: true }))
    expect(problem(await api.call('PUT', '/v1/notifications', many))).toMatchObject({ status: 422 })
  })
})

describe('how a user is told', () => {
  const path = '/v1/notifications/settings'

  test('is set as a whole, is the same in every account, and hides the secret', async () => {
    expect((await friend.call('GET', path)).body).toEqual({ sendsMail: true })
    const webhook = { uri: receiver.uri, secret: receiver.secret }
    const settings = {
      email: false,
      frequency: 'daily',
      dailyHour: 7,
      errorThreshold: 5,
      assignments: false,
      includeErrorMessages: true,
      webhook,
    }
    const shown = { ...settings, webhook: { ...webhook, secret: '******' }, sendsMail: true }
    expect((await friend.call('PUT', path, settings)).body).toEqual(shown)
    expect((await friend.alone('GET', path)).body).toEqual(shown)
    expect((await friend.alone('PUT', path, shown)).body).toEqual(shown)
    expect((await api.call('GET', path)).body).toEqual({ sendsMail: true })
    expect(JSON.stringify(await ask(api.config, `select * from sluice.notification_settings`))).not.toContain(receiver.secret.slice(6))
    expect((await friend.alone('PUT', path, {})).body).toEqual({ sendsMail: true })
    expect((await friend.alone('GET', path)).body).toEqual({ sendsMail: true })
  })

  test.each<[string, object, object]>([
    ['an hour that no day has', { dailyHour: 24 }, { code: 'invalid_field', field: 'dailyHour' }],
    ['a threshold of none', { errorThreshold: 0 }, { code: 'invalid_field', field: 'errorThreshold' }],
    ['an address of another kind', { webhook: { uri: 'ftp://example.com', secret: 'x' } }, { code: 'invalid_field', field: 'webhook.uri' }],
    ['no secret', { webhook: { uri: 'https://example.com' } }, { code: 'missing_required_field', field: 'webhook.secret' }],
    [
      'a short secret',
      { webhook: { uri: 'https://example.com', secret: 'whsec_YWJj' } },
      { code: 'invalid_field', field: 'webhook.secret' },
    ],
    [
      'the mask of nothing',
      { webhook: { uri: 'https://example.com', secret: '******' } },
      { code: 'invalid_secret', field: 'webhook.secret' },
    ],
  ])('with %s is refused', async (_what, body, expected) => {
    expect(problem(await api.call('PUT', path, body))).toEqual({ status: 422, ...expected })
    expect((await api.call('GET', path)).body).toEqual({ sendsMail: true })
  })

  test('is for the user in person: no token for less reads or sets it, or has a message sent', async () => {
    const sandbox = await makeEnvironment(api, 'Other')
    for (const [method, of, body] of [
      ['GET', path, undefined],
      ['PUT', path, {}],
      ['POST', '/v1/notifications/test', undefined],
      ['GET', '/v1/notifications/messages', undefined],
    ] as const)
      expect(problem(await sandbox.call(method, of, body))).toMatchObject({ status: 403 })
  })

  test('is tried by a message that tells nothing, and its outcome is the answer', async () => {
    await friend.alone('PUT', path, { webhook: { uri: receiver.uri, secret: receiver.secret } })
    const { status, body } = await friend.call('POST', '/v1/notifications/test')
    expect({ status, body }).toEqual({ status: 200, body: { email: { sent: true }, webhook: { sent: true } } })
    expect(mails.to('friend@example.com').map(({ subject }) => subject)).toEqual(['Sluice: a test'])
    expect(receiver.received).toMatchObject([{ isFresh: true, body: { type: 'test', data: { environment: { name: 'Production' } } } }])
    const changes = await ask(api.config, `select field_changes from sluice.audit where resource_id = $1 and event = 'update'`, [
      friend._id,
    ])
    for (const told of ['subscriptions', 'settings', 'test'])
      expect(JSON.stringify(changes)).toContain(`"newValue": "${told}"`.replaceAll(' ', ''))
    expect(JSON.stringify(changes)).not.toContain('/hooks/sluice')
    receiver.status = 503
    expect((await friend.call('POST', '/v1/notifications/test')).body).toMatchObject({
      webhook: { sent: false, message: 'The webhook answered 503.' },
    })
    const rest = await Promise.all(Array.from({ length: 12 }, () => friend.call('POST', '/v1/notifications/test')))
    expect(rest.map((answer) => answer.status)).toContain(429)
  })
})

describe('one click', () => {
  const linkIn = (mail: { readonly plain: string } | undefined): string =>
    (/https:\/\/sluice\.example(\/notifications\/unsubscribe\?token=\S+)/.exec(mail?.plain ?? '') ?? [])[1] ?? ''

  test('ends mails, as mail programs do it and as people do: what is only looked at changes nothing', async () => {
    const leaving = await colleague(api, 'leaving@example.com', { accessLevel: 'monitor' })
    await leaving.call('POST', '/v1/notifications/test')
    const path = linkIn(mails.to('leaving@example.com')[0])
    expect(path).not.toBe('')
    const settings = async () => (await leaving.alone('GET', '/v1/notifications/settings')).body
    const page = await fetch(api.url + path)
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining("form-action 'self'")])
    expect(await page.text()).toContain('leaving@example.com')
    expect(await settings()).toEqual({ sendsMail: true })
    const oneClick = { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) }
    expect((await fetch(api.url + path, oneClick)).status).toBe(200)
    expect(await settings()).toEqual({ email: false, sendsMail: true })
    expect((await fetch(api.url + path, { method: 'POST' })).status).toBe(200)
    expect((await leaving.call('POST', '/v1/notifications/test')).body).toEqual({})
    const changes = await ask(api.config, `select field_changes from sluice.audit where resource_id = $1 and event = 'update'`, [
      leaving._id,
    ])
    expect(JSON.stringify(changes)).toContain('unsubscribed')
  })

  test.each(['', '?token=', `?token=${nobody}.abc`, `?token=${'x'.repeat(500)}`, '?token=a&token=b'])(
    'of a link that is none of ours (%s) ends nothing',
    async (query) => {
      for (const method of ['GET', 'POST']) {
        const answer = await fetch(`${api.url}/notifications/unsubscribe${query}`, { method })
        expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('This link does not work')])
      }
    },
  )

  test("of another user's link is not made of one's own: the signature is of the user", async () => {
    await administrator.call('POST', '/v1/notifications/test')
    const path = linkIn(mails.to('administrator@example.com')[0]).replace(administrator._id, friend._id)
    expect((await fetch(api.url + path, { method: 'POST' })).status).toBe(404)
  })
})
