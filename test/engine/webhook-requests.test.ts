/** What a request to a webhook comes to: cases as data, among them the signatures that providers give in their documentation. */
import { expect, test } from 'vitest'
import { createWebhookReader } from '../../src/engine/webhooks/reader.ts'
import type { WebhookRequest } from '../../src/domain/ports/flows/webhook-reader.ts'
import type { Document } from '../../src/contract/document.ts'
import cases from '../cases/webhook/requests.json' with { type: 'json' }
import { evaluator } from './evaluator.ts'

interface Case {
  readonly name: string
  readonly webhook: object
  readonly request: Omit<Partial<WebhookRequest>, 'body'> & { readonly body: string; readonly method: string; readonly now: number }
  readonly expect: {
    readonly refused?: string
    readonly message?: string
    readonly challenge?: true
    readonly records?: readonly unknown[]
    /** The records as they are kept, where what they say is more than JavaScript can. */
    readonly text?: string
    readonly statusCode?: number
    readonly body?: string
    readonly headers?: object
  }
}

const reader = createWebhookReader(evaluator)

test.each(cases as unknown as Case[])('$name', async ({ webhook, request, expect: expected }) => {
  const doc = { _id: '0123456789abcdef01234567', name: 'webhook', adaptorType: 'WebhookExport', webhook } as unknown as Document<'exports'>
  const asked = { url: 'https://sluice.example.com/', headers: {}, query: {}, ...request, body: Buffer.from(request.body) }
  const reading = await reader.read('account', doc, asked)
  if (expected.refused !== undefined) {
    expect(reading).toMatchObject({ kind: 'refused', code: expected.refused, ...(expected.message && { message: expected.message }) })
    return
  }
  expect(reading).toMatchObject({
    kind: expected.challenge ? 'challenge' : 'event',
    answer: { statusCode: expected.statusCode, body: expected.body, ...(expected.headers && { headers: expected.headers }) },
  })
  if (reading.kind !== 'event') return
  if (expected.text === undefined) expect(JSON.parse(reading.records)).toEqual(expected.records)
  else expect(reading.records).toBe(expected.text)
})
