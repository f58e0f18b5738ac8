/** What users are told of, and how often: with a real mail server, a real receiver of webhooks, and several programs at work on the same messages. */
import { hostname } from 'node:os'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { findDailyTime } from '../../src/domain/notifications/daily-time.ts'
import { gatherNotices } from '../../src/domain/notifications/gather-notices.ts'
import { noteEndingLicenses } from '../../src/domain/notifications/note-ending-licenses.ts'
import { sendMessages, waitsOfMessages } from '../../src/domain/notifications/send-messages.ts'
import { createMailer } from '../../src/engine/outgoing/messengers/mail.ts'
import { paths } from '../../console/src/paths.ts'
import { pages } from '../../src/domain/notifications/console-links.ts'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { installed, publish } from '../harness/app.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { makeEnvironment } from '../harness/environment.ts'
import { make, makeFlow, numbered, runToEnd, until, type MadeFlow } from '../harness/flows.ts'
import { startMailServer, type MailServer } from '../harness/mail-server.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../harness/webhook-receiver.ts'

const home = 'https://sluice.example'
const minute = 60_000
/** The worker carries out runs; when it gathers is a day away, and each test says what time it is. */
const quarter = 15 * minute

let mails: MailServer
let receiver: WebhookReceiver
let api: Api
let application: Application
let envId: string
let integrationId: string
let flow: MadeFlow
beforeAll(async () => {
  mails = await startMailServer()
  receiver = await startWebhookReceiver()
  application = await startApplication()
  api = await startApi({ worker: true, mail: mails.settings, publicURL: home, gatherMs: quarter })
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
  await ask(api.config, `update sluice.users set email = 'owner@example.com' where _id = $1`, [envId])
  integrationId = (await make(api, 'integrations', { name: 'Shop & ERP' }))._id
  flow = await makeFlow(api, application, {
    connection: { ping: { relativeURI: '/source/orders' } },
    flow: { name: 'Orders', _integrationId: integrationId, automaticRetries: 0 },
  })
})
afterAll(async () => {
  await api.close()
  await Promise.all([application.close(), mails.close(), receiver.close()])
})
beforeEach(() => {
  application.script = { sources: { orders: numbered(3) } }
})
afterEach(async () => {
  for (const table of ['notices', 'taken_notices', 'outbox', 'notifications', 'notification_settings', 'preferences', 'license_warnings'])
    await ask(api.config, `delete from sluice.${table}`)
  await ask(api.config, `update sluice.open_errors set num_error = 0`)
  await ask(api.config, `update sluice.flow_errors set resolved_at = now(), resolved_by = 'test' where resolved_at is null`)
  mails.taken.length = 0
  mails.refusal = undefined
  receiver.received.length = 0
  receiver.status = 204
})

const at = (ms: number) => ({ ...api.world, now: () => new Date(Date.now() + ms) })
const never = new AbortController().signal
const gather = (ms = quarter + minute) => gatherNotices(at(ms))
const send = (ms = quarter + minute) => sendMessages(at(ms), never)
const tell = async (ms?: number): Promise<void> => {
  await gather(ms)
  await send(ms)
}
const subscribe = async (subject: object, of: Pick<Colleague, 'call'> = api): Promise<void> => {
  const { status, text } = await of.call('PUT', '/v1/notifications', [{ ...subject, subscribed: true }])
  expect({ status, text: status === 200 ? '' : text }).toEqual({ status: 200, text: '' })
}
const set = async (settings: object, of: Pick<Colleague, 'call'> = api): Promise<void> => {
  const { status, text } = await of.call('PUT', '/v1/notifications/settings', settings)
  expect({ status, text: status === 200 ? '' : text }).toEqual({ status: 200, text: '' })
}
const addErrors = (
  count: number,
  of: MadeFlow = flow,
  message = 'The application says tea-4711',
  { world }: Api = api,
  environment = envId,
): Promise<void> =>
  world.store.transaction((rows) =>
    rows.flowErrors.add(
      environment,
      of._id,
      Array.from({ length: count }, () => ({
        errorId: api.world.newId(),
        occurredAt: new Date().toISOString(),
        source: 'application',
        code: '500',
        message,
        traceKey: 'tea-4711',
        _flowJobId: api.world.newId(),
        stepId: of.ids['sink'] as string,
      })),
    ),
  )
const messages = async (): Promise<readonly { channel: string; status: string; attempts: number; message?: string; dueAt?: string }[]> =>
  (await api.call('GET', '/v1/notifications/messages')).body ?? []
const fail = (): never => {
  throw new Error('it cannot be read')
}
const noticed = async ({ config }: Api = api): Promise<number> =>
  (await ask(config, `select from sluice.notices union all select from sluice.taken_notices`)).length

const countsTold = (): readonly (string | undefined)[] =>
  mails.taken.map(({ plain }) => /\d+ new errors?/.exec(plain)?.[0]).toSorted((a, b) => String(a).localeCompare(String(b)))

/** A store in which something else goes on while messages are made. */
function duringMessages(work: () => Promise<void>): Api['world']['store'] {
  const { store } = api.world
  return {
    ...store,
    transaction: (of) =>
      store.transaction((rows) =>
        of({
          ...rows,
          subscriptions: {
            ...rows.subscriptions,
            findSubscribers: async (...asked) => {
              await work()
              return rows.subscriptions.findSubscribers(...asked)
            },
          },
        }),
      ),
  }
}

describe('errors of a run', () => {
  test('of a thousand records are one mail, after a quarter of an hour, and nothing of a record is in it', async () => {
    await subscribe({ _flowId: flow._id })
    for (let page = 0; page < 10; page++) await addErrors(100)
    await tell(quarter - minute)
    expect(mails.taken).toEqual([])
    await tell()
    await tell(2 * quarter + 2 * minute)
    expect(mails.taken).toHaveLength(1)
    const [mail] = mails.to('owner@example.com')
    expect(mail?.subject).toBe('Sluice: 1,000 errors · Orders')
    expect(mail?.plain).toContain('Orders (Shop & ERP): 1,000 new errors at the step sink')
    expect(mail?.plain).toContain(`${home}/flows/${flow._id}/errors/${flow.ids['sink']}`)
    expect(mail?.html).toContain('Shop &amp; ERP')
    expect(mail?.headers.get('list')).toMatchObject({
      unsubscribe: { url: expect.stringMatching(/^https:\/\/sluice\.example\/notifications\/unsubscribe\?token=/) },
      'unsubscribe-post': { name: 'List-Unsubscribe=One-Click' },
    })
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated')
    for (const part of [mail?.plain, mail?.html, mail?.subject]) expect(part).not.toContain('tea')
  })

  test('are told by a run that left them, with the failed run, to those who subscribed to the integration', async () => {
    await subscribe({ _integrationId: integrationId })
    application.before = async (asked) => (asked.startsWith('GET /source') ? [404, { message: 'tea is gone' }] : undefined)
    const job = await runToEnd(api, flow._id)
    application.before = () => undefined
    expect(job.status).toBe('failed')
    await tell()
    const [mail] = mails.taken
    expect(mail?.subject).toBe('Sluice: 1 error, 1 failed run · Orders')
    expect(mail?.plain).toContain('Orders (Shop & ERP): a run failed on')
    expect(mail?.plain).not.toContain('tea is gone')
  })

  test('that are resolved before anybody is told are not told', async () => {
    await subscribe({ _flowId: flow._id })
    await addErrors(2)
    await ask(api.config, `update sluice.open_errors set num_error = 0`)
    await tell()
    expect([mails.taken, await noticed()]).toEqual([[], 0])
  })

  test('are quoted where the user has switched that on, with what applications said', async () => {
    await subscribe({ _flowId: flow._id })
    await set({ includeErrorMessages: true })
    await addErrors(5, flow, 'No such item: <b>tea</b>\r\nBcc: everybody@example.com')
    await tell()
    const [mail] = mails.taken
    expect(mail?.plain.match(/application 500 \(tea-4711\): No such item: <b>tea<\/b> Bcc: everybody@example.com/g)).toHaveLength(3)
    expect(mail?.html).toContain('&lt;b&gt;tea&lt;/b&gt;')
  })

  test('are quoted where the cut would halve a character', async () => {
    await subscribe({ _flowId: flow._id })
    await set({ includeErrorMessages: true })
    for (const length of [497, 498, 499, 500]) await addErrors(1, flow, `${'x'.repeat(length)}${'😀'.repeat(200)}`)
    await tell()
    expect(mails.taken).toHaveLength(1)
  })

  test('are told in one environment where those of another cannot be gathered', async () => {
    // Without a worker, which would go on with what was taken and left.
    const alone = await startApi({ mail: mails.settings, publicURL: home, gatherMs: quarter })
    onTestFinished(() => alone.close())
    const own = (await alone.call('GET', '/v1/tokenInfo')).body._userId
    await ask(alone.config, `update sluice.users set email = 'owner@example.com' where _id = $1`, [own])
    const { _id: other } = await makeEnvironment(alone, 'Broken')
    const noted = await makeFlow(alone, application)
    // First of all.
    await ask(alone.config, `select sluice.note($1, 'run_failed', $2, $2, 1, '{}', now())`, [other, 'x'.repeat(24)])
    await subscribe({ _flowId: noted._id }, alone)
    await addErrors(1, noted, undefined, alone, own)
    const { store } = alone.world
    const failing: typeof store = {
      ...store,
      transaction: (work) =>
        store.transaction((rows) =>
          work({
            ...rows,
            accounts: { ...rows.accounts, findAccount: async (id) => (id === other ? fail() : rows.accounts.findAccount(id)) },
          }),
        ),
    }
    const later = { ...alone.world, now: () => new Date(Date.now() + quarter + minute) }
    await gatherNotices({ ...later, store: failing })
    await sendMessages(later, never)
    expect(mails.taken).toHaveLength(1)
    expect(await noticed(alone)).toBe(1)
  })

  test('are added while messages of earlier ones are made: no page waits for these, and nothing is told twice or lost', async () => {
    await subscribe({ _flowId: flow._id })
    await addErrors(2)
    let isFirst = true
    const store = duringMessages(async () => {
      if (isFirst) await addErrors(3)
      isFirst = false
    })
    await gatherNotices({ ...at(quarter + minute), store })
    await tell()
    expect(countsTold()).toEqual(['2 new errors', '3 new errors'])
  })

  test('are told by the next program where one died between taking them and writing the messages', async () => {
    await subscribe({ _flowId: flow._id })
    await addErrors(2)
    await gatherNotices({ ...at(quarter + minute), store: duringMessages(async () => fail()) })
    await send()
    expect([mails.taken.length, await noticed()]).toEqual([0, 1])
    await addErrors(1)
    await tell()
    expect(countsTold()).toEqual(['1 new error', '2 new errors'])
    expect(await noticed()).toBe(0)
  })

  test('are told once so many are open as the user has chosen', async () => {
    await subscribe({ _flowId: flow._id })
    await set({ errorThreshold: 10 })
    await addErrors(9)
    await tell()
    expect(mails.taken).toEqual([])
    await addErrors(1)
    await tell()
    expect(mails.taken.map(({ subject }) => subject)).toEqual(['Sluice: 1 error · Orders'])
    expect(mails.taken[0]?.plain).toContain('10 are open')
  })

  test('of flows and environments in which nobody has subscribed to anything are not even noted', async () => {
    await addErrors(3)
    expect(await noticed()).toBe(0)
  })
})

describe('a connection', () => {
  const turn = async (offline: boolean): Promise<void> => {
    application.before = async () => (offline ? [503, {}] : undefined)
    await api.call('GET', `/v1/connections/${flow.connectionId}/ping`)
    application.before = () => undefined
  }

  test('that goes offline is told, and once more when it is back', async () => {
    await subscribe({ _connectionId: flow.connectionId })
    await turn(true)
    await tell()
    expect(mails.taken.map(({ subject }) => subject)).toEqual(['Sluice: 1 connection offline · application'])
    expect(mails.taken[0]?.plain).toContain(`${home}/resources/connections/${flow.connectionId}`)
    await turn(true)
    await tell()
    expect(mails.taken).toHaveLength(1)
    await turn(false)
    await tell()
    expect(mails.taken.map(({ subject }) => subject).slice(1)).toEqual(['Sluice: 1 connection back · application'])
  })

  test('that was away for a moment is one thing that happened', async () => {
    await subscribe({ _connectionId: flow.connectionId })
    await turn(true)
    await turn(false)
    // The worker may be looking at the notices at the same moment.
    await expect.poll(() => tell().then(() => mails.taken.length)).toBe(1)
    expect(mails.taken[0]?.plain).toContain('application was offline for some time, and is back since')
  })
})

describe('errors that are assigned', () => {
  test('are told to the one who is to look after them, and not to those who assign them to themselves', async () => {
    const friend = await colleague(api, 'friend@example.com', { accessLevel: 'manage' })
    await addErrors(2)
    const path = `/v1/flows/${flow._id}/${flow.ids['sink']}/errors`
    const errorIds = (await api.call('GET', path)).body.errors.map(({ errorId }: { errorId: string }) => errorId)
    await api.call('PUT', `${path}/assign`, { errorIds, email: friend.email })
    await api.call('PUT', `${path}/assign`, { errorIds: errorIds.slice(0, 1), email: 'owner@example.com' })
    await tell()
    expect(mails.taken.map(({ recipient, subject }) => [recipient, subject])).toEqual([
      ['friend@example.com', 'Sluice: 2 errors assigned to you · Orders'],
    ])
    expect(mails.taken[0]?.plain).toContain(`${home}/flows/${flow._id}/errors?account=${friend.ashareId}`)
    await set({ assignments: false }, { call: friend.alone })
    await api.call('PUT', `/v1/integrations/${integrationId}/errors/assign`, { errorIds, email: friend.email })
    await tell()
    expect(mails.taken).toHaveLength(1)
  })

  test('as a job, all that match, are told once', async () => {
    const friend = await colleague(api, 'assignee@example.com', { accessLevel: 'monitor' })
    await addErrors(40)
    const asked = { _flowId: flow._id, action: 'assign', filter: {}, email: friend.email }
    const { body } = await api.call('POST', '/v1/errors/jobs', asked)
    await until(async () => ((await api.call('GET', `/v1/errors/jobs/${body._id}`)).body.status === 'completed' ? true : undefined))
    await tell()
    expect(mails.to('assignee@example.com').map(({ subject }) => subject)).toEqual(['Sluice: 40 errors assigned to you · Orders'])
  })
})

test('a licence that ends is told 30 days, 7 days and a day ahead, once each, to the owner and administrators of the account', async () => {
  const published = await publish(api)
  const { body: profile } = await api.stranger('GET', '/v1/profile')
  const days = (n: number): number => n * 24 * 60 * minute
  const ends = new Date(Date.now() + days(40)).toISOString()
  const root = await installed(api, published, { expires: ends })
  expect([typeof root, profile.email]).toEqual(['string', 'stranger@example.com'])
  for (const day of [1, 11, 12, 34, 35, 39.5, 39.6]) {
    await noteEndingLicenses(at(days(day)))
    await noteEndingLicenses(at(days(day)))
    await tell(days(day) + quarter + minute)
  }
  const told = mails.to('stranger@example.com')
  expect(told.map(({ subject }) => subject?.replace(/ ·.*/, ''))).toEqual(Array(3).fill('Sluice: 1 licence that ends'))
  expect(mails.taken).toHaveLength(3)
  expect(told[0]?.plain).toContain('Its flows run no more after that.')
})

describe('who is told', () => {
  test('users of a share are, in its account and environment; and no more once they may not see it', async () => {
    const sandbox = await makeEnvironment(api)
    const friend = await colleague(api, 'limited@example.com', {
      integrationAccessLevel: [{ _integrationId: integrationId, accessLevel: 'monitor' }],
    })
    await subscribe({ _integrationId: integrationId }, friend)
    const own = await makeFlow(api, application, { flow: { name: 'Of nobody' } })
    expect((await friend.call('PUT', '/v1/notifications', [{ _flowId: own._id, subscribed: true }])).status).toBe(422)
    await subscribe({ _flowId: own._id })
    await addErrors(1)
    await addErrors(1, own)
    await tell()
    expect(new Map(mails.taken.map(({ recipient, subject }) => [recipient, subject]))).toEqual(
      new Map([
        ['limited@example.com', 'Sluice: 1 error · Orders'],
        ['owner@example.com', 'Sluice: 1 error · Of nobody'],
      ]),
    )
    expect(mails.taken).toHaveLength(2)
    await addErrors(1)
    await gather()
    await api.call('PUT', `/v1/ashares/${friend.ashareId}/disable`)
    await send()
    expect(mails.to('limited@example.com')).toHaveLength(1)
    expect(await ask(api.config, `select status from sluice.outbox where user_id = $1 order by created_at`, [friend._id])).toEqual([
      { status: 'sent' },
      { status: 'dropped' },
    ])
    await addErrors(1)
    await tell()
    expect(mails.to('limited@example.com')).toHaveLength(1)
    expect(sandbox._id).not.toBe(envId)
  })

  test('a connection that belongs to no integration of theirs is none of their business', async () => {
    const friend = await colleague(api, 'other@example.com', {
      integrationAccessLevel: [{ _integrationId: integrationId, accessLevel: 'manage' }],
    })
    const elsewhere = (
      await make(api, 'connections', { name: 'Bank', type: 'http', http: { mediaType: 'json', baseURI: application.origin } })
    )._id
    const { status, body } = await friend.call('PUT', '/v1/notifications', [{ _connectionId: elsewhere, subscribed: true }])
    expect({ status, code: body.errors[0].code, field: body.errors[0].field }).toEqual({
      status: 422,
      code: 'invalid_ref',
      field: '0._connectionId',
    })
  })
})

describe('a daily mail', () => {
  test('tells of the whole day at the hour of the user, once', async () => {
    await subscribe({ _flowId: flow._id })
    await api.call('PUT', '/v1/preferences', { timezone: 'Asia/Tokyo' })
    const now = new Date()
    const hour = (now.getUTCHours() + 9 + 6) % 24
    await set({ frequency: 'daily', dailyHour: hour })
    for (const ms of [quarter + minute, 3 * 60 * minute]) {
      await addErrors(4)
      await tell(ms)
    }
    expect(mails.taken).toEqual([])
    const { dueAt = '' } = (await messages())[0] ?? {}
    expect(new Date(dueAt).getUTCHours()).toBe((hour + 15) % 24)
    await tell(7 * 60 * minute)
    expect(mails.taken.map(({ subject }) => subject)).toEqual(['Sluice: 8 errors · Orders'])
    await tell(8 * 60 * minute)
    expect(mails.taken).toHaveLength(1)
  })

  test.each([
    ['UTC', '2026-06-01T07:59:00Z', 8, '2026-06-01T08:00:00.000Z'],
    ['UTC', '2026-06-01T08:00:00Z', 8, '2026-06-02T08:00:00.000Z'],
    ['Asia/Kathmandu', '2026-06-01T00:00:00Z', 8, '2026-06-01T02:15:00.000Z'],
    ['Europe/Berlin', '2026-03-28T12:00:00Z', 2, '2026-03-30T00:00:00.000Z'],
    ['Europe/Berlin', '2026-10-24T12:00:00Z', 2, '2026-10-25T00:00:00.000Z'],
  ])('in %s after %s at %i is %s', (timezone, now, hour, expected) => {
    expect(findDailyTime(new Date(now), hour, timezone).toISOString()).toBe(expected)
  })
})

describe('a webhook', () => {
  test('is signed, and tells in JSON what a mail tells, without its records', async () => {
    await subscribe({ _flowId: flow._id })
    await set({ email: false, webhook: { uri: receiver.uri, secret: receiver.secret } })
    await addErrors(7)
    await tell()
    expect([mails.taken, receiver.forged]).toEqual([[], []])
    const named = (id: string | undefined, name: string) => ({ _id: id, name })
    expect(receiver.received.map(({ body }) => body)).toEqual([
      {
        type: 'notifications',
        timestamp: expect.any(String),
        data: {
          account: named(envId, expect.any(String)),
          environment: named(envId, 'Production'),
          events: [
            {
              type: 'flow.errors',
              firstAt: expect.any(String),
              lastAt: expect.any(String),
              num: 7,
              numOpen: 7,
              integration: named(integrationId, 'Shop & ERP'),
              flow: named(flow._id, 'Orders'),
              step: named(flow.ids['sink'], 'sink'),
              link: `${home}/flows/${flow._id}/errors/${flow.ids['sink']}`,
            },
          ],
          omitted: 0,
        },
      },
    ])
  })

  test('that fails is called again with the same id until it takes it; a redirect is not followed', async () => {
    await subscribe({ _flowId: flow._id })
    await set({ email: false, webhook: { uri: receiver.uri, secret: receiver.secret } })
    receiver.status = 302
    await addErrors(1)
    await tell()
    expect(receiver.received).toHaveLength(1)
    expect(await messages()).toMatchObject([
      { channel: 'webhook', status: 'waiting', attempts: 1, message: expect.stringContaining('answered 302') },
    ])
    receiver.status = 500
    await send(quarter + 3 * minute)
    receiver.status = 200
    await send(quarter + 4 * minute)
    await send(quarter + 20 * minute)
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1)
    expect([receiver.received.length, receiver.forged.length]).toEqual([3, 0])
    expect(await messages()).toMatchObject([{ status: 'sent', attempts: 3 }])
  })

  test('that is gone (410) is given up at once', async () => {
    await subscribe({ _flowId: flow._id })
    await set({ email: false, webhook: { uri: receiver.uri, secret: receiver.secret } })
    receiver.status = 410
    await addErrors(1)
    await tell()
    expect(await messages()).toMatchObject([{ status: 'failed', attempts: 1 }])
  })
})

describe('several programs', () => {
  test('gather the same notices once and send each message once', async () => {
    await subscribe({ _flowId: flow._id })
    await subscribe({ _connectionId: flow.connectionId })
    for (let round = 0; round < 5; round++) {
      await addErrors(3)
      await Promise.all(Array.from({ length: 6 }, () => gather()))
      await Promise.all(Array.from({ length: 6 }, () => send()))
    }
    expect(mails.taken).toHaveLength(5)
    expect(new Set(mails.taken.map(({ messageId }) => messageId)).size).toBe(5)
  })

  test('lose nothing that happens while they gather', async () => {
    await subscribe({ _flowId: flow._id })
    await set({ webhook: { uri: receiver.uri, secret: receiver.secret }, email: false })
    let isOver = false
    const gathering = (async () => {
      while (!isOver) await gather()
    })()
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let n = 0; n < 10; n++) await addErrors(1)
      }),
    )
    isOver = true
    await gathering
    await gather()
    await send()
    const told = receiver.received.flatMap(({ body }) => body.data.events.map(({ num }: { num: number }) => num))
    expect(told.reduce((sum: number, num: number) => sum + num, 0)).toBe(40)
  })

  test('a message whose program died at it is sent by another one', async () => {
    await subscribe({ _flowId: flow._id })
    await addErrors(1)
    await gather()
    const now = Date.now() + quarter + minute
    expect(await api.world.store.outbox.claim(new Date(now).toISOString(), new Date(now + 3 * minute).toISOString())).toBeDefined()
    await send(quarter + 2 * minute)
    expect(mails.taken).toEqual([])
    await send(quarter + 5 * minute)
    expect(mails.taken).toHaveLength(1)
  })
})

describe('a mail server', () => {
  test('that is busy is asked again with longer waits, for a day, and then the mail is given up', async () => {
    await subscribe({ _flowId: flow._id })
    mails.refusal = { code: 451, message: 'Come again' }
    await addErrors(1)
    await gather()
    let ms = quarter + minute
    for (const wait of waitsOfMessages) {
      await send(ms)
      const [message] = await messages()
      expect(message).toMatchObject({ status: 'waiting', message: expect.stringContaining('451') })
      const waited = Date.parse(message?.dueAt ?? '') - Date.now() - ms
      expect(waited).toBeGreaterThan(wait * 0.9)
      expect(waited).toBeLessThan(wait * 1.2)
      ms += wait * 1.2
    }
    await send(ms)
    expect(await messages()).toMatchObject([{ status: 'failed', attempts: waitsOfMessages.length + 1 }])
  })

  test('that refuses an address for good is asked once', async () => {
    await subscribe({ _flowId: flow._id })
    mails.refusal = { code: 550, message: 'No such user' }
    await addErrors(1)
    await tell()
    expect(await messages()).toMatchObject([{ status: 'failed', attempts: 1, message: expect.stringContaining('550') }])
  })

  test('without TLS gets no password over the network', async () => {
    const open = await startMailServer({ host: '0.0.0.0', user: 'sluice', password: 'hidden', disabledCommands: ['STARTTLS'] })
    try {
      const mail = { _id: 'one', to: 'a@example.com', subject: 'One', text: 'one', html: '<p>one' }
      const far = createMailer({ ...open.settings, host: hostname() })
      expect(await far(mail)).toMatchObject({ kind: 'refused', message: expect.stringMatching(/TLS|STARTTLS|getaddrinfo/) })
      expect([open.passwords, open.taken]).toEqual([[], []])
      expect(await createMailer({ ...open.settings, host: '127.0.0.1' })(mail)).toEqual({ kind: 'taken' })
      expect(open.passwords).toEqual(['hidden'])
      const wrong = createMailer({ ...open.settings, host: '127.0.0.1', password: 'not-it' })
      const refused = await wrong(mail)
      expect(refused).toMatchObject({ kind: 'refused', isFinal: false })
      expect(JSON.stringify(refused)).not.toContain('not-it')
    } finally {
      await open.close()
    }
  })
})

test('links of messages are addresses of the console', () => {
  expect(pages.flow('1')).toBe(paths.flow('1'))
  expect(pages.flowErrors('1')).toBe(paths.flowErrors('1'))
  expect(pages.stepErrors('1', '2')).toBe(paths.stepErrors('1', '2'))
  expect(pages.integration('1')).toBe(paths.integration('1'))
  expect(pages.integrationErrors('1')).toBe(paths.integrationErrors('1'))
  expect(pages.connection('1')).toBe(paths.resource('connections', '1'))
  expect(pages.resource('apis', '1')).toBe(paths.resource('apis', '1'))
  expect(pages.profile()).toBe(paths.profile())
})
