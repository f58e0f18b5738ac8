/** docs/notifications.md: its events and fields are those of the code, its bodies are taken, and its check of a signature finds what is ours and what is not. */
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { eventTypes } from '../../src/domain/ports/notifications/notification-event.ts'
import { createWebhookCaller } from '../../src/engine/outgoing/messengers/webhook.ts'
import { notifications } from '../../src/contract/operations/accounts/notifications.ts'
import { validator } from '../../src/domain/validation.ts'
import { webhookTypes } from '../../src/domain/notifications/compose-webhook.ts'
import { blocksOf, codesOf, pageOf, rowsOf, sectionOf } from './page.ts'

const page = pageOf('notifications.md')
const [subscriptions = '', body = ''] = blocksOf(page, 'json')

test('the table has every event', () => {
  const named = rowsOf(sectionOf(page, '## Events and subscriptions')).flatMap(([event = '']) => codesOf(event))
  expect(named.toSorted()).toEqual([...eventTypes].toSorted())
})

test('the subscriptions of the example are a body of the operation', () => {
  expect(() => validator(notifications.updateNotifications.body, 'body')(JSON.parse(subscriptions))).not.toThrow()
})

test('the settings that the page names are settings', () => {
  const known = Object.keys(notifications.updateNotificationSettings.body.properties)
  for (const name of ['errorThreshold', 'assignments', 'frequency', 'dailyHour', 'includeErrorMessages', 'webhook']) {
    expect(page).toContain(`\`${name}`)
    expect(known).toContain(name)
  }
  expect(Object.values(webhookTypes).every((type) => page.includes(`\`${type}\``))).toBe(true)
})

test('the check of the example takes what is signed by us, and nothing else', async () => {
  const [code = ''] = blocksOf(page, 'js')
  // oxlint-disable-next-line typescript/no-implied-eval -- the example of the page
  const isOurs = new Function('require', `${code}\nreturn isOurs`)(createRequire(import.meta.url)) as (
    headers: Readonly<Record<string, string>>,
    text: string,
    secret: string,
  ) => boolean
  const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
  let headers: Readonly<Record<string, string>> = {}
  const call = createWebhookCaller(async (request) => {
    headers = request.headers
    return { kind: 'answer', statusCode: 204, headers: {}, body: Buffer.of() }
  })
  const signal = new AbortController().signal
  expect(await call({ _id: 'one', uri: 'https://example.com', secret, body, at: new Date() }, signal)).toEqual({ kind: 'taken' })
  expect(isOurs(headers, body, secret)).toBe(true)
  expect(isOurs(headers, `${body} `, secret)).toBe(false)
  expect(isOurs({ ...headers, 'webhook-timestamp': '1' }, body, secret)).toBe(false)
  expect(isOurs(headers, body, `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(false)
})
